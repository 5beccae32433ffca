"""Every score on the test part in one figure, with published ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.presentation.formatting import percent_range
from results.presentation.style import (
    GREY,
    colour_of,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    interval,
    percent,
    records,
    table,
    word,
)
from results.report.scores.networks import interval_cell, mean_cell
from results.statistics.intervals import by_configuration, wilson_interval
from search_spaces import BOOK, MARKS, REFERENCES


@dataclass(frozen=True)
class ComparisonInfo:
    """`configurations`: columns of by_configuration and `title`, in the order shown, then `seeds`: title, seed,
    test_accuracy; `baselines`: title, test_accuracy, note; `published`: title, test_accuracy, source; `rows`: all
    titles from the top."""

    configurations: pd.DataFrame
    seeds: pd.DataFrame
    baselines: pd.DataFrame
    published: pd.DataFrame
    rows: list[str]


def comparison_info(
    finals: pd.DataFrame,
    titles: Mapping[str, str],
    linear: pd.DataFrame | None = None,
    *,
    beside_published: bool = True,
) -> ComparisonInfo:
    """Test accuracy by configuration, in the order of `titles` (fingerprint → title), with the published figures
    where the study stands beside them. `linear` is the frame of the linear baselines."""
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
    published = pd.DataFrame(marks if beside_published else [], columns=["title", "test_accuracy", "source"])
    baselines = pd.DataFrame(columns=["title", "test_accuracy", "note"])
    if linear is not None and len(linear):
        baselines = linear[["title", "test_accuracy"]].assign(note="linear, on the same texts")
    rows = list(dict.fromkeys([*summary["title"], *baselines["title"], *published["title"]]))
    return ComparisonInfo(summary, seeds.reset_index(drop=True), baselines, published, rows)


ROW_HEIGHT = 46  # pixels of a row of the comparison


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


def _mean_hover(row: Any) -> str:
    interval = percent_range(row.mean_low, row.mean_high) if pd.notna(row.mean_low) else "none: no spread"
    return f"{safe(row.title)}<br>mean of {row.n} seeds: {row.mean:.2%}<br>95 % t interval: {interval}"


def comparison_table(info: ComparisonInfo, averaged: Mapping[str, tuple[int, int, int]] | None = None) -> Table:
    """The figures behind the comparison: a row a scored configuration, then published ones. `averaged` is what the
    seeds of a configuration tell together (evidence.predictions.averaged)."""
    seeds = info.seeds.groupby("title")["test_accuracy"].agg(list)
    published = dict(zip(info.published["title"], info.published["test_accuracy"], strict=True))
    rows = [
        [
            word(row.title),
            count(row.n),
            mean_cell(row),
            interval_cell(row),
            interval(row.one_seed_over_texts_low, row.one_seed_over_texts_high),
            word(", ".join(f"{100 * value:.2f}" for value in seeds[row.title])),
            averaged_cell((averaged or {}).get(row.configuration)),
            percent(published.pop(row.title, None)),
        ]
        for row in records(info.configurations)
    ]
    rows += [
        [word(row.title), Cell(NONE), percent(row.test_accuracy), *[Cell(NONE)] * 4, percent(None)]
        for row in records(info.baselines)
    ]
    rows += [[word(title), *[Cell(NONE)] * 6, percent(accuracy)] for title, accuracy in published.items()]
    found = table(
        rows,
        "Configuration|Seeds#|Test accuracy#|95 % t interval over seeds|95 % Wilson interval of one run "
        "over texts|Each seed (%)|Averaged over its seeds#|Published#",
    )
    return found if len(info.published) else Table(found.columns[:-1], [row[:-1] for row in found.rows])


def averaged_cell(told: tuple[int, int, int] | None) -> Cell:
    """The accuracy of the seeds' mean probabilities, with its Wilson interval over texts."""
    if told is None:
        return Cell(NONE)
    _, right, texts = told
    low, high = wilson_interval(right / texts, texts)
    return Cell(f"{100 * right / texts:.2f} %", right / texts, f"{100 * low:.2f} to {100 * high:.2f}")
