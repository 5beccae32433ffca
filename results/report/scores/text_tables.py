"""The tables of results.report.scores.texts: who tells which texts right. Texts by their number, never by what
they say."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from results.presentation.style import records
from results.presentation.table import NONE, Cell, Table, count, number, p_text, table, word

MOST_DISPUTED = 20


def overlaps(frame: pd.DataFrame, titles: Mapping[str, str]) -> Table:
    rows = [
        [
            word(f"{titles[row.first]} against {titles[row.second]}"),
            count(row.both),
            count(row.first_alone),
            count(row.second_alone),
            count(row.neither),
            Cell(NONE) if math.isnan(row.p_texts) else Cell(p_text(row.p_texts), row.p_texts),
        ]
        for row in records(frame)
    ]
    return table(rows, "Pair|Both right#|Only the first#|Only the second#|Both wrong#|p over texts#")


def errors(frame: pd.DataFrame, titles: Mapping[str, str], classes: Sequence[str]) -> Table:
    first, second = classes
    rows = [
        [
            word(titles[row.configuration]),
            count(row.n),
            _mean(row.false_second, row.false_second_low, row.false_second_high, row.n),
            _mean(row.false_first, row.false_first_low, row.false_first_high, row.n),
            number(row.false_second + row.false_first, 0),
        ]
        for row in records(frame)
    ]
    return table(
        rows,
        f"Configuration|Seeds#|{first} taken for {second}#|{second} taken for {first}#|Errors in all#",
    )


def disputed(
    frame: pd.DataFrame,
    titles: Mapping[str, str],
    labels: np.ndarray | None,
    classes: Sequence[str],
    seeds: Mapping[str, int],
) -> Table:
    rows = []
    for row in frame.itertuples():
        text = int(str(row.Index))
        shares = [
            Cell(f"{round(share * seeds[name])} of {seeds[name]}", float(share))
            for name, share in zip(frame.columns, row[1:], strict=True)
        ]
        label = word(classes[int(labels[text])]) if labels is not None else Cell(NONE)
        rows.append([Cell(f"{text}", float(text)), label, *shares])
    return Table([("Text", True), ("Class", False), *((titles[name], True) for name in frame.columns)], rows)


def _mean(mean: float, low: int, high: int, n: int) -> Cell:
    return Cell(f"{mean:,.0f}", float(mean), f"{low:,} to {high:,}" if n > 1 else "")


__all__ = ["MOST_DISPUTED", "disputed", "errors", "overlaps"]
