"""From what the user names to a prepared corpus: a known name, or a path."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from study.corpus.own.archives import source_at, state_of, state_of_file
from study.corpus.own.columns import Reading
from study.corpus.own.files import own_corpus
from study.corpus.own.findings import Findings
from study.corpus.own.prepare import prepare_own
from study.corpus.prepared.cache import Entry, folder_of, recall, remember
from study.corpus.prepared.prepared import Corpus, open_prepared, write_prepared
from study.corpus.prepared.texts import Encoded, Progress
from study.corpus.published import stand_in
from study.corpus.published.flat_arrays import read_flat_arrays
from study.corpus.published.keras_sets import IMDB, KERAS_SETS, KerasSet
from study.corpus.published.reviews import is_review, read_reviews
from study.environment import expanded, whole
from study.errors import InputError

KNOWN = ("auto", *KERAS_SETS, "stand-in")


@dataclass(frozen=True, eq=False)
class Obtained:
    """A prepared corpus; of one's own also what was found while it was read."""

    corpus: Corpus
    findings: Findings | None = None
    notice: str | None = None

    def lines(self) -> list[str]:
        """What the user must hear, a line each."""
        found = self.findings.lines() if self.findings else []
        return [line for line in (self.notice, *found, self.corpus.card.notice) if line]


def obtain_corpus(
    name_or_path: str, *, cache: Path, word_index: Path | None = None, progress: Progress | None = None
) -> tuple[Corpus, str | None]:
    """The corpus of `obtain`, and its notice."""
    obtained = obtain(name_or_path, Reading(), cache=cache, word_index=word_index, progress=progress)
    return obtained.corpus, obtained.notice


def obtain(
    name_or_path: str,
    reading: Reading,
    *,
    cache: Path,
    word_index: Path | None = None,
    progress: Progress | None = None,
) -> Obtained:
    """Return the corpus, prepared in `cache` where it was not yet.

    `imdb` and `reuters` are Keras's own sets; `auto` is imdb, and the stand-in where that cannot be had; anything
    else is a path: a corpus of one's own (see `own`), which `reading` tells how to read, the archive of the
    reviews or its folder, or a flat `.npz`. `word_index` is a published vocabulary of the others: JSON, word ->
    rank. Raises InputError.
    """
    if word_index is not None and not word_index.is_file():
        raise InputError(f"expected a word index (JSON, word -> rank), but {word_index} is not a file")
    if word_index is not None and name_or_path == "stand-in":
        raise InputError("expected no word index with the stand-in corpus, whose words have no published ranks")
    if name_or_path in KNOWN and reading != Reading(keep_duplicates=reading.keep_duplicates):
        raise InputError(
            f"expected the path of a corpus of your own with --test-corpus, --text-column and their kin, got "
            f"{name_or_path}, which needs none of them; leave them out"
        )
    if name_or_path in KERAS_SETS:
        return _keras_set(KERAS_SETS[name_or_path], cache, word_index, reading)
    if name_or_path == "stand-in":
        return _stand_in(cache)
    if name_or_path == "auto":
        return _auto(cache, word_index, reading)
    return _from_path(name_or_path, reading, cache, word_index, progress)


def _auto(cache: Path, word_index: Path | None, reading: Reading) -> Obtained:
    try:
        return _keras_set(IMDB, cache, word_index, reading)
    except InputError as error:
        if word_index is not None:
            raise InputError(f"expected the real reviews for that word index, got none: {error}") from error
        corpus = _stand_in(cache)  # raises too where the cache cannot be written
        notice = f"Using the stand-in corpus of generated texts, since the real reviews are not here: {error}"
        return dataclasses.replace(corpus, notice=notice)


def _keras_set(published: KerasSet, cache: Path, word_index: Path | None, reading: Reading) -> Obtained:
    # The published hash is the identity: once prepared, the file itself is needed no more.
    identity = f"{published.name} {published.sha256} {state_of_file(word_index)}"
    return _published(cache, identity, lambda: published.read(published.locate(), word_index), reading)


def _stand_in(cache: Path) -> Obtained:
    return _obtain(cache, stand_in.stand_in_identity(), lambda: _written(stand_in.generate_stand_in(), cache))


