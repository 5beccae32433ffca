"""Class probabilities of several classifiers averaged, and weights for that chosen greedily on texts kept apart.

R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes, Ensemble Selection from Libraries of Models, ICML 2004: one
classifier after another is added, with replacement, each time the one that makes the average best.
"""

from collections.abc import Callable, Sequence

import numpy as np

from results.metrics.classes import confusion, predicted_classes

STEPS = 20  # additions; a weight is a multiple of one over as many of them as were best
_LEAST = 1e-7  # probabilities below count as this, as Keras does


def of_each_class(probabilities: np.ndarray) -> np.ndarray:
    """float64 [texts, classes] of [texts, 1 or classes]; [texts, 1] are of class 1."""
    found = np.asarray(probabilities, np.float64)
    return found if found.shape[1] > 1 else np.concatenate([1 - found, found], axis=1)


def weighted(probabilities: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean, float64 [texts, classes], of several [texts, classes]."""
    total = sum(weight * each for weight, each in zip(weights, probabilities, strict=True))
    return np.asarray(total) / sum(weights)


def greedy_weights(
    probabilities: Sequence[np.ndarray], labels: np.ndarray, measure: Callable[[np.ndarray], float]
) -> list[float]:
    """A weight for each classifier, summing to 1; most are 0. `probabilities`: one [texts, classes] a classifier.

    `measure` says how good a confusion matrix is (results.metrics.classes); of equal ones the lower cross-entropy
    wins, then the earlier. Of the averages on the way the best is taken, of equally good ones the one of fewest
    additions; the first is the best classifier alone.
    """

    def goodness(mean: np.ndarray) -> tuple[float, float]:
        counts = confusion(labels, predicted_classes(mean), mean.shape[1])
        own = mean[np.arange(len(labels)), labels]
        return measure(counts), float(np.log(np.clip(own, _LEAST, 1)).mean())

    total = np.zeros_like(probabilities[0])
    added: list[int] = []
    reached: list[tuple[float, float]] = []
    for step in range(1, STEPS + 1):
        found = [goodness((total + each) / step) for each in probabilities]
        reached.append(max(found))
        added.append(found.index(reached[-1]))
        total = total + probabilities[added[-1]]
    best = 1 + reached.index(max(reached))
    return [added[:best].count(place) / best for place in range(len(probabilities))]
