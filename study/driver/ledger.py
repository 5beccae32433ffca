"""What the driver writes down, and nobody else: one transaction a fact, so that a kill loses no more than one."""

import json
import os
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from results.store.database import Store
from results.store.tables import (
    ConfigurationRow,
    CorpusRow,
    EpochRow,
    InvocationRow,
    RunRow,
    SplitRow,
    StudyTermsRow,
    TrialRunRow,
    insert_missing,
    now,
)
from search_spaces.architecture import Configuration, fingerprint_of
from search_spaces.description import in_words
from search_spaces.references import name_of
from study.corpus.prepared.prepared import Card
from study.corpus.prepared.splits import Split
from study.driver.states import States
from study.environment import environment, numeric_versions
from study.training.run import EpochMetrics, Run, State

_KEPT = tuple(name for name in EpochMetrics.__dataclass_fields__ if name != "own_parameters")  # of each epoch

WORTH_THE_DISK = 1.0
"""Seconds of an epoch from which its state and its row are to outlive a power cut: waiting for a disk takes some
hundredths of one. Shorter ones outlive a kill, and are trained again after a power cut that took them."""

# Building a statement takes longer than executing it, so those of every trial and epoch are built once.
_NEW_TRIAL = insert_missing(TrialRunRow.__table__, "study", "number")
_ONE_MORE = (
    update(TrialRunRow)
    .filter_by(study=bindparam("of_study"), number=bindparam("of_number"))
    .values(trained=TrialRunRow.trained + 1)
)
_NEW_CONFIGURATION = insert_missing(ConfigurationRow.__table__, "fingerprint")
_COUNTED = (
    update(ConfigurationRow)
    .where(ConfigurationRow.run_fingerprint == bindparam("of_run"))
    .values(parameters=bindparam("counted"))
)
_RUN = select(RunRow.id).filter_by(
    **{name: bindparam(name) for name in ("run_fingerprint", "seed", "corpus", "split")}
)
_NEW_RUN = insert(RunRow).returning(RunRow.id)
_NEW_SPLIT = insert_missing(SplitRow.__table__, "fingerprint")
_NEW_EPOCH = insert_missing(EpochRow.__table__, "run", "epoch")


