"""A study's figure as a PNG, drawn by the Chromium that is installed (kaleido). No network."""

from pathlib import Path

import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.style import safe
from results.report.scores.comparison import comparison_figure, comparison_info
from results.report.scores.curves import curves_figure, curves_info, scored_in_curves
from results.report.search.fronts import pareto_figure, pareto_info
from results.report.search.history import history_figure, history_info
from results.store.schema import StoreError

NAMES = ("comparison", "curves", "history", "trade-off")
WIDTH, SCALE = 900, 2
_INK = "#1d2126"


def write_picture(evidence: Evidence, name: str, path: Path) -> Path:
    """Writes the figure of that name (one of NAMES) to `path` and returns it.

    Raises StoreError where no figure is called so, where there is nothing to draw, and without Chromium.
    """
    drawn = picture(evidence, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        drawn.write_image(path, format="png", width=WIDTH, height=drawn.layout.height, scale=SCALE)
    except RuntimeError as error:  # plotly's own where there is none, kaleido's where it does not start
        raise StoreError(
            "expected Chromium or Chrome on the PATH to draw a PNG, found none that starts; on Debian and Ubuntu: "
            "sudo apt install chromium"
        ) from error
    return path


def picture(evidence: Evidence, name: str) -> go.Figure:
    """The figure of that name as it is drawn. Raises as `write_picture`, which needs Chromium besides."""
    if name not in NAMES:
        raise StoreError(f"no figure is called {name!r}; expected one of: {', '.join(sorted(NAMES))}")
    figure = _figure(evidence, name)
    if figure is None:
        raise StoreError(f"study {evidence.study} has nothing to draw in the figure {name!r} yet")
    stand_in = f"<br>{safe(evidence.card['notice'].partition('.')[0])}" if evidence.card["stand_in"] else ""
    title = {"text": safe(f"Study {evidence.study}") + stand_in, "x": 0.01, "y": 0.98, "yanchor": "top"}
    figure.update_layout(paper_bgcolor="#ffffff", font={"color": _INK}, margin={"t": 120, "b": 60}, title=title)
    figure.update_layout(height=figure.layout.height + 112)
    return figure


def _figure(evidence: Evidence, name: str) -> go.Figure | None:
    """The report's figure of that name; None where there is nothing to draw."""
    if name == "comparison":
        comparison = comparison_info(
            evidence.finals, evidence.titles, evidence.baselines, beside_published=evidence.beside_published
        )
        return comparison_figure(comparison) if len(comparison.rows) else None
    if name == "curves":
        curves = curves_info(evidence.trials, evidence.epochs, scored_in_curves(evidence))
        return curves_figure(curves) if len(curves.curves) else None
    if name == "history":
        history = history_info(evidence.trials, evidence.reported, evidence.titles, evidence.objectives[0])
        return history_figure(history) if len(history.trials) else None
    trade_off = pareto_info(evidence, "seconds")
    return pareto_figure(trade_off, "seconds to train (in the search)") if len(trade_off.points) else None
