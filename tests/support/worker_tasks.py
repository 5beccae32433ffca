"""Tasks for workers. A worker imports the module that its task is in, and a test's would take it seconds."""

import os
import signal
import time
from pathlib import Path


def core_of(number: int, folder: Path, of: int = 1) -> tuple[int, set[int]]:
    """Once so many of them are at work in `folder` at once, each on a worker of its own."""
    (folder / f"at work {number}").touch()
    while len(list(folder.glob("at work *"))) < of:
        time.sleep(0.01)
    return number, os.sched_getaffinity(0)


def grow(limit: int) -> None:
    """Takes half as many bytes again as the limit, and keeps them until its worker is ended."""
    held = []
    while True:
        if len(held) * 20_000_000 < 1.5 * limit:
            held.append(bytearray(b"x" * 20_000_000))
        time.sleep(0.005)


def crash(folder: Path, deaths: int) -> int:
    """Kills its worker, as often as is said; then says how often."""
    places = len(list(folder.iterdir()))
    if places < deaths:
        (folder / str(places)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return places


def wait_for(file: Path) -> str:
    """Until there is such a file, whose name is returned."""
    while not file.exists():
        time.sleep(0.05)
    return file.name
