"""A folder of our own in the temporary directory, and locks in it that a process has for life.

architecture-study-UID/
  core-0,4      a core, locked by the worker on it
  run-k2v8x1qz/ what a process and its workers have there, locked by each; removed at its end, or by the next one
"""

import atexit
import contextlib
import functools
import os
import shutil
import stat
import tempfile
from pathlib import Path


@functools.cache
def users_folder() -> Path:
    """The folder of this user, which all studies on the machine share. Raises OSError where there can be none."""
    if not hasattr(os, "getuid"):
        raise OSError("no user numbers here, and no locks")
    folder = Path(tempfile.gettempdir(), f"architecture-study-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()  # anybody may have made it: its name can be guessed
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is somebody else's")
    return folder


def own_folder() -> Path | None:
    """The folder of this process, its workers included; None where there can be none.

    The first call makes it, and removes those of processes that are no more: whoever was killed left them.
    """
    return _own_folder(os.getpid())


@functools.cache
def _own_folder(process: int) -> Path | None:
    try:
        users = users_folder()
        _remove_left_behind(users)
        while True:
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=users))
            # Another process may be about to remove it, as long as it is not locked.
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                locked(folder, shared=True)
                if folder.exists():
                    break
    except OSError:
        return None
    atexit.register(_remove, folder, process)
    return folder


def put_temporary_files_there() -> None:
    """From here on what is temporary of this process lies in its own folder. Not so of those that it starts: a
    browser outlives it."""
    if (folder := own_folder()) is not None:
        tempfile.tempdir = str(folder)


def locked(path: Path, *, shared: bool = False) -> int:
    """The descriptor of a file or folder, locked until it is closed, at the latest with the process.

    So whether somebody lives who has it needs no process numbers, which differ between containers. Raises
    BlockingIOError where another process has it, OSError where there are no locks.
    """
    try:
        import fcntl
    except ImportError as error:
        raise OSError("no locks here") from error
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_left_behind(users: Path) -> None:
    for folder in users.glob("run-*"):
        with contextlib.suppress(OSError):
            descriptor = locked(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not a fork of it
        shutil.rmtree(folder, ignore_errors=True)
