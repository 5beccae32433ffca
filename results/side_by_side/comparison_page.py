"""Several studies as one self-contained HTML file, under the same policy as a study's report."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from results.answer.decision import decide
from results.report.page import page, plot, write
from results.side_by_side import page as side_by_side_views
from results.side_by_side import scores as side_by_side


def build_comparison(named: Sequence[str], path: Path) -> Path:
    """Writes the page of the studies (results.side_by_side.scores.gather_sides) and returns `path`.

    Raises StoreError where they cannot be compared, OSError where `path` cannot be written.
    """
    write(path, render_comparison(side_by_side.gather_sides(named)))
    return path


def render_comparison(sides: Sequence[side_by_side.Side], made: datetime | None = None) -> str:
    """The page as text; `made` is the time it says it was made at, by default the present."""
    found = side_by_side.scores(sides)
    return page(
        "side_by_side.html.j2",
        made,
        figure=plot(side_by_side_views.side_by_side_figure(sides, found)),
        answers=[(side.label, decision.verdict) for side in sides if (decision := decide(side.evidence))],
        labels=[side.label for side in sides],
        card=sides[0].evidence.card,
        scores=side_by_side_views.scores_table(sides, found),
        numbers=side_by_side_views.figures_table(found),
        differences=side_by_side_views.differences_table(side_by_side.differences(sides, found)),
        terms=side_by_side_views.terms_table(sides),
    )
