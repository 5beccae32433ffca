"""A prepared corpus on its way to another machine: a half's files as bytes, checked where they arrive.

The halves travel apart, so that the test half only reaches a machine that is to score on it.
"""

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path

from study.errors import InputError

__all__ = ["packed", "unpack"]

_ARRAYS = ("tokens", "offsets", "labels")


def packed(folder: Path, half: str) -> dict[str, tuple[bytes, str]]:
    """The half's files by name: what is in them and its SHA-256; with the training half comes the card."""
    names = [f"{half}_{name}.npy" for name in _ARRAYS] + (["card.json"] if half == "train" else [])
    contents = {name: (folder / name).read_bytes() for name in names}
    return {name: (content, hashlib.sha256(content).hexdigest()) for name, content in contents.items()}


def unpack(folder: Path, files: Mapping[str, tuple[bytes, str]]) -> None:
    """Writes them, each in one step. Raises InputError where one did not arrive as it was sent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (content, digest) in files.items():
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(f"expected {name} of corpus {folder.name} as it was sent, got it damaged; try again")
        unfinished = folder / f".{name}-{uuid.uuid4().hex}"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
