"""Every setting of a trial at once, as lines."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.table import Table
from results.report.page import drawn
from results.report.search.axes import ROWS, Axis, asked_names, axes_of, complete_trials
from search_spaces import BOOK_IDS

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

from results.presentation.style import (
    BLUE,
    GREY,
    ORANGE,
    in_words,
    lay_out,
    safe,
)
from results.presentation.table import count, percent, records, table, word

MOST_LINES = 300  # trials drawn as lines


AXES = 8  # parameters drawn beside each other


TOP = 0.1  # share of the trials that are drawn as the best


@dataclass(frozen=True)
class ParallelInfo:
    """`trials`: number, accuracy, kind (best, reference network, other), words, and `places`: one a parameter of
    `axes`, between 0 and 1, NaN where the trial was not asked for it. `total` are those there are."""

    axes: list[Axis]
    trials: pd.DataFrame
    total: int


def parallel_info(trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", importances: pd.DataFrame) -> ParallelInfo:
    """Complete trials as lines over the parameters that matter most, the most important first."""
    complete = complete_trials(trials)
    ranked = [*importances["parameter"], *sorted(asked_names(asked))]
    axes = [axis for axis in axes_of(asked, list(dict.fromkeys(ranked))) if axis.choices or axis.low < axis.high]
    axes = axes[:AXES]
    best = max(1, min(30, round(TOP * len(complete))))
    kinds = pd.Series("other", index=complete.index)
    kinds.iloc[:best] = "best"
    kinds[complete["reference"].isin(BOOK_IDS)] = "reference network"
    rest = np.flatnonzero(kinds.to_numpy() == "other")
    room = max(0, MOST_LINES - int((kinds != "other").sum()))
    chosen = rest if len(rest) <= room else rest[np.linspace(0, len(rest) - 1, room).astype(int)]
    shown = np.sort(np.concatenate([np.flatnonzero(kinds.to_numpy() != "other"), chosen]).astype(int))
    drawn = complete.assign(kind=kinds).iloc[shown]
    places = [
        [axis.place(params[axis.name]) if axis.name in params else math.nan for axis in axes]
        for params in drawn["params"]
    ]
    frame = drawn[["number", "validation_accuracy", "kind", "words"]]
    frame = frame.rename(columns={"validation_accuracy": "accuracy"})
    frame = frame.assign(places=pd.Series(places, index=drawn.index, dtype="object"))
    return ParallelInfo(axes, frame.reset_index(drop=True), len(complete))


LINE_HEIGHT = 54  # pixels of an axis of the parallel coordinates


_LINES: Mapping[str, dict[str, Any]] = {
    "other": {"line": {"color": GREY, "width": 1}, "opacity": 0.3, "name": "other trials"},
    "reference network": {"line": {"color": ORANGE, "width": 1.8, "dash": "dash"}, "opacity": 0.95},
    "best": {"line": {"color": BLUE, "width": 1.8}, "opacity": 0.9, "name": "best tenth"},
}


def parallel_figure(info: ParallelInfo) -> go.Figure:
    """A row a parameter and the accuracy at the bottom; every trial is a line from top to bottom."""
    accuracy = info.trials["accuracy"]
    scale = Axis("validation accuracy (%)", low=float(accuracy.min()), high=float(accuracy.max()))
    axes = [*info.axes, scale]
    figure = go.Figure()
    for kind, look in _LINES.items():
        own = info.trials[info.trials["kind"] == kind]
        if own.empty:
            continue
        xs: list[float | None] = []
        ys: list[float | None] = []
        for row in records(own):
            for place, x in enumerate([*row.places, scale.place(row.accuracy)]):
                xs.append(None if math.isnan(x) else round(x, 4))
                ys.append(-place)
            xs.append(None)
            ys.append(None)
        marker = {"size": 5, "color": look["line"]["color"]}  # a value between two gaps is a dot
        figure.add_scatter(
            x=xs, y=ys, mode="lines+markers", marker=marker, hoverinfo="skip", **({"name": kind} | look)
        )
    lay_out(figure, height=LINE_HEIGHT * len(axes) + 40, x_title="")
    # All at once: Plotly copies what there is for each one that is added.
    names_and_values = [each for place, axis in enumerate(axes) for each in _texts_of(axis, -place)]
    figure.update_layout(
        margin={"b": 8}, annotations=names_and_values, shapes=[_line_of(-place) for place in range(len(axes))]
    )
    figure.update_yaxes(visible=False, range=[-len(axes) + 0.4, 0.65])
    figure.update_xaxes(visible=False, range=[-0.06, 1.06])
    return figure


def _line_of(y: int) -> dict[str, Any]:
    line = {"color": "rgba(128,128,128,0.55)", "width": 1}
    return {"type": "line", "x0": 0, "x1": 1, "y0": y, "y1": y, "layer": "below", "line": line}


def _texts_of(axis: Axis, y: int) -> Iterator[dict[str, Any]]:
    """The name of an axis, above its line on the left, and its values below."""
    name = axis.name if axis.name.endswith(")") else in_words(axis.name)
    bold = {"text": f"<b>{safe(name)}</b>", "font": {"size": 12}}
    yield bold | {"x": 0, "y": y + 0.27, "xanchor": "left", "showarrow": False}
    for x, said in _ticks(axis):
        anchor = "left" if x < 0.05 else "right" if x > 0.95 else "center"
        value = {"text": safe(said), "font": {"size": 11}, "opacity": 0.85}
        yield value | {"x": x, "y": y - 0.2, "xanchor": anchor, "showarrow": False}


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    if axis.choices:
        return [(axis.place(choice), str(choice)) for choice in axis.choices]
    factor = 100 if axis.name.endswith("(%)") else 1
    middle = math.sqrt(axis.low * axis.high) if axis.logarithmic else (axis.low + axis.high) / 2
    return [(axis.place(value), f"{factor * value:.4g}") for value in (axis.low, middle, axis.high)]


def parallel_table(info: ParallelInfo) -> Table:
    kept = info.trials.head(ROWS)
    rows = [[count(row.number), percent(row.accuracy), word(row.kind), word(row.words)] for row in records(kept)]
    return table(rows, "Trial#|Validation accuracy#|Drawn as|Configuration")


def drawn_lines(evidence: Evidence, importances: pd.DataFrame) -> dict[str, Any] | None:
    """The figure with its table; None where there is nothing to compare."""
    info = parallel_info(evidence.trials, evidence.asked, importances)
    if not info.axes or len(info.trials) < 2:
        return None
    rows = min(len(info.trials), ROWS)
    return drawn(parallel_figure(info), parallel_table(info), drawn=len(info.trials), total=info.total, rows=rows)
