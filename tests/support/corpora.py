"""Small corpora in the forms they come in, for tests of several readers."""

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

REVIEWS = {
    "aclImdb/train/neg/0_2.txt": "A bad film.",
    "aclImdb/train/neg/10_1.txt": "not a good film!",
    "aclImdb/train/neg/9_3.txt": "Bad<br />film",
    "aclImdb/train/pos/0_9.txt": "a GOOD film",
    "aclImdb/test/neg/0_1.txt": "awful; not good",
    "aclImdb/test/pos/0_10.txt": "film good, a delight",
}


NOT_REVIEWS = {
    "aclImdb/README": "nothing",
    "aclImdb/train/unsup/0_0.txt": "unlabelled",
    "aclImdb/train/urls_neg.txt": "http",
    "aclImdb/train/pos/._0_9.txt": "\x00\x05",
    "aclImdb/train/pos/labels.feat": "0:9",
}


def archive(path: Path, reviews: dict[str, str | bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, text in reviews.items():
            contents = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            file.addfile(member, io.BytesIO(contents))
    return path


def folder(path: Path, reviews: dict[str, str]) -> Path:
    for name, text in reviews.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


def as_lists(texts) -> list[list[int]]:
    return [part.tolist() for part in np.split(texts.tokens, texts.offsets[1:-1])]


def arrays(**changes: Any) -> dict[str, np.ndarray]:
    whole = {
        "train_tokens": np.array([1, 4, 9, 1, 5], np.uint32),
        "train_offsets": np.array([0, 3, 5], np.int64),
        "train_labels": np.array([1, 0], np.uint8),
        "test_tokens": np.array([1, 1, 11], np.uint32),
        "test_offsets": np.array([0, 1, 3], np.int64),
        "test_labels": np.array([0, 1], np.uint8),
    }
    return {name: np.asarray(array) for name, array in {**whole, **changes}.items() if array is not None}


def saved(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "reviews.npz"
    np.savez_compressed(path, **arrays(**changes))
    return path


def lists(*texts: list[int]) -> np.ndarray:
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path(Trap.path),))

    path = ""


def as_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, contents in members.items():
            file.writestr(name, contents)
    return path
