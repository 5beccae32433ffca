"""Labelled texts in flat arrays, and what a reader returns."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from study.errors import InputError

Progress = Callable[[int, int | None, str], None]  # done, total where known, of what


@dataclass(frozen=True, eq=False)
class Texts:
    """Labelled texts as flat arrays: text i is `tokens[offsets[i] : offsets[i + 1]]`, its class `labels[i]`.

    tokens (sum of lengths,) uint16 or uint32; offsets (n + 1,) int64; labels (n,) uint8.
    Raises InputError where the three do not fit together.
    """

    tokens: np.ndarray
    offsets: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if any(array.ndim != 1 for array in (self.tokens, self.offsets, self.labels)):
            raise InputError("expected tokens, offsets and labels with one axis each, got more or none")
        if len(self.offsets) != len(self.labels) + 1:
            raise InputError(
                f"expected one offset more than labels, got {len(self.offsets):,} offsets "
                f"and {len(self.labels):,} labels"
            )
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.tokens):
            raise InputError(
                f"expected offsets from 0 to the number of tokens, {len(self.tokens):,}, "
                f"got {self.offsets[0]:,} to {self.offsets[-1]:,}"
            )
        if (self.lengths < 1).any():
            text = int((self.lengths < 1).argmax())
            raise InputError(
                "expected rising offsets, at least one token a text; "
                f"text {text:,} has {self.lengths[text]:,} tokens"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens in each text, (n,) int64."""
        return np.diff(self.offsets)


def digests(texts: Texts) -> np.ndarray:
    """64 bits of each text's tokens, uint64 [n]: equal for texts of the same words in the same order."""
    ends = texts.offsets.tolist()
    tokens = np.ascontiguousarray(texts.tokens).view(np.uint8).data
    width = texts.tokens.itemsize
    found = b"".join(
        hashlib.blake2b(tokens[width * start : width * end], digest_size=8).digest()
        for start, end in itertools.pairwise(ends)
    )
    return np.frombuffer(found, np.uint64)


def first_of_same(texts: Texts) -> np.ndarray:
    """Of each text the place of the first one of the same words, int64 [n]."""
    _, first, which = np.unique(digests(texts), return_index=True, return_inverse=True)
    return np.asarray(first[which], np.int64)


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a reader returns: both halves in memory and all that is known about them.

    `vocabulary_size` counts the ids, the four reserved ones included; `words` are by rank, where known.
    """

    name: str
    source: str
    classes: tuple[str, ...]
    vocabulary_size: int
    training: Texts
    test: Texts
    words: tuple[str, ...] | None = None
    stand_in: bool = False

    def without_shared(self) -> "Encoded":
        """Without those training texts that stand in the test half too, word for word: learnt by heart, they
        would be scored as if they were understood. Raises InputError where a class has no others."""
        kept = ~np.isin(digests(self.training), digests(self.test))
        if kept.all():
            return self
        if len(np.unique(self.training.labels[kept])) < len(np.unique(self.training.labels)):
            raise InputError(
                f"{self.source}: expected training texts of every class beside those whose words are in the test "
                "half too, got none; --keep-duplicates keeps them"
            )
        lengths = self.training.lengths
        training = Texts(
            self.training.tokens[np.repeat(kept, lengths)],
            np.concatenate([[0], np.cumsum(lengths[kept])]),
            self.training.labels[kept],
        )
        removed = f"{int((~kept).sum()):,} training texts removed that are in the test half too"
        return replace(self, source=f"{self.source}; {removed}", training=training)
