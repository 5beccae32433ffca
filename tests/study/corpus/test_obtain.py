"""From what the user names to a corpus: names, paths, and opening again without reading anew."""

import dataclasses
import hashlib
import importlib
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from corpora import REVIEWS, archive, folder, lists, saved

from study.corpus import folder_of, obtain_corpus, open_words
from study.corpus.own.columns import Reading
from study.corpus.published import keras_sets
from study.errors import InputError

choose = importlib.import_module("study.corpus.obtain")  # the face has a function of that name


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(keras_sets, "_ORIGIN", "http://127.0.0.1:9/")


@pytest.fixture
def readers_raise(monkeypatch: pytest.MonkeyPatch):
    """Call it, and reading any source again is an error."""

    def arm() -> None:
        def read(*_: object) -> None:
            raise AssertionError("read again")

        for module, name in (
            (choose, "read_flat_arrays"),
            (choose, "read_reviews"),
            (choose.stand_in, "generate_stand_in"),
            (choose.KerasSet, "read"),
            (choose.KerasSet, "locate"),
        ):
            read.__name__ = name
            monkeypatch.setattr(module, name, type("", (), {"__call__": staticmethod(read), "__name__": name})())

    return arm


@pytest.mark.parametrize("kind", ["archive", "folder", "flat", "stand-in"])
def test_second_time_opens_without_reading(tmp_path: Path, kind: str, readers_raise) -> None:
    source = {
        "archive": lambda: archive(tmp_path / "a.tar.gz", REVIEWS),
        "folder": lambda: folder(tmp_path / "f", REVIEWS),
        "flat": lambda: saved(tmp_path),
        "stand-in": lambda: "stand-in",
    }[kind]()
    first, notice = obtain_corpus(str(source), cache=tmp_path / "cache")
    assert notice is None
    readers_raise()
    again, _ = obtain_corpus(str(source), cache=tmp_path / "cache")
    assert again.card == first.card
    np.testing.assert_array_equal(again.training.tokens, first.training.tokens)


