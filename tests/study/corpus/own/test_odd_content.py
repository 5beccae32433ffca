"""Odd but legal content in every format: what is read is what was written, or one line says what is wrong."""

import csv
import io
import json
import os
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from study.corpus import Reading, obtain
from study.corpus.describe import describe
from study.corpus.own.files import own_corpus
from study.corpus.own.unlabelled import read_texts
from study.environment import whole
from study.errors import InputError

Value = str | int | float | bool | None
Row = tuple[Value, Value]  # text, label

PIECES = (
    *(
        "\ufeff",
        '"',
        '""',
        "'",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\x1a",
        "\x0b",
        "\x85",
        "\u2028",
        ",",
        ";",
        "\t",
        "|",
        "\\",
    ),
    *(
        "=1+1",
        "<b>",
        "&amp;",
        "[red]",
        "{{ x }}",
        "%s",
        "$x",
        "~",
        "a",
        "word",
        "é",
        "ß",
        "İ",
        "🙂",
        "好",
        "ไทย",
        " ",
    ),
    *("\ud83d", "\udcff", "\ue000"),
)
LONG = "x" * 140_000  # what the last one stands for: more than a field of Python's csv module has by default
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text(max_size=20))
LABELS = st.one_of(
    st.sampled_from(
        (
            "a",
            "b",
            " a ",
            "A",
            "1",
            "1.0",
            "01",
            "-1",
            "1e3",
            "nan",
            "NULL",
            "true",
            "=SUM(A1)",
            "<b>x</b>",
            "a,b",
            "",
        )
    ),
    TEXTS,
)
ODD = st.lists(st.tuples(TEXTS, LABELS), max_size=8)
SOUND: list[Row] = [(f"{['calm', 'dull'][n % 2]} {n}", "ab"[n % 2]) for n in range(24)]  # enough to learn from


def in_utf8(rows: list[Row]) -> list[Row]:
    """The rows as a format can hold them whose strings are UTF-8."""
    return [tuple(whole(value) if isinstance(value, str) else value for value in row) for row in rows]  # type: ignore[misc]


def grown(rows: list[Row]) -> list[Row]:
    return [tuple(value.replace("\ue000", LONG) if isinstance(value, str) else value for value in r) for r in rows]  # type: ignore[misc]


def as_read(rows: list[Row]) -> list[tuple[str | None, str | None]]:
    return [
        tuple(None if value is None or value != value else whole(str(value)) for value in (text, label))  # type: ignore[misc]
        for text, label in rows
    ]


def is_short(error: InputError) -> None:
    """A line for people, whatever the content."""
    assert len(str(error)) < 1_000


def items(path: Path) -> list[tuple[str | None, str | None]]:
    return [(text or None, label) for _, label, text in own_corpus(path, Reading()).items(None)]


def held(path: Path, folder: Path, expected: list[tuple[str | None, str | None]], *, ordered: bool = True) -> None:
    """The rows come back as they are; prepared as a corpus they are counted and can be told of, or are refused."""
    expected = [(text or None, label) for text, label in expected]  # an empty text is as good as none
    found = items(path)
    assert (found if ordered else Counter(found)) == (expected if ordered else Counter(expected))
    try:
        obtained = obtain(str(path), Reading(), cache=folder / "cache")
    except InputError as error:
        is_short(error)
        return
    findings, card = obtained.findings, obtained.corpus.card
    assert findings is not None
    assert findings.read == len(expected)
    assert findings.unlabelled == sum(not (label or "").strip() for _, label in expected)
    written = {(label or "").strip() for _, label in expected}
    assert {name for name in card.classes if not name.lstrip("-").isdigit()} <= written
    assert all(max(map(len, line.splitlines())) < 1_000 for line in obtained.lines())
    "\n".join([*obtained.lines(), card.source, *(row[1] for row in describe(obtained))]).encode()


def odd(**strategies: st.SearchStrategy) -> Callable:
    """A property of odd rows, tried so often that all of these take seconds."""

    def decorate(test: Callable) -> Callable:
        slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
        return settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=slow)(
            given(rows=ODD, **strategies)(test)
        )

    return decorate


def as_csv(rows: list[Row], delimiter: str, quoting: int, end: str, gaps: bool, mark: bool) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
    for number, row in enumerate([("text", "label"), *rows]):
        writer.writerow(row)
        if gaps and number % 3 == 0:
            file.write(end)
    return (b"\xef\xbb\xbf" if mark else b"") + file.getvalue().encode()


FORM = {
    "quoting": st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    "end": st.sampled_from(("\n", "\r\n")),
    "gaps": st.booleans(),
    "mark": st.booleans(),
}


