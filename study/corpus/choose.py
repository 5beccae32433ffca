"""From what the user names to a prepared corpus: a known name, or a path."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from study.corpus import imdb, stand_in, text_files
from study.corpus.cache import Entry, folder_of, recall, remember
from study.corpus.flat_arrays import read_flat_arrays
from study.corpus.prepared import Corpus, open_prepared, write_prepared
from study.corpus.texts import Encoded, Progress
from study.errors import InputError

__all__ = ["KNOWN", "obtain_corpus"]

KNOWN = ("auto", "imdb", "stand-in")

Reader = Callable[[Path, Path | None, Progress | None], Encoded]


def obtain_corpus(
    name_or_path: str,
    *,
    cache: Path,
    word_index: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Corpus, str | None]:
    """Return the corpus, prepared in `cache` where it was not yet, and a line to show the user or None.

    `imdb` is Keras's own set; `auto` is imdb, and the stand-in where that cannot be had; anything else is the
    path of an archive of text files, of their folder, or of a flat `.npz`. `word_index` is a published
    vocabulary (JSON, word -> rank). Raises InputError.
    """
    if word_index is not None and not word_index.is_file():
        raise InputError(f"expected a word index (JSON, word -> rank), but {word_index} is not a file")
    if word_index is not None and name_or_path == "stand-in":
        raise InputError("expected no word index with the stand-in corpus, whose words have no published ranks")
    if name_or_path == "imdb":
        return _imdb(cache, word_index), None
    if name_or_path == "stand-in":
        return _stand_in(cache), None
    if name_or_path == "auto":
        return _auto(cache, word_index)
    return _from_path(name_or_path, cache, word_index, progress), None


def _auto(cache: Path, word_index: Path | None) -> tuple[Corpus, str | None]:
    try:
        return _imdb(cache, word_index), None
    except InputError as error:
        if word_index is not None:
            raise InputError(f"expected the real reviews for that word index, got none: {error}") from error
        corpus = _stand_in(cache)  # raises too where the cache cannot be written
        return (
            corpus,
            f"Using the stand-in corpus of generated texts, since the real reviews are not here: {error}",
        )


def _imdb(cache: Path, word_index: Path | None) -> Corpus:
    # The published hash is the identity: once prepared, the file itself is needed no more.
    identity = f"imdb {imdb.IMDB_SHA256} {_status(word_index)}"
    return _obtain(cache, identity, lambda: imdb.read_imdb(imdb.locate_imdb(), word_index))


def _stand_in(cache: Path) -> Corpus:
    return _obtain(cache, stand_in.stand_in_identity(), stand_in.generate_stand_in)


def _from_path(name: str, cache: Path, word_index: Path | None, progress: Progress | None) -> Corpus:
    path = Path(name).expanduser()
    if not path.exists():
        raise InputError(
            f"expected a corpus, one of {', '.join(sorted(KNOWN))}, or the path of an archive, a folder or a flat "
            f".npz; got {name!r}, which is no known name and no file"
        )
    try:
        reader = _reader(path)
        contents = text_files.folder_identity(path) if path.is_dir() else _status(path)
        identity = f"{reader.__name__} {path.resolve()} {contents} {_status(word_index)}"
        return _obtain(cache, identity, lambda: reader(path.resolve(), word_index, progress))
    except OSError as error:
        raise InputError(f"expected a corpus that can be read, but {path} cannot: {error}") from error


def _reader(path: Path) -> Reader:
    if path.is_dir():
        return text_files.read_folder
    if path.suffix == ".npz":
        return read_flat_arrays
    if text_files.is_archive(path):
        return text_files.read_archive
    raise InputError(
        f"expected an archive of text files (.tar.gz), their folder or a flat .npz, but {path} is none of them"
    )


def _obtain(cache: Path, identity: str, read: Callable[[], Encoded]) -> Corpus:
    """Open what this source gave before; read and prepare it where that is nothing, or is damaged."""
    entry = recall(cache, identity)
    if entry is not None:
        try:
            return _open(cache, entry)
        except InputError:
            pass  # damaged: prepared anew below
    encoded = read()
    folder = write_prepared(encoded, cache)
    fingerprint = open_prepared(folder).card.fingerprint
    entry = {"fingerprint": fingerprint, "name": encoded.name, "source": encoded.source}
    remember(cache, identity, entry)
    return _open(cache, entry)


def _open(cache: Path, entry: Entry) -> Corpus:
    """Open a prepared corpus under the name of this source: two sources may give the same texts."""
    corpus = open_prepared(folder_of(entry["fingerprint"], cache))
    card = dataclasses.replace(corpus.card, name=entry["name"], source=entry["source"])
    return dataclasses.replace(corpus, card=card)


def _status(path: Path | None) -> str:
    """Path, size and time of change of a file: what tells one version of it from another."""
    if path is None:
        return "none"
    status = path.stat()
    return f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
