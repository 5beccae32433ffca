"""Learning curves: in the report, the dashboard and as a picture."""

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.style import (
    FONT,
    GREY,
    SYMBOLS,
    colour_of,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import (
    Cell,
    Table,
    count,
    percent,
    records,
    table,
    word,
)
from results.report.page import drawn
from search_spaces import BOOK


@dataclass(frozen=True)
class CurvesInfo:
    """`curves`: title, reference, epoch, n (seeds) and mean, low, high of validation and training accuracy;
    low and high are the lowest and highest seed. `published`: title, reference, epoch, train_accuracy."""

    curves: pd.DataFrame
    published: pd.DataFrame


def curves_info(
    trials: pd.DataFrame, epochs: pd.DataFrame, titles: Mapping[str, str], *, beside_published: bool = True
) -> CurvesInfo:
    """Accuracy by epoch of the configurations in `titles` (fingerprint → title), averaged over their seeds.

    Only epochs that belong to the configuration count; its run may have been trained further for another one.
    """
    runs = trials[trials["configuration"].isin(list(titles))].drop_duplicates(["configuration", "run"])
    own = runs[["configuration", "reference", "run", "epochs"]].merge(epochs, on="run")
    own = own[own["epoch"] <= own["epochs"]]
    curves = (
        own.groupby(["configuration", "reference", "epoch"], sort=False)
        .agg(
            n=("run", "size"),
            validation_mean=("validation_accuracy", "mean"),
            validation_low=("validation_accuracy", "min"),
            validation_high=("validation_accuracy", "max"),
            train_mean=("train_accuracy", "mean"),
            train_low=("train_accuracy", "min"),
            train_high=("train_accuracy", "max"),
        )
        .reset_index()
    )
    curves.insert(0, "title", curves["configuration"].map(dict(titles)).astype("str"))
    shown = dict(zip(curves["reference"][::-1], curves["title"][::-1], strict=True))
    points = [
        (shown[known.id], known.id, epoch, accuracy)
        for known in BOOK
        if beside_published and known.id in shown
        for epoch, (_, accuracy) in enumerate(known.published.training_curve, start=1)
    ]
    published = pd.DataFrame(points, columns=["title", "reference", "epoch", "train_accuracy"])
    place = {title: number for number, title in enumerate(titles.values())}
    curves = curves.sort_values(["title", "epoch"], key=lambda c: c.map(place) if c.name == "title" else c)
    return CurvesInfo(curves.drop(columns="configuration").reset_index(drop=True), published)


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


def curves_table(info: CurvesInfo) -> Table:
    """The figures behind the learning curves."""
    rows = [[*_point(row), *_spread(row, "validation")] for row in records(info.curves)]
    return table(rows, "Network|Epoch#|Seeds#|Validation accuracy#|Lowest seed#|Highest seed#")


def training_table(info: CurvesInfo) -> Table:
    """The figures behind the training curves."""
    published = {(row.title, row.epoch): row.train_accuracy for row in records(info.published)}
    rows = [
        [*_point(row), *_spread(row, "train"), percent(published.get((row.title, row.epoch)))]
        for row in records(info.curves)
    ]
    found = table(rows, "Network|Epoch#|Seeds#|Training accuracy#|Lowest seed#|Highest seed#|Published#")
    return found if len(info.published) else Table(found.columns[:-1], [row[:-1] for row in found.rows])


def _point(row: Any) -> list[Cell]:
    return [word(row.title), count(row.epoch), count(row.n)]


def _spread(row: Any, part: str) -> list[Cell]:
    return [percent(getattr(row, f"{part}_{each}")) for each in ("mean", "low", "high")]


WIDTH, HEIGHT = 760, 420


_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 744, 16, 300  # the plot's edges, in pixels


_TICKS = 5


def curves_svg(info: CurvesInfo) -> str:
    """Validation accuracy by epoch, the mean over the seeds, one line a network, on white. Raises ValueError where
    there is no curve."""
    shown = info.curves[info.curves["validation_mean"].notna()]
    if shown.empty:
        raise ValueError("expected a curve to draw, got none")
    low = math.floor(100 * shown["validation_mean"].min() / 5) * 5
    high = min(100, math.ceil(100 * shown["validation_mean"].max() / 5) * 5)
    high = max(high, low + 5)
    last = max(2, int(shown["epoch"].max()))

    def place(epoch: float, accuracy: float) -> str:
        x = _LEFT + (epoch - 1) / (last - 1) * (_RIGHT - _LEFT)
        y = _BOTTOM - (100 * accuracy - low) / (high - low) * (_BOTTOM - _TOP)
        return f"{x:.1f},{y:.1f}"

    parts = [*_axes(low, high, last)]
    for number, (title, curve) in enumerate(shown.groupby("title", sort=False)):
        points = [place(row.epoch, row.validation_mean) for row in records(curve)]
        parts += _svg_curve(str(title), points, colour_of(str(curve["reference"].iloc[0])), number)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="{FONT}" font-size="13" fill="#333">'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _axes(low: int, high: int, last: int) -> list[str]:
    parts = []
    for step in range(_TICKS + 1):
        y = _BOTTOM - step / _TICKS * (_BOTTOM - _TOP)
        value = low + step / _TICKS * (high - low)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="{GREY}" stroke-opacity="0.25"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g} %</text>')
    every = max(1, math.ceil(last / 12))
    for epoch in range(1, last + 1, every):
        x = _LEFT + (epoch - 1) / (last - 1) * (_RIGHT - _LEFT)
        parts.append(f'<text x="{x:.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{epoch}</text>')
    middle = (_LEFT + _RIGHT) / 2
    label = "epoch (validation accuracy, mean over the seeds)"
    return [*parts, f'<text x="{middle}" y="{_BOTTOM + 38}" text-anchor="middle">{label}</text>']


