"""What a study's chosen network comes to without one of its elements at a time, read back.

The runs stand in `trial_runs` under a name of their own, in whose terms is which network they are of; any study of
this database that searched it on the same split of the same corpus shows them.
"""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from results.store.database import Store
from results.store.tables import ConfigurationRow, EpochRow, RunRow, StudyTermsRow, TrialRunRow

TRAINED = {
    "configuration": "str",
    "title": "str",  # the element that is left out; empty for the whole network
    "words": "str",
    "parameters": "int64",
    "seed": "int64",
    "validation_accuracy": "float64",  # after the last epoch
    "epochs": "int64",
    "seconds": "float64",  # of all its epochs
    "cpu_seconds": "float64",
}


@dataclass(frozen=True)
class Ablation:
    """`whole`: the fingerprint of the network. `planned` runs, of which those `trained` to their end are the rows;
    columns TRAINED."""

    whole: str
    planned: int
    trained: pd.DataFrame


def read(store: Store, study: str) -> Ablation | None:
    """The newest ablation of a network of the study; None where there is none."""
    name = newest(store, study)
    if name is None:
        return None
    kept = ConfigurationRow
    statement = (
        select(TrialRunRow, RunRow.seed, kept.configuration, kept.words, kept.parameters)
        .join(RunRow, RunRow.id == TrialRunRow.run)
        .join(kept, kept.fingerprint == TrialRunRow.configuration)
        .where(TrialRunRow.study == name)
        .order_by(TrialRunRow.number)
    )
    rows = []
    with store.session() as session:
        asked = session.get_one(StudyTermsRow, name).terms["ablation"]
        for trial, seed, configuration, words, parameters in session.execute(statement):
            epochs = configuration["recipe"].get("epochs", 3)
            own = list(
                session.scalars(select(EpochRow).where(EpochRow.run == trial.run, EpochRow.epoch <= epochs))
            )
            last = next((epoch for epoch in own if epoch.epoch == epochs), None)
            if last is not None:
                spent = (sum(epoch.seconds for epoch in own), sum(epoch.cpu_seconds for epoch in own))
                title = asked["elements"].get(trial.configuration, "")
                known = (trial.configuration, title, words, parameters, seed)
                rows.append((*known, last.validation_accuracy, epochs, *spent))
        planned = asked["seeds"] * (1 + len(asked["elements"]))
    return Ablation(asked["configuration"], planned, pd.DataFrame(rows, columns=list(TRAINED)).astype(TRAINED))


def newest(store: Store, study: str) -> str | None:
    """The name that the runs of the newest one stand under."""
    with store.session() as session:
        own = session.get(StudyTermsRow, study)
        if own is None:
            return None
        searched = set(session.scalars(select(TrialRunRow.configuration).where(TrialRunRow.study == study)))
        same = (
            select(StudyTermsRow)
            .where(StudyTermsRow.corpus == own.corpus, StudyTermsRow.split == own.split)
            .order_by(StudyTermsRow.begun.desc())
        )
        return next(
            (
                row.name
                for row in session.scalars(same)
                if row.terms.get("ablation", {}).get("configuration") in searched
            ),
            None,
        )