@odd(ending=st.sampled_from((".csv", ".tsv")), delimiter=st.sampled_from(",;|\t"), **FORM)
def test_csv(rows, ending, delimiter, quoting, end, gaps, mark) -> None:
    rows = in_utf8([*SOUND, *grown(rows)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        path.write_bytes(as_csv(rows, "\t" if ending == ".tsv" else delimiter, quoting, end, gaps, mark))
        held(path, Path(folder), as_read(rows))
        assert list(read_texts(path, Reading("text"))) == [text for text, _ in as_read(rows)]


VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats())


@odd(others=st.lists(st.tuples(VALUES, VALUES), max_size=4), ascii_alone=st.booleans(), end=FORM["end"])
def test_json_lines(rows, others, ascii_alone, end) -> None:
    rows = [*SOUND, *grown(rows), *others]
    rows = rows if ascii_alone else in_utf8(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.jsonl"
        told = [json.dumps({"text": t, "label": label}, ensure_ascii=ascii_alone) for t, label in rows]
        path.write_bytes(end.join(told).encode())
        held(path, Path(folder), as_read(rows))


@odd(missing=st.integers(0, 3))
def test_parquet(rows, missing) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [*in_utf8([*SOUND, *grown(rows)]), *[(None, "a"), ("calm", None), (None, None)][:missing]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        texts, labels = zip(*rows, strict=True)
        pq.write_table(pa.table({"text": texts, "label": labels}), path, row_group_size=7)
        held(path, Path(folder), as_read(rows))


def named(rows: list[Row]) -> dict[str, tuple[str, str]]:
    """A file a row, its label as the name of its folder where that can be one: name -> text, label."""
    files = {}
    for number, (text, label) in enumerate(rows):
        usable = 0 < len(os.fsencode(whole(str(label)))) < 200 and not set(str(label)) & set("/\0")
        if usable and not str(label).startswith("."):
            files[f"{label}/{number}.txt"] = (str(text), str(label))
    return files


def expected_of(files: dict[str, tuple[str, str]]) -> list[tuple[str | None, str | None]]:
    """A mark at the beginning of a text is none of it."""
    return as_read([(text.removeprefix("\ufeff").removeprefix("\ufeff"), label) for text, label in files.values()])


@odd()
def test_folders_of_text_files(rows) -> None:
    files = {
        name.encode("utf-8", "surrogateescape") if "\ud83d" not in name else whole(name).encode(): value
        for name, value in named([*SOUND, *in_utf8(grown(rows))]).items()
    }
    files[b"caf\xe9/x.txt"] = ("calm", "caf\udce9")
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(os.fsencode(folder), b"t")
        for name, (text, _) in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "wb") as file:
                file.write(text.encode())
        held(Path(folder) / "t", Path(folder), expected_of(files), ordered=False)  # type: ignore[arg-type]


@odd(kind=st.sampled_from(("zip", "tar", "tar.gz")), table=st.booleans(), **FORM)
def test_archives(rows, kind, table, quoting, end, gaps, mark) -> None:
    """Of a table, or of text files in folders. A name that points elsewhere refuses the archive."""
    rows = in_utf8([*SOUND, *grown(rows)])
    files = named([(text, str(label).replace("\\", "")) for text, label in rows])
    contents = {name: text.encode() for name, (text, _) in files.items()}
    expected = expected_of(files)
    if table:
        contents, expected = {"a/t.csv": as_csv(rows, ",", quoting, end, gaps, mark)}, as_read(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{kind}"
        if kind == "zip":
            with zipfile.ZipFile(path, "w") as packed:
                for name, content in contents.items():
                    packed.writestr(zipfile.ZipInfo(name), content)
        else:
            with tarfile.open(path, "w:gz" if kind == "tar.gz" else "w") as archive:
                for name, content in contents.items():
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        held(path, Path(folder), expected, ordered=table)


ANYTHING = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from((b'"', b",", b"\n", b"\r", b"\0", b"{", b"}", b"text", b"label", b"\xff", b"PK\x03\x04"))
    ).map(b"".join),
    st.lists(TEXTS, max_size=6).map(lambda parts: whole("".join(parts)).encode()),
)  # fmt: skip


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.parquet", "t.txt", "t.zip", "t.tar.gz"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(content=ANYTHING, headed=st.booleans(), encoding=st.sampled_from(("utf-8", "utf-16", "cp1252", "utf-7")))
def test_what_is_no_corpus_is_one_line(name, content, headed, encoding) -> None:
    """Any bytes: a corpus, or an error of ours; to learn from and to predict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes((b"text,label\n" if headed else b"") + content)
        for read in (
            lambda: obtain(str(path), Reading(encoding=encoding), cache=Path(folder) / "cache"),
            lambda: list(read_texts(path, Reading("text", encoding=encoding))),
            lambda: list(read_texts(path, Reading(encoding=encoding))),
        ):
            try:
                read()
            except InputError as error:
                is_short(error)


@pytest.mark.parametrize(
    ("header", "reads"),
    [
        ("text,label,x,x", True),
        ("x,text,x,label", True),
        ("text,text,label", False),
        ("text,label,label", False),
        (",text,,label", True),
        ('"te\nxt",label', True),
    ],
)
def test_headers_that_recur_or_are_odd(tmp_path, header, reads) -> None:
    columns = next(csv.reader(io.StringIO(header, newline="")))
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for text, label in SOUND:
            writer.writerow([{"label": label, "x": "x", "": ""}.get(column, text) for column in columns])
    if reads:
        held(path, tmp_path, as_read(SOUND))
    else:
        with pytest.raises(InputError):
            items(path)
