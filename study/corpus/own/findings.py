"""What was found while a corpus of one's own was read: counts, choices made for the user, and how to say them."""

import math
from dataclasses import dataclass, field
from typing import Any

from study.corpus.own.columns import Columns
from study.corpus.own.halves import listed
from study.corpus.prepared.prepared import Card

_SHORTEST, _LONGEST = 20, 500  # tokens; bounds of the sequence length
_FEWEST, _MOST = 1_000, 20_000  # ids; bounds of the vocabulary
_SMALLEST_BATCH, _LARGEST_BATCH = 8, 64  # the largest is the book's
_BATCHES = 250  # a pass over the training half should come to about so many
_LEAST_STEPS = 500  # of the optimizer, over all epochs
_LEAST_EPOCHS, _MOST_EPOCHS = 3, 12  # the least are the book's
_TRAINED_ON = 0.8  # of the training half, in a search


@dataclass(frozen=True)
class Findings:
    """Counts are texts. `training` and `test` are by class, after everything that was left out.

    Two texts are duplicates where they have the same words in the same order (see `encoding.split_words`):
    upper case, punctuation and white space make no difference.
    """

    columns: Columns | None  # of text and label; None for text files
    guessed: bool
    read: int
    empty: int
    unlabelled: int
    repeated: int  # in the training half, after the first of the same words
    contradictory: int  # different texts that stand under more than one label
    shared: int  # of the training half, in the test half too
    removed: bool  # whether those were removed
    test_fraction: float | None  # None: the test half is the source's own
    training: dict[str, int]
    test: dict[str, int]
    notes: tuple[str, ...] = ()
    named: bool = True  # whether the columns have names
    rare: dict[str, int] = field(default_factory=dict)  # the texts of each class that had too few
    handled: str = ""  # what became of them, in words

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Findings":
        """What `dataclasses.asdict` and JSON made of it. Raises TypeError or KeyError for anything else."""
        columns = value["columns"]
        chosen = None if columns is None else (tuple(columns[0]), columns[1])
        lists = {"columns": chosen, "notes": tuple(value["notes"])}
        return cls(**{**value, **lists})

    def lines(self) -> list[str]:
        """What the user must hear of it, a line each."""
        said = []
        if self.columns and self.guessed:
            where = columns_in_words(self.columns)
            said.append(
                f"{where[0].upper()}{where[1:]}, guessed by their {'names' if self.named else 'contents'}."
            )
        if self.test_fraction is not None:
            texts = sum(self.test.values())
            said.append(
                f"No test half: {100 * self.test_fraction:g} % of each class cut off as one, {texts:,} texts."
            )
        if self.empty or self.unlabelled:
            said.append(f"Left out: {self.empty:,} texts without a word, {self.unlabelled:,} without a label.")
        if self.handled:
            said.append(f"{self.handled}: {listed([repr(name) for name in self.rare])}.")
        if self.shared:
            what = "removed from it" if self.removed else "kept in it"
            said.append(
                f"{self.shared:,} texts of the training half stand in the test half too, word for word: {what}."
            )
        if self.contradictory:
            said.append(f"{self.contradictory:,} texts stand under more than one label.")
        return said + [f"{note[0].upper()}{note[1:]}." for note in self.notes]


def columns_in_words(columns: Columns) -> str:
    """Where texts and labels are from."""
    texts, label = columns
    plural = "s" if len(texts) > 1 else ""
    return f"texts from column{plural} {' and '.join(map(repr, texts))}, labels from {label!r}"


def defaults_for(card: Card) -> dict[str, int]:
    """The length, vocabulary, batches and epochs that suit a corpus of one's own; nothing for the published sets.

    95 % of the training texts are kept whole and 95 % of their tokens keep their id, within bounds. Batches and
    epochs are the book's, 64 and 3, where these come to enough steps of the optimizer to learn something, which is
    from some 14,000 texts on. With fewer texts the batches are smaller, and where that is not enough there are
    more epochs (measured: docs/corpora.md).
    """
    if card.covering is None:
        return {}
    length = min(max(round(card.p95_length + 0.5), _SHORTEST), _LONGEST)
    vocabulary = min(max(card.covering, _FEWEST), _MOST, max(4, card.vocabulary_size))
    texts = card.training_texts
    batch = 2 ** round(math.log2(max(texts / _BATCHES, 1)))
    batch = min(max(batch, _SMALLEST_BATCH), _LARGEST_BATCH)
    epochs = math.ceil(_LEAST_STEPS / steps_an_epoch(texts, batch))
    epochs = min(max(epochs, _LEAST_EPOCHS), _MOST_EPOCHS)
    return {"sequence_length": length, "vocabulary_size": vocabulary, "batch_size": batch, "epochs": epochs}


def steps_an_epoch(texts: int, batch_size: int) -> int:
    """Steps of the optimizer in an epoch of a search, of a training half of so many texts."""
    return math.ceil(_TRAINED_ON * texts / batch_size)
