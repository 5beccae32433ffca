"""A corpus of one's own: which of a source's files are its halves, and their texts one after the other.

    tickets.csv, .tsv, .jsonl, .parquet    one table: its test half is cut off
    train.csv and test.csv                 side by side in a folder or archive; or tickets_{train,test}.csv
    {train,test}/<class>/*.txt             text files in folders named by their classes
    <class>/*.txt                          the same without halves: the test half is cut off

Each may be packed: .gz, .zip, .tar or .tar.gz. With a test corpus named apart, all of the source is for training.
"""

import contextlib
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from study.corpus.own.archives import Meter, Source, source_at
from study.corpus.own.columns import Columns, Reading, columns_of, joined
from study.corpus.own.tables import FORMATS, LONGEST, Choose, Row, is_table, read_rows
from study.corpus.prepared.texts import Progress
from study.environment import whole
from study.errors import InputError

TRAIN, TEST, TO_CUT = 0, 1, 2
Item = tuple[int, str | None, str | None]  # TRAIN, TEST or TO_CUT; label; text
_HALVES = {"train": TRAIN, "training": TRAIN, "test": TEST, "testing": TEST}
_REPORT_EVERY = 2000  # texts
_LOOKED_AT = 100  # rows of a table whose columns have no names


@dataclass
class Own:
    """The files to read, each with its half and, of text files, its class. `columns` is known once one is read.

    `files`: the name of each file that was read and the number of its first text.
    """

    reading: Reading
    parts: list[tuple[Source, dict[str, tuple[int, str | None]]]]
    passed_over: list[str] = field(default_factory=list)
    columns: Columns | None = None
    files: list[tuple[str, int]] = field(default_factory=list)

    @property
    def cut(self) -> bool:
        """Whether the test half is to be cut off."""
        return any(half == TO_CUT for _, files in self.parts for half, _ in files.values())

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(source.meter(files).total for source, files in self.parts)

    def items(self, progress: Progress | None) -> Generator[Item, None, None]:
        """Every text in the order of its source. Raises InputError while being read."""
        try:
            yield from self._items(progress)
        except OSError as error:
            where = error.filename or self.parts[0][0].path
            raise InputError(
                f"expected a corpus that can be read, but {where} cannot: {error.strerror}"
            ) from error

    def _items(self, progress: Progress | None) -> Generator[Item, None, None]:
        read = 0
        self._choose_columns()
        for source, files in self.parts:
            meter = source.meter(files)
            with contextlib.closing(source.opened(files, meter)) as opened:
                for name, stream in opened:
                    self.files.append((name, read))
                    for item in self._of_file(_where(source, name), stream, *files[name]):
                        yield item
                        read += 1
                        if progress and read % _REPORT_EVERY == 0:
                            progress(meter.done, meter.total, f"bytes of {source.path.name}")
            if progress:
                progress(meter.total, meter.total, f"bytes of {source.path.name}")

    def _of_file(self, where: str, stream: BinaryIO, half: int, label: str | None) -> Iterator[Item]:
        if label is not None:
            yield half, whole(label), whole(_text(where, stream, self.reading.encoding))
            return

        for *values, row_label in self._rows(where, stream, partial(self._columns_of, where)):
            yield half, row_label, joined(values)

    def _rows(self, where: str, stream: BinaryIO, choose: Choose) -> Generator[Row, None, None]:
        return read_rows(where, stream, choose, self.reading.encoding, header=self.reading.header)

    def _choose_columns(self) -> None:
        """By the first row of the table for training, wherever it stands: the one for testing is read alike."""
        for source, files in self.parts:
            for name in (name for name, (half, label) in files.items() if half != TEST and label is None):
                with contextlib.closing(source.opened([name], Meter(0))) as opened:
                    for _, stream in opened:
                        self._look_at(_where(source, name), stream)
                        break
                return

    def _look_at(self, where: str, stream: BinaryIO) -> None:
        """Columns without names are told apart by what they hold: of two, the one that holds more is the text."""
        nameless = not (self.reading.header or self.reading.text_column or self.reading.label_column)
        choose: Choose = list if nameless else partial(self._columns_of, where)
        with contextlib.closing(self._rows(where, stream, choose)) as rows:
            first = list(islice(rows, _LOOKED_AT if nameless else 1))
        if nameless and len(first[0]) == 2:
            one, two = (sum(len(row[place] or "") for row in first) for place in (0, 1))
            self.columns = (("1",), "2") if one >= two else (("2",), "1")

    def _columns_of(self, where: str, columns: Sequence[str]) -> list[str]:
        """Those to read of one table, texts before label."""
        if self.columns is None:
            self.columns = columns_of(where, columns, self.reading)
        else:
            texts, label = self.columns
            columns_of(where, columns, replace(self.reading, text_column=texts, label_column=label))
        return [*self.columns[0], self.columns[1]]


