"""From text to ids, and how the texts of a corpus became ids, as a value kept with it and with a saved model.

The rule is the one by which Keras's IMDB set is encoded. Strip white space off both ends of the text, lower-case
it, turn punctuation, tab and newline into spaces, split on spaces, look each word up, leave out the words the
vocabulary lacks, put the start id in front. The id of a word is its frequency rank (1 is the most frequent) plus
3, since four ids are reserved:

A corpus of one's own may have characters as tokens instead, white space left out: for scripts without spaces
between words. Everything else stays the same. Ids:

    0  padding        1  start of a text        2  unknown (a word cut from the vocabulary)        3  unused

    preparation = open_preparation(corpus.folder)
    preparation.encode(["A good film."])        # as in the prepared arrays
    Preparation.from_json(json.loads(json.dumps(preparation.as_json()))) == preparation

What a recipe does to ids (its vocabulary, cutting, padding) is not part of it: see `batches`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from study.corpus.prepared.prepared import open_prepared, open_words
from study.environment import whole
from study.errors import InputError

PADDING = 0
START = 1
UNKNOWN = 2
FIRST_WORD = 4  # the id of the word of rank 1
SEPARATORS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'  # of words, beside the space
_TO_SPACES = str.maketrans(dict.fromkeys(SEPARATORS, " "))
RULE = "keras words, unknown ones left out"
RULES = {"words": RULE, "characters": "characters, lower case, white space and unknown ones left out"}
"""The rules by what a token is: see above."""


def split_words(text: str) -> list[str]:
    """Return the lower-case words of `text`; the apostrophe belongs to its word.

    White space other than space, tab and newline (no-break space, next line) belongs to its word unless it
    ends the text: the published set is encoded so. Half surrogates are U+FFFD.
    """
    return [word for word in whole(text).strip().lower().translate(_TO_SPACES).split(" ") if word]


def split_characters(text: str) -> list[str]:
    """Return the characters of `text` in lower case, without white space. Half surrogates are U+FFFD."""
    return [character for character in whole(text).lower() if not character.isspace()]


def splitter(rule: str) -> Callable[[str], list[str]]:
    """What makes the tokens of a text by one of RULES."""
    return split_words if rule == RULE else split_characters


def encode_text(text: str, ids: Mapping[str, int]) -> list[int]:
    """Return the ids of `text`, the start id first; words that `ids` lacks are left out."""
    return [START, *(ids[word] for word in split_words(text) if word in ids)]


def read_word_index(path: Path) -> tuple[str, ...]:
    """Read a published vocabulary, a JSON object word -> rank, and return its words by rank.

    Raises InputError unless the ranks are 1, 2, ... n, each given once.
    """
    expected = "expected a JSON object that gives each word its rank, 1 for the most frequent"
    try:
        ranks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"word index {path}: {expected}; it cannot be read: {error}") from error
    if not isinstance(ranks, dict) or not ranks:
        raise InputError(f"word index {path}: {expected}; got {type(ranks).__name__}")
    if not all(type(rank) is int for rank in ranks.values()):
        raise InputError(f"word index {path}: {expected}; got a rank that is no whole number")
    words = sorted(ranks, key=ranks.__getitem__)
    if [ranks[word] for word in words] != list(range(1, len(words) + 1)):
        raise InputError(f"word index {path}: {expected}; the {len(words)} ranks are not 1 to {len(words)}")
    return tuple(words)


@dataclass(frozen=True)
class Preparation:
    """The tokeniser's rule, by name, and the words by rank; the id of the first is 4.

    Of Keras's own sets one word is not as in their arrays: Keras cuts off the rarest one, which is 2 there.
    Raises InputError where a word is given twice or the rule is not known.
    """

    words: tuple[str, ...] = field(repr=False)
    rule: str = RULE

    def __post_init__(self) -> None:
        if self.rule not in RULES.values():
            known = " or ".join(map(repr, RULES.values()))
            raise InputError(f"expected texts prepared by the rule {known}, got {self.rule!r}: a later version's")
        if len(set(self.words)) != len(self.words):
            raise InputError("expected each word of a preparation once, got one of them twice")

    def encode(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text, the start id first; no padding. Words that are not among `words` are left out."""
        ids = self._ids
        return [[START, *(ids[token] for token in self.split(text) if token in ids)] for text in texts]

    def split(self, text: str) -> list[str]:
        """The tokens of a text, those that are not among `words` too."""
        return splitter(self.rule)(text)

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
    return None if words is None else Preparation(words, RULES[open_prepared(folder).card.tokens])
