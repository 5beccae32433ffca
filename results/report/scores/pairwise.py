"""The report's tables of who is told apart from whom, and of what was published. Differences in points."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from results.evidence.frames import BASELINE_TITLES
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    detectable,
    interval,
    p_text,
    points,
    records,
    signed,
    table,
    word,
)
from results.report.scores import texts
from results.statistics import grouping
from results.statistics.resampling import over_seeds_and_texts
from results.statistics.verdicts import UNDECIDED

UNITS = {"accuracy": (100, 2, " points"), "seconds": (1, 1, " s"), "weights": (1, 0, "")}  # factor, digits, unit


def _said(row: Any) -> Cell:
    if row.apart:
        return word("first is more accurate" if row.mean_difference > 0 else "second is more accurate")
    return word("cannot tell", "" if row.n > 1 else "fewer than 2 common seeds")


def seeds_in_words(n: int) -> str:
    return f"{n} seed{'' if n == 1 else 's'}"


def _interval(low: float, high: float) -> Cell:
    return Cell(NONE) if math.isnan(low) else Cell(f"{signed(100 * low, 2)} to {signed(100 * high, 2)}", low)


def p_cell(p: float, note: str = "") -> Cell:
    return Cell(NONE) if math.isnan(p) else Cell(p_text(p), p, note)


def _chance(chance: float) -> Cell:
    if math.isnan(chance):
        return Cell(NONE)
    return Cell("> 99 %" if chance > 0.99 else f"{100 * chance:.0f} %", chance)


def pairwise_table(pairs: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """Every pair of statistics.comparisons.pairwise: who is ahead, by how much, and whether that decides."""
    rows = [
        [
            word(f"{titles[row.first]} over {titles[row.second]}"),
            _said(row),
            points(row.mean_difference, seeds_in_words(row.n)),
            _interval(row.low, row.high),
            p_cell(row.p_holm, f"alone {p_text(row.p)}" if not math.isnan(row.p) else ""),
            _chance(row.first_wins),
        ]
        for row in records(pairs)
    ]
    return table(
        rows,
        "Pair|Verdict|Difference (points)#|95 % t interval of this pair#|p, corrected#|First wins on a new seed#",
    )


def beside_table(pairs: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """What stands beside the verdict of each pair and decides nothing."""
    rows = [
        [
            word(f"{titles[row.first]} over {titles[row.second]}"),
            p_cell(row.p_signs),
            detectable(row.detectable),
            detectable(row.detectable_among_all),
        ]
        for row in records(pairs)
    ]
    return table(
        rows,
        "Pair|p of sign flips#|Found in 80 % of studies, alone (points)#|"
        "Found in 80 % of studies, corrected (points)#",
    )


def groups_table(evidence: Evidence, pairs: pd.DataFrame) -> Table:
    """Every scored configuration with its letters, the highest mean first."""
    summary = {row.configuration: row for row in records(evidence.summary)}
    both = {row.configuration: row for row in records(over_seeds_and_texts(evidence.correct))}
    rows = []
    for row in records(grouping.groups(evidence.finals, pairs)):
        own, resampled = summary[row.configuration], both.get(row.configuration)
        rows.append(
            [
                word(evidence.titles[row.configuration]),
                word(row.letters),
                count(own.n),
                Cell(f"{100 * own.mean:.2f} %", float(own.mean)),
                Cell(NONE) if math.isnan(own.sd) else Cell(f"{100 * own.sd:.2f}", float(own.sd)),
                interval(own.min, own.max),
                interval(own.mean_low, own.mean_high),
                interval(resampled.both_low, resampled.both_high) if resampled else Cell(NONE),
            ]
        )
    return table(
        rows,
        "Configuration|Group|Seeds#|Mean#|Standard deviation#|Lowest to highest seed#|"
        "95 % t interval over seeds#|95 % bootstrap over seeds and texts#",
    )


def verdicts_table(found: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """A family of results.statistics.verdicts."""
    names = {**BASELINE_TITLES, **titles}
    rows = [
        [
            word(f"{titles[row.first]} against {names.get(row.second, row.second)}"),
            word(row.verdict, _to_decide(row)),
            points(row.difference, seeds_in_words(row.n)),
            _interval(row.low, row.high),
            p_cell(row.p_holm),
            p_cell(row.p_same),
            _chance(row.chance),
        ]
        for row in records(found)
    ]
    return table(
        rows,
        "Pair|Verdict|Difference (points)#|95 % interval of this pair#|p, that they do not differ#|"
        "p, that they differ by the margin#|Chance that the first is better#",
    )


def _to_decide(row: Any) -> str:
    if row.verdict != UNDECIDED:
        return ""
    if math.isnan(row.low):
        return "fewer than 2 seeds, or other texts"
    if math.isnan(row.seeds_needed):
        return "more seeds would hardly decide"
    return f"about {row.seeds_needed:.0f} seeds would decide"


def section(evidence: Evidence) -> dict[str, Any]:
    """Every pair of configurations, the linear baselines, and who tells which texts right."""
    pairs = evidence.pairs
    return {
        "pairwise": pairwise_table(pairs, evidence.titles),
        "beside": beside_table(pairs, evidence.titles),
        "groups": groups_table(evidence, pairs),
        "fewest": int(pairs["n"].min()) if len(pairs) else 0,
        "best": verdicts_table(evidence.decided, evidence.titles),
        "baselines": verdicts_table(evidence.beside_known, evidence.titles),
        "margin": f"{100 * evidence.margin:g}",
        "texts": texts.section(evidence),
    }