def test_changed_source_is_read_anew(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    first, _ = obtain_corpus(str(path), cache=tmp_path / "cache")
    archive(path, REVIEWS | {"aclImdb/train/neg/11_1.txt": "bad, bad, bad"})
    second, _ = obtain_corpus(str(path), cache=tmp_path / "cache")
    assert (first.card.training_texts, second.card.training_texts) == (4, 5)
    index = tmp_path / "index.json"
    index.write_text('{"film": 1, "good": 2, "bad": 3}')
    third, _ = obtain_corpus(str(path), cache=tmp_path / "cache", word_index=index)
    assert third.card.vocabulary_size == 7
    assert open_words(folder_of(third.card.fingerprint, tmp_path / "cache")) == ("film", "good", "bad")


def test_texts_of_both_halves_are_not_learnt_from(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS | {"aclImdb/test/pos/1_9.txt": "a good FILM!"})
    with pytest.raises(InputError, match=r"expected training texts of every class.*--keep-duplicates"):
        obtain_corpus(str(path), cache=tmp_path / "cache")
    archive(path, REVIEWS | {"aclImdb/test/neg/1_3.txt": "a BAD film"})
    corpus, notice = obtain_corpus(str(path), cache=tmp_path / "cache")
    assert corpus.card.training_texts == 3
    assert notice == "1 training texts left out: they stand in the test half too, word for word."
    assert "1 training texts removed" in corpus.card.source
    again, still = obtain_corpus(str(path), cache=tmp_path / "cache")
    assert (again.card, still) == (corpus.card, notice)
    kept = choose.obtain(str(path), Reading(keep_duplicates=True), cache=tmp_path / "cache")
    assert (kept.corpus.card.training_texts, kept.notice) == (4, None)


def test_same_texts_from_two_sources_share_a_fingerprint_not_a_name(tmp_path: Path) -> None:
    one, _ = obtain_corpus(str(archive(tmp_path / "a.tar.gz", REVIEWS)), cache=tmp_path / "cache")
    two, _ = obtain_corpus(str(folder(tmp_path / "f", REVIEWS)), cache=tmp_path / "cache")
    assert one.card.fingerprint == two.card.fingerprint
    assert "a.tar.gz" in one.card.source
    assert "files in f," in two.card.source


def test_damaged_corpus_is_prepared_anew(tmp_path: Path) -> None:
    path = str(archive(tmp_path / "a.tar.gz", REVIEWS))
    first, _ = obtain_corpus(path, cache=tmp_path / "cache")
    prepared = folder_of(first.card.fingerprint, tmp_path / "cache")
    (prepared / "train_tokens.npy").unlink()
    again, _ = obtain_corpus(path, cache=tmp_path / "cache")
    np.testing.assert_array_equal(again.training.tokens, first.training.tokens)
    for note in (tmp_path / "cache" / "sources").iterdir():
        note.write_text("{")
    again, _ = obtain_corpus(path, cache=tmp_path / "cache")
    assert again.card == first.card


def test_corpora_prepared_by_an_earlier_version_are_opened_as_they_are(tmp_path: Path, readers_raise) -> None:
    """Their cards know of no `covering`, their notes of no findings."""
    path = str(archive(tmp_path / "a.tar.gz", REVIEWS))
    first, _ = obtain_corpus(path, cache=tmp_path / "cache")
    files = [folder_of(first.card.fingerprint, tmp_path / "cache") / "card.json"]
    for file in files + list((tmp_path / "cache" / "sources").iterdir()):
        older = json.loads(file.read_text())
        for key in ("covering", "findings"):
            older.pop(key, None)
        file.write_text(json.dumps(older))
    readers_raise()
    again, _ = obtain_corpus(path, cache=tmp_path / "cache")
    assert again.card == first.card


def test_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"one of auto, imdb, reuters, stand-in, or the path .*; got 'imbd'"):
        obtain_corpus("imbd", cache=tmp_path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", r"notes\.txt: expected a table of texts and labels .*none of its files is \(notes\.txt\)"),
        (b"a film", r"notes\.txt: expected a table of texts and labels"),
        (b"PK\x03\x04", r"notes\.txt: expected a whole archive, but it is damaged or cut short"),
    ],
)
def test_path_that_is_no_archive(tmp_path: Path, contents: bytes, message: str) -> None:
    (tmp_path / "notes.txt").write_bytes(contents)
    with pytest.raises(InputError, match=message):
        obtain_corpus(str(tmp_path / "notes.txt"), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_bad_source_leaves_the_cache_alone(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cut short"):
        obtain_corpus(str(path), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a table of texts and labels .*but it is empty"):
        obtain_corpus(str(tmp_path), cache=tmp_path / "cache")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_source_that_may_not_be_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    path.chmod(0)
    with pytest.raises(InputError, match="expected a corpus that can be read"):
        obtain_corpus(str(path), cache=tmp_path / "cache")


def test_word_index_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a word index .*no\.json is not a file"):
        obtain_corpus("stand-in", cache=tmp_path, word_index=tmp_path / "no.json")


@pytest.mark.usefixtures("offline")
def test_imdb_without_network_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be downloaded.*put the file there, or name the archive"):
        obtain_corpus("imdb", cache=tmp_path / "cache")


@pytest.mark.usefixtures("offline")
def test_auto_falls_back_in_one_line(tmp_path: Path) -> None:
    corpus, notice = obtain_corpus("auto", cache=tmp_path / "cache")
    assert corpus.card.stand_in
    assert corpus.card.notice
    assert notice is not None
    assert notice.startswith("Using the stand-in corpus")
    assert "--corpus aclImdb_v1.tar.gz" in notice
    assert "\n" not in notice


def test_auto_without_network_takes_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up the server's name may hang for as long as it likes."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    ended = threading.Event()

    def hang(*_: object, **__: object) -> None:
        ended.wait()
        raise TimeoutError

    monkeypatch.setattr(keras_sets.urllib.request, "urlopen", hang)
    corpus, notice = obtain_corpus("auto", cache=tmp_path / "cache")
    ended.set()
    assert corpus.card.stand_in
    assert "no answer within 5 s" in str(notice)


def test_auto_takes_the_real_reviews_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "keras" / "datasets"
    home.mkdir(parents=True)
    texts, labels, others = lists([1, 2, 3], [2]), np.array([0, 1]), lists([1, 2], [3])
    np.savez(home / "imdb.npz", x_train=texts, y_train=labels, x_test=others, y_test=labels)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    digest = hashlib.sha256((home / "imdb.npz").read_bytes()).hexdigest()
    monkeypatch.setattr(choose, "IMDB", dataclasses.replace(choose.IMDB, sha256=digest))
    corpus, notice = obtain_corpus("auto", cache=tmp_path / "cache")
    assert (corpus.card.name, notice) == ("imdb", None)
    (home / "imdb.npz").unlink()  # once prepared, needed no more
    again, notice = obtain_corpus("auto", cache=tmp_path / "cache")
    assert (again.card, notice) == (corpus.card, None)
