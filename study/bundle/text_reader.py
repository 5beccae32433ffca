"""From texts to the ids a bundle's network reads: the corpus's preparation, then what the recipe does to ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search_spaces.architecture import Configuration
from study.corpus.prepared.batches import UNKNOWN, evaluation_step
from study.corpus.prepared.encoding import FIRST_WORD, PADDING, SEPARATORS, START, Preparation
from study.corpus.prepared.texts import Texts
from study.errors import InputError

IDS = "ids, separated by spaces"  # the rule where the corpus had no words


@dataclass(frozen=True)
class TextReader:
    """Encodes texts as the study did. Without a preparation a text is its ids: '1 14 22 16'.

    `vocabulary_size`: ids from here up are the unknown id, as the network has no rows for them.
    """

    preparation: Preparation | None
    vocabulary_size: int

    def encode(self, texts: Sequence[str]) -> tuple[Texts, np.ndarray]:
        """The texts as ids, and what share of each one's words the network does not know, float64 [texts]: 1 also
        for a text without any words. Raises InputError where ids are expected and something else came."""
        if self.preparation is None:
            encoded = [_ids(text) for text in texts]
            words = [sum(number not in (PADDING, START) for number in ids) for ids in encoded]
        else:
            encoded = self.preparation.encode(texts)
            words = [len(self.preparation.split(text)) for text in texts]
        known = [sum(FIRST_WORD <= number < self.vocabulary_size for number in ids) for ids in encoded]
        unknown = [1 - seen / of if of else 1.0 for seen, of in zip(known, words, strict=True)]
        tokens = np.array([number for ids in encoded for number in ids], np.int64)
        tokens[tokens >= self.vocabulary_size] = UNKNOWN
        offsets = np.cumsum([0, *map(len, encoded)])
        return Texts(tokens.astype(np.uint32), offsets, np.zeros(len(encoded), np.uint8)), np.array(unknown)


def _ids(text: str) -> list[int]:
    try:
        ids = [int(word) for word in text.split()]
    except ValueError:
        ids = []
    if not ids or min(ids) < 0:
        raise InputError(
            f"expected a text as its ids, as in '1 14 22 16', got {text[:40]!r}: the corpus of this bundle had "
            "ids without words; export it with --word-index FILE to predict from words"
        )
    return ids


def spelled_out(reader: TextReader, configuration: Configuration) -> dict[str, Any]:
    """All that has to be known to prepare a text without this program, as plain values for preparation.json."""
    recipe = configuration.recipe
    fixed = recipe.batching == "fixed"
    return {
        "rule": reader.preparation.rule if reader.preparation else IDS,
        "separators": SEPARATORS,
        "padding_id": PADDING,
        "start_id": START,
        "unknown_id": UNKNOWN,
        "first_word_id": FIRST_WORD,
        "vocabulary_size": reader.vocabulary_size,
        "sequence_length": recipe.sequence_length,
        "truncation": recipe.truncation,
        "padding": recipe.padding,
        "padded_to_a_multiple_of": recipe.sequence_length if fixed else evaluation_step(configuration),
    }
