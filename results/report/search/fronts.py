"""The report's part on a search with several objectives: which configurations no other one beats."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.metrics.objectives import Objective, front
from results.presentation.table import Table
from results.report.page import drawn
from results.report.scores.networks import search_seconds
from results.report.search.axes import MOST_POINTS, log_ticks
from search_spaces import BOOK_IDS

if TYPE_CHECKING:
    pass

from results.presentation import table as cells
from results.presentation.style import (
    GREEN,
    GREY,
    SKY,
    SYMBOLS,
    colour_of,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import count, duration, percent, records, table, word


@dataclass(frozen=True)
class FrontInfo:
    """`points`: title, words, on_front and a column an objective, one row a complete configuration; the front
    comes first, from the best in the first objective on."""

    objectives: tuple[Objective, ...]
    points: pd.DataFrame


def front_info(evidence: Evidence) -> FrontInfo | None:
    """None for a search with one objective, or while no trial is complete."""
    columns = [each.column for each in evidence.objectives]
    trials = evidence.trials[evidence.trials["state"] == "complete"]
    known = trials.drop_duplicates("configuration").dropna(subset=columns)
    if len(columns) == 1 or known.empty:
        return None
    values = known[columns].astype("float64")
    members = front(values.to_numpy().tolist(), evidence.objectives)
    points = values.assign(
        title=known["configuration"].map(evidence.titles), words=known["words"], on_front=False
    ).reset_index(drop=True)
    points.loc[members, "on_front"] = True
    others = [place for place in points.index if place not in members]
    return FrontInfo(evidence.objectives, points.loc[[*members, *others]].reset_index(drop=True))


def front_figure(info: FrontInfo) -> go.Figure:
    """The first objective over the second, the front as a line."""
    up, along = info.objectives[:2]
    drawn = go.Figure()
    looks = {True: ("the front", GREEN, "lines+markers"), False: ("beaten by another", GREY, "markers")}
    for on_front, (name, colour, mode) in looks.items():
        shown = info.points[info.points["on_front"] == on_front]
        if shown.empty:
            continue
        drawn.add_scatter(
            x=_scaled(shown, along),
            y=_scaled(shown, up),
            mode=mode if len(info.objectives) == 2 else "markers",
            line={"shape": "hv", "width": 1.5, "color": colour},
            marker={"size": 9, "color": colour, "symbol": "circle" if on_front else "circle-open"},
            hoverinfo="text",
            hovertext=[_hover(row, up, along) for row in records(shown)],
            name=name,
        )
    lay_out(drawn, height=400, x_title=_axis(along), y_title=_axis(up))
    return drawn


def front_table(info: FrontInfo) -> Table:
    """Every complete configuration with the value of each objective, the front first."""
    rows = [
        [
            cells.word(row.title, row.words),
            cells.word("yes" if row.on_front else "no"),
            *[cells.value_of(each, getattr(row, each.column)) for each in info.objectives],
        ]
        for row in records(info.points)
    ]
    titles = "|".join(f"{cells.sentence_case(each.title)}#" for each in info.objectives)
    return cells.table(rows, f"Configuration|On the front|{titles}")


def _scaled(points: pd.DataFrame, objective: Objective) -> list[float]:
    values: list[float] = (points[objective.column] * (100 if objective.is_share else 1)).round(4).tolist()
    return values


def _axis(objective: Objective) -> str:
    return f"{objective.title} (%)" if objective.is_share else objective.title


def _hover(row: Any, *objectives: Objective) -> str:
    said = [f"{each.title} {each.in_words(getattr(row, each.column))}" for each in objectives]
    return "<br>".join(safe(line) for line in (row.title, ", ".join(said), row.words))


@dataclass(frozen=True)
class ParetoInfo:
    """`points`: title, reference, words, accuracy, cost, front (whether nothing else costs as little and is as
    accurate), cheapest first; `total` are the configurations there are."""

    points: pd.DataFrame
    total: int


def pareto_info(evidence: Evidence, cost: str) -> ParetoInfo:
    """Validation accuracy of every distinct configuration against `cost`: seconds (to train it in the search, to
    its last epoch) or parameters."""
    found = evidence.ranked.rename(columns={"validation_accuracy": "accuracy"})
    if cost == "seconds":
        times = search_seconds(evidence)
        found["cost"] = [times.get(name, math.nan) for name in found["configuration"]]
    else:
        found["cost"] = found[cost].astype("float64")
    found = found[found["cost"].notna()].sort_values(["cost", "accuracy"], ascending=[True, False])
    before = found["accuracy"].cummax().shift(fill_value=-1.0)
    found = found.assign(front=found["accuracy"] > before)
    found["title"] = found["configuration"].map(evidence.titles)
    keep = found["front"] | found["reference"].isin(BOOK_IDS)
    others = found[~keep]
    if len(others) > MOST_POINTS:
        others = others.iloc[np.linspace(0, len(others) - 1, MOST_POINTS).astype(int)]
    columns = ["title", "reference", "words", "accuracy", "cost", "front"]
    return ParetoInfo(found.loc[found.index.isin([*found.index[keep], *others.index]), columns], len(found))


def pareto_figure(info: ParetoInfo, x_title: str) -> go.Figure:
    """A point a configuration, filled on the front, and the front as a line."""
    figure = go.Figure()
    front = info.points[info.points["front"]]
    figure.add_scatter(
        x=front["cost"].round(2).tolist(),
        y=percents(front["accuracy"]),
        mode="lines",
        line={"color": GREEN, "width": 2, "shape": "hv"},
        hoverinfo="skip",
        name="front",
    )
    looks = (
        ("other configurations", ~info.points["front"] & ~info.points["reference"].isin(list(SYMBOLS)), SKY, 0.6),
        ("on the front", info.points["front"] & ~info.points["reference"].isin(list(SYMBOLS)), GREEN, 1.0),
        ("reference networks", info.points["reference"].isin(list(SYMBOLS)), None, 1.0),
    )
    for name, chosen, colour, opacity in looks:
        own = info.points[chosen]
        if own.empty:
            continue
        figure.add_scatter(
            x=own["cost"].round(2).tolist(),
            y=percents(own["accuracy"]),
            mode="markers",
            marker={
                "size": 9,
                "opacity": opacity,
                "color": colour or [colour_of(reference) for reference in own["reference"]],
                "symbol": "circle" if colour else [SYMBOLS[reference] for reference in own["reference"]],
            },
            hoverinfo="text",
            hovertext=[
                f"{safe(row.title)}<br>{row.accuracy:.2%} for {row.cost:,.0f}<br>{safe(row.words)}"
                for row in records(own)
            ],
            name=name,
        )
    lay_out(figure, height=340, x_title=x_title, y_title="validation accuracy (%)")
    if len(info.points) and info.points["cost"].max() > 8 * info.points["cost"].min() > 0:
        figure.update_xaxes(type="log", **log_ticks(info.points["cost"].min(), info.points["cost"].max()))
    return figure


def pareto_table(seconds: ParetoInfo, parameters: ParetoInfo) -> Table:
    """The two fronts."""
    rows = []
    for info, cost in ((seconds, "seconds"), (parameters, "parameters")):
        for row in records(info.points[info.points["front"]]):
            shown = duration(row.cost) if cost == "seconds" else count(row.cost)
            rows.append([word(f"against {cost}"), word(row.title, row.words), shown, percent(row.accuracy)])
    return table(rows, "Front|Configuration|Cost#|Validation accuracy#")


def of_front(evidence: Evidence) -> dict[str, Any] | None:
    """The front of several objectives with its table; None for a search for one."""
    info = front_info(evidence)
    return drawn(front_figure(info), front_table(info)) if info else None


def of_costs(evidence: Evidence) -> dict[str, Any] | None:
    """Accuracy against what it costs, with its table; None before a trial is complete."""
    seconds, parameters = (pareto_info(evidence, cost) for cost in ("seconds", "parameters"))
    if not len(parameters.points):
        return None
    figures = [pareto_figure(seconds, "seconds to train (in the search)")] if len(seconds.points) else []
    first, *more = [*figures, pareto_figure(parameters, "parameters")]
    behind = pareto_table(seconds, parameters)
    return drawn(first, behind, *more, drawn=len(parameters.points), total=parameters.total)
