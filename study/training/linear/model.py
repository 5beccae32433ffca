"""A fitted linear classifier on n-grams as plain arrays, which is all that has to be kept of it."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A text's features times `weights` plus `biases` are its scores: one a class, or one that is above 0 for the
    second of two.

    classes        int64 [classes], rising: the labels it can tell
    weights        float64 [features, scores]
    biases         float64 [scores]
    inverse_texts  None where a text's features are 1 for what it holds; else float64 [features], the factors of
                   its counts, which are then brought to length 1 (TF-IDF)
    """

    classes: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    inverse_texts: np.ndarray | None = None

    def scores(self, counts: csr_matrix) -> np.ndarray:
        """float64 [texts, classes] of counts [texts, features]; of two classes the first has 0."""
        found = np.asarray(_features(counts, self.inverse_texts) @ self.weights) + self.biases
        return found if found.shape[1] > 1 else np.concatenate([np.zeros_like(found), found], axis=1)

    def predict(self, counts: csr_matrix) -> np.ndarray:
        """The label of the highest score, int64 [texts]; of equal ones the first."""
        return np.asarray(self.classes[self.scores(counts).argmax(axis=1)])

    def probabilities(self, counts: csr_matrix, classes: int) -> np.ndarray:
        """Scores as shares by the softmax, float64 [texts, classes]; 0 for a class it was not fitted on. Of TF-IDF
        they are the probabilities of logistic regression; a support vector machine has none, and the highest is
        its label all the same."""
        scores = self.scores(counts)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        found = np.zeros((len(scores), classes))
        found[:, self.classes] = shares / shares.sum(axis=1, keepdims=True)
        return found


def _features(counts: csr_matrix, inverse_texts: np.ndarray | None) -> csr_matrix:
    counts = csr_matrix(counts, dtype=np.float64, copy=True)
    if inverse_texts is None:
        counts.data[:] = 1
        return counts
    counts.data *= inverse_texts[counts.indices]
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(counts.indptr))
    return counts
