"""Texts on their way to ids, on the disk: words as provisional numbers, one text after the other.

What stays in memory is one entry a different word and about 30 bytes a text.
"""

import hashlib
import re
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from study.corpus.prepared.encoding import split_words

MOST_WORDS = 3_000_000  # different ones; what comes first after so many is left out, to bound the memory
_BUFFER = 2**18  # words
_CHUNK = 2**20  # words
_LOOKED_AT = 2000  # texts, the first ones
_LONG = 7  # characters a word; of texts that have spaces between words, those of such scripts are shorter
_VERY_LONG = 15  # in any script
_WITHOUT_SPACES = re.compile(  # Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese
    "[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Spill:
    """Texts are added, then gone through in chunks. `places` numbers the words in order of appearance, from 1."""

    def __init__(self, path: Path, split: Callable[[str], list[str]] = split_words) -> None:
        self._split = split
        self._path = path
        self._file = path.open("wb")
        self._buffer = array("I")
        self._lengths, self._labels = array("I"), array("H")
        self._halves, self._digests = array("B"), array("Q")
        self.places = _Places()

    def add(self, half: int, label: int, text: str) -> bool:
        """Take in one text. Returns False, and takes nothing, where it has no word."""
        words = self._split(text)
        if not words:
            return False
        self._buffer.extend(map(self.places.__getitem__, words))
        self._lengths.append(len(words))
        self._labels.append(label)
        self._halves.append(half)
        digest = hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest()
        self._digests.append(int.from_bytes(digest, "little"))
        if len(self._buffer) > _BUFFER:
            self._flush()
        return True

    def close(self) -> None:
        """Nothing is added any more."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._file.write(self._buffer)
        self._buffer = array("I")

    @property
    def lengths(self) -> np.ndarray:
        """Words in each text, uint32 [texts]."""
        return np.frombuffer(self._lengths, np.uint32)

    @property
    def labels(self) -> np.ndarray:
        """What was given as the label of each text, uint16 [texts]."""
        return np.frombuffer(self._labels, np.uint16)

    @property
    def halves(self) -> np.ndarray:
        """What was given as the half of each text, uint8 [texts]."""
        return np.frombuffer(self._halves, np.uint8)

    @property
    def digests(self) -> np.ndarray:
        """64 bits of the BLAKE2b of each text's words, uint64 [texts]."""
        return np.frombuffer(self._digests, np.uint64)

    def chunks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Consecutive texts with their words, uint32 [words]; whole texts, about a million words at a time."""
        ends = np.cumsum(self.lengths, dtype=np.int64)
        first = 0
        with self._path.open("rb") as file:
            while first < len(ends):
                done = int(ends[first - 1]) if first else 0
                last = max(first + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
                yield slice(first, last), np.fromfile(file, np.uint32, int(ends[last - 1]) - done)
                first = last


class _Places(dict[str, int]):
    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_WORDS:
            return 0
        place = self[word] = len(self) + 1
        return place


class Spacing:
    """Looks at the first texts of a corpus that have a word."""

    def __init__(self) -> None:
        self._texts = self._words = self._characters = self._without = 0

    def look_at(self, text: str) -> None:
        """Count this text in, unless enough were."""
        if self._texts < _LOOKED_AT:
            words = split_words(text)
            self._texts += 1
            self._words += len(words)
            self._characters += sum(map(len, words))
            self._without += len(_WITHOUT_SPACES.findall(text))

    def note(self) -> str:
        """What to say and what helps, in one line; empty where there are spaces."""
        if not self._words:
            return ""
        a_word, a_text = self._characters / self._words, self._words / self._texts
        script = self._without > self._characters / 2 and (a_word > _LONG or a_text < 2)
        if not (script or (a_word > _VERY_LONG and a_text < 2)):
            return ""
        return (
            f"the texts seem to have no spaces between their words (a text has {a_text:.1f} words, of "
            f"{a_word:.0f} characters each), so that little can be learnt: "
            "--tokens characters takes each character as a token"
        )
