"""Preparation by way of the disk: the same as in memory, for all texts; and the memory it takes."""

import csv
import dataclasses
import errno
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from corpora import as_lists
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from study.corpus import Reading, obtain, open_preparation, open_prepared
from study.corpus.own import spill
from study.corpus.own.files import own_corpus
from study.corpus.own.prepare import prepare_own
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.encoding import encode_text, split_words
from study.corpus.prepared.sealed import open_test_part
from study.errors import InputError

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from large_corpus import measured, write_csv

# Whatever a CSV can hold: quotes, delimiters, new lines of every kind, letters of every script.
texts = st.text(st.sampled_from("aAbéß日 ,;\"'\n\r\t.!x\u2028\x85"), max_size=12) | st.text(max_size=12).filter(
    lambda text: "\0" not in text and text.isprintable()
)


@given(
    written=st.lists(st.tuples(texts, st.sampled_from("ab")), min_size=1, max_size=12),
    tested=st.lists(st.tuples(texts, st.sampled_from("ab")), max_size=6),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_streamed_is_what_memory_makes_of_it(written: list, tested: list) -> None:
    """A CSV round trip, and the arrays: vocabulary and ids computed here anew, by hand."""
    base = [(f"word{n} of {label}", label) for n in range(10) for label in "ab"]
    train, test = [*base, *written], [("another one", "a"), ("another two", "b"), *tested]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for half, rows in (("train", train), ("test", test)):
            with (folder / f"{half}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([("text", "label"), *rows])
        card, findings = prepare_own(own_corpus(folder, Reading()), "tiny", folder / "cache")
        in_test = {tuple(split_words(text)) for text, _ in test if split_words(text)}
        kept = [row for row in train if split_words(row[0]) and tuple(split_words(row[0])) not in in_test]
        counts = Counter(word for text, _ in kept for word in split_words(text))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        ids = {word: number for number, word in enumerate(words, start=4)}
        corpus = open_prepared(folder_of(card.fingerprint, folder / "cache"))
        sealed = open_test_part(card.fingerprint, folder / "cache")
        kept_test = [row for row in test if split_words(row[0])]
        for got, expected in ((corpus.training, kept), (sealed, kept_test)):
            assert as_lists(got) == [encode_text(text, ids) for text, _ in expected]
            assert ["ab"[label] for label in got.labels] == [label for _, label in expected]
        preparation = open_preparation(folder_of(card.fingerprint, folder / "cache"))
        assert preparation is not None
        assert preparation.words == tuple(words)
        assert preparation.encode(text for text, _ in kept) == as_lists(corpus.training)
        assert findings.empty == len(train) + len(test) - findings.shared - len(kept) - len(kept_test)


def table(path: Path, texts: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *texts])
    return path


def test_small_chunks_and_buffers_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "t.csv", [(f"{n} {n % 7} " * (n % 5 + 1), str(n % 3)) for n in range(100)])
    whole = obtain(str(path), Reading(), cache=tmp_path / "a").corpus.card
    monkeypatch.setattr(spill, "_BUFFER", 3)
    monkeypatch.setattr(spill, "_CHUNK", 7)
    assert obtain(str(path), Reading(), cache=tmp_path / "b").corpus.card == whole


def test_words_beyond_the_most_are_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "t.csv", [(f"first second number{n}", str(n % 2)) for n in range(40)])
    monkeypatch.setattr(spill, "MOST_WORDS", 5)
    monkeypatch.setattr("study.corpus.own.prepare.MOST_WORDS", 5)
    found = obtain(str(path), Reading(), cache=tmp_path / "cache")
    preparation = open_preparation(folder_of(found.corpus.card.fingerprint, tmp_path / "cache"))
    assert preparation is not None
    assert preparation.words[:2] == ("first", "second")
    assert {3, 4} == set(found.corpus.training.lengths.tolist())
    assert found.lines()[-1] == "Words first met after 5 different ones are left out."


