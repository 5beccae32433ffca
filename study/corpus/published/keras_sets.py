"""Keras's own data sets, encoded as their `load_data()` encodes them: an entry of `KERAS_SETS` each.

Sources: https://keras.io/api/datasets/imdb/ (Maas et al., ACL 2011), https://keras.io/api/datasets/reuters/ (the
topics' names are those of keras/src/datasets/reuters.py). A pickle can run code, so a file is unpickled only when
its SHA-256 is the published one.
"""

import contextlib
import hashlib
import io
import os
import socket
import sys
import threading
import urllib.request
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import numpy as np

from study.corpus.prepared.encoding import FIRST_WORD, START, UNKNOWN, read_word_index
from study.corpus.prepared.texts import Encoded, Texts
from study.environment import expanded
from study.errors import InputError

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_ANSWER_WITHIN = 5.0  # seconds for the server to answer at all
_STALLED_AFTER = 10.0  # seconds without a byte

_SEED, _TEST_SPLIT = 113, 0.2  # load_data's own

_Half = tuple[np.ndarray, np.ndarray, np.ndarray]  # texts as ranks, their labels, the order


@dataclass(frozen=True)
class KerasSet:
    """A data set that Keras publishes. `halves`: its arrays as texts for training and for testing.

    `classes` may be more than there are texts of; `instead` is the advice where the file cannot be had.
    """

    name: str
    sha256: str
    word_index_md5: str
    source: str
    classes: tuple[str, ...]
    halves: Callable[[Mapping[str, np.ndarray]], tuple[_Half, _Half]]
    instead: str

    @property
    def file(self) -> str:
        return f"{self.name}.npz"

    def locate(self) -> Path:
        """Return the path of its file, downloaded first where it is missing, with its word index.

        Raises InputError within about 5 s where the server cannot be reached.
        """
        path = keras_home() / "datasets" / self.file
        if not path.exists():
            try:
                _require_server(path)
                _download(path, file_hash=self.sha256)
            except _Unobtainable as error:
                raise InputError(
                    f"expected Keras's {self.file} at {path}, and it cannot be downloaded from {_ORIGIN} "
                    f"({error}); put the file there, {self.instead}"
                ) from error
            with contextlib.suppress(_Unobtainable):  # the texts can be studied without their words
                _download(_index(path), file_hash=self.word_index_md5)
        return path

    def read(self, path: Path, word_index: Path | None = None) -> Encoded:
        """Read its file. The words come from `word_index`, else from Keras's own file beside it, where present.

        Raises InputError, without unpickling anything, unless the SHA-256 is the published one.
        """
        training, test = self.halves(_read_published(path, self.sha256))
        highest = max(max(text, default=0) for half in (training, test) for text in half[0]) + FIRST_WORD - 1
        index = word_index or (_index(path) if _index(path).exists() else None)
        return Encoded(
            name=self.name,
            source=self.source,
            classes=self.classes[: int(max(training[1].max(), test[1].max())) + 1],
            vocabulary_size=highest + 1,
            training=_encoded(*training, highest),
            test=_encoded(*test, highest),
            words=read_word_index(index) if index else None,
        )


def _shuffled_halves(arrays: Mapping[str, np.ndarray]) -> tuple[_Half, _Half]:
    """Of a set published in halves: one stream of random numbers shuffles them, the training half first."""
    random = np.random.RandomState(_SEED)
    orders = [np.arange(len(arrays[f"y_{half}"])) for half in ("train", "test")]
    for order in orders:
        random.shuffle(order)
    return (arrays["x_train"], arrays["y_train"], orders[0]), (arrays["x_test"], arrays["y_test"], orders[1])


def _cut_in_two(arrays: Mapping[str, np.ndarray]) -> tuple[_Half, _Half]:
    """Of a set published whole: shuffled, and the last fifth is for testing."""
    texts, labels = arrays["x"], arrays["y"]
    order = np.arange(len(texts))
    np.random.RandomState(_SEED).shuffle(order)
    end = int(len(texts) * (1 - _TEST_SPLIT))
    return (texts, labels, order[:end]), (texts, labels, order[end:])


# fmt: off
TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply", "coffee", "sugar",
    "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi", "money-fx", "interest", "gnp",
    "meal-feed", "alum", "oilseed", "gold", "tin", "strategic-metal", "livestock", "retail", "ipi", "iron-steel",
    "rubber", "heat", "jobs", "lei", "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog",
    "lead",
)
# fmt: on

