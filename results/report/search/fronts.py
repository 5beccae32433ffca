"""The report's part on a search with several objectives: which configurations no other one beats."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.metrics.objectives import Objective, front
from results.presentation import table as cells
from results.presentation.style import GREEN, GREY, lay_out, records, safe
from results.presentation.table import Table


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


__all__ = ["FrontInfo", "front_figure", "front_info", "front_table"]
