"""The figures of a report, drawn from their infos: plain numbers → plotly figure. Percent on the axes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.metrics.objectives import Objective
from results.presentation.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    SYMBOLS,
    VERMILLION,
    colour_of,
    lay_out,
    percents,
    records,
    safe,
)
from results.report.scores.infos import ComparisonInfo, CurvesInfo, HistoryInfo

ROW_HEIGHT = 46  # pixels of a row of the comparison
MOST_TRIALS = 1000  # drawn one by one; of more, what raised the best so far and the spread of the others
BLOCKS = 100  # that more trials are counted in
_BELOW_LABEL = 0.2  # in rows, where the points of a row stand


def comparison_figure(info: ComparisonInfo) -> go.Figure:
    """A row a configuration: seeds as dots, mean and t interval where n >= 2, published figures as diamonds."""
    at = {title: -place for place, title in enumerate(info.rows)}
    colours = {row.title: colour_of(row.reference) for row in records(info.configurations)}
    several = info.configurations[info.configurations["n"] >= 2]
    figure = go.Figure()
    dots = {"size": 9, "opacity": 0.8, "color": [colours[title] for title in info.seeds["title"]]}
    _add_row_points(figure, at, info.seeds, "one seed", {"symbol": "circle"} | dots, "seed")
    linear = {"symbol": "square", "size": 9, "color": GREY}
    if len(info.baselines):
        _add_row_points(figure, at, info.baselines, "linear baseline", linear, "note")
    published = {"symbol": "diamond-open", "size": 11, "line": {"width": 2}}
    published["color"] = [colours.get(title, GREY) for title in info.published["title"]]
    _add_row_points(figure, at, info.published, "published", published, "source")
    if len(several):
        _add_means(figure, at, several)
    for title, y in at.items():
        figure.add_annotation(text=safe(title), y=y + 0.3, **_ROW_LABEL)
        figure.add_shape(type="line", y0=y + 0.56, y1=y + 0.56, **_ROW_RULE)
    lay_out(figure, height=ROW_HEIGHT * max(1, len(at)) + 96, x_title="test accuracy (%)")
    figure.update_yaxes(visible=False, range=[-len(at) + 0.45, 0.62])
    figure.update_xaxes(range=_accuracy_range(info))
    return figure


def _accuracy_range(info: ComparisonInfo) -> list[float]:
    """A little beyond the points, to 100 % at most: the t interval of two seeds may reach far past what can be."""
    frames = (info.seeds, info.baselines, info.published)
    shown = [accuracy for frame in frames for accuracy in frame["test_accuracy"]]
    low = 100 * min(shown, default=0.5)
    return [max(0.0, low - 5), min(100.5, 100 * max(shown, default=1.0) + 5)]


def curves_figure(info: CurvesInfo) -> go.Figure:
    """Validation accuracy by epoch, a line a network, a band from the lowest to the highest seed."""
    return _curves(info, "validation", "validation accuracy (%)")


def training_figure(info: CurvesInfo) -> go.Figure:
    """Training accuracy by epoch as `curves_figure`, with the published ones."""
    figure = _curves(info, "train", "training accuracy (%)")
    for title, points in info.published.groupby("title", sort=False):
        _add_published(figure, points, str(title))
    return figure


def _curves(info: CurvesInfo, part: str, y_title: str) -> go.Figure:
    figure = go.Figure()
    for title, curve in info.curves.groupby("title", sort=False):
        reference = curve["reference"].iloc[0]
        if curve["n"].max() > 1:
            _add_band(figure, curve, part, colour_of(reference), str(title))
        _add_curve(figure, curve, part, str(title), colour_of(reference))
    lay_out(figure, height=380, x_title="epoch", y_title=y_title)
    if len(info.curves) and info.curves["epoch"].max() <= 12:
        figure.update_xaxes(dtick=1)
    return figure


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
        singly = singly[singly["number"].isin(_raised(info)) | (singly["kind"] == "published network")]
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
    "published network": ("square", ORANGE),
    "pruned": ("x-thin-open", GREY),
    "failed": ("triangle-down", VERMILLION),
    "running": ("circle-open", SKY),
}
_ROW_RULE: dict[str, Any] = {
    "x0": 0,
    "x1": 1,
    "xref": "paper",
    "layer": "below",
    "line": {"color": "rgba(128,128,128,0.25)", "width": 1},
}
_ROW_LABEL: dict[str, Any] = {"x": 0, "xref": "paper", "xanchor": "left", "showarrow": False, "font": {"size": 13}}


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


def _add_row_points(
    figure: go.Figure,
    at: Mapping[str, int],
    points: pd.DataFrame,
    name: str,
    marker: dict[str, Any],
    said: str,
) -> None:
    figure.add_scatter(
        x=percents(points["test_accuracy"]),
        y=[at[title] - _BELOW_LABEL for title in points["title"]],
        mode="markers",
        marker=marker,
        hoverinfo="text",
        hovertext=[
            f"{safe(title)}<br>{accuracy:.2%}<br>{safe(f'{said}: {detail}')}"
            for title, accuracy, detail in zip(points["title"], points["test_accuracy"], points[said], strict=True)
        ],
        name=name,
    )


def _add_means(figure: go.Figure, at: Mapping[str, int], several: pd.DataFrame) -> None:
    figure.add_scatter(
        x=percents(several["mean"]),
        y=[at[title] - _BELOW_LABEL for title in several["title"]],
        error_x={
            "array": percents(several["mean_high"] - several["mean"]),
            "arrayminus": percents(several["mean"] - several["mean_low"]),
            "thickness": 1.6,
            "width": 5,
            "color": GREY,
        },
        marker={"symbol": "line-ns-open", "size": 14, "line": {"width": 2.5}, "color": GREY},
        mode="markers",
        hoverinfo="text",
        hovertext=[_mean_hover(row) for row in records(several)],
        name="mean of the seeds, 95 % t interval",
    )


def _add_curve(figure: go.Figure, curve: pd.DataFrame, part: str, title: str, colour: str) -> None:
    values = curve[f"{part}_mean"]
    if values.isna().all():
        return
    words = "validation" if part == "validation" else "training"
    figure.add_scatter(
        x=curve["epoch"].tolist(),
        y=percents(values),
        mode="lines+markers",
        line={"width": 2.2, "color": colour},
        marker={"size": 8, "symbol": SYMBOLS.get(curve["reference"].iloc[0], "star")},
        hoverinfo="text",
        hovertext=[
            f"{safe(title)}<br>epoch {row.epoch}, {words} accuracy {getattr(row, part + '_mean'):.2%}"
            f"<br>{row.n} seed{'s' if row.n > 1 else ''}"
            for row in records(curve)
        ],
        legendgroup=safe(title),
        name=safe(title),
    )


def _add_published(figure: go.Figure, points: pd.DataFrame, title: str) -> None:
    colour = colour_of(points["reference"].iloc[0])
    figure.add_scatter(
        x=points["epoch"].tolist(),
        y=percents(points["train_accuracy"]),
        mode="markers",
        marker={"symbol": "diamond-open", "size": 9, "color": colour, "line": {"width": 2}},
        hoverinfo="text",
        hovertext=[f"{safe(title)}<br>published training accuracy: {v:.2%}" for v in points["train_accuracy"]],
        legendgroup=safe(title),
        showlegend=False,
    )


def _add_band(figure: go.Figure, curve: pd.DataFrame, part: str, colour: str, title: str) -> None:
    epochs = curve["epoch"].tolist()
    figure.add_scatter(
        x=epochs + epochs[::-1],
        y=percents(curve[f"{part}_high"]) + percents(curve[f"{part}_low"])[::-1],
        fill="toself",
        fillcolor=colour,
        opacity=0.15,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        legendgroup=safe(title),
        showlegend=False,
    )


def _mean_hover(row: Any) -> str:
    interval = f"{row.mean_low:.2%} to {row.mean_high:.2%}" if pd.notna(row.mean_low) else "none: no spread"
    return f"{safe(row.title)}<br>mean of {row.n} seeds: {row.mean:.2%}<br>95 % t interval: {interval}"


def _trial_hover(row: Any, objective: Objective) -> str:
    if pd.isna(row.value):
        score = "nothing reported"
    elif row.state == "complete":
        score = objective.in_words(row.value)
    else:
        score = f"{objective.in_words(row.value)} after epoch {row.epoch:.0f}"
    said = [f"trial {row.number}, {row.state}: {score}", row.words]
    return "<br>".join(safe(part) for part in said if part)


__all__ = ["comparison_figure", "curves_figure", "history_figure", "training_figure"]
