"""The texts that a model told wrong, for reading."""

import math

import pandas as pd

from results.presentation.table import records

MOST = 20  # texts that are shown
_WIDTH = 70  # characters of a text


def in_words(study: str, title: str, texts: int, frame: pd.DataFrame) -> str:
    """The surest of them (study.jobs.mistakes.MISTAKES), two lines each."""
    count = len(frame)
    lines = [f"Study {study}: {title} told {count:,} of {texts:,} test texts wrong ({100 * count / texts:.1f} %)"]
    for row in records(frame.head(MOST)):
        where = f"{row.file}, row {row.row:,}" if row.file else f"row {row.row:,}"
        sure = "" if math.isnan(row.probability) else f" with {100 * row.probability:.1f} %"
        classes = f"{row.true or 'class unknown'}, told {row.told or 'another'}{sure}"
        lines.append(f"  {where}: {classes}; {row.seeds_wrong} of {row.seeds} seeds wrong")
        if row.text:
            words = " ".join(row.text.split())
            lines.append(f"    {words[:_WIDTH]}{'...' if len(words) > _WIDTH else ''}")
    if count > MOST:
        lines.append(f"  and {count - MOST:,} more; -o errors.csv writes all")
    return "\n".join(lines)
