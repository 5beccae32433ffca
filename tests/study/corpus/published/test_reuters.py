"""Keras's Reuters set: unpickled only when it is the published file, encoded and cut as Keras does."""

import dataclasses
import hashlib
import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from corpora import Trap, as_lists, lists

from study.corpus import obtain_corpus, open_preparation
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.sealed import open_test_part
from study.corpus.published import keras_sets
from study.corpus.published.keras_sets import KERAS_SETS, REUTERS, TOPICS
from study.errors import InputError


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the form of reuters.npz at Keras's place, its hash in the place of the published one."""
    path = tmp_path / "keras" / "datasets" / "reuters.npz"
    path.parent.mkdir(parents=True)
    random = np.random.RandomState(0)
    texts = [random.randint(1, 30, random.randint(1, 9)).tolist() for _ in range(40)]
    np.savez(path, x=lists(*texts), y=np.arange(40) % 4)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(KERAS_SETS, "reuters", dataclasses.replace(REUTERS, sha256=digest))
    return path


def test_arrays_equal_those_of_keras(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.datasets import reuters as keras_reuters

    monkeypatch.setattr(keras_reuters, "get_file", lambda *_, **__: str(tiny))
    (x_train, y_train), (x_test, y_test) = keras_reuters.load_data()
    corpus, notice = obtain_corpus("reuters", cache=tmp_path / "cache")
    assert notice is None
    assert as_lists(corpus.training) == x_train.tolist()
    assert corpus.training.labels.tolist() == y_train.tolist()
    test = open_test_part(corpus.card.fingerprint, tmp_path / "cache")
    assert as_lists(test) == x_test.tolist()
    assert test.labels.tolist() == y_test.tolist()
    assert corpus.card.classes == ("cocoa", "grain", "veg-oil", "earn")
    assert (corpus.card.name, corpus.card.training_texts, corpus.card.test_texts) == ("reuters", 32, 8)
    tiny.unlink()  # once prepared, needed no more
    again, _ = obtain_corpus("reuters", cache=tmp_path / "cache")
    assert again.card == corpus.card


def test_topics_and_hash_are_those_of_keras() -> None:
    import inspect

    from keras.src.datasets import reuters as keras_reuters

    assert keras_reuters.get_label_names() == TOPICS
    source = inspect.getsource(keras_reuters)
    assert f'"{REUTERS.sha256}"' in source
    assert f'"{REUTERS.word_index_md5}"' in source


def test_words_from_the_file_beside(tiny: Path, tmp_path: Path) -> None:
    index = {f"word{rank}": rank for rank in range(1, 30)}
    tiny.with_name("reuters_word_index.json").write_text(json.dumps(index))
    corpus, _ = obtain_corpus("reuters", cache=tmp_path / "cache")
    preparation = open_preparation(folder_of(corpus.card.fingerprint, tmp_path / "cache"))
    assert preparation is not None
    assert preparation.encode(["Word1 word2"]) == [[1, 4, 5]]


def test_other_file_is_refused_without_unpickling(tmp_path: Path) -> None:
    Trap.path = str(tmp_path / "unpickled")
    array = np.empty(1, object)
    array[0] = Trap()
    path = tmp_path / "reuters.npz"
    np.savez(path, x=array, y=[0])
    with pytest.raises(InputError, match=f"reuters.npz with SHA-256 {REUTERS.sha256}, got .*not opened"):
        REUTERS.read(path)
    assert not Path(Trap.path).exists()
    pickle.load(io.BytesIO(pickle.dumps(Trap())))  # the trap does work
    assert Path(Trap.path).exists()


def test_without_network_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(keras_sets, "_ORIGIN", "http://127.0.0.1:9/")
    with pytest.raises(InputError, match=r"expected Keras's reuters\.npz at .*cannot be downloaded.*--corpus$"):
        obtain_corpus("reuters", cache=tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []
