"""The tables and sentences of results.report.costs."""

import pandas as pd

from results.presentation.style import records
from results.presentation.table import Table, count, duration, in_time, percent, table, word
from results.report.costs import Saved


def stages(frame: pd.DataFrame) -> Table:
    whole = frame["seconds"].sum()
    rows = [
        [
            word(row.stage.capitalize()),
            count(row.runs),
            count(row.epochs or None),
            duration(row.seconds),
            percent(row.seconds / whole if whole else None),
            duration(row.cpu_seconds),
        ]
        for row in records(frame)
    ]
    return table(rows, "Stage|Runs#|Epochs trained#|Time#|Share#|Processor time#")


def networks(frame: pd.DataFrame) -> Table:
    whole = (frame["search"] + frame["finals"]).sum()
    rows = [
        [
            word(row.title),
            duration(row.search),
            duration(row.finals),
            duration(row.search + row.finals),
            percent((row.search + row.finals) / whole if whole else None),
        ]
        for row in records(frame)
    ]
    return table(rows, "Network|Search#|Finals#|Together#|Share#")


def saved(found: Saved) -> list[str]:
    """What was not trained, one sentence each; what saved nothing says so."""
    trained = found.wanted - found.reused - found.pruned
    said = [
        f"The complete and pruned trials asked for {_epochs(found.wanted)}; {_epochs(trained)} "
        f"{'was' if trained == 1 else 'were'} trained for them."
    ]
    if found.pruned:
        said.append(f"Pruning saved {_epochs(found.pruned)}: those its trials did not go on to.")
    if found.reused:
        said.append(
            f"Reuse saved {_epochs(found.reused)}, about {in_time(found.seconds_reused)}: they were in the "
            "database already, from a trial of the same network and seed."
        )
    else:
        said.append("No trial asked for an epoch that had been trained already.")
    if found.shared_by_finals:
        said.append(f"Finals that differ in their epochs alone shared {_epochs(found.shared_by_finals)}.")
    return said


def _epochs(number: int) -> str:
    return f"{number:,} epoch{'' if number == 1 else 's'}"


__all__ = ["networks", "saved", "stages"]
