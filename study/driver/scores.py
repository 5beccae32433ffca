"""What the test part said of a study, as rows: each reading before it happens, finals, baselines, averages."""

from typing import Any

import numpy as np
from sqlalchemy import func, select

from results.store.tables import AverageRow, BaselineRow, FinalRow, PredictionRow, TestOpeningRow
from study.driver.ledger import Ledger
from study.training.linear.baselines import BaselineResult
from study.training.run import Run


class Scores:
    """Writes and reads the scores of one study; runs and configurations are the ledger's."""

    def __init__(self, study: str, ledger: Ledger) -> None:
        self._study = study
        self._ledger = ledger

    def is_scored(self, run: Run) -> bool:
        """Whether the study has this final's score."""
        number = self._ledger.known_run(run)
        if number is None:
            return False
        key = {"study": self._study, "configuration": run.configuration.fingerprint, "run": number}
        with self._ledger.store.session() as session:
            return session.scalar(select(FinalRow.id).filter_by(**key)) is not None

    def best_score(self) -> float | None:
        """The highest test accuracy of the study's finals so far."""
        with self._ledger.store.session() as session:
            return session.scalar(
                select(func.max(FinalRow.test_accuracy)).filter_by(study=self._study, kind="final")
            )

    def record_opening(self, run: Run | None, purpose: str) -> None:
        """Notes that the sealed test part is about to be read, for no run where a baseline reads it."""
        row = TestOpeningRow(invocation=self._ledger.invocation, purpose=purpose)
        if run is not None:
            self._ledger.keep_configuration(run.configuration)
            row.configuration, row.run = run.configuration.fingerprint, self._ledger.run_id(run)
        with self._ledger.store.session() as session:
            session.add(row)

    def record_final(
        self,
        run: Run,
        kind: str,
        scores: tuple[float, float],
        found: np.ndarray,
        hits: np.ndarray,
        confusion: np.ndarray,
    ) -> None:
        """Keeps a final: `scores` are test loss and accuracy, `found` the probabilities [texts, 1 or classes],
        `hits` bool [texts], whether each text was told right, `confusion` their counts by class."""
        loss, accuracy = scores
        row = FinalRow(
            study=self._study,
            configuration=run.configuration.fingerprint,
            run=self._ledger.run_id(run),
            kind=kind,
            test_texts=len(found),
            test_loss=loss,
            test_accuracy=accuracy,
            confusion=confusion.tolist(),
        )
        with self._ledger.store.session() as session:
            session.add(row)
            session.flush()
            kept = {"probabilities": found.astype("<f4").tobytes(), "hits": np.packbits(hits).tobytes()}
            session.add(PredictionRow(final=row.id, **kept))

    def has_baseline(self, kind: str) -> bool:
        """Whether the study has this baseline's score."""
        with self._ledger.store.session() as session:
            return session.scalar(select(BaselineRow.id).filter_by(study=self._study, kind=kind)) is not None

    def record_baseline(self, result: BaselineResult) -> None:
        """Keeps a baseline."""
        row = BaselineRow(
            study=self._study,
            kind=result.kind,
            settings=result.settings,
            validation_accuracy=result.validation_accuracy,
            test_texts=len(result.hits),
            test_accuracy=result.test_accuracy,
            hits=np.packbits(result.hits).tobytes(),
            seconds=result.seconds,
            confusion=result.confusion.tolist(),
        )
        with self._ledger.store.session() as session:
            session.add(row)

    def has_average(self, candidates: str) -> bool:
        """Whether the study has the score of an average chosen among these candidates."""
        key = {"study": self._study, "candidates": candidates}
        with self._ledger.store.session() as session:
            return session.scalar(select(AverageRow.id).filter_by(**key)) is not None

    def record_average(
        self,
        candidates: str,
        members: dict[str, Any],
        cpu_seconds: dict[str, float],
        validation_accuracy: float,
        hits: np.ndarray,
        confusion: np.ndarray,
    ) -> None:
        """Keeps an average: see store.tables.AverageRow; `hits` bool [texts]."""
        row = AverageRow(
            study=self._study,
            candidates=candidates,
            members=members,
            cpu_seconds=cpu_seconds,
            validation_accuracy=validation_accuracy,
            test_texts=len(hits),
            test_accuracy=float(hits.mean()),
            hits=np.packbits(hits).tobytes(),
            confusion=confusion.tolist(),
        )
        with self._ledger.store.session() as session:
            session.add(row)
