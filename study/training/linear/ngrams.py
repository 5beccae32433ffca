"""Words and pairs of neighbouring words as features: texts of ids → sparse counts.

A feature has a key, int64: that of a word is its id, that of a pair (a, b) is (a + 1) * 2**32 + b. So keys need no
vocabulary, and a text may hold ids that no other has.
"""

import numpy as np
from scipy.sparse import csr_matrix

from study.corpus.prepared.texts import Texts

_PAIR = np.int64(2**32)  # above every id: tokens have 32 bits at most


def ngram_counts(
    texts: Texts, places: np.ndarray, keys: np.ndarray | None = None
) -> tuple[csr_matrix, np.ndarray]:
    """How often the texts at `places` hold each feature: float32 [places, features], and the rising keys of the
    features, int64 [features].

    Without `keys` the features are all that these texts hold; with them, what is not among them is left out.
    """
    rows, found = _occurrences(texts, places)
    if keys is None:
        keys, columns = np.unique(found, return_inverse=True)
    else:
        columns = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
        known = keys[columns] == found
        rows, columns = rows[known], columns[known]
    ones = np.ones(len(columns), np.float32)
    where = (rows, columns.astype(np.int32))  # LIBLINEAR takes indices of 32 bits alone
    return csr_matrix((ones, where), shape=(len(places), len(keys))), keys  # equal places are summed


def frequent(counts: csr_matrix, min_texts: int) -> np.ndarray:
    """The features that at least so many texts hold, rising int64; where none is, those that most texts hold.

    `counts` [texts, features] has no stored zeros.
    """
    in_texts = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.flatnonzero(in_texts >= min(min_texts, in_texts.max()))


def _occurrences(texts: Texts, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row, int32, and the key, int64, of every word, then of every pair: both [occurrences].

    Pairs do not cross from one text into the next.
    """
    lengths = texts.lengths[places]
    rows = np.repeat(np.arange(len(places), dtype=np.int32), lengths)  # [tokens]
    shifts = texts.offsets[places] - (np.cumsum(lengths) - lengths)  # [places] from here to there
    ids = texts.tokens[np.arange(len(rows)) + shifts[rows]].astype(np.int64)  # [tokens]
    inside = rows[1:] == rows[:-1]  # [tokens - 1]
    pairs = (ids[:-1][inside] + 1) * _PAIR + ids[1:][inside]
    return np.concatenate([rows, rows[1:][inside]]), np.concatenate([ids, pairs])
