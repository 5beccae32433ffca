"""The tables and lists of a report: frames in, rows of text out."""

import math
from typing import Any

import numpy as np
import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    interval,
    number,
    percent,
    records,
    table,
    without_empty_columns,
    word,
)
from results.report.scores.curves import learning_curves
from results.report.scores.layers import drawings
from results.report.scores.published import published_tables
from results.statistics.published import TEST
from search_spaces import BOOK, Recipe

BEST_SHOWN = 10


def departures(evidence: Evidence) -> list[str]:
    """How the recipes here differ from the published ones, one sentence a difference."""
    found: dict[str, list[str]] = {}
    for reference, fingerprint in _trained_as_published(evidence):
        if not fingerprint:
            continue
        ours = Recipe().model_dump() | evidence.recipes.get(fingerprint, {})
        for name, published in reference.configuration.recipe.model_dump().items():
            if ours[name] != published:
                words = f"{name.replace('_', ' ')} {_said(ours[name])} here, {_said(published)} as published"
                found.setdefault(words, []).append(evidence.titles[fingerprint])
    every = len({fingerprint for _, fingerprint in _trained_as_published(evidence) if fingerprint})
    said = [
        words[0].upper() + words[1:] + ("." if len(titles) == every else f" ({', '.join(titles)}).")
        for words, titles in found.items()
    ]
    return said + _what_the_schedule_did(evidence)


def _what_the_schedule_did(evidence: Evidence) -> list[str]:
    """Mean and spread here beside those at the constant rate, of networks that this database has both ways."""
    here = {row.configuration: row for row in records(evidence.summary)}
    return [
        f"{evidence.titles[name]}: {100 * here[name].mean:.2f} ± {100 * here[name].sd:.2f} % over {here[name].n} "
        f"seeds at this schedule of the learning rate, {100 * np.mean(constant):.2f} ± "
        f"{100 * np.std(constant, ddof=1):.2f} % over {len(constant)} at the published, constant one."
        for name, constant in evidence.at_constant_rate.items()
        if len(constant) > 1 and here[name].n > 1
    ]


def seconds(evidence: Evidence) -> dict[str, tuple[float, float]]:
    """Seconds an epoch and to train, by configuration: the mean over its finals' runs, else its trials' runs."""
    return _seconds(evidence, evidence.trials) | _seconds(evidence, evidence.finals)


def search_seconds(evidence: Evidence) -> dict[str, float]:
    """Seconds to train in the search, by configuration, so that all are of the same texts."""
    return {name: whole for name, (_, whole) in _seconds(evidence, evidence.trials).items()}


