"""Flat `.npz` archives: read, and refused where they are pickled, incomplete or inconsistent."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import arrays, saved

from study.corpus.published.flat_arrays import read_flat_arrays
from study.errors import InputError


def test_arrays_come_back(tmp_path: Path) -> None:
    encoded = read_flat_arrays(saved(tmp_path))
    for half, texts in (("train", encoded.training), ("test", encoded.test)):
        for name in ("tokens", "offsets", "labels"):
            np.testing.assert_array_equal(getattr(texts, name), arrays()[f"{half}_{name}"])
    assert encoded.name == "reviews"
    assert encoded.classes == ("0", "1")
    assert encoded.vocabulary_size == 12  # ids 0 to 11
    assert encoded.words is None


def test_other_integer_types_and_names_of_classes(tmp_path: Path) -> None:
    wide = {name: array.astype(np.int64) for name, array in arrays().items()}
    encoded = read_flat_arrays(saved(tmp_path, **wide, classes=["bad", "good"]))
    assert encoded.training.tokens.tolist() == [1, 4, 9, 1, 5]
    assert encoded.classes == ("bad", "good")


def test_words_from_an_index(tmp_path: Path) -> None:
    index = tmp_path / "index.json"
    index.write_text('{"film": 1, "good": 2}')
    assert read_flat_arrays(saved(tmp_path), index).words == ("film", "good")


def test_three_classes(tmp_path: Path) -> None:
    three = {
        f"{half}_{name}": values
        for half in ("train", "test")
        for name, values in (("tokens", [1, 1, 1]), ("offsets", [0, 1, 2, 3]), ("labels", [2, 0, 1]))
    }
    assert read_flat_arrays(saved(tmp_path, **three)).classes == ("0", "1", "2")


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    objects = np.array([[1, 4], [1]], dtype=object)
    with pytest.raises(
        InputError, match=r"expected flat arrays, got pickled objects in train_tokens, which could run code; save"
    ):
        read_flat_arrays(saved(tmp_path, train_tokens=objects))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_labels": None}, "missing: test_labels"),
        ({"train_tokens": None, "test_offsets": None}, "missing: test_offsets, train_tokens"),
        ({"train_tokens": [1.0, 4, 9, 1, 5]}, "whole numbers along one axis in train_tokens, got float64"),
        ({"train_tokens": [[1, 4, 9, 1, 5]]}, r"train_tokens, got int64 of shape \(1, 5\)"),
        ({"test_labels": np.array([], np.uint8)}, r"test_labels, got uint8 of shape \(0,\)"),
        ({"train_tokens": [1, -4, 9, 1, 5]}, "expected 0 to 4294967295 in train_tokens, got -4 to 9"),
        ({"train_labels": [0, 256]}, "expected 0 to 255 in train_labels, got 0 to 256"),
        ({"train_offsets": [1, 3, 5]}, "train half: expected offsets from 0"),
        ({"train_offsets": [0, 3, 4]}, "train half: expected offsets from 0 .* 5, got 0 to 4"),
        ({"test_offsets": [0, 3, 3]}, "test half: expected rising offsets"),
        ({"train_labels": [0, 1, 0]}, "one offset more than labels, got 3 offsets and 3 labels"),
        ({"train_labels": [1, 1]}, "texts of each class 0 to 1 in train_labels, got the classes 1"),
        ({"train_labels": [0, 0], "test_labels": [0, 0]}, "each class 0 to 1 in train_labels, got the classes 0"),
        ({"test_labels": [1, 1]}, "each class 0 to 1 in test_labels, got the classes 1"),
        ({"test_labels": [0, 2]}, "each class 0 to 1 in test_labels, got the classes 0, 2"),
        ({"classes": ["bad", "good", "so-so"]}, "each class 0 to 2 in train_labels"),
        ({"classes": ["bad", "bad"]}, "the name of each class once"),
        ({"classes": [0, 1]}, "the name of each class once"),
    ],
)
def test_arrays_that_are_no_corpus(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=rf"reviews\.npz.*{message}"):
        read_flat_arrays(saved(tmp_path, **changes))


@pytest.mark.parametrize("cut", [5, 300])
def test_archive_cut_short(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match=r"expected a whole \.npz archive"):
        read_flat_arrays(path)


def test_changed_bytes(tmp_path: Path) -> None:
    path = saved(tmp_path)
    contents = bytearray(path.read_bytes())
    contents[150] ^= 0xFF
    path.write_bytes(contents)
    with pytest.raises(InputError, match=r"expected a whole \.npz archive"):
        read_flat_arrays(path)


@pytest.mark.parametrize("contents", [b"", b"no archive", b"\x93NUMPY\x01\x00"])
def test_file_that_is_no_npz(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "reviews.npz"
    path.write_bytes(contents)
    with pytest.raises(InputError, match=r"expected a whole \.npz archive"):
        read_flat_arrays(path)


def test_single_array_named_npz(tmp_path: Path) -> None:
    path = tmp_path / "reviews.npz"
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    with pytest.raises(InputError, match=r"expected a whole \.npz archive"):
        read_flat_arrays(path)


def test_member_that_is_no_array(tmp_path: Path) -> None:
    path = saved(tmp_path, train_tokens=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train_tokens", b"\x01\x04")
    with pytest.raises(InputError, match=r"expected an array train_tokens\.npy"):
        read_flat_arrays(path)
