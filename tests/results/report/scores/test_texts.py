import math

import numpy as np
import pytest
from synthetic import filled

from results.evidence import predictions
from results.evidence.evidence import gather
from results.report.scores import texts as agreement


def hits(text):
    return np.array([each == "1" for each in text])


CORRECT = {
    ("a", 1): hits("110010"),
    ("a", 2): hits("111000"),
    ("a", 3): hits("100010"),
    ("b", 1): hits("101000"),
    ("b", 2): hits("100100"),
    ("b", 3): hits("101100"),
}
# Majorities: a 110010, b 101100
LABELS = hits("100110")


def test_the_four_counts_of_a_pair_add_up_to_the_texts():
    [row] = agreement.overlaps(CORRECT, ["a", "b"]).to_dict("records")
    assert (row["both"], row["first_alone"], row["second_alone"], row["neither"]) == (1, 2, 2, 1)
    assert row["seeds"] == 3
    assert row["p_texts"] == 1.0


def test_one_common_seed_has_no_p_and_none_no_row():
    one = {key: value for key, value in CORRECT.items() if key in (("a", 1), ("b", 1), ("b", 2))}
    [row] = agreement.overlaps(one, ["a", "b"]).to_dict("records")
    assert row["seeds"] == 1
    assert math.isnan(row["p_texts"])
    apart = {("a", 1): hits("10"), ("b", 2): hits("10")}
    assert agreement.overlaps(apart, ["a", "b"]).empty


def test_errors_are_counted_by_class():
    first, second = agreement.errors(CORRECT, LABELS, ["a", "b"]).to_dict("records")
    # Seeds of a are wrong on texts 2 3 5, 3 4 5, 1 2 3 5; texts 0, 3 and 4 are of the second class
    assert (first["false_first"], first["false_first_low"], first["false_first_high"]) == pytest.approx(
        (4 / 3, 1, 2)
    )
    assert (first["false_second"], first["false_second_low"], first["false_second_high"]) == pytest.approx(
        (2, 1, 3)
    )
    assert second["n"] == 3
    assert agreement.errors(CORRECT, None, ["a", "b"]).empty


def test_the_most_disputed_text_is_the_one_with_the_largest_variance():
    by_text = agreement.shares(CORRECT, ["b", "a"])
    assert list(by_text.columns) == ["b", "a"]
    assert by_text["a"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0, 2 / 3, 0])
    assert agreement.disputed(by_text, 2).index.tolist() == [1, 3]  # b: 0 and 2 of 3, and the first of equals
    assert agreement.disputed(by_text, 99).index.tolist() == [1, 3, 4, 2]
    assert agreement.never_right(by_text).tolist() == [5]


def test_nothing_scored_says_nothing():
    by_text = agreement.shares({}, ["a"])
    assert agreement.disputed(by_text, 5).empty
    assert agreement.never_right(by_text).size == 0
    assert agreement.overlaps({}, ["a"]).empty


def test_labels_come_from_a_prediction_and_whether_it_was_right(tmp_path):
    store = filled(tmp_path / "study.db", trials=2, seeds=(1,))
    evidence = gather(store)
    assert evidence.labels.tolist() == [
        bool(text % 2) for text in range(25_000)
    ]  # as tests/synthetic.py made them
    errors = agreement.errors(evidence.correct, evidence.labels, list(evidence.titles))
    wrong = {name: int((~told).sum()) for (name, _), told in evidence.correct.items()}
    found = errors.set_index("configuration")
    assert (found["false_first"] + found["false_second"]).to_dict() == wrong


def test_without_predictions_there_are_no_labels(tmp_path):
    assert predictions.labels(filled(tmp_path / "study.db", trials=2, seeds=()), "made-up") is None
