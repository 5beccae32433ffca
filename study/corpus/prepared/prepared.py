"""A prepared corpus: flat arrays in a folder of their own, opened memory-mapped.

<cache>/<fingerprint, 16 digits>/
    train_tokens.npy  train_offsets.npy  train_labels.npy    the training half
    test_tokens.npy   test_offsets.npy   test_labels.npy     the test half, opened by `sealed` alone
    card.json                                                what the corpus is
    words.json                                               its words by rank, where they are known
"""

import dataclasses
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from study.corpus.prepared.cache import damaged, folder_of, write_folder
from study.corpus.prepared.texts import Encoded, Texts
from study.errors import InputError

HALVES = ("train", "test")
_ARRAYS = ("tokens", "offsets", "labels")
_Bytes = Iterable[bytes | memoryview]
_NOTICE = (
    "Stand-in corpus: generated texts, no real reviews. These figures show that the study works, "
    "not which architecture reads better."
)


class MissingHalf(InputError):  # noqa: N818 - names what is so
    """A half of a prepared corpus is not there: on another machine, not yet."""

    def __init__(self, folder: Path, half: str) -> None:
        super().__init__(str(damaged(folder, f"no {half} half")))
        self.folder, self.half = folder, half

    def __reduce__(self) -> tuple[type["MissingHalf"], tuple[Path, str]]:
        return MissingHalf, (self.folder, self.half)


@dataclass(frozen=True)
class Card:
    """What a corpus is. Lengths are those of the training half, in tokens, the start id included.

    Of a corpus of one's own, `covering` is how many ids cover 95 % of the training half's words, and `reading` how
    texts of the same kind are read from a table (own.columns.Reading.kept). `tokens`: what a token is, words or
    characters (encoding.RULES).
    """

    name: str
    source: str
    fingerprint: str
    classes: tuple[str, ...]
    stand_in: bool
    training_texts: int
    test_texts: int
    vocabulary_size: int
    mean_length: float
    median_length: float
    p95_length: float
    covering: int | None = None
    reading: dict[str, Any] | None = None
    tokens: str = "words"

    @property
    def notice(self) -> str:
        """The sentence every output must show with figures from a stand-in; empty for real texts."""
        return _NOTICE if self.stand_in else ""


@dataclass(frozen=True, eq=False)
class Corpus:
    """The card and the training half, opened; and the folder they are in. Nothing here opens the test half."""

    card: Card
    training: Texts
    folder: Path


def write_prepared(encoded: Encoded, cache: Path) -> Path:
    """Write `encoded` below `cache` in one step and return its folder; the same corpus is kept once.

    Raises InputError where the folder cannot be written or space runs out; then nothing is left behind.
    """
    halves = {"train": _narrowed(encoded, encoded.training), "test": _narrowed(encoded, encoded.test)}
    card = _card(encoded, halves)
    arrays = {f"{half}_{name}": getattr(halves[half], name) for half in halves for name in _ARRAYS}
    files: dict[str, Any] = {"card": dataclasses.asdict(card)}
    if encoded.words is not None:
        files["words"] = encoded.words
    folder = folder_of(card.fingerprint, cache)
    if not is_whole(folder) or (encoded.words is not None and open_words(folder) is None):
        write_folder(folder, arrays, files)
    return folder


