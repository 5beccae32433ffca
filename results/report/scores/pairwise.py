"""The report's tables of who is told apart from whom, and of what was published. Differences in points."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence, distinct
from results.evidence.frames import BASELINE_TITLES
from results.presentation.style import records
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    interval,
    p_text,
    percent,
    points,
    signed,
    table,
    word,
)
from results.statistics import grouping
from results.statistics.baselines import BASELINE, NETWORK
from results.statistics.intervals import by_configuration
from results.statistics.published import Verdict
from results.statistics.resampling import over_seeds_and_texts

UNITS = {"accuracy": (100, 2, " points"), "seconds": (1, 1, " s"), "weights": (1, 0, "")}  # factor, digits, unit


def pairwise(pairs: pd.DataFrame, titles: Mapping[str, str]) -> Table:
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


def beside(pairs: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """What stands beside the verdict of each pair and decides nothing."""
    rows = [
        [
            word(f"{titles[row.first]} over {titles[row.second]}"),
            p_cell(row.p_signs),
            Cell(NONE) if math.isnan(row.detectable) else Cell(f"{100 * row.detectable:.2f}", row.detectable),
            Cell(NONE)
            if math.isnan(row.detectable_among_all)
            else Cell(f"{100 * row.detectable_among_all:.2f}", row.detectable_among_all),
        ]
        for row in records(pairs)
    ]
    return table(
        rows,
        "Pair|p of sign flips#|Found in 80 % of studies, alone (points)#|"
        "Found in 80 % of studies, corrected (points)#",
    )


def optimism(evidence: Evidence) -> Table:
    """Validation minus test accuracy of every configuration that has both, by validation accuracy."""
    test = by_configuration(evidence.finals).set_index("configuration")["mean"]
    rows = [
        [
            word(evidence.titles[row.configuration]),
            percent(row.validation_accuracy),
            percent(test[row.configuration]),
            points(row.validation_accuracy - test[row.configuration]),
        ]
        for row in records(distinct(evidence.trials))
        if row.configuration in test.index
    ]
    return table(rows, "Configuration|Validation accuracy#|Test accuracy#|Validation minus test (points)#")


def groups(evidence: Evidence, pairs: pd.DataFrame) -> Table:
    """Every scored configuration with its letters, the highest mean first."""
    summary = {row.configuration: row for row in records(by_configuration(evidence.finals))}
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


def claims(verdicts: Sequence[Verdict]) -> Table:
    """The chapter's claims with their verdicts."""
    rows = []
    for verdict in verdicts:
        factor, digits, unit = UNITS[verdict.unit]
        shown = [Cell(NONE), Cell(NONE)]
        if not math.isnan(verdict.difference):
            seeds = seeds_in_words(verdict.n) if verdict.n else "counted"
            shown[0] = Cell(signed(factor * verdict.difference, digits) + unit, verdict.difference, seeds)
        if not math.isnan(verdict.low):
            low, high = (signed(factor * end, digits) for end in (verdict.low, verdict.high))
            shown[1] = Cell(f"{low} to {high}{unit}", verdict.low)
        p = p_cell(verdict.p, verdict.test if not math.isnan(verdict.p) else "")
        published = word(verdict.published, verdict.source.rpartition(", ")[2])
        rows.append([word(verdict.claim, verdict.measured), word(verdict.verdict), *shown, p, published])
    return table(rows, "Claim|Verdict|Difference here#|95 % t interval#|p, corrected#|As printed")


def against_baselines(found: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """Every network of results.statistics.baselines against every linear baseline."""
    said = {NETWORK: "network is more accurate", BASELINE: "baseline is more accurate"}
    rows = [
        [
            word(f"{titles[row.configuration]} over {BASELINE_TITLES.get(row.baseline, row.baseline)}"),
            word(said.get(row.better, "cannot tell"), "" if row.n > 1 else "fewer than 2 seeds"),
            points(row.mean_difference, seeds_in_words(row.n)),
            _interval(row.low, row.high),
            p_cell(row.p_holm),
            p_cell(row.p_seeds),
            p_cell(
                row.p_texts,
                "" if math.isnan(row.p_texts) else f"{row.network_alone:,} : {row.baseline_alone:,}",
            ),
        ]
        for row in records(found)
    ]
    return table(
        rows,
        "Pair|Verdict|Difference#|95 % t interval of this pair#|p, corrected#|p over seeds#|p over texts#",
    )


def published(figures: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    """Every published accuracy of results.statistics.published.figures beside ours, with its verdict."""
    rows = [
        [
            word(titles[row.configuration]),
            word(row.measured),
            percent(row.published),
            Cell(f"{100 * row.mean:.2f} %", row.mean, seeds_in_words(row.n)),
            interval(row.low, row.high),
            interval(max(row.one_run_low, 0), min(row.one_run_high, 1)),
            word(row.verdict),
        ]
        for row in records(figures)
    ]
    return table(
        rows,
        "Network|Measured|Published#|Mean here#|95 % t interval of the mean#|95 % interval of one more run#"
        "|Verdict",
    )


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


__all__ = ["against_baselines", "beside", "claims", "groups", "optimism", "pairwise", "published"]
