"""The average of several of a study's models, as it was scored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from results.store.database import Store
from results.store.tables import AverageRow


@dataclass(frozen=True)
class Kept:
    """The newest average of a study; columns as in store.tables.AverageRow, `hits` bool [texts], `confusion` int64
    [classes, classes]."""

    networks: list[dict[str, Any]]
    linear: list[dict[str, Any]]
    cpu_seconds: dict[str, float]
    validation_accuracy: float
    test_accuracy: float
    hits: np.ndarray
    confusion: np.ndarray

    @property
    def classifiers(self) -> int:
        """How many networks and linear models predict each text."""
        return sum(len(each["seeds"]) for each in self.networks) + len(self.linear)


def kept(store: Store, study: str) -> Kept | None:
    """What was scored last; None where nothing was."""
    statement = select(AverageRow).where(AverageRow.study == study).order_by(AverageRow.id.desc()).limit(1)
    with store.session() as session:
        row = session.scalar(statement)
    if row is None:
        return None
    hits = np.unpackbits(np.frombuffer(row.hits, np.uint8), count=row.test_texts).astype(bool)
    members = row.members["networks"], row.members["linear"]
    accuracies = row.validation_accuracy, row.test_accuracy
    return Kept(*members, row.cpu_seconds, *accuracies, hits, np.array(row.confusion, np.int64))