IMDB = KerasSet(
    name="imdb",  # 25,000 + 25,000 reviews, 17 MB
    sha256="69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    word_index_md5="bfafd718b763782e994055a2d397834f",  # as published in keras/src/datasets/imdb.py
    source="Keras's imdb.npz, encoded as keras.datasets.imdb.load_data() does (Maas et al., ACL 2011)",
    classes=("negative", "positive"),
    halves=_shuffled_halves,
    instead="or name the archive of the reviews: --corpus aclImdb_v1.tar.gz",
)
REUTERS = KerasSet(
    name="reuters",  # 8,982 + 2,246 newswires, 2 MB
    sha256="d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    word_index_md5="4d44cc38712099c9e383dc6e5f11a921",
    source="Keras's reuters.npz, encoded as keras.datasets.reuters.load_data() does",
    classes=TOPICS,
    halves=_cut_in_two,
    instead="or name another corpus with --corpus",
)
KERAS_SETS = {each.name: each for each in (IMDB, REUTERS)}


def keras_home() -> Path:
    """Where Keras keeps its data sets: $KERAS_HOME, else ~/.keras."""
    return Path(expanded(os.environ.get("KERAS_HOME") or "~/.keras"))


def _read_published(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """The arrays of a published `.npz` with pickled lists.

    Raises InputError, without unpickling anything, unless the SHA-256 is the published one.
    """
    try:
        contents = path.read_bytes()  # hashed and unpickled from the same bytes: nobody changes them between
    except OSError as error:
        raise InputError(f"expected a file of Keras's at {path}; it cannot be read: {error.strerror}") from error
    found = hashlib.sha256(contents).hexdigest()
    if found != sha256:
        raise InputError(
            f"expected Keras's {path.name} with SHA-256 {sha256}, got {found} in {path}; it was not opened, "
            "since the pickles in it could run code: delete it, and it is downloaded again"
        )
    with np.load(io.BytesIO(contents), allow_pickle=True) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _encoded(texts: np.ndarray, labels: np.ndarray, order: np.ndarray, highest: int) -> Texts:
    """Texts of ranks in an order, as load_data encodes them: ranks shifted, start id in front, the one highest id
    counts as unknown. (With `num_words=None`, load_data takes the highest id as the size and cuts it off.)
    """
    ranks = array("I")
    for text in order.tolist():
        ranks.append(0)
        ranks.extend(texts[text])
    lengths = [1 + len(texts[text]) for text in order.tolist()]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    tokens = np.frombuffer(ranks, np.uint32) + np.uint32(FIRST_WORD - 1)
    tokens[tokens == highest] = UNKNOWN
    tokens[offsets[:-1]] = START
    return Texts(tokens, offsets, np.asarray(labels)[order].astype(np.uint8))


class _Unobtainable(Exception):  # noqa: N818 - never leaves this module
    """A file is not here and cannot be had."""


def _index(path: Path) -> Path:
    return path.with_name(f"{path.stem}_word_index.json")


def _require_server(path: Path) -> None:
    """Raise unless the server answers. In a thread, since looking up a name knows no time limit."""
    failures: list[str] = []
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(_ORIGIN + path.name, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=_ANSWER_WITHIN).close()
        except (OSError, HTTPException) as error:
            failures.append(str(getattr(error, "reason", error)))
        answered.set()

    threading.Thread(target=ask, daemon=True).start()
    if not answered.wait(_ANSWER_WITHIN):
        failures.append(f"no answer within {_ANSWER_WITHIN:g} s")
    if failures:
        raise _Unobtainable(failures[0])


def _download(path: Path, file_hash: str) -> None:
    """Download a file of the Keras data sets to `path`; Keras checks it against `file_hash`."""
    import keras  # here, since it takes seconds and is needed for nothing else in this module

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_STALLED_AFTER)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints its progress bar
            keras.utils.get_file(path.name, _ORIGIN + path.name, file_hash=file_hash, cache_dir=str(keras_home()))
    except Exception as error:  # get_file raises bare Exception where the server cannot be reached
        raise _Unobtainable(str(error)) from error
    finally:
        socket.setdefaulttimeout(before)
    if not path.exists():  # get_file falls back to /tmp where its folder cannot be written
        raise _Unobtainable(f"{path.parent} cannot be written")