def own_corpus(path: Path, reading: Reading) -> Own:
    """What is to be read at `path`. Raises InputError where that cannot be told, or nothing is there."""
    own = Own(reading, [])
    source = source_at(path)
    if reading.test_corpus is None:
        own.parts.append((source, _halved(source, own)))
        return own
    if not reading.test_corpus.exists():
        raise InputError(f"expected the test half at {reading.test_corpus}, but nothing is there")
    for each, half in ((source, TRAIN), (source_at(reading.test_corpus), TEST)):
        files = _halved(each, own)
        if any(found != TO_CUT for found, _ in files.values()):
            raise InputError(
                f"{each.path}: expected one half, since --test-corpus names the other, but it holds both; "
                "leave out --test-corpus, or name the file of one half"
            )
        own.parts.append((each, {name: (half, label) for name, (_, label) in files.items()}))
    return own


def _halved(source: Source, own: Own) -> dict[str, tuple[int, str | None]]:
    """Each file to read with its half and class."""
    names = source.names()
    if tables := [name for name in names if is_table(name)]:
        chosen = _tables(source.path, tables)
    else:
        chosen = _text_files(names)
    if not chosen:
        kinds = ", ".join(FORMATS)
        raise InputError(
            f"{source.path}: expected a table of texts and labels ({kinds}; also packed as .gz, .zip, .tar), or "
            f"texts as <class>/*.txt or {{train,test}}/<class>/*.txt, but {_found(names)}"
        )
    if tables:
        own.passed_over += [name for name in tables if name not in chosen]
    elif own.reading.text_column or own.reading.label_column:
        raise InputError(f"{source.path}: expected a table, since a column is named, but it holds text files")
    elif not own.reading.header:
        raise InputError(f"{source.path}: expected a CSV or TSV with --no-header, but it holds text files")
    return chosen


def _found(names: list[str]) -> str:
    return f"none of its files is ({_shown(names)})" if names else "it is empty"


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _tables(path: Path, tables: list[str]) -> dict[str, tuple[int, str | None]]:
    """One table, to be cut; or the one for training and the one for testing."""
    if len(tables) == 1:
        return {tables[0]: (TO_CUT, None)}
    halves = {name: half for name in tables if (half := _half_of(name)) is not None}
    if sorted(halves.values()) != [TRAIN, TEST]:
        raise InputError(
            f"{path}: expected one table, or one whose name ends in train and one in test; got "
            f"{_shown(tables)}; name one file, and the other with --test-corpus"
        )
    return {name: (half, None) for name, half in halves.items()}


def _half_of(name: str) -> int | None:
    """By the last word of the file's name: train.csv, tickets-test.jsonl."""
    stem = PurePosixPath(name).name.split(".")[0].lower()
    return _HALVES.get(re.split(r"[-_ ]", stem)[-1])


def _text_files(names: list[str]) -> dict[str, tuple[int, str | None]]:
    """Texts by their folders: those of {train,test}/<class>/ where there are such, else those of <class>/."""
    parts = {name: PurePosixPath(name).parts for name in names if name.lower().endswith(".txt")}
    halved = {
        name: (_HALVES[p[-3].lower()], p[-2])
        for name, p in parts.items()
        if len(p) >= 3 and p[-3].lower() in _HALVES
    }
    if {half for half, _ in halved.values()} == {TRAIN, TEST}:
        return dict(halved)
    depths = Counter(len(p) for p in parts.values() if len(p) >= 2)
    if not depths:
        return {}
    depth = depths.most_common(1)[0][0]  # a README beside the folders is no text of a class
    return {name: (TO_CUT, p[-2]) for name, p in parts.items() if len(p) == depth}


def _text(where: str, stream: BinaryIO, encoding: str) -> str:
    contents = stream.read(LONGEST + 1)
    if len(contents) > LONGEST:
        raise InputError(f"{where}: expected a text of at most {LONGEST // 2**20} MB, got a longer one")
    try:
        return contents.removeprefix(BOM_UTF8).decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}, byte {error.start + 1:,}: expected {encoding}, got 0x{contents[error.start]:02x}; convert "
            "or remove that file, or name its encoding, as in --encoding cp1252"
        ) from error


def _where(source: Source, name: str) -> str:
    """The file as errors name it."""
    if source.kind == "folder":
        return str(source.path / name)
    return str(source.path) if source.kind in ("file", "gzip") else f"{source.path}: {name}"
