"""Corpora of one's own: tables, folders and archives as they come, sound and broken."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny
from corpora import as_lists, as_zip

from study.corpus import Obtained, Preparation, Reading, obtain, open_preparation, read_texts
from study.corpus.own import archives as sources
from study.corpus.own import tables
from study.corpus.own.spill import Spacing
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.encoding import RULES
from study.corpus.prepared.sealed import open_test_part
from study.errors import InputError

CLASSES = ("billing", "bug", "login")
WORDS = {"billing": "invoice refund", "bug": "crash screen", "login": "password locked"}


def rows(count: int = 10, start: int = 0) -> list[tuple[str, str]]:
    """Different texts of three classes: text, label."""
    return [
        (f"Ticket {number}: {WORDS[name]}", name) for number in range(start, start + count) for name in CLASSES
    ]


def table(path: Path, texts: list[tuple[str, str]], header: tuple[str, str] = ("text", "label")) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *texts])
    return path


def lines(path: Path, texts: list[tuple[object, object]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in texts))
    return path


def read(path: Path, tmp_path: Path, **told: object) -> Obtained:
    return obtain(str(path), Reading(**told), cache=tmp_path / "cache")  # type: ignore[arg-type]


def refused(path: Path, tmp_path: Path, match: str, **told: object) -> None:
    """One line, and nothing in the cache."""
    with pytest.raises(InputError, match=match) as error:
        read(path, tmp_path, **told)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "cache").exists()


def encoded_by(found: Obtained, tmp_path: Path) -> Preparation:
    preparation = open_preparation(folder_of(found.corpus.card.fingerprint, tmp_path / "cache"))
    assert preparation is not None
    return preparation


def csv_of(texts: list[tuple[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("text", "label"), *texts])
    return file.getvalue().encode()


def as_parquet(path: Path, texts: list[tuple[str, str]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, label = zip(*texts, strict=True)
    pq.write_table(pa.table({"text": text, "label": label}), path)
    return path


def as_gzip(path: Path, texts: list[tuple[str, str]]) -> Path:
    path.write_bytes(gzip.compress(csv_of(texts)))
    return path


def gzipped(path: Path) -> Path:
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def as_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as file:
        for name, contents in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            file.addfile(member, io.BytesIO(contents))
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "csv": lambda p: table(p / "tickets.csv", rows()),
    "jsonl": lambda p: lines(p / "tickets.jsonl", rows()),
    "parquet": lambda p: as_parquet(p / "tickets.parquet", rows()),
    "csv.gz": lambda p: as_gzip(p / "tickets.csv.gz", rows()),
    "jsonl.gz": lambda p: gzipped(lines(p / "tickets.jsonl", rows())),
    "zip": lambda p: as_zip(p / "tickets.zip", {"data/tickets.csv": csv_of(rows()), "__MACOSX/._t.csv": b"x"}),
    "tar.gz": lambda p: as_tar(p / "tickets.tar.gz", {"tickets.csv": csv_of(rows())}),
    "tar": lambda p: as_tar(p / "tickets.tar", {"tickets.csv": csv_of(rows()), "README": b"labelled by hand"}),
}


@pytest.mark.parametrize("form", MAKERS)
def test_every_form_gives_the_same_corpus(form: str, tmp_path: Path) -> None:
    found = read(MAKERS[form](tmp_path), tmp_path)
    card = found.corpus.card
    assert (card.name, card.classes, card.stand_in) == ("tickets", CLASSES, False)
    assert (card.training_texts, card.test_texts) == (24, 6)  # 2 of the 10 of each class
    assert np.bincount(found.corpus.training.labels).tolist() == [8, 8, 8]
    if form != "csv":
        other = read(MAKERS["csv"](tmp_path), tmp_path)
        assert other.corpus.card.fingerprint == card.fingerprint
    assert found.lines() == [
        "Texts from column 'text', labels from 'label', guessed by their names.",
        "No test half: 20 % of each class cut off as one, 6 texts.",
    ]


def test_texts_are_encoded_as_the_preparation_encodes_them(tmp_path: Path) -> None:
    train, test = rows(), [*rows(3, start=50), ("unheard of", "bug")]
    table(tmp_path / "t" / "train.csv", train)
    table(tmp_path / "t" / "test.csv", test)
    found = read(tmp_path / "t", tmp_path)
    encode = encoded_by(found, tmp_path).encode
    assert as_lists(found.corpus.training) == encode(text for text, _ in train)
    sealed = open_test_part(found.corpus.card.fingerprint, tmp_path / "cache")
    assert as_lists(sealed) == encode(text for text, _ in test)
    assert as_lists(sealed)[-1] == [1]  # no word of it is known
    assert [CLASSES[label] for label in sealed.labels] == [label for _, label in test]
    # 'ticket' in every text; then ten of each word of a class, and each number thrice: by hand
    words = ["crash", "invoice", "locked", "password", "refund", "screen"]
    assert list(encoded_by(found, tmp_path).words[:7]) == ["ticket", *words]
    assert found.findings is not None
    assert found.findings.test_fraction is None


def test_characters_as_tokens(tmp_path: Path) -> None:
    """For scripts without spaces. Said of the corpus, part of what it is, and by what its texts are predicted."""
    texts = [(f"{'好差'[n % 2]}{chr(0x4E00 + n)}，很\u3000{'好差'[n % 2]}。", "ab"[n % 2]) for n in range(40)]
    path = table(tmp_path / "t.csv", texts)
    found = read(path, tmp_path, tokens="characters")
    card = found.corpus.card
    assert card.tokens == "characters"
    assert card.source.endswith("characters as tokens")
    preparation = encoded_by(found, tmp_path)
    assert preparation.split("好 丁，很\u3000好。") == list("好丁，很好。")
    learnt = {tuple(ids) for ids in as_lists(found.corpus.training)}
    assert learnt < {tuple(ids) for ids in preparation.encode(text for text, _ in texts)}
    assert read(path, tmp_path, tokens="characters").corpus.card == card
    assert read(path, tmp_path).corpus.card.tokens == "words"
    with pytest.raises(InputError, match="expected words or characters as tokens, got 'letters'"):
        Reading(tokens="letters")
    flat = tmp_path / "flat.npz"
    np.savez(flat, **tiny.arrays())
    refused(
        flat,
        tmp_path / "other",
        "for a table or text files of your own, got flat.npz",
        tokens="characters",
    )


def test_words_and_characters_of_the_same_ids_are_two_corpora(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [(f"{'xy'[n % 2]} {chr(97 + n)}", "ab"[n % 2]) for n in range(23)])
    both = [read(path, tmp_path, tokens=tokens) for tokens in ("words", "characters")]
    arrays = [as_lists(found.corpus.training) for found in both]
    assert arrays[0] == arrays[1]
    assert both[0].corpus.card.fingerprint != both[1].corpus.card.fingerprint
    assert [encoded_by(found, tmp_path).rule for found in both] == list(RULES.values())


def test_corpora_of_words_are_known_by_what_earlier_versions_noted() -> None:
    assert "tokens" not in Reading().words()
    assert "tokens" in Reading(tokens="characters").words()


@pytest.mark.parametrize(
    ("texts", "noticed"),
    [
        (["服务很好房间干净早餐丰富", "我们的朋友周末来这里，孩子很开心。"], True),
        (["不错", "很好", "太差了"], True),
        (["ห้องพักสะอาดมากบริการดี อาหารเช้าอร่อย"], True),
        (["とても良いホテルでした。また来ます。"], True),
        (["ACGTTGCAACGTTGCA", "TTGACCGGTACGATCG"], True),
        (["服务 很 好 房间 干净", "早餐 丰富"], False),
        (["ห้องพัก สะอาด มาก บริการ ดี"], False),
        (["방이 깨끗하고 친절해요", "조식이 맛있었어요 또 오고 싶어요"], False),
        (["great", "poor", "ok"], False),
        (["Donaudampfschifffahrtsgesellschaft faehrt wieder"], False),
        ([], False),
    ],
)
def test_texts_without_spaces_are_noticed(texts: list[str], noticed: bool) -> None:
    spacing = Spacing()
    for text in texts:
        spacing.look_at(text)
    assert bool(spacing.note()) == noticed
    assert noticed == ("--tokens characters" in spacing.note())


def test_of_texts_without_spaces_it_is_said_once(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv", [(f"服务很好房间干净早餐丰富{chr(0x4E00 + n)}", "ab"[n % 2]) for n in range(40)]
    )
    said = [line for line in read(path, tmp_path).lines() if "no spaces between their words" in line]
    assert len(said) == 1
    assert "(a text has 1.0 words, of 13 characters each)" in said[0]
    assert not any("no spaces" in line for line in read(path, tmp_path, tokens="characters").lines())


def test_columns_are_told_or_guessed(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("id", "Subject", "body", "queue", "priority")]
            + [(n, "hello", text, label, n % 2) for n, (text, label) in enumerate(rows())]
        )
    found = read(path, tmp_path)
    assert "column 'body', labels from 'queue', guessed" in found.lines()[0]
    told = read(path, tmp_path, text_column="body", label_column="priority")
    assert told.corpus.card.classes == ("0", "1")
    assert not any("guessed" in line for line in told.lines())


def test_two_columns_of_which_one_is_known(tmp_path: Path) -> None:
    found = read(table(tmp_path / "t.csv", rows(), ("utterance of user", "intent")), tmp_path)
    assert found.findings is not None
    assert found.findings.columns == (("utterance of user",), "intent")


@pytest.mark.parametrize(
    ("header", "told", "match"),
    [
        (("a", "b"), {}, "which of a, b they are is not obvious; name them with --text-column and --label-column"),
        (("text", "label"), {"text_column": "body"}, "expected a column 'body'; there are: text, label"),
        (("text", "label"), {"label_column": "queue"}, "expected a column 'queue'; there are: text, label"),
        (("text", "label"), {"text_column": "label", "label_column": "label"}, "got 'label' named twice"),
        (("text", "text"), {"text_column": "text"}, "not obvious"),
        (("text", "label"), {"text_column": ("text", "body")}, "expected a column 'body'; there are: text, label"),
        (("text", "label"), {"text_column": ("text", "text")}, "got 'text' named twice"),
        (("great stuff", "great stuff"), {}, "not obvious; .*; --no-header, if the first line is a row like"),
        (("so this is what it came to", "bug"), {}, r"which of so this .*; --no-header, if the first line is"),
        (("so " * 13, "bug"), {"text_column": "text"}, "expected a column 'text'; .*; --no-header, if the first"),
    ],
)
def test_columns_that_are_not_there(header: tuple[str, str], told: dict, match: str, tmp_path: Path) -> None:
    refused(table(tmp_path / "t.csv", rows(), header), tmp_path, rf"t\.csv: .*{match}", **told)


def wide(path: Path, header: list[str] | None = None) -> Path:
    """Subject, body and queue, of which some rows lack the subject."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        if header:
            out.writerow(header)
        out.writerows(
            ("" if n % 5 == 0 else f"Subject {n}", text, label) for n, (text, label) in enumerate(rows())
        )
    return path


