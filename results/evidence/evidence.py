"""What one report rests on, read once: a study's frames, its terms, and what its configurations are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from results.evidence import ablations, averages, frames, predictions, studies
from results.evidence.ranking import best_found, distinct, judged, winner_of
from results.metrics.objectives import ACCURACY, Objective, reported
from results.presentation.table import records
from results.store.database import Store
from results.store.schema import StoreError
from results.store.tables import ConfigurationRow, FinalRow, RunRow
from search_spaces import BOOK_IDS, REFERENCES, REVIEWS, Architecture, Configuration

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from results.statistics.published import Verdict

MOST_REMOVED = REVIEWS // 100
"""Training texts that may lack because they are in the test half too."""
_TITLES = {reference.id: reference.title for reference in REFERENCES}


@dataclass(frozen=True)
class Evidence:
    """`objectives` is what was searched for, the leading one first. `judged` are the trials and the leaders'
    further seeds (evidence.ranking.judged). `asked` are Optuna's trials; `reported` has a row a trial that
    reported anything: number, its last epoch, and the leading objective under its column. `correct` says which
    test texts each final told right, by configuration and seed (evidence.predictions.correct), `confusions` by
    class, `averaged` what the seeds of a configuration tell together (evidence.predictions.averaged), `average`
    the newest average of several models, `labels` which test texts are of the second of two classes
    (evidence.predictions.labels). `at_constant_rate` has test accuracies of the same networks at a constant
    learning rate, by any study of this database, by the fingerprint of the configuration here. `readings` are
    those of a study of the open questions, answered after `last_epoch`; other studies have none
    (results.statistics.questions). `training_texts`: how many of the training half are used, None for all.
    `recipes` and `titles` are by the fingerprint of a configuration, the titles in the order to show them;
    `architectures` are those of the scored configurations, the book's, and the best found. `database` is the
    address of the store, without its password."""

    study: str
    card: dict[str, Any]
    split: str
    training_texts: int | None
    terms: dict[str, Any]
    objectives: tuple[Objective, ...]
    trials: pd.DataFrame
    judged: pd.DataFrame
    epochs: pd.DataFrame
    finals: pd.DataFrame
    correct: dict[tuple[str, int], np.ndarray]
    confusions: dict[tuple[str, int], np.ndarray]
    averaged: dict[str, tuple[int, int, int]]
    at_constant_rate: dict[str, list[float]]
    baselines: pd.DataFrame
    invocations: pd.DataFrame
    reported: pd.DataFrame
    recipes: dict[str, dict[str, Any]]
    titles: dict[str, str]
    best: str | None
    readings: pd.DataFrame
    last_epoch: int | None
    labels: np.ndarray | None = None
    asked: "Sequence[FrozenTrial]" = ()
    architectures: Mapping[str, Architecture] = field(default_factory=dict)
    average: averages.Kept | None = None
    ablation: ablations.Ablation | None = None
    database: str = ""

    @property
    def beside_published(self) -> bool:
        """Whether the corpus is, or stands in for, what the published figures are of."""
        removed = REVIEWS - self.card["training_texts"]
        all_there = 0 <= removed <= MOST_REMOVED and self.card["test_texts"] == REVIEWS
        return self.card["stand_in"] or (all_there and len(self.card["classes"]) == 2)

    @property
    def on_the_reviews(self) -> bool:
        """Whether the networks learn from all of what can be the published set, by its kind, size and classes, so
        that published figures apply."""
        return self.beside_published and not self.card["stand_in"] and self.training_texts is None

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a scored configuration: results.statistics.intervals.by_configuration."""
        from results.statistics.intervals import by_configuration  # late, as all here: SciPy takes its time

        return by_configuration(self.finals)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """A row a pair of scored configurations: results.statistics.comparisons.pairwise."""
        from results.statistics.comparisons import pairwise

        return pairwise(self.finals, self.correct)

    @property
    def margin(self) -> float:
        """Within it two networks are practically the same, as a fraction; half a point where no study says."""
        from results.statistics.crossed import MARGIN

        return float((self.terms.get("finals") or {}).get("margin", 100 * MARGIN)) / 100

    @cached_property
    def level(self) -> float:
        """The level that this look at the verdicts is judged at: results.statistics.rounds.

        A study of an older version did not keep how many there could be: what it scored counts.
        """
        from results.statistics.rounds import level

        begun, counts = self.terms.get("finals") or {}, self.finals["configuration"].value_counts()
        if counts.empty:
            return level(0, 0)
        further = int((counts - int(begun.get("seeds", counts.min()))).clip(lower=0).sum())
        return level(int(begun.get("extra_seeds", further)), further)

    @cached_property
    def seconds_a_run(self) -> dict[str, float]:
        """What a final takes to train, of one core, by configuration."""
        return dict(self.finals.groupby("configuration")["train_cpu_seconds"].mean())

    @cached_property
    def by_objective(self) -> pd.DataFrame:
        """As `ranked`, by what was searched for first: `distinct`."""
        leading = self.objectives[0]
        return self.ranked if leading == ACCURACY else distinct(self.judged, leading)

    @cached_property
    def winner(self) -> str | None:
        """The best by the objective, among those with finals: `winner_of`."""
        return winner_of(self.by_objective, self.finals)

    @cached_property
    def decided(self) -> pd.DataFrame:
        """The best by validation against every other one: results.statistics.verdicts.against_best."""
        from results.statistics.verdicts import against_best

        return against_best(self.finals, self.correct, self.winner, self.margin, self.level)

    @cached_property
    def beside_known(self) -> pd.DataFrame:
        """Found against references, networks against baselines: results.statistics.verdicts.against_known."""
        from results.statistics.verdicts import against_known

        return against_known(self.finals, self.correct, self.baselines, self.margin, self.level, self.winner)

    @cached_property
    def published(self) -> pd.DataFrame:
        """A row a published figure beside ours: results.statistics.published.figures."""
        from results.statistics.published import figures

        return figures(self.finals, self.epochs, self.on_the_reviews)

    @cached_property
    def claims(self) -> "list[Verdict]":
        """The chapter's claims: results.statistics.published.claims."""
        from results.statistics.published import claims

        how = (self.on_the_reviews, self.correct, self.margin, self.level)
        return claims(self.finals, self.epochs, *how)

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """A row a configuration that a trial completed, by validation accuracy: `distinct`."""
        return distinct(self.judged)


