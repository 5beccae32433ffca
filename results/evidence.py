"""What one report rests on, read once: a study's frames, its terms, and what its configurations are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from results import frames
from results.claims import REVIEWS
from results.drawing import records
from results.store import Store, StoreError
from results.tables import ConfigurationRow
from search_spaces import BOOK, REFERENCES, Architecture

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

REPORTED = {"number": "int64", "epoch": "int64", "validation_accuracy": "float64"}
_TITLES = {reference.id: reference.title for reference in REFERENCES}
_BOOK_IDS = [reference.id for reference in BOOK]


@dataclass(frozen=True)
class Evidence:
    """`asked` are Optuna's trials, `reported` has one row a trial that reported anything: its last epoch and
    validation accuracy (REPORTED). `correct` says which test texts each final told right, by configuration and
    seed (results.frames.correct), `labels` which test texts are of the second of two classes
    (results.frames.labels). `recipes` and `titles` are by the fingerprint of a configuration, the titles in the
    order to show them; `architectures` are those of the scored configurations, the book's, and the best found.
    `database` is the address of the store, without its password."""

    study: str
    card: dict[str, Any]
    split: str
    terms: dict[str, Any]
    trials: pd.DataFrame
    epochs: pd.DataFrame
    finals: pd.DataFrame
    correct: dict[tuple[str, int], np.ndarray]
    baselines: pd.DataFrame
    invocations: pd.DataFrame
    reported: pd.DataFrame
    recipes: dict[str, dict[str, Any]]
    titles: dict[str, str]
    best: str | None
    labels: np.ndarray | None = None
    asked: "Sequence[FrozenTrial]" = ()
    architectures: Mapping[str, Architecture] = field(default_factory=dict)
    database: str = ""

    @property
    def on_the_reviews(self) -> bool:
        """Whether the corpus can be the published set, so that published figures apply: by its kind and size."""
        sizes = (self.card["training_texts"], self.card["test_texts"])
        return not self.card["stand_in"] and sizes == (REVIEWS, REVIEWS)


def gather(store: Store, study: str | None = None) -> Evidence:
    """All that is kept of a study, by default the newest. Raises StoreError where there is no such study."""
    name = _chosen(store, study)
    begun = frames.terms(store, name)
    asked = frames.optuna_trials(store, name)
    trials = frames.trials(store, name, asked)
    finals = frames.finals(store, name)
    best = best_found(trials)
    kept = _configurations(store, {*trials["configuration"], *finals["configuration"]})
    book = trials.loc[trials["reference"].isin(_BOOK_IDS), "configuration"]
    return Evidence(
        study=name,
        card=begun["corpus"],
        split=begun["split"],
        terms=begun["terms"],
        trials=trials,
        epochs=frames.epochs(store, name),
        finals=finals,
        correct=frames.correct(store, name),
        baselines=frames.baselines(store, name),
        invocations=frames.invocations(store),
        reported=_last_reported(trials),
        recipes={fingerprint: parts.get("recipe", {}) for fingerprint, parts in kept.items()},
        titles=titles_of(trials, finals, best),
        best=best,
        labels=frames.labels(store, name),
        asked=asked,
        architectures={
            fingerprint: Architecture.model_validate(kept[fingerprint]["architecture"])
            for fingerprint in dict.fromkeys([*finals["configuration"], *book, *([best] if best else [])])
            if "architecture" in kept.get(fingerprint, {})
        },
        database=store.url,
    )


def distinct(trials: pd.DataFrame) -> pd.DataFrame:
    """One row a configuration with complete trials, the best first: the mean validation accuracy of its seeds.

    Columns: configuration, words, reference, parameters, epochs, number (its first trial), n (trials that ended
    there), seeds, validation_accuracy. A seed that was asked for twice counts once. Ties go to the older trial.
    """
    complete = trials[trials["validation_accuracy"].notna() & (trials["configuration"] != "")]
    once = complete.drop_duplicates(["configuration", "run"])
    same = once.groupby("configuration", sort=False)
    frame = same.agg(
        words=("words", "first"),
        reference=("reference", "first"),
        parameters=("parameters", "first"),
        epochs=("epochs", "first"),
        number=("number", "first"),
        seeds=("run", "size"),
        validation_accuracy=("validation_accuracy", "mean"),
    ).reset_index()
    frame["n"] = frame["configuration"].map(complete["configuration"].value_counts())
    return frame.sort_values("validation_accuracy", ascending=False, kind="stable", ignore_index=True)


def best_found(trials: pd.DataFrame) -> str | None:
    """The configuration with the highest validation accuracy, None while no trial is complete."""
    ranked = distinct(trials)
    return str(ranked["configuration"].iloc[0]) if len(ranked) else None


def titles_of(trials: pd.DataFrame, finals: pd.DataFrame, best: str | None) -> dict[str, str]:
    """A short unique title for every configuration: the book's networks in its order, the best found, the rest."""
    columns = ["configuration", "reference", "epochs"]
    known = pd.concat([trials[[*columns, "number"]], finals[columns]])
    known = known[known["configuration"] != ""].drop_duplicates("configuration")
    places = known["reference"].map({name: place for place, name in enumerate(_BOOK_IDS)})
    chosen = {*finals["configuration"], best}  # whatever else reached the finals was found by the search
    is_best = known["configuration"].isin(chosen)
    place = places.fillna(is_best.map({True: len(_BOOK_IDS), False: len(_BOOK_IDS) + 1}))
    titles: dict[str, str] = {}
    taken: set[str] = set()
    for row in records(known.assign(place=place).sort_values("place", kind="stable")):
        title = _title(row, row.configuration in chosen, taken)
        titles[str(row.configuration)] = title
        taken.add(title)
    return titles


def _title(row: Any, chosen: bool, taken: set[str]) -> str:
    number = f"trial {row.number:.0f}" if pd.notna(row.number) else f"configuration {row.configuration[:6]}"
    if not row.reference:
        return f"Best found ({number})" if chosen else number.capitalize()
    title = _TITLES.get(row.reference, row.reference)
    longer = f"{title}, {row.epochs} epochs"
    return next(name for name in (title, longer, f"{longer}, {number}") if name not in taken)


def _chosen(store: Store, study: str | None) -> str:
    names = frames.study_names(store)
    if not names:
        raise StoreError(f"{store.url}: expected a study in this database, got none; `study run` starts one")
    if study is not None and study not in names:
        raise StoreError(f"expected the name of a study, got {study!r}; known: {', '.join(sorted(names))}")
    return study or names[0]


def _last_reported(trials: pd.DataFrame) -> pd.DataFrame:
    reported = trials.loc[trials["last_epoch"].notna(), ["number", "last_epoch", "last_accuracy"]]
    return reported.set_axis(list(REPORTED), axis=1).astype(REPORTED).reset_index(drop=True)


def _configurations(store: Store, fingerprints: set[str]) -> dict[str, dict[str, Any]]:
    statement = select(ConfigurationRow.fingerprint, ConfigurationRow.configuration)
    with store.session() as session:
        return {
            fingerprint: kept for fingerprint, kept in session.execute(statement) if fingerprint in fingerprints
        }


__all__ = ["Evidence", "best_found", "distinct", "gather", "titles_of"]
