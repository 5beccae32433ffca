"""How a corpus of one's own is to be read, and which columns hold its texts and labels."""

import codecs
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from study.corpus.own.tables import may_lack_names
from study.corpus.prepared.encoding import RULES
from study.environment import expanded
from study.errors import InputError

Columns = tuple[tuple[str, ...], str]  # those of the text, joined in this order, and that of the label
_TEXT = ("text", "texts", "review", "sentence", "content", "message", "body", "comment", "document", "tweet",
         "description", "utterance", "question")  # fmt: skip
_LABEL = ("label", "labels", "class", "category", "target", "sentiment", "topic", "intent", "queue", "tag", "y")
DROP, MERGE = "drop", "merge"  # what becomes of rare classes
_BETWEEN = "\n\n"
_MANY_WORDS = 12  # more than these are prose; a question of a survey may well name a column
_HINT = "; --no-header, if the first line is a row like the others: columns are then called 1, 2, 3, ..."
_MOST_SHOWN, _LONGEST_SHOWN = 20, 40  # columns in an error, characters of each


@dataclass(frozen=True)
class Reading:
    """What the user says of a corpus of their own; columns that are not named are guessed where that is obvious.

    `text_column`: one name or several, whose values are joined. `header`: whether the first line of a CSV or TSV
    names its columns; without one they are called 1, 2, 3, ... `test_corpus` is the path of the test half; without
    it and without one beside the training half, `test_fraction` of each class is cut off. `keep_duplicates`:
    training texts that are in the test half too stay. `rare_classes`: what becomes of classes with too few texts,
    `drop` or `merge` (own.rare); by default they are refused. `tokens`: what a text is made of, one of RULES in
    study.corpus.prepared.encoding.
    """

    text_column: tuple[str, ...] = ()  # one name may be given as it is
    label_column: str | None = None
    header: bool = True
    encoding: str = "utf-8"
    test_corpus: Path | None = None
    test_fraction: float = 0.2
    keep_duplicates: bool = False
    rare_classes: str | None = None
    tokens: str = "words"

    def __post_init__(self) -> None:
        if isinstance(self.text_column, str):
            object.__setattr__(self, "text_column", (self.text_column,))
        if self.test_corpus is not None:
            object.__setattr__(self, "test_corpus", Path(expanded(self.test_corpus)))
        try:
            text = codecs.lookup(self.encoding)._is_text_encoding
        except LookupError:
            text = False
        if not text:
            raise InputError(f"expected an encoding such as utf-8 or cp1252, got {self.encoding!r}")
        if self.rare_classes not in (None, DROP, MERGE):
            raise InputError(f"expected rare classes to {DROP} or {MERGE}, got {self.rare_classes!r}")
        if self.tokens not in RULES:
            raise InputError(f"expected {' or '.join(RULES)} as tokens, got {self.tokens!r}")
        if not 0 < self.test_fraction < 1:
            raise InputError(f"expected a test fraction between 0 and 1, got {self.test_fraction}")

    def words(self) -> str:
        """All of it in one string, the same for the same reading."""
        told = {key: str(value) for key, value in asdict(self).items() if (key, value) != ("tokens", "words")}
        return str(sorted(told.items()))  # of words: as versions without tokens had it, whose corpora stay good

    def kept(self, columns: Columns | None) -> dict[str, Any] | None:
        """How texts of the same kind are read again, for JSON: columns, header, encoding; None of text files."""
        if columns is None:
            return None
        texts, label = columns
        return {
            "text_column": list(texts),
            "label_column": label,
            "header": self.header,
            "encoding": self.encoding,
        }


def joined(values: Sequence[str | None]) -> str | None:
    """One text of the values of its columns, a blank line between them; None where all are missing."""
    there = [value for value in values if value]
    return _BETWEEN.join(there) if there else None


def columns_of(name: str, columns: Sequence[str], reading: Reading) -> Columns:
    """The columns of text and label: as told, else guessed by their names. Raises InputError listing them all."""
    told = [*reading.text_column, *([reading.label_column] if reading.label_column is not None else [])]
    check_columns(name, columns, told, header=reading.header)
    texts = reading.text_column or _guess(columns, _TEXT, reading.label_column)
    label = reading.label_column or next(iter(_guess(columns, _LABEL, *texts)), None)
    if not texts and label is not None:
        texts = _only_other(columns, label)
    if label is None and texts:
        label = next(iter(_only_other(columns, *texts)), None)
    if not texts or label is None:
        raise InputError(
            f"{name}: expected to tell the columns of texts and labels by their names, but which of "
            f"{shown(columns)} they are is not obvious; name them with --text-column and --label-column"
            f"{_HINT if reading.header and may_lack_names(name) else ''}"
        )
    return tuple(texts), label


def check_columns(name: str, columns: Sequence[str], told: Sequence[str], *, header: bool) -> None:
    """Raises InputError where a column that was named is not there, or was named twice."""
    for wanted in told:
        if wanted not in columns:
            raise InputError(
                f"{name}: expected a column {wanted!r}; there are: {shown(columns)}"
                f"{_HINT if header and may_lack_names(name) and is_like_a_row(columns) else ''}"
            )
        if list(told).count(wanted) > 1:
            raise InputError(f"{name}: expected each column for one purpose, got {wanted!r} named twice")


def shown(columns: Sequence[str]) -> str:
    """The columns for an error: that of a table without a header may hold whole texts."""
    cut = [c if len(c) <= _LONGEST_SHOWN else f"{c[:_LONGEST_SHOWN]}..." for c in columns[:_MOST_SHOWN]]
    more = len(columns) - _MOST_SHOWN
    return (", ".join(cut) or "none") + (f" and {more} more" if more > 0 else "")


def is_like_a_row(columns: Sequence[str]) -> bool:
    """Whether names of columns look like the values of a row: prose, nothing, or the same twice."""
    return any(len(column.split()) > _MANY_WORDS or not column.strip() for column in columns) or len(
        set(columns)
    ) < len(columns)


def _guess(columns: Sequence[str], names: Sequence[str], *taken: str | None) -> tuple[str, ...]:
    found = [column for column in columns if column.strip().lower() in names and column not in taken]
    return (found[0],) if len(found) == 1 else ()


def _only_other(columns: Sequence[str], *taken: str) -> tuple[str, ...]:
    others = [column for column in dict.fromkeys(columns) if column not in taken]
    return (others[0],) if len(others) == 1 and len(set(columns)) == len(taken) + 1 else ()