class Ledger:
    """Writes and reads a store's rows on one corpus, and the states of its runs in the folder `states`."""

    def __init__(self, store: Store, card: Card, states: Path, epochs: int | None = None) -> None:
        self.store = store
        self.card = card
        self._states = States(states)
        self._epochs = epochs
        self._runs: dict[str, RunRow] = {}
        self._configurations: set[str] = set()
        self._splits: set[str] = set()
        self._without_epochs: set[str] = set()  # runs whose rows were made here
        self.invocation: int | None = None

    def begin(self, command: str) -> None:
        """Notes that a command began, on what, with what."""
        card = asdict(self.card) | {"notice": self.card.notice}
        row = InvocationRow(command=command, host=os.uname().nodename, pid=os.getpid(), environment=environment())
        with self.store.session() as session:
            session.merge(
                CorpusRow(
                    fingerprint=self.card.fingerprint,
                    name=self.card.name,
                    stand_in=self.card.stand_in,
                    card=card | {"classes": list(self.card.classes)},
                )
            )
            session.add(row)
        self.invocation = row.id

    def end(self, exit_status: int) -> None:
        """Notes how the command ended."""
        with self.store.session() as session:
            row = session.get_one(InvocationRow, self.invocation)
            row.ended, row.exit_status = now(), exit_status

    def terms(self, study: str) -> dict[str, Any] | None:
        """What the study was begun with; None for a new one."""
        with self.store.session() as session:
            row = session.get(StudyTermsRow, study)
            if row is None:
                return None
            corpus = session.get_one(CorpusRow, row.corpus)
            return {
                "corpus": row.corpus,
                "corpus_name": corpus.name,
                "corpus_texts": corpus.card["training_texts"] + corpus.card["test_texts"],
                "split_fingerprint": row.split,
                "split": session.get_one(SplitRow, row.split).split,
                **row.terms,
            }

    def begin_study(self, study: str, split: Split, terms: dict[str, Any]) -> None:
        """Notes what a new study is begun with."""
        self._keep_split(split)
        row = StudyTermsRow(name=study, corpus=self.card.fingerprint, split=split.fingerprint, terms=terms)
        with self.store.session() as session:
            session.add(row)

    # -- runs and epochs

    def run_id(self, run: Run) -> int:
        """The run's row, made where there is none."""
        return self._row(run).id

    def known_run(self, run: Run) -> int | None:
        """The run's row; None where there is none: to ask makes none."""
        if run.key in self._runs:
            return self._runs[run.key].id
        with self.store.session() as session:
            return session.scalar(_RUN, self._key(run))

    def epochs(self, run: Run) -> list[EpochMetrics]:
        """The metrics of the run's finished epochs, in order."""
        number = None if run.key in self._without_epochs else self.known_run(run)
        if number is None:
            return []
        with self.store.session() as session:
            rows = session.scalars(select(EpochRow).where(EpochRow.run == number).order_by(EpochRow.epoch))
            return [EpochMetrics(**{name: getattr(row, name) for name in _KEPT}) for row in rows]

    def record_epoch(self, run: Run, epoch: int, metrics: EpochMetrics, state: State, *, keep: bool) -> None:
        """Keeps an epoch: its state before its row is committed, so that no row's state is missing after a kill.

        A row that is there already stays. Unless `keep`, the state of the epoch before is dropped.
        """
        row = self._row(run)
        lasting = metrics.seconds >= WORTH_THE_DISK
        kept = {"run": row.id, "epoch": epoch, "finished": now()} | {
            name: getattr(metrics, name) for name in _KEPT
        }
        with self.store.transaction(lasting=lasting) as connection:
            connection.execute(_NEW_EPOCH, kept)
            if metrics.own_parameters is not None:
                counted = {"of_run": run.configuration.run_fingerprint, "counted": metrics.own_parameters}
                connection.execute(_COUNTED, counted)
            self.store.check_conditions(connection)  # a file is under no transaction
            self._states.save(row, epoch, state, lasting=lasting)
        self._without_epochs.discard(run.key)
        if not keep:
            self._states.drop(row, epoch - 1)

    def epoch_seconds(self) -> dict[str, float]:
        """Mean seconds of one epoch by `run_fingerprint`, of all runs on this corpus."""
        statement = (
            select(RunRow.run_fingerprint, func.avg(EpochRow.seconds))
            .join(EpochRow, EpochRow.run == RunRow.id)
            .where(RunRow.corpus == self.card.fingerprint)
            .group_by(RunRow.run_fingerprint)
        )
        with self.store.session() as session:
            return {fingerprint: float(seconds) for fingerprint, seconds in session.execute(statement)}

    def last_state(self, run: Run, at_most: int) -> tuple[int, State | None]:
        """The newest kept state up to that epoch, and its epoch: (0, None) where there is none to be read."""
        return self._states.last(self._row(run), at_most)

    def has_state(self, run: Run, epoch: int) -> bool:
        """Whether the state after that epoch is kept; it may be damaged all the same."""
        return self._states.path(self._row(run), epoch).is_file()

    def keep_last_state(self, run: Run, needed: set[int]) -> None:
        """Drops the states of the run's earlier epochs, but for those `needed`."""
        for epoch in set(range(1, len(self.epochs(run)))) - needed:
            self._states.drop(self._row(run), epoch)

    # -- trials

    def link_trial(self, study: str, number: int, run: Run) -> None:
        """Notes which run answers the trial, where that is not noted yet."""
        self.keep_configuration(run.configuration)
        linked = {"configuration": run.configuration.fingerprint, "run": self.run_id(run), "trained": 0}
        with self.store.transaction() as connection:
            connection.execute(_NEW_TRIAL, {"study": study, "number": number} | linked)

    def end_trial_with(self, study: str, number: int, configuration: Configuration) -> None:
        """Notes that the trial came to another number of epochs than it was begun with, of the same run."""
        self.keep_configuration(configuration)
        with self.store.transaction() as connection:
            where = TrialRunRow.study == study, TrialRunRow.number == number
            connection.execute(update(TrialRunRow).where(*where).values(configuration=configuration.fingerprint))

    def trial_configuration(self, study: str, number: int) -> Configuration | None:
        """The configuration noted for the trial, or None."""
        with self.store.session() as session:
            row = session.get(TrialRunRow, (study, number))
            if row is None:
                return None
            kept = session.get_one(ConfigurationRow, row.configuration)
            return Configuration.model_validate(kept.configuration)

    def judging(self, study: str) -> set[tuple[str, int]]:
        """Configuration and run of what judges the study's leaders on further seeds: numbers below 0."""
        statement = select(TrialRunRow.configuration, TrialRunRow.run).where(
            TrialRunRow.study == study, TrialRunRow.number < 0
        )
        with self.store.session() as session:
            return {(configuration, run) for configuration, run in session.execute(statement)}

    def count_trained(self, study: str, number: int) -> None:
        """Notes one more epoch trained for the trial."""
        with self.store.transaction() as connection:
            connection.execute(_ONE_MORE, {"of_study": study, "of_number": number})

    def keep_configuration(self, configuration: Configuration) -> None:
        """Keeps the configuration under its fingerprint."""
        if configuration.fingerprint in self._configurations:
            return
        row = {
            "fingerprint": configuration.fingerprint,
            "run_fingerprint": configuration.run_fingerprint,
            "configuration": configuration.model_dump(mode="json"),
            "words": in_words(configuration),
            "reference": self.reference_of(configuration),
            "parameters": self.parameters_of(configuration),
        }
        with self.store.transaction() as connection:
            connection.execute(_NEW_CONFIGURATION, row)
        self._configurations.add(configuration.fingerprint)

    def reference_of(self, configuration: Configuration, *, on_the_way: bool = False) -> str | None:
        """The id of the published network that it is, or None; see search_spaces.name_of. `on_the_way`: also where
        it is one of the book's after another number of epochs."""
        epochs = configuration.recipe.epochs if on_the_way else self._epochs
        return name_of(configuration, len(self.card.classes), epochs)

    def parameters_of(self, configuration: Configuration) -> int:
        """Trainable parameters of the configuration on this corpus; of a user's network 0 until it was trained."""
        if configuration.architecture.own:
            known = select(func.max(ConfigurationRow.parameters)).where(
                ConfigurationRow.run_fingerprint == configuration.run_fingerprint
            )
            with self.store.session() as session:
                return session.scalar(known) or 0
        rows = configuration.recipe.vocabulary_size or self.card.vocabulary_size
        return configuration.architecture.parameter_count(rows, len(self.card.classes))

    # -- inside

    def _keep_split(self, split: Split) -> None:
        if split.fingerprint in self._splits:
            return
        row = {"fingerprint": split.fingerprint, "words": split.words(), "split": asdict(split)}
        with self.store.transaction() as connection:
            connection.execute(_NEW_SPLIT, row)
        self._splits.add(split.fingerprint)

    def _key(self, run: Run) -> dict[str, Any]:
        return {
            "run_fingerprint": run.configuration.run_fingerprint + self._other_versions,
            "seed": run.seed,
            "corpus": self.card.fingerprint,
            "split": run.split.fingerprint,
        }

    def _row(self, run: Run) -> RunRow:
        if run.key not in self._runs:
            self._keep_split(run.split)
            key = self._key(run)
            with self.store.transaction() as connection:
                number = connection.scalar(_RUN, key)
                if number is None:
                    number = connection.scalar(_NEW_RUN, key)
                    self._without_epochs.add(run.key)
            self._runs[run.key] = RunRow(id=number, **key)
        return self._runs[run.key]

    @cached_property
    def _other_versions(self) -> str:
        """Empty under the versions that this database began with. Runs under others are other runs: no study
        shares their epochs across versions."""
        with self.store.session() as session:
            first = session.scalar(select(StudyTermsRow.terms).order_by(StudyTermsRow.begun).limit(1)) or {}
        now_used = numeric_versions()
        if first.get("versions", now_used) == now_used:
            return ""
        return f"@{fingerprint_of(json.dumps(now_used, sort_keys=True))[:8]}"
