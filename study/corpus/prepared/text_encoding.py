"""From text to ids: the rule by which Keras's IMDB set is encoded.

Strip white space off both ends of the text, lower-case it, turn punctuation, tab and newline into spaces,
split on spaces, look each word up, leave out the words the vocabulary lacks, put the start id in front. The id
of a word is its frequency rank (1 is the most frequent) plus 3, since four ids are reserved:

    0  padding        1  start of a text        2  unknown (a word cut from the vocabulary)        3  unused
"""

import json
from collections.abc import Mapping
from pathlib import Path

from study.errors import InputError

__all__ = [
    "FIRST_WORD",
    "PADDING",
    "SEPARATORS",
    "START",
    "UNKNOWN",
    "encode_text",
    "read_word_index",
    "split_words",
]

PADDING = 0
START = 1
UNKNOWN = 2
FIRST_WORD = 4  # the id of the word of rank 1
SEPARATORS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'  # of words, beside the space
_TO_SPACES = str.maketrans(dict.fromkeys(SEPARATORS, " "))


def split_words(text: str) -> list[str]:
    """Return the lower-case words of `text`; the apostrophe belongs to its word.

    White space other than space, tab and newline (no-break space, next line) belongs to its word unless it
    ends the text: the published set is encoded so.
    """
    return [word for word in text.strip().lower().translate(_TO_SPACES).split(" ") if word]


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
