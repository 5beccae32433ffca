"""Accuracy against the time it takes to train: plain numbers, then the figure."""

import math

import pandas as pd
import plotly.graph_objects as go

from results.drawing import GREY, SYMBOLS, colour_of, lay_out, percent, records, safe
from results.evidence import Evidence, distinct
from results.sections import seconds

TRADE_OFF = {
    "configuration": "str",
    "title": "str",
    "words": "str",
    "reference": "str",
    "accuracy": "float64",  # validation accuracy, the mean over its seeds
    "seconds": "float64",  # to train it to its end
    "best_for_its_time": "bool",  # nothing faster is as accurate
}
MOST = 200  # configurations drawn: the most accurate ones, and every one that is the best for its time


def trade_off_info(evidence: Evidence) -> pd.DataFrame:
    """One row a configuration that was trained to its end in the search, fastest first; columns TRADE_OFF."""
    times = seconds(evidence)
    found = distinct(evidence.trials).rename(columns={"validation_accuracy": "accuracy"})
    found["title"] = found["configuration"].map(evidence.titles)
    found["seconds"] = [times.get(name, (math.nan, math.nan))[1] for name in found["configuration"]]
    timed = found[found["seconds"].notna()].sort_values(["seconds", "accuracy"], ascending=[True, False])
    before = timed["accuracy"].cummax().shift(fill_value=-1.0)
    timed = timed.assign(best_for_its_time=timed["accuracy"] > before)
    return timed[list(TRADE_OFF)].astype(TRADE_OFF).reset_index(drop=True)


def trade_off_figure(info: pd.DataFrame) -> go.Figure:
    """A point a configuration; the line joins those that nothing faster equals."""
    few = info[info["best_for_its_time"] | info["accuracy"].rank(ascending=False).le(MOST)]
    figure = go.Figure()
    front = few[few["best_for_its_time"]]
    figure.add_scatter(
        x=front["seconds"].round(2).tolist(),
        y=percent(front["accuracy"]),
        mode="lines",
        line={"color": GREY, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
        name="best for its time",
    )
    for reference, own in few.groupby("reference", sort=True):
        _add_points(figure, str(reference), own)
    lay_out(figure, height=420, x_title="seconds to train", y_title="validation accuracy (%)")
    return figure


def _add_points(figure: go.Figure, reference: str, points: pd.DataFrame) -> None:
    figure.add_scatter(
        x=points["seconds"].round(2).tolist(),
        y=percent(points["accuracy"]),
        mode="markers",
        marker={"size": 9, "color": colour_of(reference), "symbol": SYMBOLS.get(reference, "star")},
        hoverinfo="text",
        hovertext=[
            f"{safe(row.title)}<br>{row.accuracy:.2%} in {row.seconds:,.0f} s<br>{safe(row.words)}"
            for row in records(points)
        ],
        name=safe(points["title"].iloc[0]) if reference else "found by the search",
    )


__all__ = ["MOST", "TRADE_OFF", "trade_off_figure", "trade_off_info"]
