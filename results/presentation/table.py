"""What the report's tables are made of. A cell knows how to be shown and how to sort."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.metrics.objectives import Objective
from results.presentation.formatting import percent_range

MINUS = "\N{MINUS SIGN}"
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


def signed(value: float, digits: int) -> str:
    """With + or a true minus sign; what rounds to 0 has none."""
    text = f"{value:+,.{digits}f}"
    return text[1:] if not text.strip("+-0.,") else text.replace("-", MINUS)


def points(difference: float, note: str = "") -> Cell:
    """A difference of accuracies, in percentage points."""
    return Cell(NONE) if pd.isna(difference) else Cell(signed(100 * difference, 2), float(difference), note)


def detectable(difference: float) -> Cell:
    """A difference that such seeds mostly show, in percentage points: a tenth at best, as it is an estimate."""
    if pd.isna(difference):
        return Cell(NONE)
    digits = 1 if abs(difference) < 0.0995 else 0
    return Cell(f"{100 * difference:.{digits}f}", float(difference))


def percent(fraction: float | None) -> Cell:
    return _number(fraction, lambda value: f"{value:.2%}".replace("%", " %"))


def duration(seconds: float | None) -> Cell:
    return _number(seconds, in_time)


def in_time(seconds: float) -> str:
    """34 s, 12 min 5 s, 3 h 20 min, in whole units."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h {minutes % 60} min"


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
    """An interval of accuracies."""
    return Cell(missing) if pd.isna(low) else Cell(percent_range(low, high), max(low, 0.0))


def p_text(p: float) -> str:
    """A p value in three digits, or that it is smaller than they show."""
    return f"< {SMALLEST_P}" if p < SMALLEST_P else f"{p:.3f}"


def table(rows: Iterable[list[Cell]], columns: str) -> Table:
    """`columns`: titles between bars; a # behind one says that its cells are numbers."""
    titles = columns.replace(" %", "\u00a0%").split("|")
    return Table([(title.rstrip("#"), title.endswith("#")) for title in titles], list(rows))


def without_empty_columns(content: Table) -> Table:
    """The same without the columns in which no row has anything."""
    kept = [place for place in range(len(content.columns)) if any(row[place].text != NONE for row in content.rows)]
    columns = [content.columns[place] for place in kept or range(len(content.columns))]
    return Table(columns, [[row[place] for place in kept] for row in content.rows])


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as named tuples."""
    return iter(frame.itertuples(index=False))
