"""Keras's own IMDB set: 25,000 + 25,000 reviews, encoded as `keras.datasets.imdb.load_data()` encodes them.

The file holds pickled lists, and a pickle can run code: it is unpickled only when its SHA-256 is the published
one. Source: https://keras.io/api/datasets/imdb/ (Maas et al., ACL 2011).
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
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

import numpy as np

from study.corpus.encoding import FIRST_WORD, START, UNKNOWN, read_word_index
from study.corpus.texts import Encoded, Texts
from study.errors import InputError

__all__ = ["IMDB_SHA256", "keras_home", "locate_imdb", "read_imdb"]

IMDB_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_WORD_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"  # as published in keras/src/datasets/imdb.py
_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_ANSWER_WITHIN = 5.0  # seconds for the server to answer at all
_STALLED_AFTER = 10.0  # seconds without a byte
_SEED = 113  # load_data's own


def keras_home() -> Path:
    """Where Keras keeps its data sets: $KERAS_HOME, else ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def locate_imdb() -> Path:
    """Return the path of `imdb.npz`, downloaded first (17 MB) where it is missing.

    Raises InputError within about 5 s where the server cannot be reached.
    """
    path = keras_home() / "datasets" / "imdb.npz"
    if not path.exists():
        _require_server(path)
        _download(path, file_hash=IMDB_SHA256)
        with contextlib.suppress(InputError):  # the reviews can be studied without their words
            _download(path.with_name("imdb_word_index.json"), file_hash=_WORD_INDEX_MD5)
    return path


def read_imdb(path: Path, word_index: Path | None = None) -> Encoded:
    """Read `imdb.npz`. The words come from `word_index`, else from Keras's own file beside it, where present.

    Raises InputError, without unpickling anything, unless the SHA-256 is the published one.
    """
    try:
        contents = path.read_bytes()  # hashed and unpickled from the same bytes: nobody changes them between
    except OSError as error:
        raise InputError(f"expected Keras's imdb.npz at {path}; it cannot be read: {error.strerror}") from error
    found = hashlib.sha256(contents).hexdigest()
    if found != IMDB_SHA256:
        raise InputError(
            f"expected Keras's imdb.npz with SHA-256 {IMDB_SHA256}, got {found} in {path}; it was not opened, "
            "since the pickles in it could run code: delete it, and it is downloaded again"
        )
    with np.load(io.BytesIO(contents), allow_pickle=True) as arrays:
        halves = {half: (arrays[f"x_{half}"], arrays[f"y_{half}"]) for half in ("train", "test")}
    highest = max(max(text, default=0) for texts, _ in halves.values() for text in texts) + FIRST_WORD - 1
    random = np.random.RandomState(_SEED)
    training, test = (_permuted(*halves[half], random, highest) for half in ("train", "test"))
    beside = path.with_name("imdb_word_index.json")
    index = word_index or (beside if beside.exists() else None)
    return Encoded(
        name="imdb",
        source="Keras's imdb.npz, encoded as keras.datasets.imdb.load_data() does (Maas et al., ACL 2011)",
        classes=("negative", "positive"),
        vocabulary_size=highest + 1,
        training=training,
        test=test,
        words=read_word_index(index) if index else None,
    )


def _permuted(
    texts: Sequence[list[int]], labels: np.ndarray, random: np.random.RandomState, highest: int
) -> Texts:
    """One half in load_data's order: ranks shifted, start id in front; the one highest id counts as unknown.

    (With `num_words=None`, load_data takes the highest id as the size and cuts it off.)
    """
    order = np.arange(len(texts))
    random.shuffle(order)
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


def _require_server(path: Path) -> None:
    """Raise InputError unless the server answers. In a thread, since looking up a name knows no time limit."""
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
        raise _unobtainable(path, failures[0])


def _download(path: Path, file_hash: str) -> None:
    """Download a file of the Keras data sets to `path`; Keras checks it against `file_hash`."""
    import keras  # here, since it takes seconds and is needed for nothing else in this module

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_STALLED_AFTER)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints its progress bar
            keras.utils.get_file(path.name, _ORIGIN + path.name, file_hash=file_hash, cache_dir=str(keras_home()))
    except Exception as error:  # get_file raises bare Exception where the server cannot be reached
        raise _unobtainable(path, error) from error
    finally:
        socket.setdefaulttimeout(before)
    if not path.exists():  # get_file falls back to /tmp where its folder cannot be written
        raise _unobtainable(path, f"{path.parent} cannot be written")


def _unobtainable(path: Path, why: object) -> InputError:
    return InputError(
        f"expected Keras's {path.name} at {path}, and it cannot be downloaded from {_ORIGIN} ({why}); "
        "put the file there, or name the archive of the reviews: --corpus aclImdb_v1.tar.gz"
    )
