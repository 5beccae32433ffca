"""Learning curves as an SVG of a few kilobytes: for where no plotly.js is at hand."""

import html
import math

from results.presentation.style import FONT, GREY, colour_of, records
from results.report.scores.infos import CurvesInfo

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
        parts += _curve(str(title), points, colour_of(str(curve["reference"].iloc[0])), number)
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


def _curve(title: str, points: list[str], colour: str, number: int) -> list[str]:
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3.5"/>' for x, y in (point.split(",") for point in points))
    x, y = _LEFT + 350 * (number % 2), _BOTTOM + 66 + 20 * (number // 2)
    return [
        f'<g fill="{colour}">{dots}</g>',
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<rect x="{x}" y="{y - 9}" width="18" height="4" fill="{colour}"/>',
        f'<text x="{x + 26}" y="{y - 2}">{html.escape(title)}</text>',
    ]


__all__ = ["HEIGHT", "WIDTH", "curves_svg"]
