"""A study of the chapter's open questions read back: an accuracy of the validation part after every epoch."""

from typing import Any

import pandas as pd
from sqlalchemy import select

from results.evidence import frames
from results.evidence.studies import begun_with
from results.store.database import Store
from results.store.tables import ConfigurationRow, TrialRunRow
from search_spaces.architecture import Architecture, Recipe
from search_spaces.questions import NETWORKS, network_of

READINGS = {
    "network": "str",  # id in search_spaces.questions
    "title": "str",
    "words": "str",
    "parameters": "int64",
    "seed": "int64",
    "epoch": "int64",  # from 1
    "validation_accuracy": "float64",
    "train_accuracy": "float64",
    "seconds": "float64",
}
EVERY = 0
_TITLES = {network.id: network.title for network in NETWORKS}


def last_epoch(store: Store, study: str) -> int | None:
    """The epoch that the answers are taken at; None for a study that asks no questions."""
    terms = begun_with(store, study) or {}
    return int(terms["questions"]["epochs"]) if "questions" in terms else None


def readings(store: Store, study: str) -> pd.DataFrame:
    """One row an epoch of every run of a study of questions, where the learning rate falls of its last epoch
    alone: what a run of another length would come to is not seen on the way. Columns READINGS. Empty for other
    studies."""
    last = last_epoch(store, study)
    if last is None:
        return pd.DataFrame(columns=list(READINGS)).astype(READINGS)
    kept = ConfigurationRow
    linked = (
        select(TrialRunRow.run, kept.configuration, kept.words, kept.parameters)
        .join(kept, kept.fingerprint == TrialRunRow.configuration)
        .where(TrialRunRow.study == study)
        .order_by(TrialRunRow.number)
    )
    with store.session() as session:
        rows = [
            (run, _network(configuration), words, parameters, _read_off(Recipe(**configuration["recipe"])))
            for run, configuration, words, parameters in session.execute(linked)
        ]
    runs = pd.DataFrame(rows, columns=["run", "network", "words", "parameters", "read_off"])
    runs["title"] = runs["network"].map(_TITLES)
    found = runs.merge(frames.epochs(store, study), on="run")
    found = found[found["epoch"] <= last]  # another study of this database may have trained the run further
    found = found[(found["read_off"] == EVERY) | (found["epoch"] == found["read_off"])]
    return found[list(READINGS)].astype(READINGS).reset_index(drop=True)


def _read_off(recipe: Recipe) -> int:
    """The epoch that a run of the recipe is read off after; EVERY at a constant rate."""
    return EVERY if recipe.schedule == "constant" else recipe.epochs


def _network(configuration: dict[str, Any]) -> str:
    architecture = Architecture.model_validate(configuration["architecture"])
    return network_of(architecture).id
