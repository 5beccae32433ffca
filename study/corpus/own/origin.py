"""Which row of which file each text of the test half came from, kept beside the prepared corpus, so that the texts
that a model tells wrong can be looked up again.

The classes of those texts are kept too: after finals are scored, an analysis of their errors asks for them here,
and the door of the test half stays that of the finals alone.
"""

import contextlib
import json
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from study.corpus.own.archives import state_of
from study.corpus.own.columns import Reading
from study.corpus.own.files import Own, own_corpus
from study.errors import InputError

FILE = "origin.npz"


@dataclass(frozen=True)
class Origin:
    """`path` as it was read by `reading`, in the `states` that its files and those of the test half were in.

    `files`: the name of each file and the number of its first text, in the order of reading; `items`: the number
    of each test text among all that were read, int64 [texts], rising; `classes`: its class, uint8 [texts].
    """

    path: Path
    reading: Reading
    states: tuple[str, str]
    files: list[tuple[str, int]]
    items: np.ndarray
    classes: np.ndarray

    def place(self, text: int) -> tuple[str, int]:
        """The file of a test text, and its row in it, from 1; a header is no row."""
        item = int(self.items[text])
        name, first = self.files[bisect_right(self.files, item, key=lambda file: file[1]) - 1]
        return name, item - first + 1

    def unchanged(self) -> bool:
        """Whether the files are still there as they were read."""
        try:
            return self.states == (state_of(self.path), state_of(self.reading.test_corpus))
        except (OSError, InputError):
            return False

    def look_up(self, texts: Collection[int]) -> dict[int, str]:
        """These test texts, read again from the files. Raises InputError where they cannot be read."""
        wanted = {int(self.items[text]): text for text in texts}
        found: dict[int, str] = {}
        with contextlib.closing(own_corpus(self.path, self.reading).items(None)) as items:
            for number, (_, _, text) in enumerate(items):
                if number in wanted:
                    found[wanted[number]] = text or ""
                    if len(found) == len(wanted):
                        break
        return found


def write_origin(folder: Path, own: Own, items: np.ndarray, classes: np.ndarray) -> None:
    """Keeps where the test texts are from; `own` was read to its end."""
    reading = own.reading
    if own.columns is not None:
        reading = replace(reading, text_column=own.columns[0], label_column=own.columns[1])
    path = own.parts[0][0].path
    about = {
        "path": str(path),
        "reading": asdict(reading) | {"test_corpus": str(reading.test_corpus) if reading.test_corpus else None},
        "states": [state_of(path), state_of(reading.test_corpus)],
        "files": own.files,
    }
    written = np.frombuffer(json.dumps(about).encode(errors="surrogatepass"), np.uint8)
    with (folder / FILE).open("wb") as file:
        np.savez_compressed(file, about=written, items=items.astype("<i8"), classes=classes.astype("u1"))


def open_origin(folder: Path) -> Origin | None:
    """Where the test texts of the corpus in `folder` are from; None where nothing legible was kept."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as kept:
            about: dict[str, Any] = json.loads(kept["about"].tobytes().decode(errors="surrogatepass"))
            reading = about["reading"]
            return Origin(
                Path(about["path"]),
                Reading(**{**reading, "text_column": tuple(reading["text_column"])}),
                (about["states"][0], about["states"][1]),
                [(str(name), int(first)) for name, first in about["files"]],
                kept["items"],
                kept["classes"],
            )
    except (OSError, ValueError, KeyError, TypeError, IndexError, InputError):
        return None
