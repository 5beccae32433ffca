"""A linear model in a bundle: plain arrays in linear.npz, read without pickles.

keys (features,), see study.training.linear.ngrams; classes, weights, biases, inverse_texts as in
study.training.linear.model.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from study.bundle.folder import damaged
from study.bundle.text_reader import IDS, TextReader
from study.corpus.prepared.encoding import FIRST_WORD, SEPARATORS, START
from study.corpus.prepared.texts import Texts
from study.training.linear.model import LinearModel
from study.training.linear.ngrams import ngram_counts

NAME = "linear.npz"


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """The model and the keys of its features, rising int64 [features]."""

    model: LinearModel
    keys: np.ndarray

    def write(self, place: Path) -> None:
        """Writes linear.npz into that folder."""
        arrays = {name: value for name, value in vars(self.model).items() if value is not None}
        np.savez(place / NAME, keys=self.keys, **arrays)

    def probabilities(self, texts: Texts, classes: int) -> np.ndarray:
        """Of each class, float64 [texts, classes]: LinearModel.probabilities."""
        return self.model.probabilities(ngram_counts(texts, np.arange(len(texts)), self.keys)[0], classes)


def read_weights(folder: Path, classes: int) -> LinearWeights:
    """What `LinearWeights.write` wrote. Raises InputError where it is damaged."""
    try:
        with np.load(folder / NAME, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        keys = arrays.pop("keys")
        weights = LinearWeights(LinearModel(**arrays), keys)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise damaged(folder, NAME, error) from error
    model = weights.model
    scores = 1 if len(model.classes) == 2 else len(model.classes)
    fits = model.weights.shape == (len(keys), scores) and model.biases.shape == (scores,)
    if not fits or (model.inverse_texts is not None and model.inverse_texts.shape != keys.shape):
        raise damaged(folder, NAME, "its arrays do not fit together")
    if model.classes.max() >= classes:
        raise damaged(folder, "labels.json", f"{classes} labels do not fit the model")
    return weights


def spelled_out_linear(reader: TextReader) -> dict[str, Any]:
    """All that has to be known to prepare a text without this program, as plain values for preparation.json."""
    return {
        "rule": reader.preparation.rule if reader.preparation else IDS,
        "separators": SEPARATORS,
        "start_id": START,
        "first_word_id": FIRST_WORD,
        "vocabulary_size": reader.vocabulary_size,
        "features": "ids, and pairs of neighbouring ids: (first + 1) * 2**32 + second",
    }
