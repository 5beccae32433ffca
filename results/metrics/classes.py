"""Statistics by class, from a confusion matrix: counts of texts, [classes, classes], rows the labels, columns what
was predicted.

Definitions as in scikit-learn, where a class without any text to divide by counts as 0:
balanced accuracy   the mean recall of the classes that have texts (balanced_accuracy_score)
macro F1            the mean F1 of the classes that are labels or predictions of any text (f1_score, macro)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

BY_CLASS = {
    "name": "str",
    "support": "float64",  # texts of the class
    "predicted": "float64",  # texts that were taken for it
    "precision": "float64",
    "recall": "float64",
    "f1": "float64",
}
EVEN = 1.5  # classes are even where the largest has at most so many times the texts of the smallest


def predicted_classes(probabilities: np.ndarray) -> np.ndarray:
    """The most probable class of each text, int64 [texts]; `probabilities` [texts, 1] are of class 1."""
    if probabilities.shape[1] == 1:
        return np.asarray(probabilities[:, 0] > 0.5).astype(np.int64)
    return np.asarray(probabilities.argmax(axis=1))


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts of texts, int64 [classes, classes]: rows the labels, columns what was predicted."""
    places = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def balanced_accuracy(counts: np.ndarray) -> float:
    """The mean recall of the classes that have texts."""
    support = counts.sum(axis=1)
    there = support > 0
    return float((np.diagonal(counts)[there] / support[there]).mean())


def macro_f1(counts: np.ndarray) -> float:
    """The mean F1 of the classes that are labels or predictions of any text."""
    there = counts.sum(axis=0) + counts.sum(axis=1) > 0
    return float(_f1(counts)[there].mean())


def majority_share(counts: np.ndarray) -> float:
    """The share of the largest class: the accuracy of always naming it."""
    support = counts.sum(axis=1)
    return float(support.max() / support.sum())


def always_the_largest(counts: np.ndarray) -> np.ndarray:
    """The confusion matrix of always naming the largest class."""
    support = counts.sum(axis=1)
    constant = np.zeros_like(counts)
    constant[:, support.argmax()] = support
    return constant


def are_even(support: np.ndarray) -> bool:
    """Whether there are two classes of about the same size: accuracy then says it all."""
    return len(support) == 2 and float(support.max()) <= EVEN * float(support.min())


def by_class(counts: np.ndarray, names: Sequence[str]) -> "pd.DataFrame":
    """One row a class, in their order; columns BY_CLASS. `counts` may be a mean over seeds."""
    import pandas as pd  # here: workers load this module, and no table

    columns = {
        "name": list(names),
        "support": counts.sum(axis=1),
        "predicted": counts.sum(axis=0),
        "precision": _share(np.diagonal(counts), counts.sum(axis=0)),
        "recall": _share(np.diagonal(counts), counts.sum(axis=1)),
        "f1": _f1(counts),
    }
    return pd.DataFrame(columns).astype(BY_CLASS)


def largest(counts: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The `most` classes with the most texts, and the counts of these with all others together.

    Returns the places of the classes in their order, int64 [most], and the counts [most + 1, most + 1], whose last
    row and column are those of all the others. Where there are no others, all places and `counts` as they are.
    """
    if len(counts) <= most:
        return np.arange(len(counts)), counts
    places = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:most])
    into = np.full(len(counts), most)
    into[places] = np.arange(most)
    together = np.zeros((most + 1, most + 1), counts.dtype)
    np.add.at(together, (into[:, None], into[None, :]), counts)
    return places, together


def most_confused(counts: np.ndarray, most: int) -> list[tuple[int, int]]:
    """The pairs of a label and another class that most of its texts were taken for, the most texts first."""
    wrong = counts - np.diag(np.diagonal(counts))
    places = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = (divmod(int(place), len(counts)) for place in places)
    return [(label, predicted) for label, predicted in pairs if wrong[label, predicted] > 0]


def _f1(counts: np.ndarray) -> np.ndarray:
    return _share(2 * np.diagonal(counts), counts.sum(axis=0) + counts.sum(axis=1))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0))
