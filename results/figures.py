"""The figures of a report, each in two steps: frames → plain numbers (`*_info`) → plotly figure (`*_figure`).

Accuracies are fractions in an info and percent in its figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.drawing import (
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    SYMBOLS,
    VERMILLION,
    colour_of,
    lay_out,
    percent,
    records,
    safe,
)
from results.statistics import best_so_far, by_configuration
from search_spaces import BOOK, MARKS, REFERENCES

ROW_HEIGHT = 46  # pixels of a row of the comparison


@dataclass(frozen=True)
class ComparisonInfo:
    """`configurations`: columns of by_configuration and `title`, in the order shown, then `seeds`: title, seed,
    test_accuracy; `published`: title, test_accuracy, source; `rows`: all titles from the top."""

    configurations: pd.DataFrame
    seeds: pd.DataFrame
    published: pd.DataFrame
    rows: list[str]


@dataclass(frozen=True)
class CurvesInfo:
    """`curves`: title, reference, epoch, n (seeds) and mean, low, high of validation and training accuracy;
    low and high are the lowest and highest seed. `published`: title, reference, epoch, train_accuracy."""

    curves: pd.DataFrame
    published: pd.DataFrame


@dataclass(frozen=True)
class HistoryInfo:
    """`trials`: number, state, kind (complete, published network, pruned or failed), accuracy (NaN where none was
    reported), epoch, title and words, without waiting trials; `best`: columns of best_so_far."""

    trials: pd.DataFrame
    best: pd.DataFrame


def comparison_info(finals: pd.DataFrame, titles: Mapping[str, str]) -> ComparisonInfo:
    """Test accuracy by configuration, in the order of `titles` (fingerprint → title), with published figures."""
    order = {configuration: place for place, configuration in enumerate(titles)}
    summary = by_configuration(finals).sort_values("configuration", key=lambda names: names.map(order))
    summary = summary.assign(title=summary["configuration"].map(titles)).reset_index(drop=True)
    seeds = finals.assign(title=finals["configuration"].map(titles))[["title", "seed", "test_accuracy"]]
    scored = dict(zip(summary["reference"][::-1], summary["title"][::-1], strict=True))  # the first of each wins
    marks = [
        (scored.get(known.id, known.title), known.published.test_accuracy, known.source)
        for known in REFERENCES
        if known.published.test_accuracy is not None and (known.id in scored or known in BOOK)
    ]
    marks += [(f"{mark.title} (published)", mark.test_accuracy, mark.source) for mark in MARKS]
    published = pd.DataFrame(marks, columns=["title", "test_accuracy", "source"])
    rows = list(dict.fromkeys([*summary["title"], *published["title"]]))
    return ComparisonInfo(summary, seeds.reset_index(drop=True), published, rows)


def comparison_figure(info: ComparisonInfo) -> go.Figure:
    """A row a configuration: seeds as dots, mean and t interval where n >= 2, published figures as diamonds."""
    at = {title: -place for place, title in enumerate(info.rows)}
    colours = {row.title: colour_of(row.reference) for row in records(info.configurations)}
    several = info.configurations[info.configurations["n"] >= 2]
    figure = go.Figure()
    dots = {"size": 9, "opacity": 0.8, "color": [colours[title] for title in info.seeds["title"]]}
    _add_row_points(figure, at, info.seeds, "one seed", {"symbol": "circle"} | dots, "seed", 0.0)
    published = {"symbol": "diamond-open", "size": 11, "line": {"width": 2}}
    published["color"] = [colours.get(title, GREY) for title in info.published["title"]]
    _add_row_points(figure, at, info.published, "published", published, "source", -0.2)
    if len(several):
        figure.add_scatter(
            x=percent(several["mean"]),
            y=[at[title] - 0.2 for title in several["title"]],
            error_x={
                "array": percent(several["mean_high"] - several["mean"]),
                "arrayminus": percent(several["mean"] - several["mean_low"]),
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
    for title, y in at.items():
        figure.add_annotation(text=safe(title), y=y + 0.3, **_ROW_LABEL)
        figure.add_shape(type="line", y0=y + 0.56, y1=y + 0.56, **_ROW_RULE)
    lay_out(figure, height=ROW_HEIGHT * max(1, len(at)) + 96, x_title="test accuracy (%)")
    figure.update_yaxes(visible=False, range=[-len(at) + 0.45, 0.62])
    return figure


def curves_info(trials: pd.DataFrame, epochs: pd.DataFrame, titles: Mapping[str, str]) -> CurvesInfo:
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
        if known.id in shown
        for epoch, (_, accuracy) in enumerate(known.published.training_curve, start=1)
    ]
    published = pd.DataFrame(points, columns=["title", "reference", "epoch", "train_accuracy"])
    place = {title: number for number, title in enumerate(titles.values())}
    curves = curves.sort_values(["title", "epoch"], key=lambda c: c.map(place) if c.name == "title" else c)
    return CurvesInfo(curves.drop(columns="configuration").reset_index(drop=True), published)


def curves_figure(info: CurvesInfo) -> go.Figure:
    """Validation accuracy solid, training accuracy dotted, a band from the lowest to the highest seed."""
    figure = go.Figure()
    for title, curve in info.curves.groupby("title", sort=False):
        reference = curve["reference"].iloc[0]
        if curve["n"].max() > 1:
            _add_band(figure, curve, colour_of(reference), str(title))
        _add_curve(figure, curve, "validation", str(title), {"width": 2.5}, colour_of(reference))
        _add_curve(figure, curve, "train", str(title), {"width": 1.8, "dash": "dot"}, colour_of(reference))
    for title, points in info.published.groupby("title", sort=False):
        colour = colour_of(points["reference"].iloc[0])
        figure.add_scatter(
            x=points["epoch"].tolist(),
            y=percent(points["train_accuracy"]),
            mode="markers",
            marker={"symbol": "diamond-open", "size": 9, "color": colour, "line": {"width": 2}},
            hoverinfo="text",
            hovertext=[f"{safe(title)}<br>published training accuracy: {v:.2%}" for v in points["train_accuracy"]],
            legendgroup=safe(title),
            showlegend=False,
        )
    lay_out(figure, height=440, x_title="epoch", y_title="accuracy (%)")
    if len(info.curves) and info.curves["epoch"].max() <= 12:
        figure.update_xaxes(dtick=1)
    return figure


def history_info(trials: pd.DataFrame, reported: pd.DataFrame, titles: Mapping[str, str]) -> HistoryInfo:
    """Every trial that was begun, with its last reported validation accuracy, and the best so far."""
    begun = trials[trials["state"] != "waiting"]
    last = begun[["number", "state", "words", "validation_accuracy"]].merge(
        reported.rename(columns={"validation_accuracy": "last"}), on="number", how="left"
    )
    last["accuracy"] = last.pop("validation_accuracy").fillna(last.pop("last"))
    last["title"] = begun["configuration"].map(dict(titles)).fillna("").to_list()
    published = (last["state"] == "complete") & begun["reference"].isin(list(COLOURS)).to_numpy()
    last["kind"] = last["state"].replace({"fail": "failed"}).where(~published, "published network")
    columns = ["number", "state", "kind", "accuracy", "epoch", "title", "words"]
    return HistoryInfo(last[columns].reset_index(drop=True), best_so_far(trials))


def history_figure(info: HistoryInfo) -> go.Figure:
    """Validation accuracy by trial; what never reported stands on a line at the bottom."""
    looks = {
        "complete": ("circle", BLUE),
        "published network": ("square", ORANGE),
        "pruned": ("x-thin-open", GREY),
        "failed": ("triangle-down", VERMILLION),
        "running": ("circle-open", SKY),
    }
    known = info.trials["accuracy"].dropna() * 100
    bottom = known.min() - max(0.5, 0.08 * (known.max() - known.min())) if len(known) else 0.0
    figure = go.Figure()
    if len(info.best):
        figure.add_scatter(
            x=info.best["number"].tolist(),
            y=percent(info.best["best"]),
            mode="lines",
            line={"shape": "hv", "color": GREEN, "width": 2},
            hoverinfo="skip",
            name="best so far",
        )
    for kind, (symbol, colour) in looks.items():
        shown = info.trials[info.trials["kind"] == kind]
        if len(shown):
            figure.add_scatter(
                x=shown["number"].tolist(),
                y=(shown["accuracy"] * 100).fillna(bottom).round(4).tolist(),
                mode="markers",
                marker={"symbol": symbol, "color": colour, "size": 8, "line": {"width": 1.6, "color": colour}},
                hoverinfo="text",
                hovertext=[_trial_hover(row) for row in records(shown)],
                name=kind,
            )
    lay_out(figure, height=400, x_title="trial", y_title="validation accuracy (%)")
    return figure


_ROW_RULE: dict[str, Any] = {
    "x0": 0,
    "x1": 1,
    "xref": "paper",
    "layer": "below",
    "line": {"color": "rgba(128,128,128,0.25)", "width": 1},
}
_ROW_LABEL: dict[str, Any] = {"x": 0, "xref": "paper", "xanchor": "left", "showarrow": False, "font": {"size": 13}}


def _add_row_points(
    figure: go.Figure,
    at: Mapping[str, int],
    points: pd.DataFrame,
    name: str,
    marker: dict[str, Any],
    said: str,
    shift: float,
) -> None:
    figure.add_scatter(
        x=percent(points["test_accuracy"]),
        y=[at[title] - 0.2 for title in points["title"]],
        mode="markers",
        marker=marker,
        hoverinfo="text",
        hovertext=[
            f"{safe(title)}<br>{accuracy:.2%}<br>{safe(f'{said}: {detail}')}"
            for title, accuracy, detail in zip(points["title"], points["test_accuracy"], points[said], strict=True)
        ],
        name=name,
    )


def _add_curve(
    figure: go.Figure, curve: pd.DataFrame, part: str, title: str, line: dict[str, Any], colour: str
) -> None:
    values = curve[f"{part}_mean"]
    if values.isna().all():
        return
    words = "validation" if part == "validation" else "training"
    figure.add_scatter(
        x=curve["epoch"].tolist(),
        y=percent(values),
        mode="lines+markers",
        line=line | {"color": colour},
        marker={
            "size": 7 if part == "validation" else 4,
            "symbol": SYMBOLS.get(curve["reference"].iloc[0], "star"),
        },
        hoverinfo="text",
        hovertext=[
            f"{safe(title)}<br>epoch {row.epoch}, {words} accuracy {getattr(row, part + '_mean'):.2%}"
            f"<br>{row.n} seed{'s' if row.n > 1 else ''}"
            for row in records(curve)
        ],
        legendgroup=safe(title),
        name=safe(title),
        showlegend=part == "validation",
    )


def _add_band(figure: go.Figure, curve: pd.DataFrame, colour: str, title: str) -> None:
    epochs = curve["epoch"].tolist()
    figure.add_scatter(
        x=epochs + epochs[::-1],
        y=percent(curve["validation_high"]) + percent(curve["validation_low"])[::-1],
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


def _trial_hover(row: Any) -> str:
    if pd.isna(row.accuracy):
        score = "nothing reported"
    elif row.state == "complete":
        score = f"{row.accuracy:.2%}"
    else:
        score = f"{row.accuracy:.2%} after epoch {row.epoch:.0f}"
    said = [f"trial {row.number}, {row.state}: {score}", row.words]
    return "<br>".join(safe(part) for part in said if part)


__all__ = [
    "comparison_figure",
    "comparison_info",
    "curves_figure",
    "curves_info",
    "history_figure",
    "history_info",
]
