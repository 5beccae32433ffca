"""Keras's IMDB set: unpickled only when it is the published file, encoded as Keras encodes it."""

import dataclasses
import hashlib
import io
import pickle
import socket
from pathlib import Path

import numpy as np
import pytest
from corpora import Trap, lists

from study.corpus.prepared.texts import Encoded
from study.corpus.published import keras_sets
from study.corpus.published.keras_sets import IMDB, keras_home
from study.errors import InputError


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A file in the form of imdb.npz."""
    path = tmp_path / "imdb.npz"
    np.savez(
        path,
        x_train=lists([1, 2, 3], [2], [9, 1], [4, 4, 4, 4], [12, 1]),
        y_train=np.array([0, 1, 1, 0, 1]),
        x_test=lists([5, 1], [12], [7, 3, 1]),
        y_test=np.array([1, 0, 1]),
    )
    return path


def read(path: Path) -> Encoded:
    """Its hash put in the place of the published one."""
    return dataclasses.replace(IMDB, sha256=hashlib.sha256(path.read_bytes()).hexdigest()).read(path)


def test_arrays_equal_those_of_keras(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.datasets import imdb as keras_imdb

    monkeypatch.setattr(keras_imdb, "get_file", lambda **_: str(tiny))
    (x_train, y_train), (x_test, y_test) = keras_imdb.load_data()
    encoded = read(tiny)
    for texts, x, y in ((encoded.training, x_train, y_train), (encoded.test, x_test, y_test)):
        assert [part.tolist() for part in np.split(texts.tokens, texts.offsets[1:-1])] == x.tolist()
        assert texts.labels.tolist() == y.tolist()
    assert [1, 2, 4] in x_train.tolist()  # the highest id was cut off, as Keras does
    assert encoded.vocabulary_size == 12 + 3 + 1
    assert encoded.classes == ("negative", "positive")
    assert encoded.words is None


def test_words_from_the_file_beside(tiny: Path) -> None:
    tiny.with_name("imdb_word_index.json").write_text('{"film": 2, "the": 1}')
    assert read(tiny).words == ("the", "film")


def test_other_file_is_refused_without_unpickling(tmp_path: Path) -> None:
    Trap.path = str(tmp_path / "unpickled")
    array = np.empty(1, object)
    array[0] = Trap()
    path = tmp_path / "imdb.npz"
    np.savez(path, x_train=array, y_train=[0], x_test=array, y_test=[0])
    with pytest.raises(InputError, match=f"SHA-256 {IMDB.sha256}, got [0-9a-f]{{64}} .*not opened.*delete it"):
        IMDB.read(path)
    assert not Path(Trap.path).exists()
    pickle.load(io.BytesIO(pickle.dumps(Trap())))  # the trap does work
    assert Path(Trap.path).exists()


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a file of Keras's at .*cannot be read"):
        IMDB.read(tmp_path)


def test_keras_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert keras_home() == Path("/home/me/.keras")
    monkeypatch.setenv("KERAS_HOME", "/data/keras")
    assert keras_home() == Path("/data/keras")


def test_present_file_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "imdb.npz").touch()
    assert IMDB.locate() == tmp_path / "datasets" / "imdb.npz"


def test_server_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that accepts and stays silent: the probe gives up by itself."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        monkeypatch.setattr(keras_sets, "_ORIGIN", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(keras_sets, "_ANSWER_WITHIN", 0.5)
        with pytest.raises(InputError, match=r"cannot be downloaded from .*(timed out|no answer within 0\.5 s)"):
            IMDB.locate()


def test_server_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras_sets, "_ORIGIN", "http://127.0.0.1:9/")
    with pytest.raises(InputError, match=r"cannot be downloaded from .*refused.*put the file there, or name"):
        IMDB.locate()
    assert list(tmp_path.iterdir()) == []
