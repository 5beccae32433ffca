"""The store as pandas frames with fixed columns and dtypes, also when nothing is kept yet.

Public: docs/notebook.md uses it. Every function takes the store and a study's name and returns one frame.
Accuracies are fractions, losses means a text in nats, times seconds, memory MB (10^6 bytes); what does not exist
(the validation of a run without a validation part, the value of a failed trial) is NaN or NA.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from results.evidence import studies
from results.evidence.columns import BASELINE_TITLES as BASELINE_TITLES
from results.evidence.columns import BASELINES as BASELINES
from results.evidence.columns import EPOCHS as EPOCHS
from results.evidence.columns import FINALS as FINALS
from results.evidence.columns import INVOCATIONS as INVOCATIONS
from results.evidence.columns import TRIALS as TRIALS
from results.metrics.classes import balanced_accuracy, macro_f1
from results.metrics.objectives import Objective, reported
from results.store.database import Store
from results.store.tables import (
    BaselineRow,
    ConfigurationRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    RunRow,
    TestOpeningRow,
    TrialRunRow,
)

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


def trials(
    store: Store, study: str, known: "tuple[Sequence[FrozenTrial], Sequence[Objective]] | None" = None
) -> pd.DataFrame:
    """One row a trial of Optuna's, in its order. `known` is what `searched` gave, where it was called already.

    number                int64    Optuna's number, from 0
    state                 str      complete, pruned, fail, running or waiting
    validation_accuracy   float64  fraction, after its last epoch; NaN unless complete
    reason                str      why it was pruned or failed, else empty
    configuration         str      fingerprint; empty while it waits
    words                 str      the configuration in words
    reference             str      id of the reference network it is, else empty
    parameters            Int64    trainable parameters of the network
    seed                  Int64
    run                   Int64    joins with `epochs`
    epochs                Int64    epochs of its configuration
    epochs_trained        Int64    epochs trained for this trial; the others were in the store
    last_epoch            Int64    the last it reported, however it ended
    validation_loss       float64  as validation_accuracy, mean a text, nats
    validation_balanced_accuracy  float64  fraction, likewise
    validation_macro_f1   float64  fraction, likewise
    cpu_seconds_an_epoch  float64  of its fastest epoch, validation included; NaN unless complete
    started, completed    datetime64[us, UTC]
    params                object   dict of what the search suggested
    """
    links = links_of(store, study)
    of_run: dict[int, list[Any]] = {}
    for epoch in epochs(store, study).to_dict("records"):
        of_run.setdefault(epoch["run"], []).append(epoch)
    asked, objectives = known or studies.searched(store, study)
    rows = []
    for trial in asked:
        row: dict[str, Any] = {
            "number": trial.number,
            "state": trial.state.name.lower(),
            "reason": trial.user_attrs.get("reason", ""),
            "started": trial.datetime_start,
            "completed": trial.datetime_complete,
            "last_epoch": max(reported(trial), default=None),
            "params": trial.params,
        }
        row |= links.get(trial.number, {})
        if trial.state.name == "COMPLETE":
            row |= _metrics_after(of_run.get(row.get("run", 0), [])[: row.get("epochs", 0)])
            told = zip(objectives, trial.values, strict=True)
            row |= {each.column: value for each, value in told if each.column != "parameters"}
        rows.append(row)
    searched = {each.column: "float64" for each in objectives if each.column not in TRIALS}
    return framed(rows, TRIALS | searched, extra=("params",))


def epochs(store: Store, study: str) -> pd.DataFrame:
    """One row an epoch of every run that a trial or a final of the study rests on, by run and epoch.

    run                   int64    joins with `trials` and `finals`
    run_fingerprint       str      of the configuration without its number of epochs
    seed                  int64
    split                 str      fingerprint of the split
    epoch                 int64    from 1
    train_loss            float64  mean a text, nats, while dropout is at work
    train_accuracy        float64  fraction
    validation_loss       float64  mean a text, nats; NaN without a validation part, as in finals
    validation_accuracy   float64  fraction; NaN likewise
    validation_balanced_accuracy  float64  fraction; NaN also where an older version trained the epoch
    validation_macro_f1   float64  fraction; NaN likewise
    seconds, cpu_seconds  float64
    peak_memory_mb        float64  of its worker, 10^6 bytes
    worker                str
    finished              datetime64[us, UTC]
    """
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
    return framed(rows, EPOCHS)


def finals(store: Store, study: str, kind: str = "final") -> pd.DataFrame:
    """One row a configuration and seed scored on the sealed test part, in the order they were scored.

    `kind` `reading` gives the epochs on the way of a reproduction, which are scored for their curves alone.

    configuration         str      fingerprint
    words                 str      the configuration in words
    reference             str      id of the reference network it is, else empty
    parameters            int64    trainable parameters of the network
    epochs                int64    it was trained for
    run                   int64    joins with `epochs`
    seed                  int64
    test_texts            int64    scored
    test_loss             float64  mean a text, nats
    test_accuracy         float64  fraction
    test_balanced_accuracy  float64  fraction; NaN where an older version scored it
    test_macro_f1         float64  fraction; NaN likewise
    train_seconds         float64  of the epochs of its configuration together
    train_cpu_seconds     float64
    scored                datetime64[us, UTC]
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
                **_test_metrics(final.confusion),
                "train_seconds": own["seconds"].sum(),
                "train_cpu_seconds": own["cpu_seconds"].sum(),
                "scored": final.scored,
            }
        )
    return framed(rows, FINALS)


