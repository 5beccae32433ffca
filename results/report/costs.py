"""Where a study's time went, and what it did not have to spend. Times are seconds, validation included."""

from dataclasses import dataclass

import pandas as pd

from results.evidence.evidence import Evidence

STAGES = {
    "stage": "str",  # search, finals or linear baselines
    "runs": "int64",
    "epochs": "int64",  # trained, each counted once
    "seconds": "float64",
    "cpu_seconds": "float64",
}
NETWORKS = {"title": "str", "reference": "str", "search": "float64", "finals": "float64"}
OTHERS = "other networks of the search"


@dataclass(frozen=True)
class Saved:
    """Epochs that were wanted and not trained: because they were in the store already, because their trial was
    pruned, because a final shares its run with another one."""

    wanted: int  # epochs of all trials that were complete or pruned
    reused: int
    pruned: int
    seconds_reused: float  # what the reused ones took when they were trained
    shared_by_finals: int


def stages(evidence: Evidence) -> pd.DataFrame:
    """One row a stage that took any time; columns STAGES."""
    rows = []
    for stage, frame in (("search", evidence.trials), ("finals", evidence.finals)):
        own = _epochs_of(evidence, frame)
        if len(own):
            sums = own[["seconds", "cpu_seconds"]].sum()
            rows.append((stage, own["run"].nunique(), len(own), sums["seconds"], sums["cpu_seconds"]))
    if len(evidence.baselines):
        rows.append(("linear baselines", len(evidence.baselines), 0, evidence.baselines["seconds"].sum(), None))
    return pd.DataFrame(rows, columns=list(STAGES)).astype(STAGES)


def by_network(evidence: Evidence) -> pd.DataFrame:
    """Seconds of the scored configurations and the best found, then of all others together; columns NETWORKS.

    A run that several configurations share (they differ in their epochs alone) counts for the first of them.
    """
    shown = {*evidence.finals["configuration"], evidence.best}
    spent: dict[str, dict[str, float]] = {}
    references: dict[str, str] = {}
    for stage, frame in (("search", evidence.trials), ("finals", evidence.finals)):
        linked = frame[["run", "configuration", "reference"]].dropna(subset=["run"])
        linked = linked.assign(late=~linked["configuration"].isin(shown)).sort_values("late", kind="stable")
        owners = linked.drop_duplicates("run")
        seconds = _epochs_of(evidence, frame).groupby("run")["seconds"].sum()
        for run, name, reference, late in owners.itertuples(index=False):
            title = OTHERS if late else evidence.titles[name]
            references[title] = "" if late else reference
            own = spent.setdefault(title, {"search": 0.0, "finals": 0.0})
            own[stage] += float(seconds.get(run, 0.0))
    order = [*(title for title in evidence.titles.values() if title in spent), OTHERS]
    rows = [(title, references[title], *spent[title].values()) for title in order if title in spent]
    return pd.DataFrame(rows, columns=list(NETWORKS)).astype(NETWORKS)


def saved(evidence: Evidence) -> Saved:
    """What sharing, pruning and reuse saved, in epochs. Failed and running trials are left out."""
    trials = evidence.trials
    ended = trials[trials["state"].isin(["complete", "pruned"]) & trials["run"].notna()]
    reached = ended["last_epoch"].fillna(0).where(ended["state"] == "pruned", ended["epochs"])
    reused = (reached - ended["epochs_trained"]).clip(lower=0)
    per_epoch = evidence.epochs.groupby("run")["seconds"].mean()
    finals = evidence.finals[["run", "epochs"]]
    return Saved(
        wanted=int(ended["epochs"].sum()),
        reused=int(reused.sum()),
        pruned=int((ended["epochs"] - reached).clip(lower=0).sum()),
        seconds_reused=float((reused * ended["run"].map(per_epoch)).sum()),
        shared_by_finals=int(finals["epochs"].sum() - finals.groupby("run")["epochs"].max().sum()),
    )


def wall_clock(invocations: pd.DataFrame) -> float:
    """Seconds between the beginning and the end of the commands of this database that came to an end."""
    return float((invocations["ended"] - invocations["started"]).dt.total_seconds().sum())


def _epochs_of(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    return evidence.epochs[evidence.epochs["run"].isin(frame["run"].dropna())]


__all__ = ["OTHERS", "Saved", "by_network", "saved", "stages", "wall_clock"]
