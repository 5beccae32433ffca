"""Where prepared corpora are kept, how they get there in one step, and which source gave which of them."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from study.environment import expanded
from study.errors import InputError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ABANDONED_AFTER = 2 * 86_400  # seconds
_FORM = 2  # of the prepared form; a new one makes every source be read anew

Entry = dict[str, Any]  # fingerprint, name, source; of a corpus of one's own, reading and findings


def default_cache() -> Path:
    """$STUDY_CACHE, else architecture-study in $XDG_CACHE_HOME, else in ~/.cache."""
    if named := os.environ.get("STUDY_CACHE"):
        return Path(expanded(named))
    return Path(expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache"), "architecture-study")


def folder_of(fingerprint: str, cache: Path) -> Path:
    """The folder of the prepared corpus with this fingerprint (64 or 16 digits)."""
    return cache / fingerprint[:16]


def damaged(folder: Path, why: object) -> InputError:
    """The error for a prepared corpus that is not all there."""
    return InputError(
        f"expected a prepared corpus in {folder}, but it is missing or damaged ({why}); "
        "delete that folder and prepare the corpus anew"
    )


def write_folder(folder: Path, arrays: Mapping[str, np.ndarray], files: Mapping[str, Any]) -> None:
    """Write arrays (.npy) and values (.json) into `folder` so that it is there whole or not at all.

    An older folder of that name is replaced. Raises InputError where writing fails.
    """
    with unfinished_folder(folder.parent, sum(array.nbytes for array in arrays.values())) as unfinished:
        for name, array in arrays.items():
            write_array(unfinished / f"{name}.npy", array)
        for name, value in files.items():
            write_json(unfinished, name, value)
        put_in_place(unfinished, folder)


@contextlib.contextmanager
def unfinished_folder(cache: Path, needed: int) -> Iterator[Path]:
    """A new folder in `cache` to write into, for `put_in_place`; what was not put there is gone at the end.

    `needed` is in bytes. Raises InputError where writing fails.
    """
    with _explained(cache, needed):
        new = not cache.exists()
        _sweep(cache)
        unfinished = cache / f".unfinished-{uuid.uuid4().hex}"
        try:
            unfinished.mkdir(parents=True)
            yield unfinished
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            if new:
                with contextlib.suppress(OSError):
                    cache.rmdir()  # only where nothing came of it: a folder with something in it stays


def _sweep(cache: Path) -> None:
    """Delete what processes that were killed left unfinished; they may have been writing gigabytes."""
    for left in cache.glob(".unfinished-*"):
        with contextlib.suppress(OSError):  # another process may be sweeping too
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(left, ignore_errors=True)


def write_json(folder: Path, name: str, value: object) -> None:
    """Write a value as `<name>.json`."""
    (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


def remember(cache: Path, identity: str, entry: Entry) -> None:
    """Note that the source with this identity gave the prepared corpus in `entry`."""
    path = _note(cache, identity)
    unfinished = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    with _explained(cache, 0):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_text(json.dumps(entry), encoding="utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def recall(cache: Path, identity: str) -> Entry | None:
    """What was noted for the source with this identity; None where nothing legible was."""
    try:
        entry = json.loads(_note(cache, identity).read_text(encoding="utf-8"))
        return {
            "findings": entry.get("findings"),
            "removed": entry.get("removed"),
            "reading": entry.get("reading"),
            **{key: str(entry[key]) for key in ("fingerprint", "name", "source")},
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(cache: Path, identity: str) -> Path:
    key = hashlib.sha256(f"{_FORM} {identity}".encode(errors="surrogatepass")).hexdigest()[:16]
    return cache / "sources" / f"{key}.json"


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as .npy."""
    # Not np.save: on a full disk its tofile() raises an OSError without errno.
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        file.write(np.ascontiguousarray(array).data)


def put_in_place(unfinished: Path, folder: Path) -> None:
    """Give a folder its name in one step, in place of an older one."""
    try:
        unfinished.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        # A folder cannot be renamed onto one with files in it: move the older one out of the way.
        older = folder.with_name(f"{unfinished.name}-older")
        folder.rename(older)
        unfinished.rename(folder)
        shutil.rmtree(older, ignore_errors=True)


@contextlib.contextmanager
def _explained(cache: Path, needed: int) -> Iterator[None]:
    """Turn an OSError into an InputError that says what to do. `needed` is in bytes."""
    try:
        yield
    except OSError as error:
        other = "name another folder with --cache or STUDY_CACHE"
        if error.errno in _NO_SPACE:
            megabytes = needed // 10**6 + 1
            raise InputError(
                f"no space left for the prepared corpus in {cache}: free about {megabytes:,} MB or {other}"
            ) from error
        raise InputError(
            f"expected a cache folder that can be written, but {cache} cannot ({error.strerror or error}); {other}"
        ) from error