def test_several_text_columns_are_joined(tmp_path: Path) -> None:
    path = wide(tmp_path / "t.csv", ["subject", "body", "queue"])
    both = read(path, tmp_path, text_column=("subject", "body"))
    texts = [(text if n % 5 == 0 else f"Subject {n}\n\n{text}", label) for n, (text, label) in enumerate(rows())]
    assert both.corpus.card.fingerprint == read(table(tmp_path / "j.csv", texts), tmp_path).corpus.card.fingerprint
    assert (
        both.lines()[0] == "Texts from columns 'subject' and 'body', labels from 'queue', guessed by their names."
    )
    assert "texts from columns 'subject' and 'body', labels from 'queue'" in both.corpus.card.source
    assert both.corpus.card.reading == {
        "text_column": ["subject", "body"], "label_column": "queue", "header": True, "encoding": "utf-8",
    }  # fmt: skip
    again = read(path, tmp_path, text_column=["subject", "body"])
    assert again.findings is not None
    assert again.findings.columns == (("subject", "body"), "queue")
    assert read(path, tmp_path, text_column="body").corpus.card.fingerprint != both.corpus.card.fingerprint


def test_a_table_without_a_header(tmp_path: Path) -> None:
    named = read(
        wide(tmp_path / "named.csv", ["subject", "body", "queue"]), tmp_path, text_column=("subject", "body")
    )
    told = {"header": False, "text_column": ("1", "2")}
    found = read(wide(tmp_path / "t.csv"), tmp_path, **told)
    assert found.corpus.card.fingerprint == named.corpus.card.fingerprint
    refused(wide(tmp_path / "u.csv"), tmp_path / "new", "which of 1, 2, 3 they are is not obvious", header=False)
    four = {"header": False, "text_column": "4"}
    refused(wide(tmp_path / "v.csv"), tmp_path / "new", "expected a column '4'; there are: 1, 2, 3$", **four)
    refused(
        lines(tmp_path / "t.jsonl", rows()), tmp_path / "new", "expected CSV or TSV with --no-header", header=False
    )


