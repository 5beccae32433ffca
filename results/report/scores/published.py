"""What was published and claimed of the networks, beside ours."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    interval,
    percent,
    records,
    signed,
    table,
    word,
)
from results.report.scores.pairwise import UNITS, p_cell, seeds_in_words
from results.statistics.published import Verdict


def claims_table(verdicts: Sequence[Verdict]) -> Table:
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


def published_table(figures: pd.DataFrame, titles: Mapping[str, str]) -> Table:
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


def published_tables(evidence: Evidence) -> dict[str, Any]:
    """The chapter's claims with verdicts, and every published figure beside ours."""
    printed = evidence.published if evidence.beside_published else evidence.published.iloc[:0]
    return {"claims": claims_table(evidence.claims), "published": published_table(printed, evidence.titles)}