def links_of(store: Store, study: str) -> dict[int, dict[str, Any]]:
    """Of each trial that has a run, by number: the columns that are its run's and its configuration's."""
    kept = ConfigurationRow
    linked = (
        select(
            TrialRunRow.number,
            kept.fingerprint.label("configuration"),
            kept.words,
            func.coalesce(kept.reference, "").label("reference"),
            kept.parameters,
            RunRow.seed,
            TrialRunRow.run,
            kept.configuration["recipe"]["epochs"].as_integer().label("epochs"),
            TrialRunRow.trained.label("epochs_trained"),
        )
        .join(kept, kept.fingerprint == TrialRunRow.configuration)
        .join(RunRow, RunRow.id == TrialRunRow.run)
        .where(TrialRunRow.study == study)
    )
    with store.session() as session:
        return {row["number"]: row for row in _mappings(session.execute(linked))}


def _metrics_after(trained: list[Any]) -> dict[str, float]:
    """The validation metrics after the last of a run's epochs, and the CPU seconds of the fastest of them."""
    if not trained:
        return {}
    last = {name: trained[-1][name] for name in TRIALS if name in EPOCHS and name.startswith("validation_")}
    return last | {"cpu_seconds_an_epoch": min(epoch["cpu_seconds"] for epoch in trained)}


def _test_metrics(confusion: list[list[int]] | None) -> dict[str, float]:
    if confusion is None:
        return {}
    counts = np.array(confusion, np.int64)
    return {"test_balanced_accuracy": balanced_accuracy(counts), "test_macro_f1": macro_f1(counts)}


def baselines(store: Store, study: str) -> pd.DataFrame:
    """One row a linear baseline, in the order they were scored.

    kind                  str      tf-idf or nb-svm
    title                 str
    validation_accuracy   float64  fraction, of the settings chosen by it
    test_texts            int64    scored
    test_accuracy         float64  fraction
    seconds               float64  the choice of its settings included
    settings              object   dict
    hits                  object   which test texts it told right, bool [texts], as evidence.predictions.correct
    confusion             object   int64 [classes, classes]; None where an older version scored it
    """
    statement = select(BaselineRow).where(BaselineRow.study == study).order_by(BaselineRow.id)
    with store.session() as session:
        rows = [
            {column.key: getattr(row, column.key) for column in BaselineRow.__table__.columns}
            | {
                "title": BASELINE_TITLES.get(row.kind, row.kind),
                "hits": np.unpackbits(np.frombuffer(row.hits, np.uint8), count=row.test_texts).astype(bool),
                "confusion": None if row.confusion is None else np.array(row.confusion, np.int64),
            }
            for row in session.scalars(statement)
        ]
    return framed(rows, BASELINES, extra=("settings", "hits", "confusion"))


def invocations(store: Store) -> pd.DataFrame:
    """One row a command that wrote to this database, oldest first.

    id                    int64
    command, host         str
    started, ended        datetime64[us, UTC]; `ended` NaT while it runs, or where it was killed
    exit_status           Int64    NA likewise
    test_openings         int64    how often it read the sealed test part
    test_openings_again   int64    how many of these repeated an earlier one
    environment           object   dict of versions, machine and commit
    """
    opened = TestOpeningRow
    noted = select(opened.invocation, opened.configuration, opened.run, opened.purpose).order_by(opened.id)
    with store.session() as session:
        openings = pd.DataFrame(
            _mappings(session.execute(noted)),
            columns=["invocation", "configuration", "run", "purpose"],
        )
        again = openings.loc[openings.duplicated(["configuration", "run", "purpose"]), "invocation"].tolist()
        opened_by = openings["invocation"].tolist()
        rows = [
            {column.key: getattr(row, column.key) for column in InvocationRow.__table__.columns}
            | {"test_openings": opened_by.count(row.id), "test_openings_again": again.count(row.id)}
            for row in session.scalars(select(InvocationRow).order_by(InvocationRow.id))
        ]
    return framed(rows, INVOCATIONS, extra=("environment",))


def _mappings(result: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in result]


def framed(rows: list[dict[str, Any]], dtypes: Mapping[str, Any], extra: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*dtypes, *extra])
    for column, dtype in dtypes.items():
        if dtype == "str":
            frame[column] = frame[column].astype("object").fillna("").astype("str")  # floats where no row has it
        elif dtype.startswith("datetime64"):
            frame[column] = pd.to_datetime(frame[column], utc=True).astype(dtype)
        else:
            frame[column] = frame[column].astype(dtype)
    return frame
