"""What each element of the chosen network brings, on validation data."""

import math
from typing import Any

from results.evidence.evidence import Evidence
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    p_text,
    percent,
    points,
    signed,
    table,
    word,
)
from results.statistics.ablations import Brought, brought


def section(evidence: Evidence) -> dict[str, Any] | None:
    """None for a study without one, or before any of it is trained."""
    ablation = evidence.ablation
    found = brought(ablation.trained, ablation.whole) if ablation else []
    if ablation is None or not found:
        return None
    return {
        "ablation": {
            "title": evidence.titles[ablation.whole],
            "told": [each.sentence for each in found],
            "table": elements_table(found),
            "done": len(ablation.trained),
            "planned": ablation.planned,
        }
    }


def elements_table(found: list[Brought]) -> Table:
    """A row an element, what brings most first."""
    rows = [
        [
            word(each.title),
            percent(each.accuracy),
            points(each.difference, f"{each.n} seed{'' if each.n == 1 else 's'}"),
            _range(each.low, each.high),
            word(each.verdict),
            Cell(NONE) if math.isnan(each.p) else Cell(p_text(each.p), each.p),
            Cell(signed(each.parameters, 0), each.parameters),
            Cell(NONE) if math.isnan(each.seconds) else Cell(signed(each.seconds, 1), each.seconds),
        ]
        for each in found
    ]
    return table(
        rows,
        "Left out|Validation accuracy without it#|With it, points#|95 % interval#|Verdict|p#|"
        "Parameters more or fewer#|CPU seconds a run more or less#",
    )


def _range(low: float, high: float) -> Cell:
    return Cell(NONE) if math.isnan(low) else Cell(f"{signed(100 * low, 2)} to {signed(100 * high, 2)}", low)
