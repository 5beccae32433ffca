"""What the page of several studies shows: its tables and its figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.formatting import percent_range
from results.presentation.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import NONE, Cell, Table, count, interval, records, signed, word
from results.side_by_side.scores import Side

_LOOKS = list(
    zip(
        (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY),
        ("circle", "square", "diamond", "triangle-up", "cross", "star"),
        strict=True,
    )
)


def scores_table(sides: Sequence[Side], found: pd.DataFrame) -> Table:
    """A row a configuration, a column a study."""
    rows = []
    for _, group in found.groupby("configuration", sort=False):
        by_study = {row.study: row for row in records(group)}
        first = next(iter(by_study.values()))
        rows.append([word(first.title, first.words), *(_score(by_study.get(side.label)) for side in sides)])
    return Table([("Configuration", False), *((side.label, True) for side in sides)], rows)


def differences_table(found: pd.DataFrame) -> Table:
    """In percentage points."""
    rows = []
    for row in records(found):
        same = row.n > 0 and np.isnan(row.low) and abs(row.mean_difference) < 1e-12
        seeds = f"{row.n} common" if row.n else f"none common: {row.first_n} and {row.second_n}"
        low_high = f"{signed(100 * row.low, 2)} to {signed(100 * row.high, 2)}" if not np.isnan(row.low) else NONE
        rows.append(
            [
                word(row.title),
                word(f"{row.first} minus {row.second}"),
                Cell("the same" if same else signed(100 * row.mean_difference, 2), float(row.mean_difference)),
                Cell(low_high, None if np.isnan(row.low) else float(row.low)),
                word(seeds),
            ]
        )
    columns = ["Configuration", "Studies", "Difference (points)", "95 % interval", "Seeds"]
    return Table([(title, place in (2, 3)) for place, title in enumerate(columns)], rows)


def figures_table(found: pd.DataFrame) -> Table:
    """The numbers behind the figure."""
    rows = [
        [
            word(row.title),
            word(row.study),
            count(row.n),
            _score(row),
            interval(row.mean_low, row.mean_high),
            count(row.test_texts),
        ]
        for row in records(found)
    ]
    columns = ["Configuration", "Study", "Seeds", "Test accuracy", "95 % t interval over seeds", "Test texts"]
    return Table([(title, place in (2, 3, 5)) for place, title in enumerate(columns)], rows)


def terms_table(sides: Sequence[Side]) -> Table:
    """What the studies were begun with, where they differ: a row a term."""
    told = {side.label: _terms(side.evidence) for side in sides}
    names = dict.fromkeys(name for terms in told.values() for name in terms)
    rows = [
        [word(name), *(word(told[side.label].get(name, NONE)) for side in sides)]
        for name in names
        if len({terms.get(name) for terms in told.values()}) > 1
    ]
    return Table([("Term", False), *((side.label, False) for side in sides)], rows)


def side_by_side_figure(sides: Sequence[Side], found: pd.DataFrame) -> go.Figure:
    """A row a configuration; in it a point a study, with the 95 % t interval of its mean."""
    titles = list(dict.fromkeys(found["title"]))
    figure = go.Figure()
    for place, side in enumerate(sides):
        own = found[found["study"] == side.label]
        colour, symbol = _LOOKS[place % len(_LOOKS)]
        shift = 0.12 + 0.5 * (place + 0.5) / len(sides)
        figure.add_scatter(
            x=percents(own["mean"]),
            y=[-titles.index(title) - shift for title in own["title"]],
            error_x={
                "array": percents((own["mean_high"] - own["mean"]).fillna(0)),
                "arrayminus": percents((own["mean"] - own["mean_low"]).fillna(0)),
                "thickness": 1.6,
                "width": 4,
            },
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            hoverinfo="text",
            hovertext=[
                f"{safe(row.title)}<br>{safe(row.study)}<br>{row.mean:.2%}, {_seeds(row.n)}"
                for row in records(own)
            ],
            name=safe(side.label),
        )
    for place, title in enumerate(titles):
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=-place + 0.05,
            showarrow=False,
            text=safe(title),
            font={"size": 13},
        )
        figure.add_shape(
            type="line",
            x0=0,
            x1=1,
            xref="paper",
            y0=-place - 0.75,
            y1=-place - 0.75,
            layer="below",
            line={"color": "rgba(128,128,128,0.25)", "width": 1},
        )
    row = 34 + 16 * len(sides)
    lay_out(figure, height=row * max(1, len(titles)) + 110, x_title="test accuracy (%)")
    figure.update_yaxes(visible=False, range=[-len(titles) + 0.2, 0.35])
    return figure


def _score(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    spread = "" if np.isnan(row.sd) else f" ± {100 * row.sd:.2f}"
    low_high = "" if np.isnan(row.mean_low) else f", 95 % {percent_range(row.mean_low, row.mean_high)}"
    return Cell(f"{100 * row.mean:.2f}{spread} %", float(row.mean), _seeds(row.n) + low_high)


def _seeds(n: int) -> str:
    return f"{n} seed{'' if n == 1 else 's'}"


def _terms(evidence: Evidence) -> dict[str, str]:
    plain: dict[str, str] = {"split of the search": evidence.split}
    for name, value in evidence.terms.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        plain |= {f"{name} {key}".replace("_", " ").strip(): str(said) for key, said in inner}
    if len(evidence.finals):
        plain["test texts"] = f"{evidence.finals['test_texts'].max():,}"
    return plain
