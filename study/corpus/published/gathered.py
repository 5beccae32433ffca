"""Labelled texts gathered in any order, then encoded: the half of a reader that knows no file format.

The vocabulary is made of the training half alone, by frequency, words of equal frequency in alphabetical
order; or a published one is given. Words that the vocabulary lacks are left out of both halves.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from study.corpus.prepared.encoding import FIRST_WORD, START, read_word_index, split_words
from study.corpus.prepared.texts import Encoded, Texts
from study.errors import InputError

Half = Literal["train", "test"]
_PERMUTATION_SEEDS: dict[Half, int] = {"train": 113, "test": 114}


@dataclass(frozen=True)
class _Gathered:
    """One text as provisional ids: the place of each word among all words, 0 for the start of the text."""

    label: int
    key: Any
    places: "array[int]"


class Gathered:
    """The texts read so far. Words are counted at the end, since a source may hold the test half first."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self._texts: dict[Half, list[_Gathered]] = {"train": [], "test": []}
        self._places: dict[str, int] = {"": 0}  # no word is empty: this is the start of a text

    def add(self, half: Half, label: int, key: Any, text: str) -> None:
        """Take in one text of class number `label`. `key` orders the texts of one class; keys compare."""
        places = self._places
        words = array("I", [0])
        words.extend([places.setdefault(word, len(places)) for word in split_words(text)])
        self._texts[half].append(_Gathered(label, key, words))

    def lacking(self) -> list[tuple[Half, str]]:
        """The halves and classes without a text."""
        found = {(half, text.label) for half, texts in self._texts.items() for text in texts}
        return [
            (half, name) for half in self._texts for i, name in enumerate(self.classes) if (half, i) not in found
        ]

    def encoded(self, name: str, source: str, word_index: Path | None) -> Encoded:
        """Both halves, by class, then key, then in a fixed permutation.

        Raises InputError where a half lacks a class, or `word_index` cannot be read.
        """
        if lacking := self.lacking():
            places = ", ".join(f"{half} {label}" for half, label in lacking)
            raise InputError(f"{source}: expected texts of each class in both halves; none for: {places}")
        words = read_word_index(word_index) if word_index else self._by_frequency()
        ids = {"": START} | {word: rank for rank, word in enumerate(words, start=FIRST_WORD)}
        id_of_place = np.array([ids.get(word, 0) for word in self._places], np.uint32)  # 0: left out
        vocabulary = f"the word index {word_index.name}" if word_index else "the words of the training half"
        return Encoded(
            name=name,
            source=f"{source}, encoded with {vocabulary}",
            classes=self.classes,
            vocabulary_size=FIRST_WORD + len(words),
            training=self._half("train", id_of_place),
            test=self._half("test", id_of_place),
            words=words,
        )

    def _by_frequency(self) -> tuple[str, ...]:
        counts = np.bincount(_flat(self._texts["train"]), minlength=len(self._places)).tolist()
        counted = [(-count, word) for word, count in zip(self._places, counts, strict=True) if word and count]
        return tuple(word for _, word in sorted(counted))

    def _half(self, half: Half, id_of_place: np.ndarray) -> Texts:
        by_key = sorted(self._texts[half], key=lambda text: (text.label, text.key))
        order = np.random.RandomState(_PERMUTATION_SEEDS[half]).permutation(len(by_key))
        texts = [by_key[place] for place in order]
        tokens = id_of_place[_flat(texts)]
        starts = np.cumsum([0, *(len(text.places) for text in texts)])
        kept = np.concatenate([[0], np.cumsum(tokens > 0)])  # (tokens + 1,) tokens kept before each place
        labels = np.array([text.label for text in texts], np.uint8)
        return Texts(tokens[tokens > 0], kept[starts], labels)


def _flat(texts: list[_Gathered]) -> np.ndarray:
    """The places of all texts behind each other, (tokens,) uint32."""
    return np.frombuffer(b"".join(text.places for text in texts), np.uint32)
