"""Reviews as text files: the archive `aclImdb_v1.tar.gz`, or its unpacked folder.

    {train,test}/{neg,pos}/{id}_{rating}.txt        anything else in the archive is passed over

The order is neg then pos, each by the number its file name starts with. Vocabulary: see `gathered`; how a text
becomes ids: see `encoding`.
"""

import gzip
import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from study.corpus.prepared.texts import Encoded, Progress
from study.corpus.published.gathered import Gathered, Half
from study.errors import InputError

_HALVES = ("train", "test")
_CLASSES = {"neg": "negative", "pos": "positive"}  # folder -> class
_LAYOUT = "expected {train,test}/{neg,pos}/*.txt, as in aclImdb_v1.tar.gz"
_REPORT_EVERY = 500  # texts


def is_archive(path: Path) -> bool:
    """Whether the file starts as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def is_folder_of_reviews(path: Path) -> bool:
    """Whether some folder in it is named as those of the reviews: train/neg and its kin."""
    return any((root / half / folder).is_dir() for root in _roots(path) for half in _HALVES for folder in _CLASSES)


def read_archive(path: Path, word_index: Path | None = None, progress: Progress | None = None) -> Encoded:
    """Read a `.tar.gz` in one pass; `progress` counts its bytes.

    Raises InputError for an archive that is damaged or cut short, a member that points out of it, a text that
    is not UTF-8, or a layout without labels.
    """
    reviews = _Reviews(path)
    try:
        with path.open("rb") as file, gzip.open(file) as unpacked:
            size = path.stat().st_size
            for done, (name, contents) in enumerate(_members(path, unpacked)):
                reviews.add(name, contents)
                if progress and done % _REPORT_EVERY == 0:
                    progress(file.tell(), size, "bytes of the archive")
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(
            f"{path}: expected a whole .tar.gz archive, but it is damaged or cut short ({error}); "
            "download it again"
        ) from error
    if progress:
        progress(size, size, "bytes of the archive")
    return reviews.encoded(word_index)


def read_folder(path: Path, word_index: Path | None = None, progress: Progress | None = None) -> Encoded:
    """Read the unpacked folder (the one that holds train/ and test/, or its parent); `progress` counts texts.

    Raises InputError for a text that is not UTF-8 or cannot be read, or a layout without labels.
    """
    files = list(_files(path))
    reviews = _Reviews(path)
    for done, entry in enumerate(files, start=1):
        try:
            contents = Path(entry.path).read_bytes()
        except OSError as error:
            raise InputError(f"expected a text that can be read: {entry.path}: {error.strerror}") from error
        reviews.add(entry.path, contents)
        if progress and (done % _REPORT_EVERY == 0 or done == len(files)):
            progress(done, len(files), "texts")
    return reviews.encoded(word_index)


def folder_identity(path: Path) -> str:
    """A digest of names, sizes and times of the text files below `path`: changes when one of them does."""
    digest = hashlib.sha256()
    for entry in _files(path):
        status = entry.stat()
        digest.update(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


class _Reviews:
    """The reviews of one source, told apart by their paths."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: str | None = None
        self._gathered = Gathered(tuple(_CLASSES.values()))

    def add(self, name: str, contents: bytes) -> None:
        """Take in one text file, named as in the archive or on disk."""
        root, half, folder, file = _parts(name)
        if self._root not in (None, root):
            raise InputError(f"{self._path}: expected one set of reviews, got two: {self._root} and {root}")
        self._root = root
        try:
            text = contents.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"expected every review in UTF-8, but {name} is not: {error}; convert or remove that file"
            ) from error
        number = re.match("[0-9]+", file)
        key = (int(number[0]) if number else float("inf"), file)
        self._gathered.add(half, list(_CLASSES).index(folder), key, text)

    def encoded(self, word_index: Path | None) -> Encoded:
        """Both halves encoded. Raises InputError where labels or a half are missing."""
        folders = {name: folder for folder, name in _CLASSES.items()}
        if lacking := [f"{half}/{folders[name]}" for half, name in self._gathered.lacking()]:
            raise InputError(f"{self._path}: {_LAYOUT}; no texts in {', '.join(lacking)}")
        return self._gathered.encoded("imdb-texts", f"text files in {self._path.name}", word_index)


def _parts(name: str) -> tuple[str, Half, str, str]:
    """Split a path into what stands before the half, the half, the class folder and the file."""
    path = PurePosixPath(Path(name).as_posix())
    half: Half = "train" if path.parts[-3] == "train" else "test"
    return str(path.parents[2]), half, path.parts[-2], path.name


def is_review(name: str) -> bool:
    """Whether a file's path is that of a published review."""
    parts = PurePosixPath(name).parts
    return (
        len(parts) >= 3
        and parts[-3] in _HALVES
        and parts[-2] in _CLASSES
        and parts[-1].endswith(".txt")
        and not parts[-1].startswith(".")
    )


def _members(path: Path, unpacked: gzip.GzipFile) -> Iterator[tuple[str, bytes]]:
    """Yield name and contents of each text. Reads to the end of the gzip data: only that shows a cut."""
    with tarfile.open(fileobj=cast(BinaryIO, unpacked), mode="r|") as archive:
        for member in archive:
            if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
                raise InputError(
                    f"{path}: expected members inside the archive's own folder, got {member.name!r}; "
                    "such an archive is not opened"
                )
            if member.isfile() and is_review(member.name):
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read()
    while unpacked.read(2**20):
        pass


def _files(path: Path) -> Iterator[os.DirEntry[str]]:
    """The text files of the unpacked folder, in alphabetical order."""
    for root in _roots(path):
        for half in _HALVES:
            for folder in _CLASSES:
                place = root / half / folder
                if place.is_dir():
                    yield from sorted(
                        (e for e in os.scandir(place) if is_review(e.path) and e.is_file()), key=lambda e: e.name
                    )


def _roots(path: Path) -> list[Path]:
    """The folders that hold train/ and test/: `path` itself, or folders in it."""
    if any((path / half).is_dir() for half in _HALVES):
        return [path]
    return sorted(p for p in path.iterdir() if any((p / half).is_dir() for half in _HALVES))
