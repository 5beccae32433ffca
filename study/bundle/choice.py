"""Which model of a study is meant: a network, and the run whose weights stand for it, or a linear baseline."""

from dataclasses import dataclass

import pandas as pd

from results.answer.decision import decide
from results.evidence.evidence import Evidence
from results.store.database import Store
from results.store.tables import ConfigurationRow, RunRow, SplitRow, StudyTermsRow
from search_spaces import Configuration
from study.corpus.prepared.splits import Split
from study.errors import InputError
from study.training.run import Run

BEST = "best"  # the study's decision, which may be a linear model
NETWORK = "network"  # the best network


@dataclass(frozen=True)
class Chosen:
    """A configuration of a study, the run whose weights stand for it, and why it is this one."""

    fingerprint: str
    run: Run
    trial: int | None
    why: str


@dataclass(frozen=True)
class ChosenBaseline:
    """A linear baseline of a study by its kind, the settings it was scored with, the split, and why it is this."""

    kind: str
    settings: dict[str, float]
    split: Split
    why: str


def choose_any(store: Store, evidence: Evidence, which: str) -> Chosen | ChosenBaseline:
    """The model that `which` names: as `choose`, or a linear baseline by its kind or title.

    `best` is what the study's decision says (results.answer.decision). Raises InputError.
    """
    decision = decide(evidence) if which == BEST else None
    if decision and decision.use == "linear":
        kind, why = decision.best.which, decision.verdict
    else:
        named = evidence.baselines[
            (evidence.baselines["kind"] == which.lower()) | (evidence.baselines["title"] == which)
        ]
        if named.empty:
            return choose(store, evidence, which)
        kind, why = str(named["kind"].iloc[0]), "It was named."
    return of_baseline(store, evidence, kind, why)


def of_baseline(store: Store, evidence: Evidence, kind: str, why: str) -> ChosenBaseline:
    """The study's linear baseline of that kind."""
    settings = evidence.baselines.loc[evidence.baselines["kind"] == kind, "settings"].iloc[0]
    return ChosenBaseline(kind, settings, search_split(store, evidence.study), why)


def choose(store: Store, evidence: Evidence, which: str) -> Chosen:
    """The network's configuration that `which` names, with the run whose weights stand for it.

    `network`, and `best` here, did best in what was searched for, among those with finals where there are any.
    Where a configuration has finals, its run is the final of the first seed, else that of its trial. Raises
    InputError.
    """
    if which in (BEST, NETWORK):
        fingerprint, why = _best(evidence)
    elif _is_number(which):
        fingerprint, why = _of_trial(evidence.trials, int(which)), "It was named by its trial."
    else:
        fingerprint, why = _named(evidence, which), "It was named."
    trials = evidence.trials[(evidence.trials["configuration"] == fingerprint) & _complete(evidence.trials)]
    if _is_number(which):
        trials = trials[trials["number"] == int(which)]
    number = int(trials["number"].iloc[0]) if len(trials) else None
    finals = evidence.finals[evidence.finals["configuration"] == fingerprint].sort_values("seed")
    run = (finals if len(finals) else trials)["run"].iloc[0]
    return Chosen(fingerprint, run_of(store, int(run), fingerprint), number, why)


def _is_number(which: str) -> bool:
    return which.isdecimal() and len(which) < 16  # a fingerprint has 16 digits


def _best(evidence: Evidence) -> tuple[str, str]:
    searched = evidence.objectives[0]
    ranked = evidence.by_objective
    if ranked.empty:
        known = _known(evidence)
        raise InputError(
            f"study {evidence.study} has no complete trial to choose the best by {searched.title}; "
            + (f"name a configuration: {known}" if known else "`study run` goes on with it")
        )
    best = str(evidence.winner)
    among, of = ranked, "tried"
    if best != ranked["configuration"].iloc[0]:
        among, of = ranked[ranked["configuration"].isin(evidence.finals["configuration"])], "with finals"
    most = "lowest" if searched.lower_is_better else "highest"
    many = f"It had the {most} {searched.title} of the {len(among)} configurations {of}."
    return best, many if len(among) > 1 else f"It is the only configuration {of}."


def _of_trial(trials: pd.DataFrame, number: int) -> str:
    row = trials[trials["number"] == number]
    if row.empty:
        there = f"0 to {trials['number'].max()}" if len(trials) else "none"
        raise InputError(f"expected the number of a trial ({there}), got {number}")
    state, reason = row["state"].iloc[0], row["reason"].iloc[0]
    if state != "complete":
        raise InputError(
            f"expected a trial that was trained to its end, but trial {number} is {state}"
            + (f" ({reason})" if reason else "")
            + "; name another"
        )
    return str(row["configuration"].iloc[0])


def _named(evidence: Evidence, which: str) -> str:
    rows = _exportable(evidence)
    found = rows[(rows["reference"] == which) | rows["configuration"].str.startswith(which.lower())]
    found = found.drop_duplicates("configuration")
    if len(found) == 1:
        return str(found["configuration"].iloc[0])
    got = "several" if len(found) else "none"
    raise InputError(
        f"expected best, network, ensemble, a trial's number, or one model of study {evidence.study}, "
        f"got {which!r}, which "
        f"names {got}; there are: {_known(evidence) or 'none yet'}"
    )


def _exportable(evidence: Evidence) -> pd.DataFrame:
    complete = evidence.trials[_complete(evidence.trials)]
    columns = ["configuration", "reference"]
    return pd.concat([evidence.finals[columns], complete[columns]]).drop_duplicates()


def _known(evidence: Evidence) -> str:
    rows = _exportable(evidence)
    networks = rows["reference"].where(rows["reference"] != "", rows["configuration"]).unique()
    return ", ".join([*networks, *evidence.baselines["kind"]])


def _complete(trials: pd.DataFrame) -> "pd.Series[bool]":
    return trials["state"] == "complete"


def search_split(store: Store, study: str) -> Split:
    """The split that the study was begun with."""
    with store.session() as session:
        return Split(**session.get_one(SplitRow, session.get_one(StudyTermsRow, study).split).split)


def run_of(store: Store, row: int, fingerprint: str) -> Run:
    """The run in that row of the store, with the epochs of the configuration."""
    with store.session() as session:
        run = session.get_one(RunRow, row)
        split = session.get_one(SplitRow, run.split)
        kept = session.get_one(ConfigurationRow, fingerprint)
        return Run(Configuration.model_validate(kept.configuration), run.seed, Split(**split.split))