@pytest.mark.parametrize("swapped", [False, True])
def test_two_columns_without_a_header_are_told_apart_by_what_they_hold(swapped: bool, tmp_path: Path) -> None:
    texts = [(label, text) if swapped else (text, label) for text, label in rows()]
    with (tmp_path / "t.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(texts)
    found = read(tmp_path / "t.tsv", tmp_path, header=False)
    assert (
        found.corpus.card.fingerprint == read(table(tmp_path / "t.csv", rows()), tmp_path).corpus.card.fingerprint
    )
    where = "Texts from column '2', labels from '1'" if swapped else "Texts from column '1', labels from '2'"
    assert found.lines()[0] == f"{where}, guessed by their contents."


def test_a_first_line_that_looks_like_a_row_is_told_of(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows()[1:], rows()[0])
    found = read(path, tmp_path, text_column=rows()[0][0], label_column=rows()[0][1])
    hint = "he names of the columns look like one more row: --no-header reads the first line as one"
    assert any(hint in line for line in found.lines())
    assert not any(hint in line for line in read(table(tmp_path / "u.csv", rows()), tmp_path).lines())


@pytest.mark.parametrize(("delimiter", "name"), [(";", "t.csv"), ("\t", "t.tsv"), ("|", "t.csv")])
def test_other_delimiters(delimiter: str, name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([("text", "label"), *rows()])
    assert read(tmp_path / name, tmp_path).corpus.card.classes == CLASSES


def test_class_folders_with_and_without_halves(tmp_path: Path) -> None:
    for number, (text, label) in enumerate(rows()):
        half = "test" if number < 6 else "train"
        for root in (tmp_path / "whole" / label, tmp_path / "halved" / half / label):
            root.mkdir(parents=True, exist_ok=True)
            (root / f"{number:02}.txt").write_text(text)
    (tmp_path / "whole" / "README.txt").write_text("labelled by hand")
    refused(tmp_path / "whole", tmp_path, "expected a table, since a column is named", text_column="body")
    whole, halved = read(tmp_path / "whole", tmp_path), read(tmp_path / "halved", tmp_path)
    assert (whole.corpus.card.classes, whole.corpus.card.training_texts) == (CLASSES, 24)
    assert (halved.corpus.card.training_texts, halved.corpus.card.test_texts) == (24, 6)
    members = {f"my/{p.relative_to(tmp_path / 'halved')}": p.read_bytes()
               for p in sorted((tmp_path / "halved").rglob("*.txt"))}  # fmt: skip
    for packed in (as_zip(tmp_path / "a.zip", members), as_tar(tmp_path / "a.tar.gz", members)):
        assert read(packed, tmp_path).corpus.card.fingerprint == halved.corpus.card.fingerprint


def test_test_half_of_its_own(tmp_path: Path) -> None:
    train, test = table(tmp_path / "a.csv", rows()), table(tmp_path / "b.csv", rows(2, start=90))
    found = read(train, tmp_path, test_corpus=test)
    assert (found.corpus.card.training_texts, found.corpus.card.test_texts) == (30, 6)
    assert found.corpus.card.source.startswith("a.csv and b.csv; ")
    with pytest.raises(InputError, match=r"expected the test half at .*no\.csv, but nothing is there"):
        read(train, tmp_path, test_corpus=tmp_path / "no.csv")
    table(tmp_path / "both" / "train.csv", rows())
    table(tmp_path / "both" / "test.csv", rows())
    with pytest.raises(InputError, match="expected one half, since --test-corpus names the other"):
        read(tmp_path / "both", tmp_path, test_corpus=test)
    with pytest.raises(
        InputError, match=r"with --test-corpus, --text-column and their kin, got stand-in, .*leave them out"
    ):
        obtain("stand-in", Reading(test_corpus=test), cache=tmp_path)


def test_duplicates_are_removed_from_training_unless_kept(tmp_path: Path) -> None:
    train = [*rows(), ("ticket 50, INVOICE   refund!", "billing"), ("ticket 3 crash screen", "bug")]
    test = [*rows(2, start=50), ("Ticket 50: crash screen", "login")]
    told = {"test_corpus": table(tmp_path / "test.csv", test)}
    path = table(tmp_path / "train.csv", train)
    found = read(path, tmp_path, **told)
    assert found.corpus.card.training_texts == 31
    assert found.findings is not None
    assert (found.findings.shared, found.findings.repeated, found.findings.contradictory) == (1, 1, 1)
    assert "1 texts of the training half stand in the test half too, word for word: removed" in found.lines()[1]
    kept = read(path, tmp_path, **told, keep_duplicates=True)
    assert kept.corpus.card.training_texts == 32
    assert any("word for word: kept" in line for line in kept.lines())


def test_nothing_left_to_learn_without_the_duplicates(tmp_path: Path) -> None:
    told = {"test_corpus": table(tmp_path / "test.csv", rows())}
    refused(table(tmp_path / "a.csv", rows()), tmp_path, "0 of 'billing', .*--keep-duplicates", **told)


def test_cut_keeps_the_share_of_imbalanced_classes(tmp_path: Path) -> None:
    texts = [(f"text {n}", "common" if n >= 7 else "rare") for n in range(207)]
    found = read(table(tmp_path / "t.csv", texts), tmp_path, test_fraction=0.25)
    assert found.findings is not None
    assert found.findings.test == {"common": 50, "rare": 2}
    assert found.findings.training == {"common": 150, "rare": 5}
    again = obtain(str(tmp_path / "t.csv"), Reading(test_fraction=0.25), cache=tmp_path / "other")
    assert again.corpus.card.fingerprint == found.corpus.card.fingerprint


def test_empty_and_unlabelled_texts_are_left_out_and_counted(tmp_path: Path) -> None:
    texts = [*rows(), ("", "bug"), (" ?! ", "bug"), ("what is this", " "), ("", "")]
    found = read(table(tmp_path / "t.csv", texts), tmp_path)
    assert found.findings is not None
    assert (found.findings.read, found.findings.empty, found.findings.unlabelled) == (34, 2, 2)
    assert "Left out: 2 texts without a word, 2 without a label." in found.lines()
    nothing = [*rows(), (None, "bug"), ("what is this", float("nan"))]
    found = read(lines(tmp_path / "t.jsonl", nothing), tmp_path)  # type: ignore[arg-type]
    assert found.findings is not None
    assert (found.findings.empty, found.findings.unlabelled) == (1, 1)


@pytest.mark.parametrize(
    ("labels", "classes", "said"),
    [
        (
            ("10.0", "9.0", "-1.0"),
            ("-1", "9", "10"),
            "Labels that are whole numbers written as 1.0 are taken as 1.",
        ),
        (("1", "1.0", "2"), ("1", "2"), "Labels that are whole numbers written as 1.0 are taken as 1."),
        (("01", "1", "2"), ("01", "1", "2"), ""),
        (("b", " a ", "C"), ("C", "a", "b"), ""),
        (
            ("Bug", "bug", "7"),
            ("7", "Bug", "bug"),
            "differ in upper and lower case alone are kept apart: Bug, bug",
        ),
        (("naïve", "7.5 inch", "日本"), ("7.5 inch", "naïve", "日本"), ""),
    ],
)
def test_labels_become_sorted_classes(
    labels: tuple[str, ...], classes: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    texts = [(f"text {n}", labels[n % 3]) for n in range(30)]
    found = read(table(tmp_path / "t.csv", texts), tmp_path)
    assert found.corpus.card.classes == classes
    assert said in " ".join(found.lines())
    assert ("taken as" in said) == ("taken as" in " ".join(found.lines()))


@pytest.mark.parametrize(
    ("texts", "match"),
    [
        ([(f"t {n}", f"{n / 7}") for n in range(70)], "real numbers such as .*regression.*--label-column"),
        ([(f"t {n}", f"{n / 7}") for n in range(2000)], "real numbers such as .*regression"),
        ([(f"t {n}", f"name {n}") for n in range(2000)], "at most 256 classes, got more, .*--label-column"),
        ([(f"t {n}", f"name {n}") for n in range(300)], "at most 256 classes"),
        ([(f"t {n}", "one") for n in range(50)], "expected two classes at least, got 'one' alone"),
        (
            [*rows(), *[("t", "rare")] * 4],
            "at least 5 texts of each class to learn from, got 4 of 'rare'; --rare-",
        ),
        ([(f"t {n}", f"{n % 2}") for n in range(19)], "expected at least 20 texts, got 19"),
        ([], "expected labelled texts, got none"),
        ([("", "a"), ("", "b")], "expected labelled texts, got none"),
    ],
)
def test_labels_that_make_no_corpus(texts: list[tuple[str, str]], match: str, tmp_path: Path) -> None:
    refused(table(tmp_path / "t.csv", texts), tmp_path, match)


def long_tail(rare: int = 3) -> list[tuple[str, str]]:
    """Three classes of ten texts, and rare ones of 1, 2, 3, ... texts."""
    return [*rows(), *[(f"odd {r} {n}", f"rare {r}") for r in range(1, rare + 1) for n in range(r)]]


def test_rare_classes_are_listed_together_with_what_helps(tmp_path: Path) -> None:
    expected = "got 1 of 'rare 1', 2 of 'rare 2', 3 of 'rare 3'; --rare-classes drop leaves .* 'other'$"
    refused(table(tmp_path / "a.csv", long_tail()), tmp_path, expected)
    many = [*rows(), *[(f"odd {n}", f"a rather long name of a class, number {n}") for n in range(200)]]
    with pytest.raises(InputError, match=r"1 of 'a rather .* and 19[0-9] others; --rare-classes") as error:
        read(table(tmp_path / "b.csv", many), tmp_path)
    assert len(str(error.value)) < 900


def test_rare_classes_are_dropped(tmp_path: Path) -> None:
    found = read(table(tmp_path / "a.csv", long_tail()), tmp_path, rare_classes="drop")
    same = read(table(tmp_path / "b.csv", rows()), tmp_path)
    assert found.corpus.card.fingerprint == same.corpus.card.fingerprint
    assert found.findings is not None
    assert found.findings.rare == {"rare 1": 1, "rare 2": 2, "rare 3": 3}
    assert "3 rare classes left out (6 texts): 'rare 1', 'rare 2', 'rare 3'." in found.lines()
    assert "3 rare classes left out (6 texts)" in found.corpus.card.source
    told = {"rare_classes": "drop"}
    refused(table(tmp_path / "c.csv", rows(1)), tmp_path / "new", "expected two classes at least without", **told)
    refused(
        table(tmp_path / "c.csv", rows()), tmp_path / "new", "expected rare classes to drop or", rare_classes="no"
    )
    assert "rare" not in read(table(tmp_path / "d.csv", rows()), tmp_path, rare_classes="drop").corpus.card.source


def test_rare_classes_are_merged_into_one(tmp_path: Path) -> None:
    merged = [(text, "other" if "rare" in label else label) for text, label in long_tail()]
    found = read(table(tmp_path / "a.csv", long_tail()), tmp_path, rare_classes="merge")
    same = read(table(tmp_path / "b.csv", merged), tmp_path)
    assert found.corpus.card.classes == (*CLASSES, "other")
    assert found.corpus.card.fingerprint == same.corpus.card.fingerprint
    assert "3 rare classes merged into 'other' (6 texts)" in found.corpus.card.source
    told = {"rare_classes": "merge"}
    refused(
        table(tmp_path / "c.csv", long_tail(2)), tmp_path / "new", "together.* got 3 of 2 classes in all", **told
    )


@pytest.mark.parametrize("name", ["other", "Other"])
def test_the_merged_class_is_no_other_one(name: str, tmp_path: Path) -> None:
    texts = [*long_tail(), *[(f"something else {n}", name) for n in range(9)]]
    found = read(table(tmp_path / "a.csv", texts), tmp_path, rare_classes="merge")
    assert set(found.corpus.card.classes) == {*CLASSES, name, "other classes"}
    rare = [*long_tail(), ("something else", "other")]
    assert read(table(tmp_path / "b.csv", rare), tmp_path, rare_classes="merge").findings.test["other"] == 1  # type: ignore[union-attr]


def test_more_labels_than_classes_where_most_are_rare(tmp_path: Path) -> None:
    texts = [*rows(), *[(f"odd {n}", f"id {n}") for n in range(1100)]]
    refused(table(tmp_path / "a.csv", texts), tmp_path, "at most 256 classes, .*--rare-classes merge")
    found = read(table(tmp_path / "a.csv", texts), tmp_path, rare_classes="merge")
    assert found.findings is not None
    assert (found.findings.training["other"], len(found.findings.rare)) == (880, 1100)
    assert all(len(line) < 700 for line in found.lines())


def test_a_class_without_a_test_text_is_rare(tmp_path: Path) -> None:
    test = table(tmp_path / "test.csv", [*rows(2, start=50)[:2], ("new", "unseen")])
    found = read(table(tmp_path / "a.csv", rows()), tmp_path, test_corpus=test, rare_classes="drop")
    assert found.corpus.card.classes == ("billing", "bug")
    assert found.corpus.card.test_texts == 2


def test_class_that_one_half_lacks(tmp_path: Path) -> None:
    told = {"test_corpus": table(tmp_path / "test.csv", rows(2, start=50)[:2])}
    refused(table(tmp_path / "a.csv", rows()), tmp_path, "each class in the test half too; none of login", **told)
    told = {"test_corpus": table(tmp_path / "test.csv", [*rows(2, start=50), ("new", "unseen")])}
    refused(table(tmp_path / "b.csv", rows()), tmp_path, "to learn from, got 0 of 'unseen'", **told)


def test_bytes_that_cannot_be_decoded(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [*rows(), ("déjà vu", "bug")])
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    refused(path, tmp_path, r"t\.csv, line 32, byte 2: expected utf-8, got 0xe9; .*--encoding cp1252")
    found = read(path, tmp_path, encoding="cp1252")
    assert {"déjà", "vu"} < set(encoded_by(found, tmp_path).words)


def test_utf16_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows())
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.encode("utf-16"))
    refused(path, tmp_path, "line 1, byte 1: .*--encoding utf-16")
    assert read(path, tmp_path, encoding="utf-16").corpus.card.classes == CLASSES
    path.write_bytes(text.encode("utf-8-sig"))
    found = read(path, tmp_path)
    assert found.findings is not None
    assert found.findings.columns == (("text",), "label")


def test_encoding_that_is_none() -> None:
    for name in ("utf-9", "base64"):
        with pytest.raises(InputError, match=f"expected an encoding such as utf-8 or cp1252, got '{name}'"):
            Reading(encoding=name)
    with pytest.raises(InputError, match="fraction between 0 and 1, got 1"):
        Reading(test_fraction=1)


def test_a_line_of_ten_megabytes(tmp_path: Path) -> None:
    long = "word " * 2_000_000
    found = read(table(tmp_path / "t.csv", [*rows(), (long, "bug")]), tmp_path, test_fraction=0.1)
    assert found.corpus.training.lengths.max() == 2_000_001
    found = read(lines(tmp_path / "t.jsonl", [*rows(), (long, "bug")]), tmp_path, test_fraction=0.1)
    assert found.corpus.training.lengths.max() == 2_000_001


def test_a_line_beyond_all_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONGEST", 2**20)
    path = table(tmp_path / "t.csv", [*rows(), ("word " * 300_000, "bug")])
    refused(path, tmp_path, "line 32: expected lines of at most 1 MB, got a longer one")


@pytest.mark.parametrize(
    ("broken", "match"),
    [
        ('"never closed,bug\n' + "more,bug\n" * 50, "the row that begins in line 32 cannot be read .*not closed"),
        ('"closed"early,bug\n', "the row that begins in line 32 cannot be read .*not doubled"),
        ("one,two,three\n", r"line 32: expected 2 fields as in the first line, got 3; .*quotes"),
        ("alone\n", "line 32: expected 2 fields as in the first line, got 1"),
    ],
)
def test_broken_quotes(broken: str, match: str, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows())
    with path.open("a", newline="") as file:
        file.write(broken)
    refused(path, tmp_path, match)


def test_new_lines_in_quotes_do_not_upset_the_count(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [("one\ntwo\nthree", "bug"), *rows()])
    with path.open("a") as file:
        file.write("alone\n")
    refused(path, tmp_path, "line 35: expected 2 fields")


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("{", r"t\.jsonl, line 31: expected one JSON object a line: "),
        ("[1]", "line 31: expected one JSON object a line, got list"),
        ('{"text": ["a"], "label": "bug"}', "expected a string as 'text', got list"),
    ],
)
def test_json_that_is_none(line: str, match: str, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", rows())  # type: ignore[arg-type]
    path.write_text(path.read_text() + line)
    refused(path, tmp_path, match)


def test_rows_that_lack_a_key_are_left_out_and_counted(tmp_path: Path) -> None:
    """The first row too: the keys of the rows after it name the columns."""
    path = lines(tmp_path / "t.jsonl", rows())  # type: ignore[arg-type]
    path.write_text('{"text": "a"}\n' + path.read_text() + '{"text": "b"}\n{"label": "bug"}\n')
    findings = read(path, tmp_path).findings
    assert findings is not None
    assert (findings.read, findings.unlabelled, findings.empty) == (33, 2, 1)
    assert findings.columns == (("text",), "label")


def test_half_surrogates_are_replaced(tmp_path: Path) -> None:
    """A text or label cut in the middle of an emoji; no file in UTF-8 could hold it."""
    halved = [(f"{text} \ud83d \ud83d\ude00", f"{label}\udc00") for text, label in rows()]
    found = read(lines(tmp_path / "t.jsonl", halved), tmp_path)  # type: ignore[arg-type]
    assert found.corpus.card.classes == tuple(f"{name}\ufffd" for name in CLASSES)
    assert {"\ufffd", "\U0001f600"} < set(encoded_by(found, tmp_path).words)
    root = os.fsencode(tmp_path / "folders")
    for number, (text, label) in enumerate(rows()):
        folder = os.path.join(root, label.encode() + b"\xe9")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, b"%d.txt" % number), "w") as file:
            file.write(text)
    assert read(tmp_path / "folders", tmp_path).corpus.card.classes == tuple(f"{name}\ufffd" for name in CLASSES)


