"""Shared by tests: REVIEWS, archive, as_lists, folder."""

import io
import tarfile
from pathlib import Path

import numpy as np

REVIEWS = {
    "aclImdb/train/neg/0_2.txt": "A bad film.",
    "aclImdb/train/neg/10_1.txt": "not a good film!",
    "aclImdb/train/neg/9_3.txt": "Bad<br />film",
    "aclImdb/train/pos/0_9.txt": "a GOOD film",
    "aclImdb/test/neg/0_1.txt": "awful; not good",
    "aclImdb/test/pos/0_10.txt": "film good, a delight",
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
