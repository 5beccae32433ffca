"""The search in order: its trials, how they ended, the ten best."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.metrics.objectives import ACCURACY, Objective
from results.presentation.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    lay_out,
    safe,
)
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    in_time,
    records,
    sentence_case,
    table,
    value_of,
    word,
)
from results.report.page import drawn
from results.report.scores.networks import BEST_SHOWN, search_seconds
from results.report.search import fronts, parallel, slices
from results.report.search.importances import (
    importances_info,
    what_mattered,
)
from results.report.search.optimism import optimism, optimism_table
from results.statistics.intervals import best_so_far
from search_spaces import BOOK_IDS


@dataclass(frozen=True)
class HistoryInfo:
    """`trials`: number, state, kind (complete, reference network, pruned or failed), value (the objective's, NaN
    where none was reported), epoch, title and words, without waiting trials; `best`: columns of best_so_far."""

    trials: pd.DataFrame
    best: pd.DataFrame
    objective: Objective = ACCURACY


def history_info(
    trials: pd.DataFrame, reported: pd.DataFrame, titles: Mapping[str, str], objective: Objective = ACCURACY
) -> HistoryInfo:
    """Every trial that was begun, with what it last reported of the objective, and the best so far."""
    begun = trials[trials["state"] != "waiting"]
    last = begun[["number", "state", "words", objective.column]].merge(
        reported.rename(columns={objective.column: "last"}), on="number", how="left"
    )
    last["value"] = last.pop(objective.column).fillna(last.pop("last"))
    last["title"] = [titles.get(configuration, "") for configuration in begun["configuration"]]
    published = (last["state"] == "complete") & begun["reference"].isin(BOOK_IDS).to_numpy()
    last["kind"] = last["state"].replace({"fail": "failed"}).where(~published, "reference network")
    columns = ["number", "state", "kind", "value", "epoch", "title", "words"]
    return HistoryInfo(last[columns].reset_index(drop=True), best_so_far(trials, objective), objective)


MOST_TRIALS = 1000  # drawn one by one; of more, what raised the best so far and the spread of the others


BLOCKS = 100  # that more trials are counted in


def history_figure(info: HistoryInfo) -> go.Figure:
    """The objective by trial; what never reported stands on a line at the bottom."""
    scale, unit = (100, " (%)") if info.objective.is_share else (1, "")
    known = info.trials["value"].dropna() * scale
    bottom = known.min() - max(0.5, 0.08 * (known.max() - known.min())) if len(known) else 0.0
    figure = go.Figure()
    if len(info.best):
        raised = info.best[info.best["number"].isin(_raised(info))]  # a step line needs no more
        figure.add_scatter(
            x=[*raised["number"].tolist(), int(info.trials["number"].max())],
            y=[round(value * scale, 4) for value in [*raised["best"], raised["best"].iloc[-1]]],
            mode="lines",
            line={"shape": "hv", "color": GREEN, "width": 2},
            hoverinfo="skip",
            name="best so far",
        )
    singly = info.trials
    if len(singly) > MOST_TRIALS:
        _add_blocks(figure, singly, scale)
        singly = singly[singly["number"].isin(_raised(info)) | (singly["kind"] == "reference network")]
    for kind, (symbol, colour) in _LOOKS.items():
        shown = singly[singly["kind"] == kind]
        if len(shown):
            figure.add_scatter(
                x=shown["number"].tolist(),
                y=(shown["value"] * scale).fillna(bottom).round(4).tolist(),
                mode="markers",
                marker={"symbol": symbol, "color": colour, "size": 8, "line": {"width": 1.6, "color": colour}},
                hoverinfo="text",
                hovertext=[_trial_hover(row, info.objective) for row in records(shown)],
                name=kind,
            )
    lay_out(figure, height=400, x_title="trial", y_title=info.objective.title + unit)
    return figure


_LOOKS = {
    "complete": ("circle", BLUE),
    "reference network": ("square", ORANGE),
    "pruned": ("x-thin-open", GREY),
    "failed": ("triangle-down", VERMILLION),
    "running": ("circle-open", SKY),
}


def _raised(info: HistoryInfo) -> list[int]:
    """The trials that raised the best so far."""
    return list(info.best.loc[info.best["best"] != info.best["best"].shift(), "number"])


def _add_blocks(figure: go.Figure, trials: pd.DataFrame, scale: int) -> None:
    """The values of neighbouring trials together: the band of the middle half, and the median."""
    told = trials[trials["value"].notna()].sort_values("number")
    block = (pd.RangeIndex(len(told)) * BLOCKS) // max(1, len(told))
    by_block = told.groupby(block)
    low, middle, high = (scale * by_block["value"].quantile(share) for share in (0.25, 0.5, 0.75))
    x = by_block["number"].median().tolist()
    figure.add_scatter(
        x=x + x[::-1],
        y=[*high.round(4), *low.round(4)[::-1]],
        fill="toself",
        fillcolor=SKY,
        opacity=0.3,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name="middle half of neighbouring trials",
    )
    figure.add_scatter(
        x=x,
        y=middle.round(4).tolist(),
        mode="lines",
        line={"color": BLUE, "width": 1.8},
        hoverinfo="skip",
        name="their median",
    )


def _trial_hover(row: Any, objective: Objective) -> str:
    if pd.isna(row.value):
        score = "nothing reported"
    elif row.state == "complete":
        score = objective.in_words(row.value)
    else:
        score = f"{objective.in_words(row.value)} after epoch {row.epoch:.0f}"
    said = [f"trial {row.number}, {row.state}: {score}", row.words]
    return "<br>".join(safe(part) for part in said if part)


HISTORY_ROWS = 200


REASONS = 12  # kinds of ends that are told apart


def reasons_table(trials: pd.DataFrame) -> Table:
    """Why trials were pruned or failed: one row a reason, which figures in it do not tell apart; the commonest
    first."""
    ended = trials[trials["state"].isin(["pruned", "fail"])]
    kinds = ended.assign(kind=ended["reason"].str.replace(r"[\d.]+", "…", regex=True))
    groups = sorted(kinds.groupby(["state", "kind"], sort=False), key=lambda each: -len(each[1]))
    rows = []
    for (state, kind), group in groups[:REASONS]:
        numbers = ", ".join(str(trial) for trial in group["number"].head(12)) + (" …" if len(group) > 12 else "")
        said = str(group["reason"].iloc[0] if group["reason"].nunique() == 1 else kind) or "no reason was kept"
        rows.append(
            [word("failed" if state == "fail" else "pruned"), word(said), count(len(group)), word(numbers)]
        )
    if len(groups) > REASONS:
        rest = sum(len(group) for _, group in groups[REASONS:])
        rows.append([word("either"), word(f"{len(groups) - REASONS} other reasons"), count(rest), Cell(NONE)])
    return table(rows, "State|Reason|Trials#|Numbers")


def history_table(info: HistoryInfo) -> Table:
    """The figures behind the search history: every trial, or of very many those that raised the best so far."""
    shown = info.trials
    if len(shown) > HISTORY_ROWS:
        raised = info.best.loc[info.best["best"] != info.best["best"].shift(), "number"]
        shown = shown[shown["number"].isin(raised)]
    rows = [
        [
            count(row.number),
            word(row.kind),
            value_of(info.objective, row.value),
            count(row.epoch),
            word(row.words or NONE),
        ]
        for row in records(shown)
    ]
    return table(rows, f"Trial#|State|{sentence_case(info.objective.title)}#|Last reported epoch#|Configuration")


@dataclass(frozen=True)
class Found:
    """One of the best configurations: a sentence, and the commands that show it and that hand it over, trained."""

    title: str
    sentence: str
    commands: tuple[str, str]


def ten_best(evidence: Evidence) -> list[Found]:
    """The ten best distinct configurations of the search, the best first."""
    times, objective = search_seconds(evidence), evidence.objectives[0]
    found = []
    for row in records(evidence.by_objective.head(BEST_SHOWN)):
        layers, _, training = str(row.words).partition("; ")
        layers = layers.replace(" → ", ", then ")
        epochs, _, recipe = training.partition(", ")
        how = f" ({recipe})" if recipe else ""
        time = f" in {in_time(times[row.configuration])}" if row.configuration in times else ""
        over = f", the mean over {row.seeds} seeds" if row.seeds > 1 else ""
        value = objective.in_words(getattr(row, objective.column))
        leading = "" if objective == ACCURACY else f"{objective.title} {value}, "
        sentence = (
            f"{layers[:1].upper()}{layers[1:]}; trained for {epochs}{how}{time}: {leading}"
            f"{100 * row.validation_accuracy:.2f}\u00a0% of the validation texts right{over}, "
            f"with {row.parameters:,} parameters."
        )
        found.append(Found(evidence.titles[row.configuration], sentence, _commands(evidence, row.number)))
    return found


def _commands(evidence: Evidence, trial: int) -> tuple[str, str]:
    address = evidence.database.removeprefix("sqlite:///")
    where = f"{trial} --name {quote(evidence.study)} --database {quote(address)}"
    return f"study show {where}", f"study export {where} -o trial-{trial}"


def section(evidence: Evidence) -> dict[str, Any]:
    """The search: its trials in order, the front, what mattered, every setting, the ten best."""
    states = evidence.trials["state"].replace({"fail": "failed"}).value_counts()
    history = history_info(evidence.trials, evidence.reported, evidence.titles, evidence.objectives[0])
    importances = importances_info(evidence.trials, evidence.asked, evidence.objectives[0])
    return {
        "states": {str(state): int(number) for state, number in states.items()},
        "distinct": len(evidence.ranked),
        "reasons": reasons_table(evidence.trials),
        "optimism": optimism(evidence),
        "optimisms": optimism_table(evidence),
        "history": drawn(history_figure(history), history_table(history)) if len(history.trials) else None,
        "aggregated": len(history.trials) > MOST_TRIALS,
        "history_cut": len(history.trials) > HISTORY_ROWS,
        "found": ten_best(evidence),
        "front": fronts.of_front(evidence),
        "pareto": fronts.of_costs(evidence),
        "importances": what_mattered(importances),
        "parallel": parallel.drawn_lines(evidence, importances.importances),
        "slices": slices.drawn_slices(evidence, importances.importances),
    }
