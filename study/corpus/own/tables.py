"""Tables of labelled texts, read row by row: CSV, TSV, JSON Lines, Parquet.

A row is its text and its label as strings, None where it has none. Every error names file and line.
"""

import codecs
import csv
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from study.errors import InputError

Choose = Callable[[Sequence[str]], tuple[str, str]]  # the columns -> those of text and label
Row = tuple[str | None, str | None]

LONGEST = 64 * 2**20  # bytes of one line, and characters of one field
_DELIMITERS = ",;\t|"


def is_table(name: str) -> bool:
    """Whether the name ends as that of a table."""
    return _ending(name) in FORMATS


def read_rows(name: str, stream: BinaryIO, choose: Choose, encoding: str) -> Iterator[Row]:
    """The rows of one table. `choose` is asked once for the columns. Raises InputError while being read."""
    return FORMATS[_ending(name)](name, stream, choose, encoding)


def _ending(name: str) -> str:
    return PurePosixPath(name.removesuffix(".gz")).suffix.lower()


def decoded(name: str, stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a file, their ends kept. Raises InputError with the line and byte that cannot be decoded."""
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    lines: Iterator[str | bytes] = (
        iter(codecs.getreader(encoding)(stream)) if wide else iter(lambda: stream.readline(LONGEST + 1), b"")
    )
    number = 0
    while True:
        number += 1
        try:
            line = next(lines)
            if len(line) > LONGEST:
                raise InputError(
                    f"{name}, line {number:,}: expected lines of at most {LONGEST // 2**20} MB, got a longer one"
                )
            if isinstance(line, str):
                yield line
                continue
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            yield line.decode(encoding)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            other = "utf-16" if number == 1 and error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
            raise InputError(
                f"{name}, line {number:,}, byte {error.start + 1:,}: expected {encoding}, got 0x{byte:02x}; "
                f"convert the file to UTF-8, or name its encoding, as in --encoding {other}"
            ) from error


def _csv(
    name: str, stream: BinaryIO, choose: Choose, encoding: str, delimiter: str | None = None
) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)
    lines = decoded(name, stream, encoding)
    first = next(lines, "")
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter or _delimiter(first), strict=True)
    rows = _numbered(name, reader)
    _, header = next(rows, (1, []))
    if not header:
        raise InputError(f"{name}: expected a table whose first line names its columns, got nothing")
    text, label = (_place(name, header, column) for column in choose(header))
    for number, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"{name}, line {number:,}: expected {len(header)} fields as in the first line, got {len(row)}; "
                'a field with the delimiter or a new line in it stands in "quotes", a quote inside it is doubled'
            )
        yield row[text], row[label]


def _numbered(name: str, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins in; empty lines are passed over."""
    while True:
        begun = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"{name}: expected a table, but the row that begins in line {begun:,} cannot be read ({error}); "
                'look for a quote that is not closed, or not doubled inside a "quoted" field'
            ) from error
        if row:
            yield begun, row


def _delimiter(header: str) -> str:
    """The one that the first line holds most often, quoted fields aside; the comma where it holds none."""
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _place(name: str, header: list[str], column: str) -> int:
    if header.count(column) > 1:
        raise InputError(f"{name}: expected one column called {column!r}, got {header.count(column)}")
    return header.index(column)


def _json_lines(name: str, stream: BinaryIO, choose: Choose, encoding: str) -> Iterator[Row]:
    text = label = None
    for number, line in enumerate(decoded(name, stream, encoding), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number:,}: expected one JSON object a line: {error}") from error
        if not isinstance(value, dict):
            raise InputError(
                f"{name}, line {number:,}: expected one JSON object a line, got {type(value).__name__}"
            )
        if text is None or label is None:
            text, label = choose(list(value))
        if absent := [key for key in (text, label) if key not in value]:
            raise InputError(f"{name}, line {number:,}: expected the key {absent[0]!r}, got {', '.join(value)}")
        yield tuple(_string(name, number, key, value[key]) for key in (text, label))  # type: ignore[misc]


def _string(name: str, number: int, key: str, value: object) -> str | None:
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, str | int | float):
        return str(value)
    raise InputError(f"{name}, row {number:,}: expected a string as {key!r}, got {type(value).__name__}")


def _parquet(name: str, stream: BinaryIO, choose: Choose, encoding: str) -> Iterator[Row]:
    if not stream.seekable():
        raise InputError(f"{name}: expected Parquet as a file of its own, since it is packed already; unpack it")
    import pyarrow as pa  # here, since it takes a second
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(stream)
        text, label = choose(file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(batch_size=1024, columns=[text, label], use_threads=False):
            for values in zip(batch.column(text).to_pylist(), batch.column(label).to_pylist(), strict=True):
                number += 1
                yield tuple(  # type: ignore[misc]
                    _string(name, number, key, value) for key, value in zip((text, label), values, strict=True)
                )
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: expected a whole Parquet file: {error}") from error


_tabs = partial(_csv, delimiter="\t")
FORMATS: dict[str, Callable[[str, BinaryIO, Choose, str], Iterator[Row]]] = {
    ".csv": _csv,
    ".tsv": _tabs,
    ".tab": _tabs,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_lines,
    ".parquet": _parquet,
    ".pq": _parquet,
}
"""How a table is read, by the end of its name: a format is a function and its entry here."""
