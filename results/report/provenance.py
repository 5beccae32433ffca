"""What to trust: terms, machine, commands, and how to repeat them."""

from shlex import quote
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import (
    NONE,
    Table,
    count,
    records,
    table,
    word,
)


def invocations_table(frame: pd.DataFrame) -> Table:
    """Every command that wrote to the database."""
    rows = [
        [
            count(row.id),
            word(row.command),
            word(row.host),
            word(_time(row.started)),
            word(_time(row.ended)),
            count(row.exit_status),
            count(row.test_openings),
            word(str((row.environment or {}).get("git_commit") or NONE)),
        ]
        for row in records(frame)
    ]
    return table(rows, "Id#|Command|Host|Started (UTC)|Ended (UTC)|Exit status#|Test openings#|Commit")


def _time(moment: Any) -> str:
    return NONE if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


def repeat(evidence: Evidence) -> dict[str, Any] | None:
    """The latest command that wrote, and what it ran on; None where none was kept."""
    if evidence.invocations.empty:
        return None
    latest = evidence.invocations.iloc[-1]
    environment = latest["environment"] or {}
    return {
        "command": latest["command"],
        "commit": environment.get("git_commit", ""),
        "seed": evidence.terms.get("seed"),
        "report": f"study report --name {quote(evidence.study)} --database "
        f"{quote(evidence.database.removeprefix('sqlite:///'))}",
    }


def _flat(terms: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values of nested terms, for reading."""
    pairs: list[tuple[str, str]] = []
    for name, value in terms.items():
        words = name.replace("_", " ")
        if isinstance(value, dict):
            pairs += [(f"{words}: {inner}", said) for inner, said in _flat(value)]
        elif isinstance(value, list):
            pairs.append((words, ", ".join(str(part) for part in value)))
        else:
            pairs.append((words, "none" if value is None else str(value)))
    return pairs


def _latest_environment(invocations: pd.DataFrame) -> list[tuple[str, str]]:
    kept = [environment for environment in invocations["environment"] if environment]
    return _flat(kept[-1]) if kept else []


def section(evidence: Evidence) -> dict[str, Any]:
    """What to trust: openings of the test part, terms, machine, commands."""
    return {
        "terms": _flat(evidence.terms),
        "environment": _latest_environment(evidence.invocations),
        "repeat": repeat(evidence),
        "openings": int(evidence.invocations["test_openings"].sum()),
        "openings_again": int(evidence.invocations["test_openings_again"].sum()),
        "invocations": invocations_table(evidence.invocations),
    }
