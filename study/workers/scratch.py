"""A folder of our own in the temporary directory, and locks in it that a process has for life.

architecture-study-UID/
  core-0,4      a core, locked by the worker on it
"""

import functools
import os
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


def locked(path: Path, *, shared: bool = False) -> int:
    """The descriptor of a file (made where there is none) or folder, locked until it is closed, at the latest with
    the process.

    So whether somebody lives who has it needs no process numbers, which differ between containers. Raises
    BlockingIOError where another process has it, OSError where there are no locks.
    """
    try:
        import fcntl
    except ImportError as error:
        raise OSError("no locks here") from error
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