def test_names_that_are_no_utf8_are_replaced(tmp_path: Path) -> None:
    """Of the file, of its columns and of what is passed over: they go into names, notes and the database."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    halves = {"train": rows(), "test": rows(5, 20), "valid": rows(5, 40)}
    for half, texts in halves.items():
        told = [json.dumps({"text\ud83d": text, "label": label}) for text, label in texts]
        (folder / os.fsdecode(b"\xe9_" + half.encode() + b".jsonl")).write_text("\n".join(told))
    found = read(folder, tmp_path, text_column="text\ud83d")
    assert found.corpus.card.name == "caf\ufffd"
    assert found.findings is not None
    assert found.findings.columns == (("text\ufffd",), "label")
    "\n".join([*found.lines(), found.corpus.card.source]).encode()
    assert read(folder, tmp_path, text_column="text\ud83d").corpus.card == found.corpus.card


def test_texts_to_predict_are_read_as_those_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"calm +2D0- tidy\n")
    assert list(read_texts(tmp_path / "t.txt", Reading(encoding="utf-7"))) == ["calm \ufffd tidy"]


@pytest.mark.parametrize("packed", ["folder", "zip", "tar", "apart"])
@pytest.mark.parametrize(
    ("header", "missing"),
    [(("text", "verified"), "label"), (("id", "text"), "label"), (("body", "label"), "text")],
)
def test_the_test_half_is_read_by_the_columns_of_the_training_half(
    packed: str, header: tuple[str, str], missing: str, tmp_path: Path
) -> None:
    """Though test.csv comes before train.csv, and has two columns that could be guessed."""
    train, test = tmp_path / "c" / "train.csv", tmp_path / "c" / "test.csv"
    table(train, rows())
    table(test, rows(2, 20), header)
    told = {}
    path = train.parent
    if packed == "zip":
        path = tmp_path / "c.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(test, test.name)
            archive.write(train, train.name)
    elif packed == "tar":
        path = tmp_path / "c.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(test, test.name)
            archive.add(train, train.name)
    elif packed == "apart":
        path, told = train, {"test_corpus": test}
    refused(path, tmp_path, rf"test\.csv: expected a column '{missing}'.*there are: {', '.join(header)}", **told)


def test_broken_parquet(tmp_path: Path) -> None:
    path = as_parquet(tmp_path / "t.parquet", rows())
    path.write_bytes(path.read_bytes()[:-30])
    refused(path, tmp_path, r"t\.parquet: expected a whole Parquet file")
    packed = as_zip(tmp_path / "a.zip", {"t.parquet": as_parquet(tmp_path / "u.parquet", rows()).read_bytes()})
    refused(packed, tmp_path, "expected Parquet as a file of its own")


def test_parquet_labels_that_pandas_made_floats(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"text": [f"text {n}" for n in range(31)], "label": [*([1, 2, 3] * 10), None]})
    frame.to_parquet(tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet", tmp_path)
    assert found.corpus.card.classes == ("1", "2", "3")
    assert found.findings is not None
    assert found.findings.unlabelled == 1


@pytest.mark.parametrize("name", ["/etc/t.csv", "../t.csv", "a/../../t.csv", "C:t.csv", "..\\t.csv"])
def test_members_outside_the_archive(name: str, tmp_path: Path) -> None:
    members = {"t.csv": csv_of(rows()), name: b"x"}
    for packed in (as_zip(tmp_path / "a.zip", members), as_tar(tmp_path / "a.tar", members)):
        refused(packed, tmp_path, "expected members inside the archive's own folder, got .*not opened")


def test_links_in_an_archive(tmp_path: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        with tarfile.open(tmp_path / "a.tar", "w") as file:
            link = tarfile.TarInfo("t.csv")
            link.type, link.linkname = kind, "/etc/passwd"
            file.addfile(link)
        refused(tmp_path / "a.tar", tmp_path, r"expected files, got the link 't\.csv'")
    info = zipfile.ZipInfo("t.csv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    refused(tmp_path / "a.zip", tmp_path, r"expected files, got the link 't\.csv'")


@pytest.mark.parametrize("kind", ["zip", "csv.gz", "tar.gz"])
def test_bombs(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SMALL", 2**20)
    bomb = csv_of(rows()) + b"word," * 2_000_000
    path = {
        "zip": lambda p: as_zip(p, {"t.csv": bomb}),
        "tar.gz": lambda p: as_tar(p, {"t.csv": bomb}),
        "csv.gz": lambda p: p.write_bytes(gzip.compress(bomb)) and p,
    }[kind](tmp_path / f"a.{kind}")
    refused(path, tmp_path, r"unpacks to at most \d MB \(200 times its size\), but it holds more")


@pytest.mark.parametrize("kind", ["zip", "csv.gz", "tar.gz"])
def test_archives_cut_short(kind: str, tmp_path: Path) -> None:
    texts = [(f"{n} {n * n} {n**3}", label) for n, (_, label) in enumerate(rows(200))]
    path = {
        "zip": lambda p: as_zip(p, {"t.csv": csv_of(texts)}),
        "tar.gz": lambda p: as_tar(p, {"t.csv": csv_of(texts)}),
        "csv.gz": lambda p: as_gzip(p, texts),
    }[kind](tmp_path / f"a.{kind}")
    whole = path.read_bytes()
    for cut in (4, len(whole) // 2):
        path.write_bytes(whole[:-cut])
        refused(path, tmp_path, "expected a whole archive, but it is damaged or cut short")
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    path.write_bytes(changed)
    refused(path, tmp_path, "damaged or cut short")


def test_encrypted_member(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "a.zip", {"t.csv": csv_of(rows())})
    contents = bytearray(path.read_bytes())
    contents[6] |= 1
    contents[contents.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(contents)
    refused(path, tmp_path, r"expected no password, but t\.csv is encrypted")


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({}, "expected a table .*but it is empty"),
        ({"notes.pdf": "x", "1.txt": "x"}, r"none of its files is \(1\.txt, notes\.pdf\)"),
        (
            {"a.csv": "x", "b.csv": "x"},
            r"one table, or one whose name ends in train .*got a\.csv, b\.csv; name one",
        ),
        ({"t.csv": ""}, "whose first line names its columns, got nothing"),
        ({"a/1.txt": "x", "b/1.txt": "y"}, "at least 5 texts of each class"),
    ],
)
def test_folders_without_a_corpus(files: dict[str, str], match: str, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    for name, contents in files.items():
        (tmp_path / "f" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "f" / name).write_text(contents)
    refused(tmp_path / "f", tmp_path, match)


def test_validation_table_is_passed_over_and_said(tmp_path: Path) -> None:
    for name, start in (("train", 0), ("test", 50), ("dev", 90)):
        table(tmp_path / "f" / f"{name}.csv", rows(start=start))
    found = read(tmp_path / "f", tmp_path)
    assert found.lines()[-1] == "Passed over: dev.csv."
    assert found.corpus.card.training_texts == 30


def test_word_index_is_for_other_corpora(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"a": 1}')
    path = table(tmp_path / "t.csv", rows())
    with pytest.raises(InputError, match=r"expected no --word-index with t\.csv"):
        obtain(str(path), Reading(), cache=tmp_path / "cache", word_index=tmp_path / "index.json")


def test_opened_again_without_reading_and_read_again_when_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path / "t.csv", rows())
    first = read(path, tmp_path)
    assert [p.name for p in (tmp_path / "cache").iterdir() if p.name.startswith(".")] == []
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["study.corpus.obtain"], "prepare_own", lambda *_: pytest.fail("read again"))
        again = read(path, tmp_path)
        assert (again.corpus.card, again.findings) == (first.corpus.card, first.findings)
    assert read(path, tmp_path, test_fraction=0.4).corpus.card.test_texts == 12
    table(path, rows(11))
    assert read(path, tmp_path).corpus.card.training_texts == 27


def test_other_words_are_another_corpus(tmp_path: Path) -> None:
    """Ids alone could be the same: the words are part of the fingerprint."""
    one = read(table(tmp_path / "a.csv", [(f"good {'x' * (n % 5)}y", str(n % 2)) for n in range(40)]), tmp_path)
    two = read(table(tmp_path / "b.csv", [(f"gute {'x' * (n % 5)}y", str(n % 2)) for n in range(40)]), tmp_path)
    assert as_lists(one.corpus.training) == as_lists(two.corpus.training)
    assert one.corpus.card.fingerprint != two.corpus.card.fingerprint


def test_command_line_says_it_in_one_line_with_status_2(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows(), ("a", "b"))
    command = [str(Path(sys.executable).with_name("study")), "run", "--corpus", str(path), "--cache", "cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path}: expected to tell the columns")
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv"]