def _svg_curve(title: str, points: list[str], colour: str, number: int) -> list[str]:
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3.5"/>' for x, y in (point.split(",") for point in points))
    x, y = _LEFT + 350 * (number % 2), _BOTTOM + 66 + 20 * (number // 2)
    return [
        f'<g fill="{colour}">{dots}</g>',
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<rect x="{x}" y="{y - 9}" width="18" height="4" fill="{colour}"/>',
        f'<text x="{x + 26}" y="{y - 2}">{html.escape(title)}</text>',
    ]


def shown_in_curves(evidence: Evidence) -> dict[str, str]:
    """What the learning curves show: the book's networks as they were first tried, and the best found; where
    nothing was searched, as in a reproduction, what was scored."""
    if evidence.trials.empty:
        scored = set(evidence.finals["configuration"])
        return {name: title for name, title in evidence.titles.items() if name in scored}
    first = evidence.trials.drop_duplicates("reference")
    shown = {evidence.best, *first.loc[first["reference"].isin([known.id for known in BOOK]), "configuration"]}
    return {configuration: title for configuration, title in evidence.titles.items() if configuration in shown}


def learning_curves(evidence: Evidence) -> dict[str, Any]:
    """Validation and training accuracy by epoch; None where there is nothing to draw."""
    shown = shown_in_curves(evidence)
    curves = curves_info(evidence.trials, evidence.epochs, shown)
    trained = evidence.finals if evidence.finals["configuration"].isin(list(shown)).any() else evidence.trials
    training = curves_info(trained, evidence.epochs, shown, beside_published=evidence.beside_published)
    return {
        "curves": drawn(curves_figure(curves), curves_table(curves))
        if curves.curves["validation_mean"].notna().any()
        else None,
        "training": drawn(training_figure(training), training_table(training)) if len(training.curves) else None,
        "trained_in": "finals" if trained is evidence.finals else "search",
    }


def scored_in_curves(evidence: Evidence) -> dict[str, str]:
    """Titles of what the learning curves show: the reference networks, what was scored, the best found."""
    published = evidence.trials.loc[evidence.trials["reference"] != "", "configuration"]
    shown = {*published, *evidence.finals["configuration"], evidence.best}
    return {name: title for name, title in evidence.titles.items() if name in shown}
