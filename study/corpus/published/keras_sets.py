"""Files of Keras's own data sets: found or downloaded, unpickled only when they are the published ones, encoded.

A pickle can run code, so a file is opened only when its SHA-256 is the published one.
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

from study.corpus.prepared.text_encoding import FIRST_WORD, START, UNKNOWN
from study.corpus.prepared.texts import Texts
from study.errors import InputError

__all__ = ["encode_ranks", "keras_home", "locate", "read_published", "word_index_beside"]

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_ANSWER_WITHIN = 5.0  # seconds for the server to answer at all
_STALLED_AFTER = 10.0  # seconds without a byte


def keras_home() -> Path:
    """Where Keras keeps its data sets: $KERAS_HOME, else ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def locate(name: str, sha256: str, index_md5: str, instead: str) -> Path:
    """Return the path of a file of Keras's, downloaded first where it is missing, with its word index.

    Raises InputError within about 5 s where the server cannot be reached; `instead` is its advice.
    """
    path = keras_home() / "datasets" / name
    if not path.exists():
        try:
            _require_server(path)
            _download(path, file_hash=sha256)
        except _Unobtainable as error:
            raise InputError(
                f"expected Keras's {name} at {path}, and it cannot be downloaded from {_ORIGIN} ({error}); "
                f"put the file there, {instead}"
            ) from error
        with contextlib.suppress(_Unobtainable):  # the texts can be studied without their words
            _download(_index(path), file_hash=index_md5)
    return path


def word_index_beside(path: Path) -> Path | None:
    """Keras's own word index beside its file; None where it is missing."""
    return _index(path) if _index(path).exists() else None


def read_published(path: Path, sha256: str) -> dict[str, np.ndarray]:
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


def encode_ranks(
    texts: Sequence[list[int]] | np.ndarray, labels: np.ndarray, order: np.ndarray, highest: int
) -> Texts:
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
