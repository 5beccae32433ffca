"""Figures in words: min–median–max, seconds, and Markdown tables."""

from collections.abc import Iterable, Sequence
from statistics import median


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Min–median–max, the median bold; a single value alone, – for none."""
    if not values:
        return "–"
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return middle if len(values) == 1 else f"{low}–**{middle}**–{high}"


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Quotients round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def minutes(seconds: float) -> str:
    """Seconds as m:ss from a minute up, else with one decimal."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d} min" if seconds >= 60 else f"{seconds:.1f} s"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose source is aligned too, so that it can be read on a terminal. First column left."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    body = [lines[0], rule, *lines[1:]]
    return "\n".join("| " + " | ".join(map(_aligned, line, widths, range(len(line)))) + " |" for line in body)


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column == 0 else cell.rjust(width)