def gather(store: Store, study: str | None = None) -> Evidence:
    """All that is kept of a study, by default the newest. Raises StoreError where there is no such study."""
    from results.evidence import questions

    name = chosen(store, study)
    begun = studies.terms(store, name)
    asked, objectives = searched = studies.searched(store, name)
    trials = frames.trials(store, name, searched)
    finals = frames.finals(store, name)
    with_further_seeds = judged(store, name, trials)
    best = best_found(with_further_seeds, objectives[0])
    kept = _configurations(store, {*trials["configuration"], *finals["configuration"]})
    book = trials.loc[trials["reference"].isin(BOOK_IDS), "configuration"]
    return Evidence(
        study=name,
        card=begun["corpus"],
        split=begun["split"],
        training_texts=begun["training_texts"],
        terms=begun["terms"],
        objectives=objectives,
        trials=trials,
        judged=with_further_seeds,
        epochs=frames.epochs(store, name),
        finals=finals,
        correct=predictions.correct(store, name),
        confusions=predictions.confusions(store, name),
        averaged=predictions.averaged(store, name),
        at_constant_rate=_at_constant_rate(store, finals, kept),
        baselines=frames.baselines(store, name),
        invocations=frames.invocations(store),
        reported=_last_reported(asked, objectives[0]),
        readings=questions.readings(store, name),
        last_epoch=questions.last_epoch(store, name),
        recipes={fingerprint: parts.get("recipe", {}) for fingerprint, parts in kept.items()},
        titles=titles_of(trials, finals, best),
        best=best,
        labels=predictions.labels(store, name),
        asked=asked,
        architectures={
            fingerprint: Architecture.model_validate(kept[fingerprint]["architecture"])
            for fingerprint in dict.fromkeys([*finals["configuration"], *book, *([best] if best else [])])
            if "architecture" in kept.get(fingerprint, {})
        },
        average=averages.kept(store, name),
        ablation=ablations.read(store, name),
        database=store.url,
    )


def titles_of(trials: pd.DataFrame, finals: pd.DataFrame, best: str | None) -> dict[str, str]:
    """A short unique title for every configuration: the book's networks in its order, the best found, the rest."""
    columns = ["configuration", "reference", "epochs"]
    known = pd.concat([trials[[*columns, "number"]], finals[columns]])
    known = known[known["configuration"] != ""].drop_duplicates("configuration")
    places = known["reference"].map({name: place for place, name in enumerate(BOOK_IDS)})
    chosen = {*finals["configuration"], best}  # whatever else reached the finals was found by the search
    is_best = known["configuration"].isin(chosen)
    place = places.fillna(is_best.map({True: len(BOOK_IDS), False: len(BOOK_IDS) + 1}))
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


def chosen(store: Store, study: str | None) -> str:
    """The study of that name, by default the newest. Raises StoreError where there is none."""
    names = studies.study_names(store)
    if not names:
        raise StoreError(f"{store.url}: expected a study in this database, got none; `study run` starts one")
    if study is not None and study not in names:
        raise StoreError(f"expected the name of a study, got {study!r}; known: {', '.join(sorted(names))}")
    return study or names[0]


def _last_reported(trials: list[Any], objective: Objective) -> pd.DataFrame:
    known = [(trial.number, reported(trial)) for trial in trials]
    rows = [(number, max(values), values[max(values)]) for number, values in known if values]
    columns = {"number": "int64", "epoch": "int64", objective.column: "float64"}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _at_constant_rate(
    store: Store, finals: pd.DataFrame, kept: Mapping[str, dict[str, Any]]
) -> dict[str, list[float]]:
    """On the same number of test texts of the same corpus, one a seed."""
    here = {name: Configuration.model_validate(kept[name]) for name in dict.fromkeys(finals["configuration"])}
    twins = {
        each.with_recipe(schedule="constant", clip_norm=0.0).fingerprint: name
        for name, each in here.items()
        if each.recipe.schedule != "constant"
    }
    corpora = select(RunRow.corpus).where(RunRow.id.in_([int(run) for run in finals["run"]]))
    statement = (
        select(FinalRow.configuration, RunRow.seed, FinalRow.test_accuracy)
        .join(RunRow, RunRow.id == FinalRow.run)
        .where(FinalRow.configuration.in_(twins), FinalRow.kind == "final", RunRow.corpus.in_(corpora))
        .where(FinalRow.test_texts.in_([int(texts) for texts in finals["test_texts"].unique()]))
    )
    found: dict[str, dict[int, float]] = {}
    with store.session() as session:
        for twin, seed, accuracy in session.execute(statement):
            found.setdefault(twins[twin], {})[seed] = accuracy
    return {name: list(by_seed.values()) for name, by_seed in found.items()}


def _configurations(store: Store, fingerprints: set[str]) -> dict[str, dict[str, Any]]:
    statement = select(ConfigurationRow.fingerprint, ConfigurationRow.configuration)
    with store.session() as session:
        return {
            fingerprint: kept for fingerprint, kept in session.execute(statement) if fingerprint in fingerprints
        }
