"""The store as pandas frames with fixed columns and dtypes, also when nothing is kept yet.

Every function takes the store and a study's name and returns one frame. Accuracies are fractions, losses means a
text in nats, times seconds, memory MB (10^6 bytes); what does not exist (the validation of a run without a
validation part, the value of a failed trial) is NaN or NA.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from results.store import Store
from results.tables import (
    BaselineRow,
    ConfigurationRow,
    CorpusRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    PredictionRow,
    RunRow,
    SplitRow,
    StudyTermsRow,
    TestOpeningRow,
    TrialRunRow,
)

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

TRIALS = {
    "number": "int64",  # Optuna's number of the trial
    "state": "str",  # complete, pruned, fail, running or waiting
    "validation_accuracy": "float64",  # after its last epoch; NaN unless complete
    "reason": "str",  # why it was pruned or failed, else empty
    "configuration": "str",  # fingerprint
    "words": "str",  # the configuration in words
    "reference": "str",  # id of the published network it is, else empty
    "parameters": "Int64",  # trainable parameters of the network
    "seed": "Int64",
    "run": "Int64",
    "epochs": "Int64",  # epochs of its configuration
    "epochs_trained": "Int64",  # epochs trained for this trial; the others were in the store
    "started": "datetime64[us, UTC]",
    "completed": "datetime64[us, UTC]",
    "last_epoch": "Int64",  # the last that was reported to Optuna, however the trial ended
    "last_accuracy": "float64",  # its validation accuracy
}
EPOCHS = {
    "run": "int64",
    "run_fingerprint": "str",
    "seed": "int64",
    "split": "str",  # fingerprint of the split
    "epoch": "int64",  # from 1
    "train_loss": "float64",
    "train_accuracy": "float64",
    "validation_loss": "float64",
    "validation_accuracy": "float64",
    "seconds": "float64",
    "cpu_seconds": "float64",
    "peak_memory_mb": "float64",
    "worker": "str",
    "finished": "datetime64[us, UTC]",
}
FINALS = {
    "configuration": "str",
    "words": "str",
    "reference": "str",
    "parameters": "int64",
    "epochs": "int64",
    "run": "int64",
    "seed": "int64",
    "test_texts": "int64",
    "test_loss": "float64",
    "test_accuracy": "float64",
    "train_seconds": "float64",  # of the epochs of its configuration
    "train_cpu_seconds": "float64",
    "scored": "datetime64[us, UTC]",
}
BASELINES = {
    "kind": "str",
    "title": "str",
    "validation_accuracy": "float64",  # of the settings chosen by it
    "test_texts": "int64",
    "test_accuracy": "float64",
    "seconds": "float64",  # the choice of its settings included
}
BASELINE_TITLES = {"tf-idf": "TF-IDF + logistic regression", "nb-svm": "NB-SVM"}
INVOCATIONS = {
    "id": "int64",
    "command": "str",
    "host": "str",
    "started": "datetime64[us, UTC]",
    "ended": "datetime64[us, UTC]",
    "exit_status": "Int64",
    "test_openings": "int64",  # how often it read the sealed test part
}


def trials(store: Store, study: str, asked: "Sequence[FrozenTrial] | None" = None) -> pd.DataFrame:
    """One row a trial of Optuna's, in its order: columns TRIALS and `params`, a dict of the suggestions.

    `asked` is what `optuna_trials` gave, where it was read already.
    """
    kept = ConfigurationRow
    linked = (
        select(
            TrialRunRow.number, TrialRunRow.run, TrialRunRow.trained, RunRow.seed, TrialRunRow.configuration,
            kept.words, kept.reference, kept.parameters, kept.configuration["recipe"]["epochs"].as_integer(),
        )
        .join(kept, kept.fingerprint == TrialRunRow.configuration)
        .join(RunRow, RunRow.id == TrialRunRow.run)
        .where(TrialRunRow.study == study)
    )  # fmt: skip
    with store.session() as session:
        links = {link[0]: link for link in session.execute(linked)}
    rows = []
    for trial in optuna_trials(store, study) if asked is None else asked:
        last = max(trial.intermediate_values, default=None)
        row: dict[str, Any] = {
            "number": trial.number,
            "state": trial.state.name.lower(),
            "validation_accuracy": trial.value if trial.state.name == "COMPLETE" else None,
            "reason": trial.user_attrs.get("reason", ""),
            "started": trial.datetime_start,
            "completed": trial.datetime_complete,
            "last_epoch": last,
            "last_accuracy": None if last is None else trial.intermediate_values[last],
            "params": trial.params,
        }
        if trial.number in links:
            _, run, trained, seed, fingerprint, words, reference, parameters, epochs = links[trial.number]
            row |= {
                "configuration": fingerprint,
                "words": words,
                "reference": reference or "",
                "parameters": parameters,
                "seed": seed,
                "run": run,
                "epochs": epochs,
                "epochs_trained": trained,
            }
        rows.append(row)
    return _frame(rows, TRIALS, extra=("params",))


def epochs(store: Store, study: str) -> pd.DataFrame:
    """One row an epoch of every run that a trial or a final of the study rests on, by run and epoch."""
    runs = (
        select(TrialRunRow.run)
        .where(TrialRunRow.study == study)
        .union(select(FinalRow.run).where(FinalRow.study == study))
    )
    statement = (
        select(RunRow.run_fingerprint, RunRow.seed, RunRow.split, *EpochRow.__table__.columns)
        .join(EpochRow, EpochRow.run == RunRow.id)
        .where(RunRow.id.in_(runs))
        .order_by(EpochRow.run, EpochRow.epoch)
    )
    with store.session() as session:
        rows = _mappings(session.execute(statement))
    return _frame(rows, EPOCHS)


def finals(store: Store, study: str, kind: str = "final") -> pd.DataFrame:
    """One row a configuration and seed scored on the sealed test part, in the order they were scored.

    `kind` `reading` gives the epochs on the way of a reproduction, which are scored for their curves alone.
    """
    statement = (
        select(FinalRow, ConfigurationRow, RunRow.seed)
        .join(ConfigurationRow, ConfigurationRow.fingerprint == FinalRow.configuration)
        .join(RunRow, RunRow.id == FinalRow.run)
        .where(FinalRow.study == study, FinalRow.kind == kind)
        .order_by(FinalRow.id)
    )
    with store.session() as session:
        found = list(session.execute(statement))
        timed = select(EpochRow.run, EpochRow.epoch, EpochRow.seconds, EpochRow.cpu_seconds)
        times = pd.DataFrame(
            _mappings(session.execute(timed.where(EpochRow.run.in_([final.run for final, _, _ in found])))),
            columns=["run", "epoch", "seconds", "cpu_seconds"],
        )
    rows = []
    for final, kept, seed in found:
        planned = kept.configuration["recipe"]["epochs"]
        own = times[(times["run"] == final.run) & (times["epoch"] <= planned)]
        rows.append(
            {
                "configuration": kept.fingerprint,
                "words": kept.words,
                "reference": kept.reference or "",
                "parameters": kept.parameters,
                "epochs": planned,
                "run": final.run,
                "seed": seed,
                "test_texts": final.test_texts,
                "test_loss": final.test_loss,
                "test_accuracy": final.test_accuracy,
                "train_seconds": own["seconds"].sum(),
                "train_cpu_seconds": own["cpu_seconds"].sum(),
                "scored": final.scored,
            }
        )
    return _frame(rows, FINALS)


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


def baselines(store: Store, study: str) -> pd.DataFrame:
    """One row a linear baseline, in the order they were scored: columns BASELINES, `settings`, a dict, and `hits`,
    which test texts it told right, bool [texts], in the order of the texts in `correct`."""
    statement = select(BaselineRow).where(BaselineRow.study == study).order_by(BaselineRow.id)
    with store.session() as session:
        rows = [
            {column.key: getattr(row, column.key) for column in BaselineRow.__table__.columns}
            | {
                "title": BASELINE_TITLES.get(row.kind, row.kind),
                "hits": np.unpackbits(np.frombuffer(row.hits, np.uint8), count=row.test_texts).astype(bool),
            }
            for row in session.scalars(statement)
        ]
    return _frame(rows, BASELINES, extra=("settings", "hits"))


def invocations(store: Store) -> pd.DataFrame:
    """One row a command that wrote to this database, oldest first: columns INVOCATIONS and `environment`."""
    with store.session() as session:
        opened = list(session.scalars(select(TestOpeningRow.invocation)))
        rows = [
            {column.key: getattr(row, column.key) for column in InvocationRow.__table__.columns}
            | {"test_openings": opened.count(row.id)}
            for row in session.scalars(select(InvocationRow).order_by(InvocationRow.id))
        ]
    return _frame(rows, INVOCATIONS, extra=("environment",))


def study_names(store: Store) -> list[str]:
    """The studies in this database, the newest first."""
    with store.session() as session:
        return list(session.scalars(select(StudyTermsRow.name).order_by(StudyTermsRow.begun.desc())))


def terms(store: Store, study: str) -> dict[str, Any]:
    """What the study was begun with: `corpus` (its card), `split` (in words), `terms`, `begun`."""
    statement = (
        select(StudyTermsRow, CorpusRow.card, SplitRow.words)
        .join(CorpusRow, CorpusRow.fingerprint == StudyTermsRow.corpus)
        .join(SplitRow, SplitRow.fingerprint == StudyTermsRow.split)
        .where(StudyTermsRow.name == study)
    )
    with store.session() as session:
        row, card, split = session.execute(statement).one()
        return {"corpus": card, "split": split, "terms": row.terms, "begun": row.begun}


def optuna_trials(store: Store, study: str) -> "list[FrozenTrial]":
    """Optuna's trials of the study, by number; none where it ended before Optuna's study was made."""
    import optuna

    storage = store.optuna_storage()
    try:
        return optuna.load_study(study_name=study, storage=storage).get_trials(deepcopy=False)
    except KeyError:  # ended between noting its terms and Optuna's study: begun, without trials
        return []
    finally:
        storage.remove_session()


def _mappings(result: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in result]


def _frame(rows: list[dict[str, Any]], dtypes: Mapping[str, Any], extra: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*dtypes, *extra])
    for column, dtype in dtypes.items():
        if dtype == "str":
            frame[column] = frame[column].astype("object").fillna("").astype("str")  # floats where no row has it
        elif dtype.startswith("datetime64"):
            frame[column] = pd.to_datetime(frame[column], utc=True).astype(dtype)
        else:
            frame[column] = frame[column].astype(dtype)
    return frame


__all__ = [
    "baselines",
    "correct",
    "epochs",
    "finals",
    "invocations",
    "labels",
    "optuna_trials",
    "study_names",
    "terms",
    "trials",
]