def _from_path(
    name: str, reading: Reading, cache: Path, word_index: Path | None, progress: Progress | None
) -> Obtained:
    path = Path(expanded(name))
    try:
        if not path.exists():
            raise InputError(
                f"expected a corpus, one of {', '.join(sorted(KNOWN))}, or the path of a table (.csv, .tsv, "
                f".jsonl, .parquet), a folder, an archive or a flat .npz; got {name!r}, which is no known "
                "name and no file"
            )
        read = None if reading.test_corpus else _encoded_reader(path, reading, cache)
        if read is None:
            return _own(path, reading, cache, word_index, progress)
        if reading != Reading(keep_duplicates=reading.keep_duplicates):
            raise InputError(
                f"expected --text-column, --test-fraction and their kin for a table or text files of your own, "
                f"got {path.name}, which needs none of them; leave them out"
            )
        identity = f"{read.__name__} {path.resolve()} {state_of(path)} {state_of_file(word_index)}"
        return _published(cache, identity, lambda: read(path.resolve(), word_index, progress), reading)
    except OSError as error:
        raise InputError(f"expected a corpus that can be read, but {path} cannot: {error}") from error


def _encoded_reader(
    path: Path, reading: Reading, cache: Path
) -> Callable[[Path, Path | None, Progress | None], Encoded] | None:
    """The reader of flat arrays or of the published reviews; None for a corpus of one's own."""
    if path.suffix == ".npz":
        return read_flat_arrays
    if recall(cache, _own_identity(path, reading)) is not None:
        return None  # once prepared, its members need not be listed again
    source = source_at(path)
    return read_reviews if source.kind in ("folder", "tar") and source.holds(is_review) else None


def _own(
    path: Path, reading: Reading, cache: Path, word_index: Path | None, progress: Progress | None
) -> Obtained:
    if word_index is not None:
        raise InputError(f"expected no --word-index with {path.name}: its words are counted; leave it out")

    def prepare() -> Entry:
        name = whole(path.resolve().name.split(".")[0])
        card, findings = prepare_own(own_corpus(path.resolve(), reading), name, cache, progress)
        entry = {"fingerprint": card.fingerprint, "name": card.name, "source": card.source}
        return entry | {"reading": card.reading, "findings": dataclasses.asdict(findings)}

    return _obtain(cache, _own_identity(path, reading), prepare)


def _published(cache: Path, identity: str, read: Callable[[], Encoded], reading: Reading) -> Obtained:
    """A published set, as a corpus of one's own without the training texts that are in its test half too."""
    if reading.keep_duplicates:
        return _obtain(cache, identity, lambda: _written(read(), cache))

    def prepare() -> Entry:
        encoded = read()
        without = encoded.without_shared()
        return _written(without, cache) | {"removed": len(encoded.training) - len(without.training)}

    return _obtain(cache, f"{identity} without shared", prepare)


def _own_identity(path: Path, reading: Reading) -> str:
    return f"own {reading.words()} {state_of(path)} {state_of(reading.test_corpus)}"


def _obtain(cache: Path, identity: str, prepare: Callable[[], Entry]) -> Obtained:
    """Open what this source gave before; read and prepare it where that is nothing, or is damaged."""
    entry = recall(cache, identity)
    if entry is not None:
        try:
            return _open(cache, entry)
        except InputError:
            pass  # damaged: prepared anew below
    entry = prepare()
    remember(cache, identity, entry)
    return _open(cache, entry)


def _written(encoded: Encoded, cache: Path) -> Entry:
    folder = write_prepared(encoded, cache)
    fingerprint = open_prepared(folder).card.fingerprint
    return {"fingerprint": fingerprint, "name": encoded.name, "source": encoded.source}


def _open(cache: Path, entry: Entry) -> Obtained:
    """Open a prepared corpus under the name of this source: two sources may give the same texts."""
    corpus = open_prepared(folder_of(entry["fingerprint"], cache))
    kept = {"name": entry["name"], "source": entry["source"], "reading": entry.get("reading")}
    card = dataclasses.replace(corpus.card, **kept)
    try:
        findings = Findings.from_json(entry["findings"]) if entry.get("findings") else None
    except (TypeError, KeyError, IndexError) as error:
        raise InputError(f"what was found in {entry['source']} is not legible") from error
    removed = entry.get("removed") or 0
    notice = f"{removed:,} training texts left out: they stand in the test half too, word for word."
    return Obtained(dataclasses.replace(corpus, card=card), findings, notice if removed else None)