def test_texts_of_the_same_words_are_cut_to_one_side(tmp_path: Path) -> None:
    rows = [(f"canned answer {n % 12}", str(n % 2)) for n in range(120)] + [(f"own {n}", "0") for n in range(60)]
    found = obtain(str(table(tmp_path / "t.csv", rows)), Reading(), cache=tmp_path / "cache")
    assert found.findings is not None
    card = found.corpus.card
    assert (found.findings.shared, card.training_texts + card.test_texts) == (0, 180)
    train = {tuple(tokens) for tokens in as_lists(found.corpus.training)}
    assert not train & {tuple(t) for t in as_lists(open_test_part(card.fingerprint, tmp_path / "cache"))}
    assert found.findings.repeated == card.training_texts - len(train) > 0


def test_figures_of_the_card_by_hand(tmp_path: Path) -> None:
    train = [("a b c d", "x"), *[(f"a b{n}", "x") for n in range(9)], *[(f"a c{n}", "y") for n in range(10)]]
    told = Reading(test_corpus=table(tmp_path / "test.csv", [("a", "x"), ("c", "y")]))
    card = obtain(str(table(tmp_path / "t.csv", train)), told, cache=tmp_path / "cache").corpus.card
    assert (card.training_texts, card.test_texts, card.vocabulary_size) == (20, 2, 4 + 23)
    assert (card.median_length, card.mean_length) == (3, pytest.approx(62 / 20))
    # 42 words: 'a' 20 times, 22 others once; 95 % are 39.9, so 'a' and 20 others
    assert card.covering == 4 + 21
    tokens = np.load(folder_of(card.fingerprint, tmp_path / "cache") / "train_tokens.npy")
    assert (tokens.dtype, len(tokens)) == (np.uint16, 62)


def test_large_vocabulary_takes_32_bits(tmp_path: Path) -> None:
    rows = [(" ".join(f"w{n}x{k}" for k in range(2000)), str(n % 2)) for n in range(45)]
    corpus = obtain(str(table(tmp_path / "t.csv", rows)), Reading(), cache=tmp_path / "cache").corpus
    assert corpus.card.vocabulary_size > 2**16
    assert corpus.training.tokens.dtype == np.uint32
    assert corpus.training.tokens.max() == corpus.card.vocabulary_size - 1


def test_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "t.csv", [(f"text {n}", str(n % 2)) for n in range(40)])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("study.corpus.own.prepare.write_array", full)
    with pytest.raises(InputError, match=r"no space left .* free about 1 MB or .*--cache"):
        obtain(str(path), Reading(), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_progress_counts_bytes_then_texts(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [(f"text {n}", str(n % 2)) for n in range(5000)])
    seen: list[tuple[int, int | None, str]] = []
    prepare_own(own_corpus(path, Reading()), "t", tmp_path / "cache", lambda *report: seen.append(report))
    size = path.stat().st_size
    assert [what for _, _, what in seen] == ["bytes of t.csv"] * 3 + ["texts encoded"]
    assert 0 < seen[0][0] <= seen[1][0] <= seen[2][0] == size
    assert seen[-1] == (5000, 5000, "texts encoded")


def test_findings_survive_json(tmp_path: Path) -> None:
    import json

    from study.corpus import Findings

    path = table(tmp_path / "t.csv", [(f"text {n}", str(n % 2)) for n in range(40)])
    _, findings = prepare_own(own_corpus(path, Reading()), "t", tmp_path / "cache")
    assert Findings.from_json(json.loads(json.dumps(dataclasses.asdict(findings)))) == findings


@pytest.mark.slow
def test_memory_grows_far_slower_than_the_corpus(tmp_path: Path) -> None:
    """Four times the texts: what is added in memory is a fraction of what is added on the disk."""
    peaks = {}
    for megabytes in (20, 80):
        path = write_csv(tmp_path / f"{megabytes}.csv", megabytes)
        peaks[megabytes] = (path.stat().st_size / 1e6, measured(path, tmp_path / "cache")["peak_megabytes"])
    (small, low), (large, high) = peaks[20], peaks[80]
    assert high - low < (large - small) / 2
    assert high < 400
