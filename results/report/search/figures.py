"""The figures of the search, drawn from report.search.infos. Nothing but lines and dots, so that they print."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.presentation.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    SYMBOLS,
    colour_of,
    in_words,
    lay_out,
    percents,
    records,
    safe,
)
from results.report.search.infos import Axis, ImportancesInfo, ParallelInfo, ParetoInfo, SliceInfo

LINE_HEIGHT = 54  # pixels of an axis of the parallel coordinates
_LINES: Mapping[str, dict[str, Any]] = {
    "other": {"line": {"color": GREY, "width": 1}, "opacity": 0.3, "name": "other trials"},
    "published network": {"line": {"color": ORANGE, "width": 1.8, "dash": "dash"}, "opacity": 0.95},
    "best": {"line": {"color": BLUE, "width": 1.8}, "opacity": 0.9, "name": "best tenth"},
}


def importances_figure(info: ImportancesInfo) -> go.Figure:
    """A bar a parameter, hollow where it is conditional."""
    rows = info.importances.iloc[::-1]
    figure = go.Figure()
    for conditional, name in (
        (False, "asked for in every trial"),
        (True, "asked for in some trials"),
    ):
        own = rows[rows["conditional"] == conditional]
        if own.empty:
            continue
        figure.add_bar(
            x=percents(own["importance"]),
            y=[safe(in_words(parameter)) for parameter in own["parameter"]],
            orientation="h",
            marker={
                "color": "rgba(0,0,0,0)" if conditional else BLUE,
                "line": {"color": BLUE, "width": 1.5},
            },
            hoverinfo="text",
            hovertext=[
                f"{safe(in_words(row.parameter))}<br>{row.importance:.0%} over {row.n:,} trials"
                for row in records(own)
            ],
            name=name,
        )
    lay_out(figure, height=24 * max(3, len(rows)) + 110, x_title="share of what the parameters explain (%)")
    names = [safe(in_words(parameter)) for parameter in rows["parameter"]]
    figure.update_yaxes(categoryorder="array", categoryarray=names, showgrid=False)
    figure.update_xaxes(rangemode="tozero")
    figure.update_layout(bargap=0.35, barmode="overlay")
    return figure


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
    for place, axis in enumerate(axes):
        _add_axis(figure, axis, -place)
    lay_out(figure, height=LINE_HEIGHT * len(axes) + 40, x_title="")
    figure.update_layout(margin={"b": 8})
    figure.update_yaxes(visible=False, range=[-len(axes) + 0.4, 0.65])
    figure.update_xaxes(visible=False, range=[-0.06, 1.06])
    return figure


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
                name="published network" if published else "trial",
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
        ("published networks", info.points["reference"].isin(list(SYMBOLS)), None, 1.0),
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


def _add_axis(figure: go.Figure, axis: Axis, y: int) -> None:
    """The line of an axis, its name above on the left, its values below."""
    figure.add_shape(
        type="line", x0=0, x1=1, y0=y, y1=y, layer="below", line={"color": "rgba(128,128,128,0.55)", "width": 1}
    )
    name = axis.name if axis.name.endswith(")") else in_words(axis.name)
    figure.add_annotation(
        text=f"<b>{safe(name)}</b>", x=0, y=y + 0.27, xanchor="left", showarrow=False, font={"size": 12}
    )
    for x, said in _ticks(axis):
        anchor = "left" if x < 0.05 else "right" if x > 0.95 else "center"
        figure.add_annotation(
            text=safe(said), x=x, y=y - 0.2, xanchor=anchor, showarrow=False, font={"size": 11}, opacity=0.85
        )


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    if axis.choices:
        return [(axis.place(choice), str(choice)) for choice in axis.choices]
    factor = 100 if axis.name.endswith("(%)") else 1
    middle = math.sqrt(axis.low * axis.high) if axis.logarithmic else (axis.low + axis.high) / 2
    return [(axis.place(value), f"{factor * value:.4g}") for value in (axis.low, middle, axis.high)]


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """1, 2 and 5 of every power of ten from `low` to `high`; plotly's own crowd."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    shown = [value for value in values if low / 2 <= value <= high * 2]
    return {"tickvals": shown, "ticktext": [f"{value:,.10g}" for value in shown]}


def value_on_axis(axis: Axis, value: Any) -> Any:
    return str(value) if axis.choices else float(value)


__all__ = [
    "costs_figure",
    "importances_figure",
    "parallel_figure",
    "pareto_figure",
    "slice_figure",
]
