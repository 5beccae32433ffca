"""Weighted means of probabilities and the greedy choice of weights, against cases worked out by hand."""

import numpy as np
import pytest

from results.metrics.averaging import STEPS, greedy_weights, of_each_class, weighted
from results.metrics.classes import balanced_accuracy


def accuracy(counts) -> float:
    return np.trace(counts) / counts.sum()


def of(*second) -> np.ndarray:
    """Of two classes, by the probability of the second."""
    return of_each_class(np.array(second)[:, None])


def test_a_weighted_mean_is_of_each_class() -> None:
    mean = weighted([of(0.2, 0.9), of(0.8, 0.5)], [0.75, 0.25])
    assert mean == pytest.approx(np.array([[0.65, 0.35], [0.2, 0.8]]))
    assert weighted([of(0.2), of(0.8)], [3, 1]) == pytest.approx(np.array([[0.65, 0.35]]))


LABELS = np.array([0, 0, 1, 1])
SURE = of(0.4, 0.9, 0.9, 0.9)  # wrong of the second
UNSURE = of(0.6, 0.05, 0.6, 0.6)  # wrong of the first, very right of the second


def test_two_that_err_elsewhere_are_better_together() -> None:
    weights = greedy_weights([SURE, UNSURE], LABELS, accuracy)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) > 0
    assert (weighted([SURE, UNSURE], weights).argmax(axis=1) == LABELS).all()


def test_one_that_only_harms_gets_nothing_and_the_best_alone_is_one() -> None:
    right = of(0.01, 0.01, 0.99, 0.99)
    assert greedy_weights([UNSURE, right, SURE], LABELS, accuracy) == [0, 1, 0]
    assert greedy_weights([right, right], LABELS, accuracy) == [1, 0]


def test_replacement_weighs() -> None:
    """The good one is needed twice for once of the other: 2/3 * .2 + 1/3 * 1 < .5, but not half of each."""
    good, other = of(0.2, 0.55, 0.9, 0.9), of(1.0, 0.05, 0.9, 0.9)
    weights = greedy_weights([good, other], LABELS, accuracy)
    assert weights[0] > 0.5 > weights[1] > 0
    assert all(
        abs(weight * count - round(weight * count)) < 1e-9 for weight in weights for count in [_steps(weights)]
    )


def _steps(weights) -> int:
    return next(count for count in range(1, STEPS + 1) if all((w * count) % 1 < 1e-9 for w in weights))


def test_what_is_measured_decides() -> None:
    """Nine texts of one class and one of the other: always the first is accurate, and of no use."""
    labels = np.array([0] * 9 + [1])
    lazy = of(*[0.1] * 10)
    fair = of(*[0.6] * 2, *[0.1] * 7, 0.9)
    assert greedy_weights([lazy, fair], labels, accuracy)[0] > 0
    weights = greedy_weights([lazy, fair], labels, balanced_accuracy)
    mean = weighted([lazy, fair], weights)
    assert mean[9].argmax() == 1


def test_no_average_on_the_way_is_better_than_the_one_taken() -> None:
    generator = np.random.default_rng(3)
    labels = generator.integers(0, 3, 200)
    told = [generator.dirichlet([1, 1, 1], 200) + np.eye(3)[labels] * level for level in (0.3, 0.2, 0.1)]
    told = [each / each.sum(axis=1, keepdims=True) for each in told]
    weights = greedy_weights(told, labels, accuracy)
    reached = (weighted(told, weights).argmax(axis=1) == labels).mean()
    assert reached >= max((each.argmax(axis=1) == labels).mean() for each in told)
    assert reached > 0.7
