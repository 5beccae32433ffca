"""What the networks say of the same texts, which are numbers here: who tells which right, where they disagree.

A text is told right by a configuration where the majority of its seeds does (statistics.comparisons.majority).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import NONE, Cell, Table, count, number, p_text, records, table, word
from results.statistics.comparisons import majority, mcnemar

Hits = Mapping[tuple[str, int], np.ndarray]

OVERLAP = {
    "first": "str",
    "second": "str",
    "seeds": "int64",  # that both were scored with
    "both": "int64",  # texts told right by both
    "first_alone": "int64",
    "second_alone": "int64",
    "neither": "int64",
    "p_texts": "float64",  # McNemar, as in results.statistics.comparisons; NaN for one seed
}
ERRORS = {
    "configuration": "str",
    "n": "int64",  # seeds
    "false_second": "float64",  # texts of the first class taken for the second, mean over the seeds
    "false_second_low": "int64",  # the seed with the fewest
    "false_second_high": "int64",
    "false_first": "float64",  # texts of the second class taken for the first
    "false_first_low": "int64",
    "false_first_high": "int64",
}


def overlaps(correct: Hits, order: Sequence[str]) -> pd.DataFrame:
    """One row a pair of configurations, in `order`: columns OVERLAP. The four counts add up to the texts."""
    rows = []
    for first, second in combinations(_scored(correct, order), 2):
        seeds = sorted(_seeds(correct, first) & _seeds(correct, second))
        if not seeds or len({len(correct[name, seed]) for name in (first, second) for seed in seeds}) > 1:
            continue
        ours, theirs = (majority([correct[name, seed] for seed in seeds]) for name in (first, second))
        first_alone, second_alone = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
        rows.append(
            {
                "first": first,
                "second": second,
                "seeds": len(seeds),
                "both": int((ours & theirs).sum()),
                "first_alone": first_alone,
                "second_alone": second_alone,
                "neither": int((~ours & ~theirs).sum()),
                "p_texts": mcnemar(first_alone, second_alone) if len(seeds) > 1 else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=list(OVERLAP)).astype(OVERLAP)


def errors(correct: Hits, labels: np.ndarray | None, order: Sequence[str]) -> pd.DataFrame:
    """One row a configuration, in `order`: columns ERRORS; none without `labels` (evidence.predictions.labels)."""
    if labels is None:
        return pd.DataFrame(columns=list(ERRORS)).astype(ERRORS)
    rows = []
    for name in _scored(correct, order):
        runs = [hits for (own, _), hits in correct.items() if own == name and len(hits) == len(labels)]
        if not runs:
            continue
        second = [int((~hits & ~labels).sum()) for hits in runs]
        first = [int((~hits & labels).sum()) for hits in runs]
        row: dict[str, object] = {"configuration": name, "n": len(runs)}
        for column, counts in (("false_second", second), ("false_first", first)):
            row |= {column: np.mean(counts), f"{column}_low": min(counts), f"{column}_high": max(counts)}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(ERRORS)).astype(ERRORS)


def shares(correct: Hits, order: Sequence[str]) -> pd.DataFrame:
    """The share of its seeds that told each text right: a row a text, a column a configuration, in `order`."""
    names = _scored(correct, order)
    texts = max((len(hits) for hits in correct.values()), default=0)
    columns = {}
    for name in names:
        runs = [hits for (own, _), hits in correct.items() if own == name and len(hits) == texts]
        if runs:
            columns[name] = np.mean(runs, axis=0)
    return pd.DataFrame(columns, index=pd.RangeIndex(texts, name="text"))


def disputed(by_text: pd.DataFrame, most: int) -> pd.DataFrame:
    """The `most` texts with the largest variance of the shares over configurations: rows of `shares`, the most
    disputed first, ties by the text's number. None that all configurations agree on."""
    variance = by_text.var(axis=1, ddof=0).round(12) if len(by_text.columns) > 1 else pd.Series(dtype=float)
    split = variance[variance > 0].sort_values(ascending=False, kind="stable").head(most)
    return by_text.loc[split.index]


def never_right(by_text: pd.DataFrame) -> np.ndarray:
    """The numbers of the texts that no seed of any configuration told right."""
    if by_text.columns.empty:
        return np.empty(0, np.int64)
    return np.asarray(by_text.index[(by_text == 0).all(axis=1)])


def _scored(correct: Hits, order: Sequence[str]) -> list[str]:
    there = {name for name, _ in correct}
    return [name for name in order if name in there]


def _seeds(correct: Hits, name: str) -> set[int]:
    return {seed for own, seed in correct if own == name}


MOST_DISPUTED = 20


def overlaps_table(frame: pd.DataFrame, titles: Mapping[str, str]) -> Table:
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


def errors_table(frame: pd.DataFrame, titles: Mapping[str, str], classes: Sequence[str]) -> Table:
    first, second = classes
    rows = [
        [
            word(titles[row.configuration]),
            count(row.n),
            _mean_of_seeds(row.false_second, row.false_second_low, row.false_second_high, row.n),
            _mean_of_seeds(row.false_first, row.false_first_low, row.false_first_high, row.n),
            number(row.false_second + row.false_first, 0),
        ]
        for row in records(frame)
    ]
    return table(
        rows,
        f"Configuration|Seeds#|{first} taken for {second}#|{second} taken for {first}#|Errors in all#",
    )


def disputed_table(
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


def _mean_of_seeds(mean: float, low: int, high: int, n: int) -> Cell:
    return Cell(f"{mean:,.0f}", float(mean), f"{low:,} to {high:,}" if n > 1 else "")


NEVER_SHOWN = 12  # numbers of texts that nobody tells right


def section(evidence: Evidence) -> dict[str, Any] | None:
    """Who tells which texts right; None without kept predictions."""
    order = [name for name in evidence.titles if name in set(evidence.finals["configuration"])]
    by_text = shares(evidence.correct, order)
    if by_text.columns.empty:
        return None
    classes = evidence.card["classes"]
    labels = evidence.labels if len(classes) == 2 and evidence.labels is not None else None
    seeds = {name: sum(1 for own, _ in evidence.correct if own == name) for name in by_text.columns}
    never = never_right(by_text)
    return {
        "overlaps": overlaps_table(overlaps(evidence.correct, order), evidence.titles),
        "errors": errors_table(errors(evidence.correct, labels, order), evidence.titles, classes)
        if labels is not None
        else None,
        "disputed": disputed_table(disputed(by_text, MOST_DISPUTED), evidence.titles, labels, classes, seeds),
        "texts": len(by_text),
        "whole": len(by_text) == evidence.card["test_texts"],
        "always": int((by_text == 1).all(axis=1).sum()),
        "never": len(never),
        "never_shown": ", ".join(str(number) for number in never[:NEVER_SHOWN])
        + (" …" if len(never) > NEVER_SHOWN else ""),
        "runs": sum(seeds.values()),
    }
