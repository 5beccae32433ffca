"""A study's frames as CSV files, for spreadsheets and other programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from results.evidence import frames, predictions
from results.evidence.evidence import chosen
from results.statistics.intervals import by_configuration
from results.store.database import Store
from results.store.schema import StoreError

_UNWRITTEN = ("hits", "confusion")  # a value a text: results.evidence.frames has them
FRAMES: dict[str, Callable[[Store, str], pd.DataFrame]] = {
    "trials": frames.trials,
    "epochs": frames.epochs,
    "finals": frames.finals,
    "baselines": frames.baselines,
    "configurations": lambda store, study: by_configuration(frames.finals(store, study)),
    "confusions": predictions.confused,
}


def write_csv(store: Store, name: str | None, folder: Path) -> list[Path]:
    """One file a frame (FRAMES) in `folder`, UTF-8 with a head line; returns the files.

    The columns are those of evidence.frames, statistics.intervals.by_configuration and evidence.predictions;
    dicts are JSON, what is missing is empty, times are ISO 8601. A text that a spreadsheet would run as a formula
    gets a ' in front.
    Raises StoreError where there is no such study or `folder` is a file.
    """
    study = chosen(store, name)
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: expected a folder for the CSV files, got a file; name another path")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for title, read in FRAMES.items():
        path = folder / f"{title}.csv"
        plain(read(store, study)).to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%S.%f%z")
        written.append(path)
    return written


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as its CSV has it: dicts as JSON, and no text that a spreadsheet would run as a formula."""
    frame = frame.drop(columns=[column for column in _UNWRITTEN if column in frame])
    for column in frame.columns[[str(dtype) in ("object", "str") for dtype in frame.dtypes]]:
        frame[column] = frame[column].map(_cell)
    return frame


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
