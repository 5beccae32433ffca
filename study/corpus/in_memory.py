"""Texts that are given from Python, as lists or a DataFrame: written into the cache once, as a table."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.corpus.own.columns import Columns, Reading, columns_of
from study.corpus.prepared.cache import unfinished_folder
from study.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "given"  # in the cache
_DIGITS = 10  # of the SHA-256 of the file, in its name


def of_lists(texts: Sequence[str], labels: Sequence[Any], cache: Path) -> tuple[Path, Columns]:
    """The table of texts and their labels, and its columns. Raises InputError."""
    if isinstance(texts, str | bytes) or isinstance(labels, str | bytes):
        raise InputError("expected lists of texts and of labels, got a single string")
    texts, labels = list(texts), list(labels)
    if len(texts) != len(labels):
        raise InputError(f"expected a label for each text, got {len(texts):,} texts and {len(labels):,} labels")
    return _written({"text": texts, "label": labels}, cache), (("text",), "label")


def of_frame(
    frame: "pd.DataFrame", text: str | Sequence[str] | None, label: str | None, cache: Path
) -> tuple[Path, Columns]:
    """The table of a DataFrame's columns of texts and labels, guessed by their names where they are not named.

    Raises InputError.
    """
    names = [str(name) for name in frame.columns]
    told = [text] if isinstance(text, str | int) else list(text or [])
    reading = Reading(tuple(map(str, told)), None if label is None else str(label))
    chosen = columns_of("the DataFrame", names, reading)
    columns: dict[str, Sequence[Any]] = {}
    for name in (*chosen[0], chosen[1]):
        if names.count(name) > 1:
            raise InputError(f"the DataFrame: expected one column called {name!r}, got {names.count(name)}")
        series = frame.iloc[:, names.index(name)]
        columns[name] = [value if there else None for value, there in zip(series, series.notna(), strict=True)]
    return _written(columns, cache), chosen


def _written(columns: Mapping[str, Sequence[Any]], cache: Path) -> Path:
    """The columns as JSON Lines in the cache, under a name made of what is in it; kept once."""
    with unfinished_folder(cache, 0) as folder:
        digest = hashlib.sha256()
        with (folder / "table").open("wb") as file:
            for line in _lines(columns):
                digest.update(line)
                file.write(line)
        kept = cache / FOLDER / f"texts-{digest.hexdigest()[:_DIGITS]}.jsonl"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            (folder / "table").replace(kept)
    return kept


def _lines(columns: Mapping[str, Sequence[Any]]) -> Iterator[bytes]:
    for number, values in enumerate(zip(*columns.values(), strict=True)):
        row = {name: _string(name, number, value) for name, value in zip(columns, values, strict=True)}
        yield json.dumps(row).encode() + b"\n"


def _string(name: str, number: int, value: Any) -> str | None:
    """A value as a table has it; None for what is missing."""
    value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value  # of NumPy
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str | int | float):
        return str(value)
    raise InputError(f"expected strings or numbers as {name!r}, got {type(value).__name__} at place {number:,}")
