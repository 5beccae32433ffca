"""How the texts of a corpus became ids, as a value: kept with the prepared corpus and with a saved model.

    preparation = open_preparation(folder_of(card.fingerprint, cache))
    preparation.encode(["A good film."])        # as in the prepared arrays
    Preparation.from_json(json.loads(json.dumps(preparation.as_json()))) == preparation

What a recipe does to ids (its vocabulary, cutting, padding) is not part of it: see `batches`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from study.corpus.prepared.prepared import open_words
from study.corpus.prepared.text_encoding import FIRST_WORD, encode_text
from study.errors import InputError

__all__ = ["RULE", "Preparation", "open_preparation"]

RULE = "keras words, unknown ones left out"  # the one rule so far: see `encoding`


@dataclass(frozen=True)
class Preparation:
    """The tokeniser's rule, by name, and the words by rank; the id of the first is 4.

    Of Keras's own sets one word is not as in their arrays: Keras cuts off the rarest one, which is 2 there.
    Raises InputError where a word is given twice or the rule is not known.
    """

    words: tuple[str, ...] = field(repr=False)
    rule: str = RULE

    def __post_init__(self) -> None:
        if self.rule != RULE:
            raise InputError(f"expected texts prepared by the rule {RULE!r}, got {self.rule!r}: a later version's")
        if len(set(self.words)) != len(self.words):
            raise InputError("expected each word of a preparation once, got one of them twice")

    def encode(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text, the start id first; no padding. Words that are not among `words` are left out."""
        return [encode_text(text, self._ids) for text in texts]

    def as_json(self) -> dict[str, Any]:
        """A value that JSON keeps: rule and words."""
        return {"rule": self.rule, "words": list(self.words)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Preparation":
        """What `as_json` gave. Raises InputError for anything else."""
        words, rule = value.get("words"), value.get("rule")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InputError(
                f"expected the words of a preparation as a list of strings, got {type(words).__name__}"
            )
        return cls(tuple(words), str(rule))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, start=FIRST_WORD)}


def open_preparation(folder: Path) -> Preparation | None:
    """The preparation of the corpus in `folder`; None where its words are unknown (generated, or ids alone)."""
    words = open_words(folder)
    return None if words is None else Preparation(words)
