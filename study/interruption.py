"""SIGINT, SIGTERM and SIGHUP: the first one ends the command cleanly, a second one at once.

Raised as KeyboardInterrupt wherever the command is, but for the blocks that are `held`: what the driver is writing
down then, it finishes.
"""

import contextlib
import os
import signal
from collections.abc import Iterator

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, `kill`, a terminal that was closed
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupted(KeyboardInterrupt):
    """The command is to end. `status` is what it exits with: 128 + the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


class _Received:
    number: int | None = None
    held = 0


def watch_signals() -> None:
    """From here on the signals are taken as above. One that was ignored at the start stays so (nohup)."""
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)


def exit_status() -> int | None:
    """128 + the number of the signal that came, None where none did."""
    return None if _Received.number is None else 128 + _Received.number


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Keeps a first signal back until the block is through."""
    _Received.held += 1
    try:
        yield
    finally:
        _Received.held -= 1
    if _Received.number is not None and not _Received.held:
        raise Interrupted(_Received.number)


@contextlib.contextmanager
def blocked_for_children() -> Iterator[None]:
    """Threads and processes begun in the block never see the signals: a terminal sends Ctrl-C to all of them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_resource_tracker() -> None:
    """Python's process that tidies up behind this one, started with its warning off.

    It would say that it did its work whenever the driver is killed. It also unblocks the signals of the thread
    that starts it, so that must not be one of Dask's.
    """
    from multiprocessing import resource_tracker

    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
    try:
        resource_tracker.ensure_running()
    finally:
        del os.environ["PYTHONWARNINGS"]
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ENDING if hasattr(signal, name)]


def _on_signal(number: int, frame: object) -> None:
    if _Received.number is not None:
        if os.isatty(2):
            os.write(2, _SHOW_CURSOR)
        os._exit(128 + number)  # the workers end by themselves once this process is gone
    _Received.number = number
    # Past sys.stderr: it may be in the middle of a line of its own.
    os.write(2, b"\nEnding; once more ends at once.\n")
    if not _Received.held:
        raise Interrupted(number)
