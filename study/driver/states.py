"""States of runs as files: `<folder>/<run>-<epoch>.npz`. A lost or damaged one costs time alone.

A file's name says which numbers it must hold, so studies and databases may share the folder.
"""

import contextlib
import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from results.store.tables import RunRow
from search_spaces import fingerprint_of
from study.training.run import State

UNFINISHED = ".part"
UNREADABLE = (OSError, ValueError, EOFError, BadZipFile)


class States:
    """The states in one folder, by the row of their run and the epoch they follow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, run: RunRow, epoch: int, state: State, *, lasting: bool = True) -> None:
        """Keeps a state: whole or not at all, if `lasting` also after a power cut, which takes the disk's time."""
        path = self.path(run, epoch)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(UNFINISHED)
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **state)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)

    def last(self, run: RunRow, at_most: int) -> tuple[int, State | None]:
        """The newest kept state up to that epoch, and its epoch: (0, None) where there is none to be read."""
        for epoch in range(at_most, 0, -1):
            path = self.path(run, epoch)
            with contextlib.suppress(*UNREADABLE), path.open("rb") as file, np.load(file) as arrays:
                return epoch, dict(arrays)
        return 0, None

    def drop(self, run: RunRow, epoch: int) -> None:
        """Forgets a state, where there is one."""
        self.path(run, epoch).unlink(missing_ok=True)

    def path(self, run: RunRow, epoch: int) -> Path:
        """Where the state after that epoch is."""
        return self.folder / f"{stem(run)}-{epoch}.npz"


def stem(run: RunRow) -> str:
    """What the names of a run's states begin with."""
    return fingerprint_of(f"{run.corpus} {run.run_fingerprint}-{run.seed}-{run.split}")
