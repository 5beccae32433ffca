"""A corpus of one's own, prepared in two passes over the disk, so that it may be larger than memory.

First every text is read once, its words written down as provisional numbers (`spill`). Then halves, duplicates and
vocabulary are decided, and the numbers become ids, straight into the arrays of the prepared form. Texts keep the
order of their source. The result is what `Preparation.encode` makes of the same texts.
"""

import contextlib
import dataclasses
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from study.corpus.own.columns import Columns, is_like_a_row
from study.corpus.own.files import TEST, TRAIN, Own
from study.corpus.own.findings import Findings, columns_in_words
from study.corpus.own.halves import LEFT_OUT, by_class, check, check_left, contradictory, cut, listed
from study.corpus.own.labels import Labels, check_number
from study.corpus.own.origin import FILE, write_origin
from study.corpus.own.rare import without_rare
from study.corpus.own.spill import MOST_WORDS, Spacing, Spill
from study.corpus.prepared.cache import folder_of, put_in_place, unfinished_folder, write_array, write_json
from study.corpus.prepared.encoding import FIRST_WORD, RULES, START, splitter
from study.corpus.prepared.prepared import HALVES, Card, arrays_in, fingerprint_of, is_whole
from study.corpus.prepared.texts import Progress
from study.environment import whole

COVERED = 0.95  # of the tokens


def prepare_own(own: Own, name: str, cache: Path, progress: Progress | None = None) -> tuple[Card, Findings]:
    """Prepare the corpus in `cache`. Raises InputError; then nothing is left behind."""
    with unfinished_folder(cache, own.size) as folder:
        tokens = own.reading.tokens
        labels, spacing = Labels(many=own.reading.rare_classes is not None), Spacing()
        with contextlib.closing(Spill(folder / "spill", splitter(RULES[tokens]))) as spill:
            counts = _read(own, spill, labels, progress, spacing)
        classes, class_of_place, of_labels = labels.classes()
        texts_class = class_of_place[spill.labels] if classes else np.empty(0, np.uint16)
        common = without_rare(texts_class, spill.halves, classes, own.reading.rare_classes)
        classes, texts_class = common.classes, common.texts_class
        check(texts_class, common.halves, classes)
        check_number(classes)
        halves = cut(texts_class, common.halves, spill.digests, own.reading.test_fraction)
        notes = [note for note in (of_labels, spacing.note() if tokens == "words" else "") if note]
        findings = _found(own, counts, spill, texts_class, halves, classes, notes)
        findings = dataclasses.replace(findings, rare=common.counts, handled=common.words())
        if findings.removed:
            halves[(halves == TRAIN) & np.isin(spill.digests, spill.digests[halves == TEST])] = LEFT_OUT
        check_left(texts_class[halves == TRAIN], classes)
        findings = dataclasses.replace(
            findings,
            repeated=int((halves == TRAIN).sum()) - len(np.unique(spill.digests[halves == TRAIN])),
            training=by_class(texts_class[halves == TRAIN], classes),
            test=by_class(texts_class[halves == TEST], classes),
        )
        vocabulary = _vocabulary(spill, halves)
        with contextlib.ExitStack() as files:
            writers = {half: files.enter_context(_Half(folder, half, vocabulary.size)) for half in HALVES}
            _encode(spill, halves, vocabulary, writers, progress)
            for number, half in enumerate(HALVES):
                writers[half].finish(texts_class[halves == number])
        (folder / "spill").unlink()
        card = _card(folder, name, _source(own, findings), classes, vocabulary, writers, tokens)
        card = dataclasses.replace(card, reading=own.reading.kept(own.columns))
        write_json(folder, "card", dataclasses.asdict(card))
        write_json(folder, "words", vocabulary.words)
        write_origin(folder, own, counts.places_of(halves == TEST), texts_class[halves == TEST])
        if is_whole(kept := folder_of(card.fingerprint, cache)):
            (folder / FILE).replace(kept / FILE)  # the same texts may come from another file now
        else:
            put_in_place(folder, kept)
    return card, findings


