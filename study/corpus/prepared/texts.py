"""Labelled texts in flat arrays, and what a reader returns."""

from collections.abc import Callable
from dataclasses import dataclass

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
