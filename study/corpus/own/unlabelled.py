"""Texts without labels, to be predicted: by the readers of a corpus, so that both take the same files."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from study.corpus.own.archives import Meter, source_at
from study.corpus.own.columns import Reading
from study.corpus.own.tables import decoded, is_table, read_rows
from study.errors import InputError


def read_texts(path: Path | None, column: str | None, encoding: str = "utf-8") -> Iterator[str]:
    """The texts of a table's column, or of a file of one text a line; of the standard input without a path.

    A row of a table without a text has an empty one, so that texts and rows stay side by side. Raises InputError,
    also while being read.
    """
    shown = str(path) if path else "the standard input"
    Reading(encoding=encoding)  # refuses what is no encoding of text
    try:
        with _opened(path) as (name, stream):
            if column is None and is_table(name):
                raise InputError(
                    f"{shown}: expected --column NAME, the column of the texts, for a table; or a file of one "
                    "text a line"
                )
            if column is None:
                yield from (line.rstrip("\r\n") for line in decoded(shown, stream, encoding))
                return

            def choose(columns: Sequence[str]) -> Sequence[str]:
                if column not in columns:
                    there = ", ".join(columns) or "none"
                    raise InputError(f"{shown}: expected a column {column!r}, got: {there}; name one of them")
                return [column]

            yield from (text or "" for (text,) in read_rows(shown, stream, choose, encoding))
    except OSError as error:
        raise InputError(f"{shown}: expected a file of texts, got: {error.strerror}; check the path") from error


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[tuple[str, BinaryIO]]:
    """The file's name, without the ending of what it is packed in, and its contents."""
    if path is None:
        with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
            yield "", stream
    elif not path.is_file():  # a pipe can be read once alone; what a folder is, or nothing, the system says
        with path.open("rb") as stream:
            yield path.name, stream
    else:
        source = source_at(path)
        names = source.names()
        if len(names) != 1:
            raise InputError(f"{path}: expected one file of texts, got {len(names)} in it; unpack it and name one")
        with contextlib.closing(source.opened(names, Meter(0))) as files:
            yield next(files)
