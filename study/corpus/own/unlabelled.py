"""Texts without labels, to be predicted: by the readers of a corpus, so that both take the same files."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from study.corpus.own.archives import Meter, source_at
from study.corpus.own.columns import Reading, check_columns, joined
from study.corpus.own.tables import decoded, is_table, read_rows
from study.environment import whole
from study.errors import InputError


def read_texts(path: Path | None, reading: Reading) -> Iterator[str]:
    """The texts of a table's columns, or of a file of one text a line; of the standard input without a path.

    A table is what has an ending of one, or is read by a column that `reading` names. A row of a table without a
    text has an empty one, so that texts and rows stay side by side. Raises InputError, also while being read.
    """
    shown = str(path) if path else "the standard input"
    wanted = reading.text_column
    try:
        with _opened(path) as (name, stream):
            if not wanted and is_table(name):
                raise InputError(
                    f"{shown}: expected --column NAME, the column of the texts, for a table; or a file of one "
                    "text a line"
                )
            if not wanted:
                yield from (whole(line.rstrip("\r\n")) for line in decoded(shown, stream, reading.encoding))
                return

            def choose(columns: Sequence[str]) -> Sequence[str]:
                check_columns(shown, columns, wanted, header=reading.header)
                return wanted

            rows = read_rows(shown, stream, choose, reading.encoding, header=reading.header)
            yield from (joined(row) or "" for row in rows)
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
