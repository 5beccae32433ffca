"""Tables of texts, read row by row: CSV, TSV, JSON Lines, Parquet; for training and for prediction alike.

A row is the values of the columns that were chosen, say text and label, as strings; None where it has none. Half
surrogates come as U+FFFD (study.environment.whole). Every error names file and line.
"""

import codecs
import contextlib
import csv
import io
import itertools
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from study.environment import whole
from study.errors import InputError

Choose = Callable[[Sequence[str]], Sequence[str]]  # the columns -> those to read, say of text and label
Row = tuple[str | None, ...]

LONGEST = 64 * 2**20  # bytes of one line, and characters of one field
_DELIMITERS = ",;\t|"
_LOOKED_AT = 1000  # rows of JSON Lines whose keys are its columns, or as many as make up _AHEAD characters
_AHEAD = 2**20


def is_table(name: str) -> bool:
    """Whether the name ends as that of a table."""
    return _ending(name) in FORMATS


def may_lack_names(name: str) -> bool:
    """Whether the name is that of a table whose columns need not have names: CSV, TSV."""
    return FORMATS.get(_ending(name)) in (_csv, _tabs)


def read_rows(
    name: str, stream: BinaryIO, choose: Choose, encoding: str, *, header: bool = True
) -> Generator[Row, None, None]:
    """The rows of one table. `choose` is asked once for the columns. Raises InputError while being read.

    One whose name tells no format is JSON Lines where it begins with a brace, else CSV. Without a `header`, which
    CSV and TSV alone can lack, the columns are called 1, 2, 3, ...
    """
    begun = stream.peek(1)[:1] if isinstance(stream, io.BufferedReader) else b""
    read = FORMATS.get(_ending(name)) or (_json_lines if begun == b"{" else _csv)
    if not header:
        if read not in (_csv, _tabs):
            raise InputError(
                f"{name}: expected CSV or TSV with --no-header: other tables name their columns; leave it out"
            )
        read = partial(read, header=False)
    for row in read(name, stream, choose, encoding):
        yield tuple(None if value is None else whole(value) for value in row)


def _ending(name: str) -> str:
    return PurePosixPath(name.removesuffix(".gz")).suffix.lower()


def decoded(name: str, stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a file, their ends kept. Raises InputError with the line and byte that cannot be decoded."""
    number = 0
    with contextlib.closing(_lines(stream, encoding)) as lines:
        while True:
            number += 1
            try:
                line = next(lines)
            except StopIteration:
                return
            except UnicodeDecodeError as error:
                byte = error.object[error.start]
                other = "utf-16" if number == 1 and error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
                raise InputError(
                    f"{name}, line {number:,}, byte {error.start + 1:,}: expected {encoding}, got 0x{byte:02x}; "
                    f"convert the file to UTF-8, or name its encoding, as in --encoding {other}"
                ) from error
            except UnicodeError as error:  # UTF-16 without the mark that it begins with
                raise InputError(f"{name}, line {number:,}: expected {encoding}: {error}") from error
            if len(line) > LONGEST:
                raise InputError(
                    f"{name}, line {number:,}: expected lines of at most {LONGEST // 2**20} MB, got a longer one"
                )
            yield line.removeprefix("\ufeff") if number == 1 else line


def _lines(stream: BinaryIO, encoding: str) -> Generator[str, None, None]:
    """Lines end in a line feed and nowhere else: a line separator inside a text is a part of it."""
    if not codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        first = stream.readline(LONGEST + 1).removeprefix(codecs.BOM_UTF8)
        for line in itertools.chain([first] if first else [], iter(lambda: stream.readline(LONGEST + 1), b"")):
            yield line.decode(encoding)
        return
    characters = io.TextIOWrapper(stream, encoding, newline="\n")
    try:
        yield from iter(lambda: characters.readline(LONGEST + 1), "")
    finally:
        characters.detach()  # the stream is closed by whoever opened it


def _csv(
    name: str,
    stream: BinaryIO,
    choose: Choose,
    encoding: str,
    delimiter: str | None = None,
    header: bool = True,
) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)
    lines = decoded(name, stream, encoding)
    first = next(lines, "")
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter or _delimiter(first), strict=True)
    rows: Iterator[tuple[int, list[str]]] = _numbered(name, reader)
    begins, columns = next(rows, (1, []))
    if not columns:
        named = "whose first line names its columns" if header else "of texts and labels"
        raise InputError(f"{name}: expected a table {named}, got nothing")
    if not header:
        rows = itertools.chain([(begins, columns)], rows)
        columns = [str(number) for number in range(1, len(columns) + 1)]
    places = [_place(name, columns, column) for column in choose(columns)]
    for number, row in rows:
        if len(row) != len(columns):
            raise InputError(
                f"{name}, line {number:,}: expected {len(columns)} fields as in the first line, got {len(row)}; "
                'a field with the delimiter or a new line in it stands in "quotes", a quote inside it is doubled'
            )
        yield tuple(row[place] for place in places)


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


def _place(name: str, header: Sequence[str], column: str) -> int:
    if header.count(column) > 1:
        raise InputError(f"{name}: expected one column called {column!r}, got {header.count(column)}")
    return header.index(column)


def _json_lines(name: str, stream: BinaryIO, choose: Choose, encoding: str) -> Iterator[Row]:
    """A key that a row lacks is a value that it lacks."""
    objects = _objects(name, stream, encoding)
    first: list[tuple[int, dict[str, Any]]] = []
    size = 0
    for number, value, length in objects:
        first.append((number, value))
        size += length
        if len(first) == _LOOKED_AT or size > _AHEAD:
            break
    if not first:
        raise InputError(f"{name}: expected one JSON object a line, got nothing")
    keys = choose(list(dict.fromkeys(key for _, value in first for key in value)))
    for number, value in itertools.chain(first, ((number, value) for number, value, _ in objects)):
        yield tuple(_string(name, number, key, value.get(key)) for key in keys)


def _objects(name: str, stream: BinaryIO, encoding: str) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Each line's number, object and length."""
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
        yield number, value, len(line)


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
        names = file.schema_arrow.names
        keys = [names[_place(name, names, key)] for key in choose(names)]
        number = 0
        for batch in file.iter_batches(batch_size=1024, columns=keys, use_threads=False):
            for values in zip(*(batch.column(key).to_pylist() for key in keys), strict=True):
                number += 1
                yield tuple(_string(name, number, key, value) for key, value in zip(keys, values, strict=True))
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
