"""What to trust: terms, machine, commands, and how to repeat them."""

from typing import Any

import pandas as pd

from results.presentation.style import records
from results.presentation.table import (
    NONE,
    Table,
    count,
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
