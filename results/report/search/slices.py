"""One setting at a time against what the trials came to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.table import Table
from results.report.page import drawn
from results.report.search.axes import (
    MOST_POINTS,
    Axis,
    asked_names,
    axes_of,
    complete_trials,
    log_ticks,
    value_cell,
    value_on_axis,
)
from search_spaces import BOOK_IDS

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

from results.presentation.style import (
    BLUE,
    GREY,
    ORANGE,
    in_words,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import count, percent, records, table, word

SLICED = ("dropout_placement", "filters", "units", "epochs")  # the chapter's: in this order, if they were searched


BY_VALUE = {
    "value": "object",
    "n": "int64",
    "low": "float64",
    "median": "float64",
    "high": "float64",
    "best": "float64",
}


@dataclass(frozen=True)
class SliceInfo:
    """One parameter: `points`: value, accuracy, number, published (none where there are too many), and
    `by_value`: columns BY_VALUE, the quartiles."""

    axis: Axis
    points: pd.DataFrame
    by_value: pd.DataFrame


def slices_info(
    trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", importances: pd.DataFrame
) -> list[SliceInfo]:
    """Validation accuracy by value: dropout placement, filters, units and epochs, else what matters most."""
    names = sorted(asked_names(asked))
    wanted = [name for part in SLICED for name in [n for n in names if n == part or n.endswith(f"_{part}")][:1]]
    for name in [*importances["parameter"], *names]:
        if len(wanted) < len(SLICED) and name not in wanted:
            wanted.append(name)
    complete = complete_trials(trials).sort_values("number")
    return [_slice(axis, complete) for axis in axes_of(asked, wanted)]


def _slice(axis: Axis, complete: pd.DataFrame) -> SliceInfo:
    own = complete[np.array([axis.name in params for params in complete["params"]], dtype=bool)]
    values = [params[axis.name] for params in own["params"]]
    points = pd.DataFrame(
        {
            "value": pd.Series(values, dtype="object"),
            "accuracy": own["validation_accuracy"].to_numpy(),
            "number": own["number"].to_numpy(),
            "published": own["reference"].isin(BOOK_IDS).to_numpy(),
        }
    )
    rows = []
    for value, group in _groups(axis, points):
        low, median, high = np.quantile(group["accuracy"], (0.25, 0.5, 0.75))
        rows.append((value, len(group), low, median, high, group["accuracy"].max()))
    by_value = pd.DataFrame(rows, columns=list(BY_VALUE)).astype(BY_VALUE)
    return SliceInfo(axis, points if len(points) <= MOST_POINTS else points.iloc[:0], by_value)


def _groups(axis: Axis, points: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """By value; values that are not on a grid of at most 20 by tenths of the range, under their middle."""
    if axis.choices:
        parts = [(value, points[[each == value for each in points["value"]]]) for value in axis.choices]
        return [(value, part) for value, part in parts if len(part)]
    numbers = points["value"].astype("float64")
    if numbers.nunique() <= 20:
        return [(value, points[numbers == value]) for value in sorted(numbers.unique())]
    place = np.minimum([math.floor(10 * axis.place(value)) for value in numbers], 9)
    return [(float(numbers[place == tenth].median()), points[place == tenth]) for tenth in sorted(set(place))]


def slice_figure(info: SliceInfo) -> go.Figure:
    """Dots a trial over the value's quartiles; where there are too many trials, the quartiles and the best."""
    figure = go.Figure()
    shown = info.by_value
    at = [value_on_axis(info.axis, value) for value in shown["value"]]
    figure.add_scatter(
        x=at,
        y=percents(shown["median"]),
        error_y={
            "array": percents(shown["high"] - shown["median"]),
            "arrayminus": percents(shown["median"] - shown["low"]),
            "thickness": 7,
            "width": 0,
            "color": "rgba(128,128,128,0.35)",
        },
        mode="markers",
        marker={"symbol": "line-ew-open", "size": 16, "color": GREY, "line": {"width": 2.5}},
        hoverinfo="text",
        hovertext=[
            f"{safe(at[n])}: {row.n:,} trials, median {row.median:.2%}" for n, row in enumerate(records(shown))
        ],
        name="median and quartiles",
    )
    for published, look in (
        (False, {"symbol": "circle", "color": BLUE}),
        (True, {"symbol": "square", "color": ORANGE}),
    ):
        own = info.points[info.points["published"] == published]
        if len(own):
            figure.add_scatter(
                x=[value_on_axis(info.axis, value) for value in own["value"]],
                y=percents(own["accuracy"]),
                mode="markers",
                marker=look | {"size": 7, "opacity": 0.75},
                hoverinfo="text",
                hovertext=[f"trial {row.number}: {row.accuracy:.2%}" for row in records(own)],
                name="reference network" if published else "trial",
            )
    if info.points.empty and len(shown):
        figure.add_scatter(
            x=at, y=percents(shown["best"]), mode="markers", hoverinfo="skip", name="best",
            marker={"symbol": "circle", "size": 7, "color": BLUE},
        )  # fmt: skip
    lay_out(figure, height=280, x_title=safe(in_words(info.axis.name)), y_title="validation accuracy (%)")
    figure.update_layout(showlegend=False, margin={"t": 6, "r": 8})
    if info.axis.choices:
        figure.update_xaxes(
            type="category", categoryorder="array", categoryarray=[str(c) for c in info.axis.choices]
        )
    elif info.axis.logarithmic:
        figure.update_xaxes(type="log", **log_ticks(info.axis.low, info.axis.high))
    elif len(shown) <= 8:
        figure.update_xaxes(tickvals=at)
    return figure


def slices_table(infos: Sequence[SliceInfo]) -> Table:
    rows = [
        [
            word(in_words(info.axis.name)),
            value_cell(row.value),
            count(row.n),
            *(percent(value) for value in (row.low, row.median, row.high, row.best)),
        ]
        for info in infos
        for row in records(info.by_value)
    ]
    return table(rows, "Parameter|Value|Trials#|Lower quartile#|Median#|Upper quartile#|Best#")


def drawn_slices(evidence: Evidence, importances: pd.DataFrame) -> dict[str, Any] | None:
    """The figures with their table; None before a trial is complete."""
    infos = slices_info(evidence.trials, evidence.asked, importances)
    if not infos or not len(evidence.ranked):
        return None
    first, *more = [slice_figure(each) for each in infos]
    return drawn(first, slices_table(infos), *more, aggregated=any(each.points.empty for each in infos))
