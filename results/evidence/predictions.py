"""What each final told of each test text: arrays, in the order of the texts of the test part.

An archive (results.evidence.archive) keeps bits in place of probabilities, as many as the tables need: whether the
configuration's seeds together told each text right and, where there are two classes, whether it is of the second.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import select

from results.evidence import frames, studies
from results.evidence.columns import CONFUSED
from results.metrics.averaging import of_each_class, weighted
from results.metrics.classes import predicted_classes
from results.store.database import Store
from results.store.schema import StoreError
from results.store.tables import BaselineRow, FinalRow, PredictionRow, RunRow

UNKNOWN = -1  # the class of a text that nobody told right


@dataclass(frozen=True)
class Told:
    """What one model told of the test texts.

    seeds          how many finals it has; 1 of a linear baseline
    wrong          how many of them told each text wrong, int64 [texts]
    probabilities  the mean of theirs, float64 [texts, classes]; None of a linear baseline and in an archive, where
                   none are kept
    known          the class of each text that one of them told right, or that is the other of two; else UNKNOWN
    """

    seeds: int
    wrong: np.ndarray
    probabilities: np.ndarray | None
    known: np.ndarray


def told(store: Store, study: str, which: str) -> Told | None:
    """What the configuration of that fingerprint, or the linear baseline of that kind, told; None where nothing is
    kept of it."""
    finals = (
        select(FinalRow.test_texts, PredictionRow.probabilities, PredictionRow.hits)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study, FinalRow.kind == "final", FinalRow.configuration == which)
        .order_by(FinalRow.id)
    )
    baseline = select(BaselineRow.test_texts, BaselineRow.hits).where(
        BaselineRow.study == study, BaselineRow.kind == which
    )
    with store.session() as session:
        rows = session.execute(finals).all()
        linear = session.execute(baseline).first()
    if not rows and linear is not None:
        wrong = (~_unpacked(linear.hits, linear.test_texts)).astype(np.int64)
        return Told(1, wrong, None, np.full(linear.test_texts, UNKNOWN))
    if not rows:
        return None
    texts = rows[-1].test_texts
    mean: np.ndarray = np.zeros(1)
    wrong, known = np.zeros(texts, np.int64), np.full(texts, UNKNOWN)
    alike = [row for row in rows if row.test_texts == texts]
    if any(_is_bits(row.probabilities, texts) for row in alike):
        wrong = np.sum([~_unpacked(row.hits, texts) for row in alike], axis=0)
        of_two = [_labels(row.probabilities, row.hits, texts) for row in alike]
        second = next((each for each in of_two if each is not None), None)
        return Told(len(alike), wrong, None, known if second is None else second.astype(np.int64))
    for row in alike:
        by_class = np.frombuffer(row.probabilities, "<f4").reshape(texts, -1).astype(np.float64)
        right, found = _unpacked(row.hits, texts), predicted_classes(by_class)
        by_class = by_class if by_class.shape[1] > 1 else np.concatenate([1 - by_class, by_class], axis=1)
        known = np.where(right, found, 1 - found if by_class.shape[1] == 2 else known)
        mean, wrong = mean + by_class / len(alike), wrong + ~right
    return Told(len(alike), wrong, mean, known)


def correct(store: Store, study: str, kind: str = "final") -> dict[tuple[str, int], np.ndarray]:
    """Which test texts each final told right: (configuration, seed) → bool [texts], in the order of the texts.

    A final without kept predictions is left out.
    """
    statement = (
        select(FinalRow.configuration, RunRow.seed, FinalRow.test_texts, PredictionRow.hits)
        .join(RunRow, RunRow.id == FinalRow.run)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study, FinalRow.kind == kind)
        .order_by(FinalRow.id)
    )
    with store.session() as session:
        return {
            (configuration, seed): _unpacked(hits, texts)
            for configuration, seed, texts, hits in session.execute(statement)
        }


def mean_of(store: Store, study: str, configuration: str, seeds: list[int]) -> np.ndarray:
    """The mean of what the finals of these seeds told, float64 [texts, classes]. StoreError in an archive."""
    statement = (
        select(FinalRow.test_texts, PredictionRow.probabilities)
        .join(RunRow, RunRow.id == FinalRow.run)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study, FinalRow.kind == "final", FinalRow.configuration == configuration)
        .where(RunRow.seed.in_(seeds))
        .order_by(RunRow.seed)
    )
    with store.session() as session:
        found = session.execute(statement).all()
    if any(_is_bits(probabilities, texts) for texts, probabilities in found):
        raise StoreError(
            f"study {study}: expected class probabilities to average, but this archive was made without; use the "
            "database that it is of, or archive that --with-predictions"
        )
    kept = [of_each_class(np.frombuffer(row.probabilities, "<f4").reshape(row.test_texts, -1)) for row in found]
    return weighted(kept, [1.0] * len(kept))


def averaged(store: Store, study: str) -> dict[str, tuple[int, int, int]]:
    """What one classifier of a configuration's seeds together tells: the mean of their class probabilities.

    Configuration → (seeds, texts told right, texts), where there are two seeds or more. No labels are kept: that
    of a text that no final told right is unknown where there are more than two classes, and counts as told wrong.
    """
    return {
        configuration: (seeds, int(right.sum()), len(right))
        for configuration, (seeds, right) in _together(store, study).items()
        if seeds > 1
    }


def as_bits(store: Store, study: str) -> dict[int, bytes]:
    """What an archive keeps in place of the probabilities of each final, by its id. As it is where it is bits
    already."""
    statement = (
        select(FinalRow.id, FinalRow.configuration, FinalRow.kind, FinalRow.test_texts, PredictionRow)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study)
        .order_by(FinalRow.id)
    )
    together = _together(store, study)
    found = {}
    with store.session() as session:
        for final, configuration, kind, texts, kept in session.execute(statement):
            if _is_bits(kept.probabilities, texts):
                found[final] = kept.probabilities
                continue
            alone = (1, _unpacked(kept.hits, texts))
            _, right = together.get(configuration, alone) if kind == "final" else alone
            label = _labels(kept.probabilities, kept.hits, texts)
            found[final] = np.packbits(right).tobytes() + (b"" if label is None else np.packbits(label).tobytes())
    return found


def _together(store: Store, study: str) -> dict[str, tuple[int, np.ndarray]]:
    """Of each configuration: how many seeds, and bool [texts], what their mean probabilities tell right. One that
    got further seeds after bits took the place of its probabilities is left out: nobody can tell."""
    statement = (
        select(FinalRow.configuration, FinalRow.test_texts, PredictionRow.probabilities, PredictionRow.hits)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study, FinalRow.kind == "final")
        .order_by(FinalRow.id)
    )
    sums: dict[str, np.ndarray] = {}
    kept: dict[str, np.ndarray] = {}
    seeds: Counter[str] = Counter()
    known = np.empty(0, np.int64)
    with store.session() as session:
        for configuration, texts, probabilities, hits in session.execute(statement):
            seeds[configuration] += 1
            if _is_bits(probabilities, texts):
                kept[configuration] = _unpacked(probabilities, texts)
                continue
            by_class = np.frombuffer(probabilities, "<f4").reshape(texts, -1).astype(np.float64)
            told = predicted_classes(by_class)
            right = _unpacked(hits, texts)
            known = known if len(known) == texts else np.full(texts, UNKNOWN)
            known = np.where(right, told, known)
            if by_class.shape[1] <= 2:
                known = np.where(right, told, 1 - told)
            sums[configuration] = sums.get(configuration, 0.0) + by_class
    counted = {name: predicted_classes(total / seeds[name]) == known for name, total in sums.items()}
    return {name: (seeds[name], (kept | counted)[name]) for name in kept.keys() ^ counted.keys()}


def confusions(store: Store, study: str, kind: str = "final") -> dict[tuple[str, int], np.ndarray]:
    """Each final's confusion matrix (results.metrics.classes): (configuration, seed) → int64 [classes, classes].

    A final that an older version scored is left out.
    """
    statement = (
        select(FinalRow.configuration, RunRow.seed, FinalRow.confusion)
        .join(RunRow, RunRow.id == FinalRow.run)
        .where(FinalRow.study == study, FinalRow.kind == kind, FinalRow.confusion.is_not(None))
        .order_by(FinalRow.id)
    )
    with store.session() as session:
        return {
            (configuration, seed): np.array(counts, np.int64)
            for configuration, seed, counts in session.execute(statement)
        }


def confused(store: Store, study: str) -> pd.DataFrame:
    """The confusion matrices as a frame: of each final and linear baseline, a row a pair of classes that occurs.

    configuration         str      fingerprint of a network's, kind of a baseline
    seed                  Int64    NA for a baseline
    label                 str      the class of the texts
    predicted             str      the class that they were taken for
    texts                 int64    of the test part
    """
    names = studies.terms(store, study)["corpus"]["classes"]
    matrices: list[tuple[str, int | None, np.ndarray]] = [
        (configuration, seed, counts) for (configuration, seed), counts in confusions(store, study).items()
    ]
    scored = frames.baselines(store, study)
    for kind, counts in zip(scored["kind"], scored["confusion"], strict=True):
        if counts is not None:
            matrices.append((kind, None, counts))
    rows = [
        (name, seed, names[label], names[predicted], counts[label, predicted])
        for name, seed, counts in matrices
        for label, predicted in np.argwhere(counts)
    ]
    return pd.DataFrame(rows, columns=list(CONFUSED)).astype(CONFUSED)


def labels(store: Store, study: str) -> np.ndarray | None:
    """Whether each test text is of the second of two classes: bool [texts], in the order of those in `correct`.

    No labels are kept, but a prediction and whether it was right give them. None without kept predictions, and for
    more classes than two.
    """
    statement = (
        select(FinalRow.test_texts, PredictionRow.probabilities, PredictionRow.hits)
        .join(PredictionRow, PredictionRow.final == FinalRow.id)
        .where(FinalRow.study == study)
        .order_by(FinalRow.id)
    )
    with store.session() as session:
        kept = session.execute(statement).first()
    if kept is None:
        return None
    texts, probabilities, hits = kept
    return _labels(probabilities, hits, texts)


def _labels(probabilities: bytes, hits: bytes, texts: int) -> np.ndarray | None:
    if _is_bits(probabilities, texts):
        second = probabilities[len(hits) :]
        return _unpacked(second, texts) if second else None
    by_class = np.frombuffer(probabilities, "<f4").reshape(texts, -1)
    if by_class.shape[1] > 2:
        return None
    told = by_class[:, 0] > 0.5 if by_class.shape[1] == 1 else by_class[:, 1] > by_class[:, 0]
    return np.asarray(told == _unpacked(hits, texts))


def _is_bits(probabilities: bytes, texts: int) -> bool:
    """Two bits a text at most are shorter than one float32 a text, whatever the texts."""
    return len(probabilities) < 4 * texts


def _unpacked(bits: bytes, texts: int) -> np.ndarray:
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=texts).astype(bool)
