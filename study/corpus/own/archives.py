"""Where the files of a corpus lie: a file, a folder, or an archive (.gz, .zip, .tar, .tar.gz), opened as streams.

Nothing is unpacked onto the disk. A member that points out of its archive, a link, an encrypted member, and an
archive that grows out of proportion are refused.
"""

import contextlib
import gzip
import hashlib
import io
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Literal, cast

from study.errors import InputError

GROWTH = 200  # times its size, as far as an archive may unpack; text packs to a tenth, seldom to a fiftieth
SMALL = 256 * 2**20  # bytes that any archive may unpack to
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError)


@dataclass
class Meter:
    """How far a source is read, in bytes as they lie on the disk."""

    total: int
    before: int = 0  # of the files that are done
    file: BinaryIO | None = None

    @property
    def done(self) -> int:
        return min(self.total, self.before + (self.file.tell() if self.file and not self.file.closed else 0))


@dataclass(frozen=True)
class Source:
    """A path and how files lie in it."""

    path: Path
    kind: Literal["file", "gzip", "folder", "zip", "tar"]

    def names(self) -> list[str]:
        """The files in it, hidden ones left out: sorted, a tar's in its own order. Raises InputError."""
        if self.kind == "folder":
            names = sorted(_walk(self.path))
        elif self.kind == "zip":
            with self._unbroken_zip() as archive:
                names = sorted(member.filename for member in self._zip_members(archive))
        elif self.kind == "tar":
            names = [name for name, _ in self._tar_members(Meter(0))]
        else:
            names = [self.path.name.removesuffix(".gz") if self.kind == "gzip" else self.path.name]
        return [name for name in names if not _hidden(name)]

    def holds(self, wanted: Callable[[str], bool]) -> bool:
        """Whether there is such a file; a tar is read no further than to the first. Raises InputError."""
        if self.kind != "tar":
            return any(map(wanted, self.names()))
        with contextlib.closing(self._tar_members(Meter(0))) as members:
            return any(wanted(name) for name, _ in members)

    def meter(self, wanted: Collection[str]) -> Meter:
        """A meter for reading those files."""
        if self.kind == "folder":
            return Meter(sum((self.path / name).stat().st_size for name in wanted))
        return Meter(self.path.stat().st_size)

    def opened(self, wanted: Collection[str], meter: Meter) -> Generator[tuple[str, BinaryIO], None, None]:
        """Each of the files as a stream, to be read before the next. Raises InputError, also while it is read."""
        chosen = frozenset(wanted)  # it is asked of every member, and there may be a hundred thousand
        if self.kind == "folder":
            for name in wanted:
                with self._opened(self.path / name) as file:
                    meter.file = file
                    yield name, file
                    meter.before, meter.file = meter.before + os.fstat(file.fileno()).st_size, None
        elif self.kind == "zip":
            with self._unbroken_zip() as archive:
                meter.file = cast(BinaryIO, archive.fp)
                for member in self._zip_members(archive):
                    if member.filename in chosen:
                        with contextlib.closing(self._zip_stream(archive, member)) as stream:
                            yield member.filename, self._bounded(stream)
        elif self.kind == "tar":
            with contextlib.closing(self._tar_members(meter)) as members:
                for name, stream in members:
                    if name in chosen:
                        yield name, stream
        else:
            with self._opened(self.path) as file:
                meter.file = file
                name = self.names()[0]
                yield name, (self._bounded(gzip.GzipFile(fileobj=file)) if self.kind == "gzip" else file)

    def _opened(self, path: Path) -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise InputError(f"expected a file that can be read, but {path} cannot: {error.strerror}") from error

    def _unbroken_zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except _BROKEN as error:
            raise self._broken(error) from error

    def _zip_stream(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
        try:
            return archive.open(member)
        except (*_BROKEN, RuntimeError, NotImplementedError) as error:
            raise self._broken(error) from error

    def _zip_members(self, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
        if sum(member.file_size for member in archive.infolist()) > self._most:
            raise self._too_large()
        for member in archive.infolist():
            self._check(member.filename, link=stat.S_ISLNK(member.external_attr >> 16))
            if member.flag_bits & 1:
                raise InputError(f"{self.path}: expected no password, but {member.filename} is encrypted")
            if not member.is_dir():
                yield member

    def _tar_members(self, meter: Meter) -> Generator[tuple[str, BinaryIO], None, None]:
        with self._opened(self.path) as file:
            meter.file = file
            packed = file.peek(2)[:2] == b"\x1f\x8b" if isinstance(file, io.BufferedReader) else False
            unpacked = self._bounded(gzip.GzipFile(fileobj=file)) if packed else file
            try:
                with tarfile.open(fileobj=unpacked, mode="r|") as archive:
                    for member in archive:
                        self._check(member.name, link=member.issym() or member.islnk())
                        stream = archive.extractfile(member) if member.isfile() else None
                        if stream is not None:
                            yield member.name, self._bounded(stream)
            except _BROKEN as error:
                raise self._broken(error) from error
            while unpacked.read(2**20):  # to the end of the gzip data: only that shows a cut
                pass

    def _check(self, name: str, *, link: bool) -> None:
        parts = re.split(r"[/\\]", name)
        if name.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", name):
            raise InputError(
                f"{self.path}: expected members inside the archive's own folder, got {name!r}; "
                "such an archive is not opened"
            )
        if link:
            raise InputError(f"{self.path}: expected files, got the link {name!r}; such an archive is not opened")

    def _bounded(self, stream: object) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Bounded(self, cast(BinaryIO, stream)), 2**18))

    @cached_property
    def _most(self) -> int:
        return max(SMALL, GROWTH * self.path.stat().st_size)

    def _too_large(self) -> InputError:
        return InputError(
            f"{self.path}: expected an archive that unpacks to at most {self._most / 2**20:,.0f} MB "
            f"({GROWTH} times its size), but it holds more; unpack it yourself and name its folder"
        )

    def _broken(self, error: Exception) -> InputError:
        return InputError(
            f"{self.path}: expected a whole archive, but it is damaged or cut short ({error}); get it again"
        )


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in an InputError where it is damaged or too large."""

    def __init__(self, source: Source, stream: BinaryIO) -> None:
        self._source, self._stream, self._left = source, stream, source._most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            contents = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise self._source._broken(error) from error
        self._left -= len(contents)
        if self._left < 0:
            raise self._source._too_large()
        buffer[: len(contents)] = contents
        return len(contents)


def source_at(path: Path) -> Source:
    """How files lie at `path`, by their first bytes. Raises InputError where it cannot be read."""
    if path.is_dir():
        return Source(path, "folder")
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start[:2] == b"\x1f\x8b":
                file.seek(0)
                return Source(path, "tar" if _starts_as_tar(gzip.GzipFile(fileobj=file)) else "gzip")
            if start == b"PK\x03\x04":
                return Source(path, "zip")
            file.seek(0)
            return Source(path, "tar" if _starts_as_tar(file) else "file")
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(f"expected a corpus that can be read, but {path} cannot: {error.strerror}") from error
        raise Source(path, "gzip")._broken(error) from error


def state_of_file(path: Path | None) -> str:
    """Path, size and time of change of a file: what tells one version of it from another."""
    if path is None:
        return "none"
    status = path.stat()
    return f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"


def state_of(path: Path | None) -> str:
    """The same, of a file or of all files in a folder; `missing` where there is nothing."""
    if path is None or not path.is_dir():
        return state_of_file(path) if path is None or path.exists() else "missing"
    digest = hashlib.sha256()
    for name in Source(path, "folder").names():
        status = (path / name).stat()
        digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogatepass"))
    return f"{path.resolve()} {digest.hexdigest()}"


def _starts_as_tar(stream: object) -> bool:
    return cast(BinaryIO, stream).read(512)[257:262] == b"ustar"


def _walk(folder: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise InputError(f"expected a folder that can be read, but {error.filename} cannot: {error.strerror}")

    for root, folders, files in os.walk(folder, onerror=refuse):
        folders.sort()
        yield from ((Path(root) / name).relative_to(folder).as_posix() for name in files)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
