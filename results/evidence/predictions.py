"""What each final told of each test text: arrays, in the order of the texts of the test part."""

import numpy as np
from sqlalchemy import select

from results.store.database import Store
from results.store.tables import FinalRow, PredictionRow, RunRow


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
            (configuration, seed): np.unpackbits(np.frombuffer(hits, np.uint8), count=texts).astype(bool)
            for configuration, seed, texts, hits in session.execute(statement)
        }


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
    by_class = np.frombuffer(probabilities, "<f4").reshape(texts, -1)
    if by_class.shape[1] > 2:
        return None
    told = by_class[:, 0] > 0.5 if by_class.shape[1] == 1 else by_class[:, 1] > by_class[:, 0]
    right = np.unpackbits(np.frombuffer(hits, np.uint8), count=texts).astype(bool)
    return np.asarray(told == right)
