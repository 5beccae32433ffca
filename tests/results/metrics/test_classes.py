"""Metrics by class against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from results.metrics.classes import (
    always_the_largest,
    are_even,
    balanced_accuracy,
    by_class,
    confusion,
    largest,
    macro_f1,
    majority_share,
    most_confused,
    predicted_classes,
)

TOLD = st.integers(2, 6).flatmap(
    lambda k: st.tuples(
        st.just(k), st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=40)
    )
)


@given(TOLD)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_metrics_are_scikit_learns(told) -> None:
    classes, pairs = told
    labels, predicted = np.array(pairs).T
    counts = confusion(labels, predicted, classes)
    assert counts.tolist() == confusion_matrix(labels, predicted, labels=range(classes)).tolist()
    assert balanced_accuracy(counts) == pytest.approx(balanced_accuracy_score(labels, predicted))
    expected = f1_score(labels, predicted, average="macro", zero_division=0)
    assert macro_f1(counts) == pytest.approx(expected)
    assert np.trace(counts) / counts.sum() == pytest.approx(accuracy_score(labels, predicted))
    frame = by_class(counts, [f"class {place}" for place in range(classes)])
    expected = precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=0)
    for column, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert frame[column].tolist() == pytest.approx(values.tolist())


def test_by_hand() -> None:
    counts = confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 2)
    assert counts.tolist() == [[2, 1], [0, 1]]
    assert balanced_accuracy(counts) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_f1(counts) == pytest.approx((2 * 2 / 5 + 2 * 1 / 3) / 2)
    assert majority_share(counts) == 0.75
    assert always_the_largest(counts).tolist() == [[3, 0], [1, 0]]


def test_labels_in_eight_bits_do_not_overflow() -> None:
    labels = np.array([19, 0], np.uint8)
    assert confusion(labels, labels, 20)[19, 19] == 1


def test_the_most_probable_class() -> None:
    assert predicted_classes(np.array([[0.2], [0.5], [0.51]])).tolist() == [0, 0, 1]
    assert predicted_classes(np.array([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("support", "even"), [([50, 50], True), ([60, 40], True), ([61, 40], False), ([30, 30, 30], False)]
)
def test_two_classes_of_about_one_size_are_even(support, even) -> None:
    assert are_even(np.array(support)) is even


@given(TOLD, st.integers(1, 7))
def test_the_largest_classes_and_the_others_are_all_texts(told, most) -> None:
    classes, pairs = told
    labels, predicted = np.array(pairs).T
    counts = confusion(labels, predicted, classes)
    places, shown = largest(counts, most)
    assert shown.sum() == len(pairs)
    assert len(places) == min(most, classes)
    support = counts.sum(axis=1)
    assert sorted(support[places]) == sorted(support)[classes - len(places) :]
    assert shown[: len(places), : len(places)].tolist() == counts[np.ix_(places, places)].tolist()
    if classes > most:
        assert shown[most].sum() == support.sum() - support[places].sum()


def test_most_confused_leaves_out_what_was_told_right() -> None:
    counts = np.array([[9, 1, 0], [3, 9, 0], [0, 2, 9]])
    assert most_confused(counts, 5) == [(1, 0), (2, 1), (0, 1)]
    assert most_confused(counts, 1) == [(1, 0)]
