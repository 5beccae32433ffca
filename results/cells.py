"""What the report's tables are made of. A cell knows how to be shown and how to sort."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.objectives import Objective

NONE = "–"  # shown where there is no figure
SMALLEST_P = 0.001  # what is below is not told in digits


@dataclass(frozen=True)
class Cell:
    """`text` as shown, `note` under it in small; `sort` is a number or a text, None sorts last either way."""

    text: str
    sort: float | str | None = None
    note: str = ""


@dataclass(frozen=True)
class Table:
    """`columns`: title and whether its cells are numbers."""

    columns: list[tuple[str, bool]]
    rows: list[list[Cell]]


def word(text: str, note: str = "") -> Cell:
    return Cell(text, text.casefold(), note)


def percent(fraction: float | None) -> Cell:
    return _number(fraction, lambda value: f"{value:.2%}".replace("%", " %"))


def count(value: float | None) -> Cell:
    return _number(value, lambda whole: f"{whole:,.0f}")


def number(value: float | None, digits: int) -> Cell:
    return _number(value, lambda real: f"{real:,.{digits}f}")


def value_of(objective: Objective, value: float | None) -> Cell:
    """A value of the objective: in percent where it is a share."""
    return percent(value) if objective.is_share else number(value, objective.digits)


def sentence_case(title: str) -> str:
    """With a capital at the beginning; the rest as it is."""
    return title[:1].upper() + title[1:]


def _number(value: Any, shown: Any) -> Cell:
    return Cell(NONE) if value is None or pd.isna(value) else Cell(shown(value), float(value))


def interval(low: float, high: float, missing: str = NONE) -> Cell:
    return Cell(missing) if pd.isna(low) else Cell(f"{100 * low:.2f} to {100 * high:.2f} %", float(low))


def p_text(p: float) -> str:
    """A p value in three digits, or that it is smaller than they show."""
    return f"< {SMALLEST_P}" if p < SMALLEST_P else f"{p:.3f}"


def table(rows: Iterable[list[Cell]], columns: str) -> Table:
    """`columns`: titles between bars; a # behind one says that its cells are numbers."""
    return Table([(title.rstrip("#"), title.endswith("#")) for title in columns.split("|")], list(rows))


__all__ = [
    "NONE",
    "SMALLEST_P",
    "Cell",
    "Table",
    "count",
    "interval",
    "number",
    "p_text",
    "percent",
    "sentence_case",
    "table",
    "value_of",
    "word",
]
