"""A study's figure as a PNG, drawn by Chromium from the plotly.js that is installed. No network."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from results.evidence.evidence import Evidence
from results.presentation.style import safe
from results.report.page import as_json, script
from results.report.scores.comparison import comparison_figure, comparison_info
from results.report.scores.curves import curves_figure, curves_info, scored_in_curves
from results.report.search.fronts import pareto_figure, pareto_info
from results.report.search.history import history_figure, history_info
from results.store.schema import StoreError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NAMES = ("comparison", "curves", "history", "trade-off")
WIDTH, SCALE = 900, 2
SECONDS = 90
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_INK = "#1d2126"


def write_picture(evidence: Evidence, name: str, path: Path) -> Path:
    """Writes the figure of that name (one of NAMES) to `path` and returns it.

    Raises StoreError where no figure is called so, where there is nothing to draw, and without Chromium.
    """
    page = picture_page(evidence, name)
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        raise StoreError(
            f"expected one of {', '.join(BROWSERS)} on the PATH to draw a PNG, found none; on Debian and Ubuntu: "
            "sudo apt install chromium"
        )
    picture = _drawn(browser, page)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return path


def picture_page(evidence: Evidence, name: str) -> str:
    """The page that draws the figure and leaves its PNG in `#picture`. Raises as `write_picture`."""
    if name not in NAMES:
        raise StoreError(f"no figure is called {name!r}; expected one of: {', '.join(sorted(NAMES))}")
    figure = _figure(evidence, name)
    if figure is None:
        raise StoreError(f"study {evidence.study} has nothing to draw in the figure {name!r} yet")
    stand_in = f"<br>{safe(evidence.card['notice'].partition('.')[0])}" if evidence.card["stand_in"] else ""
    title = {"text": safe(f"Study {evidence.study}") + stand_in, "x": 0.01, "y": 0.98, "yanchor": "top"}
    figure.update_layout(paper_bgcolor="#ffffff", font={"color": _INK}, margin={"t": 120, "b": 60}, title=title)
    figure.update_layout(height=figure.layout.height + 112)
    height = int(figure.layout.height)
    shown = as_json(json.loads(figure.to_json()))
    return (
        '<!DOCTYPE html><meta charset="utf-8"><body><div id="plot"></div><pre id="picture"></pre>'
        f"<script>{script(get_plotlyjs())}</script>"
        f"<script>const figure = {shown}; figure.layout.width = {WIDTH};"
        "Plotly.newPlot('plot', figure.data, figure.layout).then("
        f"plot => Plotly.toImage(plot, {{format: 'png', width: {WIDTH}, height: {height}, scale: {SCALE}}})).then("
        "url => { document.getElementById('picture').textContent = url; });</script>"
    )


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


def _drawn(browser: str, page: str) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "figure.html"
        source.write_text(page, encoding="utf-8")
        command = [
            browser,
            "--headless",
            *QUIET,
            f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=20000",
        ]
        try:
            done = subprocess.run(
                [*command, "--dump-dom", source.as_uri()], capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise StoreError(f"{browser} did not draw the figure in {SECONDS} s; try again") from error
    found = re.search(rb'<pre id="picture">data:image/png;base64,([A-Za-z0-9+/=]+)</pre>', done.stdout)
    if not found:
        raise StoreError(f"{browser} did not draw the figure (exit status {done.returncode}); try another browser")
    return base64.b64decode(found[1])
