"""Families fixed beforehand, and the four verdicts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from results.statistics.verdicts import (
    BETTER,
    COLLAPSED,
    SAME,
    UNDECIDED,
    VERDICTS,
    WORSE,
    against_best,
    against_known,
    collapsed,
)

RANDOM = np.random.default_rng(3)


def finals(reference="", texts=2000, **scores):
    rows = [
        {
            "configuration": name,
            "seed": seed,
            "test_accuracy": accuracy,
            "reference": reference,
            "test_texts": texts,
        }
        for name, accuracies in scores.items()
        for seed, accuracy in enumerate(accuracies)
    ]
    return pd.DataFrame(rows, columns=["configuration", "seed", "test_accuracy", "reference", "test_texts"])


SCORES = {
    "a": [0.8802, 0.8812, 0.8792, 0.8807, 0.8797],
    "b": [0.8801, 0.8809, 0.8792, 0.8803, 0.8795],
    "c": [0.86, 0.861, 0.859, 0.8605, 0.8595],
    "d": [0.89, 0.85, 0.87, 0.90, 0.84],
}


def test_four_verdicts():
    found = against_best(finals(**SCORES), {}, "c").set_index("second")
    assert dict(found["verdict"]) == {"a": WORSE, "b": WORSE, "d": UNDECIDED}
    found = against_best(finals(**SCORES), {}, "a").set_index("second")
    assert dict(found["verdict"]) == {"b": SAME, "c": BETTER, "d": UNDECIDED}
    assert found.loc["d", "seeds_needed"] > 5
    assert found.loc["c", "chance"] > 0.999


def test_the_margin_moves_what_is_the_same():
    found = against_best(finals(**SCORES), {}, "a", margin=0.0001).set_index("second")
    assert found.loc["b", "verdict"] == UNDECIDED


def test_a_best_by_test_mean_is_corrected_as_for_all_pairs():
    chosen = against_best(finals(**SCORES), {}, "b").set_index("second")
    highest = against_best(finals(**SCORES), {}, None).set_index("second")
    assert set(highest["first"]) == {"a"}
    assert chosen.loc["c", "p_holm"] == pytest.approx(3 * chosen.loc["c", "p"])
    assert highest.loc["c", "p_holm"] == pytest.approx(6 * highest.loc["c", "p"])


def test_one_seed_and_other_numbers_of_texts_decide_nothing():
    mixed = pd.concat([finals(a=SCORES["a"]), finals(texts=500, b=SCORES["c"]), finals(c=[0.5])])
    found = against_best(mixed, {}, "a")
    assert list(found["verdict"]) == [UNDECIDED, UNDECIDED]
    assert found["p"].isna().all()


def test_networks_18_points_apart_are_told_apart_with_three_seeds():
    found = against_best(finals(a=[0.86, 0.87, 0.865], b=[0.66, 0.69, 0.69], c=[0.86, 0.87, 0.86]), {}, "a")
    assert dict(zip(found["second"], found["verdict"], strict=True))["b"] == BETTER


def drawn(rate, seeds=5, texts=2000):
    return RANDOM.random((seeds, texts)) < rate


def test_baselines_are_judged_by_the_mean_of_a_run_not_by_a_vote():
    """Runs no better than the baseline, that vote far better than it, do not win."""
    right = drawn(0.8)
    scored = finals(a=list(right.mean(axis=1)))
    line = drawn(0.8, seeds=1)[0]
    baselines = pd.DataFrame({"kind": ["nb-svm"], "test_accuracy": [line.mean()], "hits": [line]})
    found = against_known(scored, {("a", seed): told for seed, told in enumerate(right)}, baselines)
    assert (np.sum(right, axis=0) >= 3).mean() > line.mean() + 0.1
    assert list(found["verdict"]) == [UNDECIDED]
    assert found["over_texts"].all()
    assert list(found["n_second"]) == [0]


def test_what_is_used_is_one_comparison_of_its_own():
    line = drawn(0.5, seeds=1)[0]
    two = {"kind": ["tf-idf", "nb-svm"], "test_accuracy": [line.mean()] * 2, "hits": [line] * 2}
    baselines = pd.DataFrame(two | {"validation_accuracy": [0.7, 0.8]})
    found = against_known(finals(a=SCORES["a"], d=SCORES["d"]), {}, baselines, level=0.001, best="d")
    first = found.iloc[0]
    assert (first["first"], first["second"], len(found)) == ("d", "nb-svm", 4)
    assert first["p_holm"] == first["p"]
    assert (found["p_holm"] > found["p"]).sum() == 3


def test_found_meets_references_and_all_meet_baselines_in_one_family():
    both = pd.concat([finals(reference="book", r=SCORES["c"]), finals(a=SCORES["a"])])
    line = drawn(0.5, seeds=1)[0]
    baselines = pd.DataFrame({"kind": ["nb-svm"], "test_accuracy": [line.mean()], "hits": [line]})
    found = against_known(both, {}, baselines)
    assert list(zip(found["first"], found["second"], strict=True)) == [
        ("a", "r"),
        ("a", "nb-svm"),
        ("r", "nb-svm"),
    ]


def test_collapsed_runs_are_counted_with_their_exact_interval():
    found = collapsed(finals(a=[0.88] * 9 + [0.72], b=[0.88, 0.87])).set_index("configuration")
    assert found.loc["a", "collapsed"] == 1
    assert found.loc["a", "typical"] == 0.88
    # Clopper and Pearson: beta quantiles
    assert found.loc["a", "low"] == pytest.approx(stats.beta.ppf(0.025, 1, 10))
    assert found.loc["a", "high"] == pytest.approx(stats.beta.ppf(0.975, 2, 9))
    assert found.loc["b", "collapsed"] == 0


def test_what_few_texts_leave_to_chance_is_no_collapse():
    few, many = (collapsed(finals(texts=texts, a=[0.43, 0.35, 0.48, 0.43])) for texts in (60, 6000))
    assert (few["collapsed"].iloc[0], many["collapsed"].iloc[0]) == (0, 1)


def test_columns_are_fixed():
    assert list(against_best(finals(), {}, None).columns) == list(VERDICTS)
    assert list(collapsed(finals()).columns) == list(COLLAPSED)