def _source(own: Own, findings: Findings) -> str:
    """Where the texts are from and what was done to them, for the card."""
    said = [whole(" and ".join(source.path.name for source, _ in own.parts))]
    if findings.columns:
        said.append(columns_in_words(findings.columns))
    if findings.test_fraction is not None:
        said.append(f"{100 * findings.test_fraction:g} % of each class cut off as the test half")
    if own.reading.tokens != "words":
        said.append(f"{own.reading.tokens} as tokens")
    if findings.handled:
        said.append(findings.handled)
    if findings.removed:
        said.append(f"{findings.shared:,} training texts removed that are in the test half too")
    return "; ".join(said)


@dataclass
class _Counts:
    read: int = 0
    empty: int = 0
    unlabelled: int = 0
    taken: "array[int]" = field(default_factory=lambda: array("q"))  # the numbers of the texts that were taken in

    def places_of(self, chosen: np.ndarray) -> np.ndarray:
        """The numbers among all that were read of the texts chosen, bool [texts taken in]."""
        taken = np.frombuffer(self.taken, np.int64)
        return np.asarray(taken[chosen])


def _read(own: Own, spill: Spill, labels: Labels, progress: Progress | None, spacing: Spacing) -> _Counts:
    counts = _Counts()
    with contextlib.closing(own.items(progress)) as items:
        for half, label, text in items:
            counts.read += 1
            if label is None or not label.strip():
                counts.unlabelled += 1
            elif spill.add(half, labels.place(label), text or ""):
                counts.taken.append(counts.read - 1)
                spacing.look_at(text or "")
            else:
                counts.empty += 1
    return counts


def _found(
    own: Own, counts: _Counts, spill: Spill, texts_class: np.ndarray, halves: np.ndarray, classes: tuple[str, ...],
    notes: list[str],
) -> Findings:  # fmt: skip
    reading = own.reading
    digests, kept = spill.digests, halves != LEFT_OUT
    train = digests[halves == TRAIN]
    shared = int(np.isin(train, digests[halves == TEST]).sum())
    if own.columns and reading.header and _is_a_row(own.columns, classes):
        notes.append("the names of the columns look like one more row: --no-header reads the first line as one")
    if own.passed_over:
        notes.append(whole(f"passed over: {listed(own.passed_over)}"))
    if len(spill.places) >= MOST_WORDS:
        notes.append(f"words first met after {MOST_WORDS:,} different ones are left out")
    return Findings(
        columns=own.columns and (tuple(map(whole, own.columns[0])), whole(own.columns[1])),
        guessed=own.columns is not None and not (reading.text_column and reading.label_column),
        read=counts.read,
        empty=counts.empty,
        unlabelled=counts.unlabelled,
        repeated=0,
        contradictory=contradictory(digests[kept], texts_class[kept]),
        shared=shared,
        removed=shared > 0 and not reading.keep_duplicates,
        test_fraction=reading.test_fraction if own.cut else None,
        training={},
        test={},
        notes=tuple(notes),
        named=reading.header,
    )


def _is_a_row(columns: Columns, classes: tuple[str, ...]) -> bool:
    texts, label = columns
    return is_like_a_row(texts) or label.strip() in classes


@dataclass(frozen=True)
class _Vocabulary:
    words: list[str]  # by rank
    ids: np.ndarray  # of each place, uint32; 0: left out
    covering: int  # ids that cover so large a part of the training tokens

    @property
    def size(self) -> int:
        return FIRST_WORD + len(self.words)


