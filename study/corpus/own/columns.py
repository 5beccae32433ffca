"""How a corpus of one's own is to be read, and which columns hold its texts and labels."""

import codecs
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from study.environment import expanded
from study.errors import InputError

_TEXT = ("text", "texts", "review", "sentence", "content", "message", "body", "comment", "document", "tweet",
         "description", "utterance", "question")  # fmt: skip
_LABEL = ("label", "labels", "class", "category", "target", "sentiment", "topic", "intent", "queue", "tag", "y")


@dataclass(frozen=True)
class Reading:
    """What the user says of a corpus of their own; columns that are None are guessed where that is obvious.

    `test_corpus` is the path of the test half; without it and without one beside the training half,
    `test_fraction` of each class is cut off. `keep_duplicates`: training texts that are in the test half too stay.
    """

    text_column: str | None = None
    label_column: str | None = None
    encoding: str = "utf-8"
    test_corpus: Path | None = None
    test_fraction: float = 0.2
    keep_duplicates: bool = False

    def __post_init__(self) -> None:
        if self.test_corpus is not None:
            object.__setattr__(self, "test_corpus", Path(expanded(self.test_corpus)))
        try:
            text = codecs.lookup(self.encoding)._is_text_encoding
        except LookupError:
            text = False
        if not text:
            raise InputError(f"expected an encoding such as utf-8 or cp1252, got {self.encoding!r}")
        if not 0 < self.test_fraction < 1:
            raise InputError(f"expected a test fraction between 0 and 1, got {self.test_fraction}")

    def words(self) -> str:
        """All of it in one string, the same for the same reading."""
        return str(sorted((key, str(value)) for key, value in asdict(self).items()))


def columns_of(name: str, columns: Sequence[str], reading: Reading) -> tuple[str, str]:
    """The columns of text and label: as told, else guessed by their names. Raises InputError listing them all."""
    present = ", ".join(columns)
    for wanted in (reading.text_column, reading.label_column):
        if wanted is not None and wanted not in columns:
            raise InputError(f"{name}: expected a column {wanted!r}; there are: {present}")
    text = reading.text_column or _guess(columns, _TEXT, reading.label_column)
    label = reading.label_column or _guess(columns, _LABEL, text)
    if text is None and label is not None:
        text = _only_other(columns, label)
    if label is None and text is not None:
        label = _only_other(columns, text)
    if text is None or label is None or text == label:
        raise InputError(
            f"{name}: expected to tell the columns of texts and labels by their names, but which of {present} "
            "they are is not obvious; name them with --text-column and --label-column"
        )
    return text, label


def _guess(columns: Sequence[str], names: Sequence[str], taken: str | None) -> str | None:
    found = [column for column in columns if column.strip().lower() in names and column != taken]
    return found[0] if len(found) == 1 else None


def _only_other(columns: Sequence[str], column: str) -> str | None:
    return next(other for other in columns if other != column) if len(set(columns)) == 2 else None
