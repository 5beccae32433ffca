"""Encoded texts in one `.npz` of flat arrays, without pickles:

{train,test}_tokens   (tokens,) integers   ids: 0 padding, 1 start, 2 unknown, words from 4 on
{train,test}_offsets  (n + 1,) integers    text i is tokens[offsets[i] : offsets[i + 1]]
{train,test}_labels   (n,) integers        classes 0 ... k - 1
classes               (k,) strings         optional names of the classes
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from study.corpus.prepared.encoding import FIRST_WORD, read_word_index
from study.corpus.prepared.texts import Encoded, Progress, Texts
from study.errors import InputError

_NAMES = [f"{half}_{name}" for half in ("train", "test") for name in ("tokens", "offsets", "labels")]


def read_flat_arrays(path: Path, word_index: Path | None = None, progress: Progress | None = None) -> Encoded:
    """Read a flat `.npz`. `word_index` names the words behind the ids and changes nothing else.

    Raises InputError where arrays are missing, pickled, of another type or do not fit together.
    """
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as arrays:
            if missing := sorted(set(_NAMES) - set(arrays.files)):
                raise InputError(f"{path}: expected the arrays {', '.join(_NAMES)}; missing: {', '.join(missing)}")
            training, test = (_half(path, arrays, half) for half in ("train", "test"))
            classes = _classes(path, arrays, training.labels)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: expected a whole .npz archive of flat arrays; {error}") from error
    _check_classes(path, classes, training, test)
    return Encoded(
        name=path.stem,
        source=f"flat arrays in {path.name}",
        classes=classes,
        vocabulary_size=max(FIRST_WORD, 1 + int(max(training.tokens.max(), test.tokens.max()))),
        training=training,
        test=test,
        words=read_word_index(word_index) if word_index else None,
    )


def _half(path: Path, arrays: NpzFile, half: str) -> Texts:
    # One array at a time, narrowed at once: the archive may hold 64-bit tokens.
    tokens = _integers(path, arrays, f"{half}_tokens", 2**32 - 1).astype(np.uint32)
    offsets = _integers(path, arrays, f"{half}_offsets", 2**63 - 1).astype(np.int64)
    labels = _integers(path, arrays, f"{half}_labels", 2**8 - 1).astype(np.uint8)
    try:
        return Texts(tokens, offsets, labels)
    except InputError as error:
        raise InputError(f"{path}, {half} half: {error}") from error


def _integers(path: Path, arrays: NpzFile, name: str, highest: int) -> np.ndarray:
    """Read one array of whole numbers from 0 to `highest`, not empty."""
    array = _plain(path, arrays, name)
    if array.dtype.kind not in "iu" or array.ndim != 1 or not len(array):
        raise InputError(
            f"{path}: expected whole numbers along one axis in {name}, got {array.dtype} of shape {array.shape}"
        )
    if array.min() < 0 or array.max() > highest:
        raise InputError(
            f"{path}: expected 0 to {highest} in {name}, got {array.min()} to {array.max()}; "
            "labels are 0, 1, ... and ids are not negative"
        )
    return array


def _plain(path: Path, arrays: NpzFile, name: str) -> np.ndarray:
    try:
        array = arrays[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise InputError(
            f"{path}: expected flat arrays, got pickled objects in {name}, which could run code; "
            "save tokens, offsets and labels as arrays of whole numbers"
        ) from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path}: expected an array {name}.npy in the archive, got a file {name}")
    return array


def _classes(path: Path, arrays: NpzFile, labels: np.ndarray) -> tuple[str, ...]:
    if "classes" not in arrays.files:
        return tuple(str(label) for label in range(int(labels.max()) + 1))
    names = _plain(path, arrays, "classes")
    if names.dtype.kind != "U" or names.ndim != 1 or len(set(names.tolist())) != len(names):
        raise InputError(f"{path}: expected the name of each class once in classes, got {names.tolist()}")
    return tuple(names.tolist())


def _check_classes(path: Path, classes: tuple[str, ...], training: Texts, test: Texts) -> None:
    """Every class, and no other, has texts in both halves; there are two classes at least."""
    for half, texts in (("train", training), ("test", test)):
        if (present := np.unique(texts.labels).tolist()) != list(range(len(classes))) or len(classes) < 2:
            raise InputError(
                f"{path}: expected texts of each class 0 to {max(1, len(classes) - 1)} in {half}_labels, "
                f"got the classes {', '.join(map(str, present))}"
            )
