"""The dashboard's notes, in Markdown: one on the study, one on each trial that ended."""

from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import NONE, SMALLEST_P, Table, count, number, p_text, percent, records, table
from results.report.markdown import escaped, markdown_table, summary

LINE = "*Written by the program and refreshed while the study runs. What you write below this line stays.*"
_STATES = {"fail": "failed"}  # the others are words already


def study_note(evidence: Evidence, kept: str = "") -> str:
    """The answer so far, the networks, the verdicts on the chapter's claims. `kept` is the note as it is now: what
    somebody wrote below LINE comes along."""
    below = kept.partition(LINE)[2].strip()
    parts = [f"## {escaped(evidence.study)}", summary(evidence).strip(), _progress(evidence), _verdicts(evidence)]
    return "\n\n".join(part for part in [*parts, "---", LINE, below] if part) + "\n"


def trial_note(row: Any, epochs: pd.DataFrame, reported: int | None) -> str:
    """A trial in words: `row` of frames.trials, `epochs` of its run (frames.epochs), and how many of them it heard
    of: its run may have been trained further for another trial."""
    state = _STATES.get(row.state, row.state)
    score = f": validation accuracy {percent(row.validation_accuracy).text}" if row.state == "complete" else ""
    parts = [f"**Trial {row.number}, {state}{score}**"]
    if row.words:
        parts.append(escaped(row.words))
    if row.state in ("pruned", "fail"):
        parts.append(f"Why: {escaped(row.reason or 'no reason was kept')}")
    if reported and len(epochs):
        parts.append(markdown_table(curve_table(epochs[epochs["epoch"] <= reported])))
    if row.configuration:
        parts.append(_origin(row, reported or 0))
    return "\n\n".join(parts) + "\n"


def curve_table(epochs: pd.DataFrame) -> Table:
    """A run's epochs as a table."""
    rows = [
        [
            count(row.epoch),
            percent(row.validation_accuracy),
            percent(row.train_accuracy),
            number(row.validation_loss, 4),
            number(row.train_loss, 4),
            number(row.seconds, 1),
        ]
        for row in records(epochs)
    ]
    return table(rows, "Epoch#|Validation accuracy#|Training accuracy#|Validation loss#|Training loss#|Seconds#")


def _origin(row: Any, reported: int) -> str:
    stored = reported - int(row.epochs_trained)
    said = [f"{row.parameters:,} parameters", f"seed {row.seed}", f"run {row.run}"]
    if row.reference:
        said.append(f"reference network {escaped(row.reference)}")
    if stored > 0:
        said.append(f"{stored} of its epochs were trained for another trial")
    return ", ".join(said)


def _progress(evidence: Evidence) -> str:
    states = evidence.trials["state"].map(lambda state: _STATES.get(state, state)).value_counts()
    trials = ", ".join(f"{number} {state}" for state, number in states.items()) or "none"
    finished = evidence.epochs["finished"].max()
    last = NONE if pd.isna(finished) else f"{finished:%Y-%m-%d %H:%M} UTC"
    return f"Trials: {trials}. Scored on the test part: {len(evidence.finals)} runs. Last epoch: {last}."


def _verdicts(evidence: Evidence) -> str:
    """The chapter's claims, one line each; empty while nothing is decided."""
    lines = []
    for verdict in evidence.claims:
        p = "" if pd.isna(verdict.p) else f", p {'' if verdict.p < SMALLEST_P else '= '}{p_text(verdict.p)}"
        lines.append(f"- {escaped(verdict.claim)}: **{verdict.verdict}**{escaped(p)}")
    return "\n".join(["What the chapter claims, and what these seeds say:\n", *lines]) if lines else ""
