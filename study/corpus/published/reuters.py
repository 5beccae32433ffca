"""Keras's Reuters set: 8,982 + 2,246 newswires of 46 topics, as `keras.datasets.reuters.load_data()` gives them.

Source: https://keras.io/api/datasets/reuters/. The topics' names are those of keras/src/datasets/reuters.py.
"""

from pathlib import Path

import numpy as np

from study.corpus.prepared.text_encoding import FIRST_WORD, read_word_index
from study.corpus.prepared.texts import Encoded
from study.corpus.published.keras_sets import encode_ranks, locate, read_published, word_index_beside

__all__ = ["REUTERS_SHA256", "TOPICS", "locate_reuters", "read_reuters"]

REUTERS_SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_WORD_INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"
_SEED, _TEST_SPLIT = 113, 0.2  # load_data's own

# fmt: off
TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply", "coffee", "sugar",
    "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi", "money-fx", "interest", "gnp",
    "meal-feed", "alum", "oilseed", "gold", "tin", "strategic-metal", "livestock", "retail", "ipi", "iron-steel",
    "rubber", "heat", "jobs", "lei", "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog",
    "lead",
)
# fmt: on


def locate_reuters() -> Path:
    """Return the path of `reuters.npz`, downloaded first (2 MB) where it is missing.

    Raises InputError within about 5 s where the server cannot be reached.
    """
    return locate("reuters.npz", REUTERS_SHA256, _WORD_INDEX_MD5, "or name another corpus with --corpus")


def read_reuters(path: Path, word_index: Path | None = None) -> Encoded:
    """Read `reuters.npz`. The words come from `word_index`, else from Keras's own file beside it, where present.

    Raises InputError, without unpickling anything, unless the SHA-256 is the published one.
    """
    arrays = read_published(path, REUTERS_SHA256)
    texts, labels = arrays["x"], arrays["y"]
    order = np.arange(len(texts))
    np.random.RandomState(_SEED).shuffle(order)
    end = int(len(texts) * (1 - _TEST_SPLIT))
    highest = max(max(text, default=0) for text in texts) + FIRST_WORD - 1
    index = word_index or word_index_beside(path)
    return Encoded(
        name="reuters",
        source="Keras's reuters.npz, encoded as keras.datasets.reuters.load_data() does",
        classes=TOPICS[: int(labels.max()) + 1],
        vocabulary_size=highest + 1,
        training=encode_ranks(texts, labels, order[:end], highest),
        test=encode_ranks(texts, labels, order[end:], highest),
        words=read_word_index(index) if index else None,
    )
