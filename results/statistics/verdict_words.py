"""Verdicts of results.statistics.verdicts in words: the effect first, then what it would take where undecided."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.presentation.formatting import duration
from results.statistics.verdicts import BETTER, SAME, UNDECIDED, WORSE

NAMED = 3  # of one verdict, named in the headline; the others are counted


def against(row: Any, other: str) -> str:
    """'0.7 points better than CNN (0.4 to 1.0)': what is said of the first, without its name."""
    if math.isnan(row.low):
        return f"undecided against {other} ({_points(row.difference)} points apart)"
    if row.verdict == UNDECIDED:
        return f"undecided against {other} ({_points(row.difference)} points, {_range(row.low, row.high)})"
    if row.verdict == SAME:
        return f"practically the same as {other} ({_points(row.difference)} points, {_range(row.low, row.high)})"
    low, high = (row.low, row.high) if row.verdict == BETTER else (-row.high, -row.low)
    return f"{100 * abs(row.difference):.1f} points {row.verdict} than {other} ({_range(low, high)})"


def headline(title: str, found: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """One sentence on the best network against all others, `found` being one family of one `first`."""
    said = []
    for verdict in (WORSE, BETTER, SAME, UNDECIDED):
        rows = [row for row in _rows(found) if row.verdict == verdict]
        named = rows if len(rows) <= NAMED + 1 else rows[:NAMED]  # "1 other" is no shorter than its name
        said += [against(row, titles[row.second]) for row in named]
        if more := len(rows) - len(named):
            word = {UNDECIDED: "undecided against", SAME: "practically the same as"}.get(
                verdict, f"{verdict} than"
            )
            said.append(f"{word} {more} others")
    return f"{title} is {_listed(said)}."


def to_decide(row: Any, other: str, seconds: Mapping[str, float]) -> str:
    """What an undecided comparison would take; `seconds` is what one run of a configuration takes."""
    if math.isnan(row.low):
        return (
            f"Against {other} there are too few seeds, or finals on other texts: it takes two seeds a network "
            "on the same texts."
        )
    if math.isnan(row.seeds_needed):
        return f"Against {other} more seeds would hardly decide: the texts alone leave too much open."
    needed = [(name, row.seeds_needed - n) for name, n in ((row.first, row.n), (row.second, row.n_second)) if n]
    time = duration(sum(max(0.0, more) * seconds[name] for name, more in needed))
    return (
        f"Against {other} about {row.seeds_needed:.0f} seeds of each would decide in four studies of five, were "
        f"the difference and the spreads what they seem: so many more take about {time} of one core."
    )


def tails(found: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """A sentence for each network of results.statistics.verdicts.collapsed with a collapsed run."""
    return [
        f"{titles[row.configuration]} collapsed in {row.collapsed} of {row.n} runs "
        f"({100 * row.low:.0f} to {100 * row.high:.0f} % of runs, exact 95 % interval); its typical accuracy is "
        f"{100 * row.typical:.1f} %. The verdicts speak of means, which hide that."
        for row in _rows(found)
        if row.collapsed
    ]


def _points(difference: float) -> str:
    return _signed(100 * difference)


def _range(low: float, high: float) -> str:
    """Without a sign where both are above 0."""
    if low > 0:
        return f"{100 * low:.1f} to {100 * high:.1f}"
    return f"{_signed(100 * low)} to {_signed(100 * high)}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _signed(value: float) -> str:
    """With + or a true minus sign; what rounds to 0 has none."""
    text = f"{value:+.1f}"
    return text[1:] if not text.strip("+-0.") else text.replace("-", "\N{MINUS SIGN}")


def _rows(found: pd.DataFrame) -> list[Any]:
    return list(found.itertuples(index=False))