def open_prepared(folder: Path) -> Corpus:
    """Open the corpus in `folder`, memory-mapped. Raises InputError where it is missing or damaged."""
    if not (folder / "card.json").exists():
        raise MissingHalf(folder, "train")
    try:
        values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        card = Card(**{**values, "classes": tuple(values["classes"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(folder, error) from error
    training = open_half(folder, "train")
    if len(training) != card.training_texts:
        raise damaged(folder, f"{len(training):,} of {card.training_texts:,} training texts")
    return Corpus(card, training, folder)


def open_words(folder: Path) -> tuple[str, ...] | None:
    """Return the words of a prepared corpus by rank (the id of rank 1 is 4), None where they are unknown."""
    path = folder / "words.json"
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
    except (OSError, ValueError) as error:
        raise damaged(folder, error) from error


def open_half(folder: Path, half: str) -> Texts:
    """Open one half memory-mapped: `train` here, `test` from `sealed` alone."""
    if not all((folder / f"{half}_{name}.npy").exists() for name in _ARRAYS):
        raise MissingHalf(folder, half)
    try:
        return Texts(
            *(np.load(folder / f"{half}_{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS)
        )
    except (OSError, ValueError, InputError) as error:
        raise damaged(folder, error) from error


def is_whole(folder: Path) -> bool:
    """Whether a prepared corpus is in `folder`, with both its halves."""
    try:
        open_prepared(folder)
        open_half(folder, "test")
    except InputError:
        return False
    return True


def _narrowed(encoded: Encoded, texts: Texts) -> Texts:
    """The same texts in the types of the prepared form: 16 bits a token where the vocabulary fits."""
    token_type = "<u2" if encoded.vocabulary_size <= 2**16 else "<u4"
    return Texts(texts.tokens.astype(token_type), texts.offsets.astype("<i8"), texts.labels.astype("u1"))


def _card(encoded: Encoded, halves: dict[str, Texts]) -> Card:
    lengths = halves["train"].lengths
    median, p95 = np.quantile(lengths, [0.5, 0.95])
    return Card(
        name=encoded.name,
        source=encoded.source,
        fingerprint=fingerprint_of(encoded.classes, _arrays_of(halves)),
        classes=encoded.classes,
        stand_in=encoded.stand_in,
        training_texts=len(halves["train"]),
        test_texts=len(halves["test"]),
        vocabulary_size=encoded.vocabulary_size,
        mean_length=float(lengths.mean()),
        median_length=float(median),
        p95_length=float(p95),
    )


def fingerprint_of(
    classes: tuple[str, ...],
    arrays: Iterable[tuple[str, str, int, _Bytes]],
    words: Sequence[str] | None = None,
    tokens: str = "words",
) -> str:
    """SHA-256 of the classes and of both halves' arrays, each behind its name, type and length.

    Of a corpus of one's own the words count too: two small ones may have the same ids for other words;
    and so does what a token is, where it is no word.
    """
    digest = hashlib.sha256(json.dumps(classes).encode())
    for name, kind, length, contents in arrays:
        digest.update(f"{name} {kind} {length}\n".encode())
        for part in contents:
            digest.update(part)
    if words is not None:
        digest.update(json.dumps(words).encode())
    if tokens != "words":
        digest.update(tokens.encode())
    return digest.hexdigest()


def _arrays_of(halves: dict[str, Texts]) -> Iterator[tuple[str, str, int, _Bytes]]:
    for half, texts in halves.items():
        for name in _ARRAYS:
            array = np.ascontiguousarray(getattr(texts, name))
            yield f"{half}_{name}", array.dtype.str, len(array), [array.data]


def arrays_in(folder: Path) -> Iterator[tuple[str, str, int, _Bytes]]:
    """Name, type, length and bytes of each array in `folder`, a piece at a time: it may be larger than memory."""
    for half in HALVES:
        for name in _ARRAYS:
            with (folder / f"{half}_{name}.npy").open("rb") as file:
                np.lib.format.read_magic(file)
                (length,), _, kind = np.lib.format.read_array_header_1_0(file)
                yield f"{half}_{name}", kind.str, length, iter(partial(file.read, 2**22), b"")


# -- on its way to another machine: the halves apart, so that the test half only reaches one that scores on it


def packed(folder: Path, half: str) -> dict[str, tuple[bytes, str]]:
    """The half's files by name: what is in them and its SHA-256; with the training half comes the card."""
    names = [f"{half}_{name}.npy" for name in _ARRAYS] + (["card.json"] if half == "train" else [])
    contents = {name: (folder / name).read_bytes() for name in names}
    return {name: (content, hashlib.sha256(content).hexdigest()) for name, content in contents.items()}


def unpack(folder: Path, files: Mapping[str, tuple[bytes, str]]) -> None:
    """Writes them, each in one step. Raises InputError where one did not arrive as it was sent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (content, digest) in files.items():
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(f"expected {name} of corpus {folder.name} as it was sent, got it damaged; try again")
        unfinished = folder / f".{name}-{uuid.uuid4().hex}"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