def _seconds(evidence: Evidence, frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    runs = frame.loc[frame["run"].notna(), ["configuration", "run", "epochs"]].drop_duplicates()
    own = runs.merge(evidence.epochs[["run", "epoch", "seconds"]], on="run")
    own = own[own["epoch"] <= own["epochs"]]
    by_run = own.groupby(["configuration", "run", "epochs"])["seconds"].agg(["mean", "sum", "size"])
    whole = by_run.reset_index().query("size == epochs")  # a pruned run's sum is no training time
    means = whole.groupby("configuration", sort=False)[["mean", "sum"]].mean()
    return {str(name): (float(mean), float(total)) for name, mean, total in means.itertuples()}


def mean_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    spread = "" if row.n == 1 else f" ± {100 * row.sd:.2f}"
    return Cell(f"{100 * row.mean:.2f}{spread} %", row.mean, "1 seed" if row.n == 1 else f"{row.n} seeds")


def _verdict_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    one_run = interval(row.one_run_low, row.one_run_high, "")
    return word(row.verdict, f"one run: {one_run.text}" if one_run.text else "")


def interval_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    return interval(row.mean_low, row.mean_high, "none" if row.n == 1 else "none: no spread")


def _trained_as_published(evidence: Evidence) -> list[tuple[Any, str]]:
    """The book's references, each with the fingerprints it was trained to the end under, or with an empty one."""
    columns = ["configuration", "reference"]
    complete = evidence.trials[evidence.trials["state"] == "complete"]
    known = pd.concat([complete[columns], evidence.finals[columns]]).drop_duplicates()
    pairs = []
    for reference in BOOK:
        trained = list(known.loc[known["reference"] == reference.id, "configuration"]) or [""]
        pairs += [(reference, fingerprint) for fingerprint in trained]
    return pairs


def _of_interest(evidence: Evidence) -> list[tuple[Any, str]]:
    """As `_trained_as_published`; on other texts those that were trained alone, then what else was scored."""
    pairs = _trained_as_published(evidence)
    if evidence.beside_published:
        return pairs
    there = [pair for pair in pairs if pair[1]]
    known = {fingerprint for _, fingerprint in there}
    scored = evidence.summary.sort_values("mean", ascending=False, kind="stable")["configuration"]
    return [*there, *((None, name) for name in scored if name not in known)]


def _first(evidence: Evidence, fingerprint: str, column: str) -> Any:
    for frame in (evidence.finals, evidence.trials):
        found = frame.loc[frame["configuration"] == fingerprint, column]
        if fingerprint and len(found):
            return found.iloc[0]
    return None


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "none" if value is None else str(value)


def networks_table(evidence: Evidence) -> Table:
    """The reference networks, as printed and as trained here, one row a recipe they were trained with; on other
    texts without what is of the published figures, and with whatever else was scored."""
    scored = {row.configuration: row for row in records(evidence.summary)}
    searched = evidence.ranked.set_index("configuration")
    against = evidence.published if evidence.beside_published else evidence.published.iloc[:0]
    verdicts = {row.configuration: row for row in records(against[against["measured"] == TEST])}
    times = seconds(evidence)
    rows = []
    for reference, fingerprint in _of_interest(evidence):
        row = scored.get(fingerprint)
        per_epoch, whole = times.get(fingerprint, (math.nan, math.nan))
        rows.append(
            [
                word(evidence.titles.get(fingerprint) or reference.title),
                percent(reference.published.test_accuracy if evidence.beside_published else None),
                mean_cell(row),
                interval_cell(row),
                _verdict_cell(verdicts.get(fingerprint)),
                percent(searched["validation_accuracy"].get(fingerprint)),
                count(_first(evidence, fingerprint, "parameters")),
                number(per_epoch, 1),
                number(whole, 0),
                count(_first(evidence, fingerprint, "epochs")),
            ]
        )
    found = table(
        rows,
        "Network|Published test accuracy#|Test accuracy here#|95 % t interval#|Verdict|Validation accuracy#|"
        "Parameters#|Seconds an epoch#|Seconds to train#|Epochs#",
    )
    return found if evidence.beside_published else without_empty_columns(found)


def _notes() -> list[str]:
    """What to know of the published figures; a note that another one begins with is left out."""
    notes = dict.fromkeys(reference.notes for reference in BOOK)
    return [note for note in notes if not any(other != note and other.startswith(note) for other in notes)]


def _sources() -> list[str]:
    """The citations, one a work, with its sections."""
    works: dict[str, list[str]] = {}
    for source in dict.fromkeys(reference.source for reference in BOOK):
        work, _, section = source.partition(", section ")
        works.setdefault(work, []).append(section)
    return [f"{work}, sections {', '.join(found)}" for work, found in works.items()]


def section(evidence: Evidence) -> dict[str, Any] | None:
    """The chapter's networks: as published and as trained here, layer by layer, while learning, and its claims. On
    other texts the networks alone."""
    networks = networks_table(evidence)
    if not evidence.beside_published:
        curves = learning_curves(evidence)
        drawing = drawings(evidence)
        return {"networks": networks, "drawings": drawing, **curves} if networks.rows or curves["curves"] else None
    return {
        "networks": networks,
        "networks_trained": any(row[2].sort or row[5].sort for row in networks.rows),
        "departures": departures(evidence),
        "notes": _notes(),
        "sources": _sources(),
        "drawings": drawings(evidence),
        **learning_curves(evidence),
        **published_tables(evidence),
    }
