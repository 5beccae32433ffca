"""Where a study's time went, and what it did not have to spend. Times are seconds, validation included."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.style import (
    BLUE,
    SKY,
    lay_out,
    safe,
)
from results.presentation.table import Table, count, duration, in_time, percent, records, table, word
from results.report.page import drawn

STAGES = {
    "stage": "str",  # search, leaders on further seeds, finals, elements left out, linear baselines; or runs
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
    """One row a stage that took any time; columns STAGES. Without a search, what has no final is of stage runs."""
    searched, scored = (_epochs_of(evidence, frame) for frame in (evidence.trials, evidence.finals))
    rest = evidence.epochs.drop(index=searched.index.union(scored.index))
    neither = "leaders on further seeds" if len(evidence.trials) else "runs"
    rows = []
    for stage, own in (("search", searched), (neither, rest), ("finals", scored)):
        if len(own):
            sums = own[["seconds", "cpu_seconds"]].sum()
            rows.append((stage, own["run"].nunique(), len(own), sums["seconds"], sums["cpu_seconds"]))
    if evidence.ablation and len(trained := evidence.ablation.trained):
        sums = trained[["epochs", "seconds", "cpu_seconds"]].sum()
        rows.append(("elements left out", len(trained), int(sums["epochs"]), sums["seconds"], sums["cpu_seconds"]))
    if len(evidence.baselines):
        rows.append(("linear baselines", len(evidence.baselines), 0, evidence.baselines["seconds"].sum(), None))
    return pd.DataFrame(rows, columns=list(STAGES)).astype(STAGES)


def by_network(evidence: Evidence) -> pd.DataFrame:
    """Seconds of the scored configurations and the best found, then of all others together; columns NETWORKS.

    The search has its leaders' further seeds with it. A run that several configurations share (they differ in
    their epochs alone) counts for the first of them.
    """
    shown = {*evidence.finals["configuration"], evidence.best}
    spent: dict[str, dict[str, float]] = {}
    references: dict[str, str] = {}
    for stage, frame in (("search", evidence.judged), ("finals", evidence.finals)):
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


def stages_table(frame: pd.DataFrame) -> Table:
    whole = frame["seconds"].sum()
    rows = [
        [
            word(row.stage.capitalize()),
            count(row.runs),
            count(row.epochs or None),
            duration(row.seconds),
            percent(row.seconds / whole if whole else None),
            duration(row.cpu_seconds),
        ]
        for row in records(frame)
    ]
    return table(rows, "Stage|Runs#|Epochs trained#|Time#|Share#|Processor time#")


def costs_table(frame: pd.DataFrame) -> Table:
    whole = (frame["search"] + frame["finals"]).sum()
    rows = [
        [
            word(row.title),
            duration(row.search),
            duration(row.finals),
            duration(row.search + row.finals),
            percent((row.search + row.finals) / whole if whole else None),
        ]
        for row in records(frame)
    ]
    return table(rows, "Network|Search#|Finals#|Together#|Share#")


def saved_in_words(found: Saved) -> list[str]:
    """What was not trained, one sentence each; what saved nothing says so."""
    trained = found.wanted - found.reused - found.pruned
    said = [
        f"The complete and pruned trials asked for {_epochs(found.wanted)}; {_epochs(trained)} "
        f"{'was' if trained == 1 else 'were'} trained for them."
    ]
    if found.pruned:
        said.append(f"Pruning saved {_epochs(found.pruned)}: those its trials did not go on to.")
    if found.reused:
        said.append(
            f"Reuse saved {_epochs(found.reused)}, about {in_time(found.seconds_reused)}: they were in the "
            "database already, from a trial of the same network and seed."
        )
    else:
        said.append("No trial asked for an epoch that had been trained already.")
    if found.shared_by_finals:
        said.append(f"Finals that differ in their epochs alone shared {_epochs(found.shared_by_finals)}.")
    return said


def _epochs(number: int) -> str:
    return f"{number:,} epoch{'' if number == 1 else 's'}"


def costs_figure(networks: pd.DataFrame) -> go.Figure:
    """A bar a network: minutes in the search, then in the finals."""
    rows = networks.iloc[::-1]
    figure = go.Figure()
    for part, colour, name in (("search", SKY, "search"), ("finals", BLUE, "finals")):
        figure.add_bar(
            x=(rows[part] / 60).round(3).tolist(),
            y=[safe(title) for title in rows["title"]],
            orientation="h",
            marker={"color": colour},
            hoverinfo="text",
            hovertext=[
                f"{safe(title)}<br>{name}: {value / 60:,.1f} minutes"
                for title, value in zip(rows["title"], rows[part], strict=True)
            ],
            name=name,
        )
    lay_out(figure, height=30 * max(3, len(rows)) + 110, x_title="minutes of training")
    figure.update_layout(barmode="stack", bargap=0.4)
    figure.update_yaxes(showgrid=False)
    return figure


def section(evidence: Evidence) -> dict[str, Any]:
    """Where the time went; nothing of it before anything was trained."""
    networks, spent = by_network(evidence), stages(evidence)
    if networks.empty:
        return {"costs": None}
    return {
        "costs": drawn(
            costs_figure(networks),
            costs_table(networks),
            stages=stages_table(spent),
            saved=saved_in_words(saved(evidence)) if len(evidence.trials) else [],
            together=in_time(spent["seconds"].sum()),
            wall_clock=in_time(wall_clock(evidence.invocations)),
        )
    }
