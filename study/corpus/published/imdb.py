"""Keras's own IMDB set: 25,000 + 25,000 reviews, encoded as `keras.datasets.imdb.load_data()` encodes them.

Source: https://keras.io/api/datasets/imdb/ (Maas et al., ACL 2011).
"""

from pathlib import Path

import numpy as np

from study.corpus.prepared.text_encoding import FIRST_WORD, read_word_index
from study.corpus.prepared.texts import Encoded
from study.corpus.published.keras_sets import encode_ranks, locate, read_published, word_index_beside

__all__ = ["IMDB_SHA256", "locate_imdb", "read_imdb"]

IMDB_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_WORD_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"  # as published in keras/src/datasets/imdb.py
_SEED = 113  # load_data's own


def locate_imdb() -> Path:
    """Return the path of `imdb.npz`, downloaded first (17 MB) where it is missing.

    Raises InputError within about 5 s where the server cannot be reached.
    """
    instead = "or name the archive of the reviews: --corpus aclImdb_v1.tar.gz"
    return locate("imdb.npz", IMDB_SHA256, _WORD_INDEX_MD5, instead)


def read_imdb(path: Path, word_index: Path | None = None) -> Encoded:
    """Read `imdb.npz`. The words come from `word_index`, else from Keras's own file beside it, where present.

    Raises InputError, without unpickling anything, unless the SHA-256 is the published one.
    """
    arrays = read_published(path, IMDB_SHA256)
    halves = {half: (arrays[f"x_{half}"], arrays[f"y_{half}"]) for half in ("train", "test")}
    highest = max(max(text, default=0) for texts, _ in halves.values() for text in texts) + FIRST_WORD - 1
    random = np.random.RandomState(_SEED)
    orders = {half: np.arange(len(labels)) for half, (_, labels) in halves.items()}
    for order in orders.values():
        random.shuffle(order)
    training, test = (encode_ranks(*halves[half], orders[half], highest) for half in ("train", "test"))
    index = word_index or word_index_beside(path)
    return Encoded(
        name="imdb",
        source="Keras's imdb.npz, encoded as keras.datasets.imdb.load_data() does (Maas et al., ACL 2011)",
        classes=("negative", "positive"),
        vocabulary_size=highest + 1,
        training=training,
        test=test,
        words=read_word_index(index) if index else None,
    )