def _vocabulary(spill: Spill, halves: np.ndarray) -> _Vocabulary:
    """The words of the training half by frequency, those of equal frequency in alphabetical order."""
    counts = np.zeros(len(spill.places) + 1, np.int64)
    for texts, words in spill.chunks():
        learnt = np.repeat(halves[texts] == TRAIN, spill.lengths[texts])
        counts += np.bincount(words[learnt], minlength=len(counts))
    counts[0] = 0  # beyond the most words
    alphabetical = sorted(spill.places)
    places = np.fromiter(map(spill.places.__getitem__, alphabetical), np.int64, len(alphabetical))
    order = np.argsort(-counts[places], kind="stable")
    order = order[: np.count_nonzero(counts)]
    ids = np.zeros(len(counts), np.uint32)
    ids[places[order]] = np.arange(FIRST_WORD, FIRST_WORD + len(order))
    covered = np.cumsum(counts[places[order]])
    covering = FIRST_WORD + int(np.searchsorted(covered, COVERED * counts.sum())) + 1
    return _Vocabulary([alphabetical[place] for place in order.tolist()], ids, covering)


class _Half:
    """The arrays of one half, written as they come."""

    def __init__(self, folder: Path, half: str, vocabulary_size: int) -> None:
        self._folder, self._half = folder, half
        self._type = np.dtype("<u2" if vocabulary_size <= 2**16 else "<u4")
        self._file = (folder / f"{half}_tokens.npy").open("wb")
        self._tokens = 0
        self._lengths: list[np.ndarray] = []
        self._header()

    def add(self, ids: np.ndarray, lengths: np.ndarray) -> None:
        """Texts behind each other: ids [tokens], 0 for words left out; lengths [texts]."""
        kept = np.add.reduceat(ids > 0, np.cumsum(lengths) - lengths, dtype=np.int64)
        tokens = np.insert(ids[ids > 0], np.cumsum(kept) - kept, START).astype(self._type)
        self._file.write(tokens.data)
        self._tokens += len(tokens)
        self._lengths.append(kept + 1)

    def __enter__(self) -> "_Half":
        return self

    def __exit__(self, *ended: object) -> None:
        self._file.close()

    def finish(self, labels: np.ndarray) -> None:
        """Write what is known at the end: the number of tokens, the offsets, the labels."""
        self._file.seek(0)
        self._header()
        self._file.close()
        offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype("<i8")
        for name, values in (("offsets", offsets), ("labels", labels.astype("u1"))):
            write_array(self._folder / f"{self._half}_{name}.npy", values)

    @property
    def lengths(self) -> np.ndarray:
        return np.concatenate(self._lengths)

    def _header(self) -> None:
        """NumPy leaves room in it for the length to grow: it is as long now as at the end."""
        header = {"descr": self._type.str, "fortran_order": False, "shape": (self._tokens,)}
        np.lib.format.write_array_header_1_0(self._file, header)


def _encode(
    spill: Spill, halves: np.ndarray, vocabulary: _Vocabulary, writers: dict[str, _Half], progress: Progress | None
) -> None:
    for texts, words in spill.chunks():
        ids = vocabulary.ids[words]
        for number, half in enumerate(HALVES):
            here = halves[texts] == number
            if here.any():
                lengths = spill.lengths[texts].astype(np.int64)
                writers[half].add(ids[np.repeat(here, lengths)], lengths[here])
        if progress:
            progress(texts.stop, len(halves), "texts encoded")


def _card(
    folder: Path,
    name: str,
    source: str,
    classes: tuple[str, ...],
    vocabulary: _Vocabulary,
    writers: dict[str, _Half],
    tokens: str,
) -> Card:
    lengths = {half: writers[half].lengths for half in HALVES}
    median, p95 = np.quantile(lengths["train"], [0.5, 0.95])
    return Card(
        name=name,
        source=source,
        fingerprint=fingerprint_of(classes, arrays_in(folder), vocabulary.words, tokens),
        classes=classes,
        stand_in=False,
        training_texts=len(lengths["train"]),
        test_texts=len(lengths["test"]),
        vocabulary_size=vocabulary.size,
        mean_length=float(lengths["train"].mean()),
        median_length=float(median),
        p95_length=float(p95),
        covering=vocabulary.covering,
        tokens=tokens,
    )
