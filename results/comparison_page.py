"""Several studies as one self-contained HTML file, under the same policy as a study's report."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from results import side_by_side
from results.report import TEMPLATES, _json, _policy, _script, _write


def build_comparison(named: Sequence[str], path: Path) -> Path:
    """Writes the page of the studies (results.side_by_side.gather_sides) and returns `path`.

    Raises StoreError where they cannot be compared, OSError where `path` cannot be written.
    """
    _write(path, render_comparison(side_by_side.gather_sides(named)))
    return path


def render_comparison(sides: Sequence[side_by_side.Side], made: datetime | None = None) -> str:
    """The page as text; `made` is the time it says it was made at, by default the present."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = side_by_side.scores(sides)
    figure = json.loads(side_by_side.side_by_side_figure(sides, found).to_json())
    scripts = [_script(get_plotlyjs()), _script((TEMPLATES / "report.js").read_text(encoding="utf-8"))]
    return environment.get_template("side_by_side.html.j2").render(
        labels=[side.label for side in sides],
        card=sides[0].evidence.card,
        scores=side_by_side.scores_table(sides, found),
        numbers=side_by_side.figures_table(found),
        differences=side_by_side.differences_table(side_by_side.differences(sides, found)),
        terms=side_by_side.terms_table(sides),
        figure=_json({"data": figure["data"], "layout": figure["layout"]}),
        height=figure["layout"]["height"],
        made=f"{made or datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        policy=_policy(scripts),
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        scripts=scripts,
    )


__all__ = ["build_comparison", "render_comparison"]
