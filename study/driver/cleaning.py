"""Freeing states that no study needs any more. What is freed costs training again at most; no row is touched."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import optuna
from sqlalchemy import func, select

from results.store.database import Store
from results.store.tables import EpochRow, FinalRow, LeaseRow, RunRow, TrialRunRow
from study.driver.lease import is_stale
from study.driver.states import UNFINISHED, stem
from study.errors import Refused

_STATE = re.compile(r"([0-9a-f]{16})-(\d+)\.npz")
_WRITTEN_BY_NOW = 60.0  # seconds: an unfinished file older than that has nobody who writes it

FREED = {
    "ended": "of trials that ended",
    "earlier": "of earlier epochs",
    "unfinished": "cut off while being written",
    "scored": "of scored finals",
}
KEPT = {
    "in flight": "of runs in flight",
    "going on": "of a search that goes on",
    "scored": "of scored finals (--all frees them too)",
    "foreign": "of no run in this database",
}


@dataclass(frozen=True)
class Cleaning:
    """The files of a folder of states: which are `freed` and which `kept`, by why (FREED, KEPT)."""

    freed: dict[str, list[Path]]
    kept: dict[str, list[Path]]


def plan_cleaning(store: Store, folder: Path, *, finals_too: bool = False) -> Cleaning:
    """What can be freed: states of trials of studies that ended, of earlier epochs, and what was cut off.

    The last state of a scored final is freed with `finals_too` alone, the last of a run in flight never. Raises
    Refused while a study of the database is being driven.
    """
    _check_nobody_drives(store)
    lasts, reasons = _runs(store)
    freed: dict[str, list[Path]] = {}
    kept: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix == UNFINISHED and time.time() - path.stat().st_mtime > _WRITTEN_BY_NOW:
            freed.setdefault("unfinished", []).append(path)
            continue
        named = _STATE.fullmatch(path.name)
        if named is None:
            continue
        why, last = reasons.get(named[1], "foreign"), lasts.get(named[1], 0)
        if why != "foreign" and int(named[2]) < last:
            freed.setdefault("earlier", []).append(path)
        elif why == "ended" or (why == "scored" and finals_too):
            freed.setdefault(why, []).append(path)
        else:
            kept.setdefault(why, []).append(path)
    return Cleaning(freed, kept)


def free(cleaning: Cleaning) -> None:
    """Deletes what the plan frees."""
    for paths in cleaning.freed.values():
        for path in paths:
            path.unlink(missing_ok=True)


def in_lines(cleaning: Cleaning, folder: Path, freed: str) -> list[str]:
    """What a plan comes to, with sizes. To be asked before it is carried out."""
    lines = [f"States in {folder}:"]
    for word, parts, words in ((freed, cleaning.freed, FREED), ("kept", cleaning.kept, KEPT)):
        paths = [path for part in parts.values() for path in part]
        lines.append(f"  {word} {len(paths)} files, {in_bytes(size_of(paths))}")
        lines += [
            f"    {len(parts[why])} {said}: {in_bytes(size_of(parts[why]))}"
            for why, said in words.items()
            if why in parts
        ]
    return lines


def size_of(paths: Iterable[Path]) -> int:
    """Bytes in these files, those that are there."""
    return sum(path.stat().st_size for path in paths if path.is_file())


def in_bytes(size: int) -> str:
    """'12.3 MB' (10^6 bytes), '840 kB' or '12 B'."""
    for unit, one in (("GB", 10**9), ("MB", 10**6)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 1000:.0f} kB" if size >= 1000 else f"{size} B"


def _check_nobody_drives(store: Store) -> None:
    with store.session() as session:
        held = next((row for row in session.scalars(select(LeaseRow)) if not is_stale(row)), None)
    if held is not None:
        raise Refused(
            f"study {held.study} is being driven by process {held.pid} on {held.host}: its states are in use; "
            "wait for its end"
        )


def _runs(store: Store) -> tuple[dict[str, int], dict[str, str]]:
    """By the stem of each run's states: its last epoch, and why its last state is kept, or `ended`."""
    running, searching = _unended(store)
    with store.session() as session:
        lasts = dict(session.execute(select(EpochRow.run, func.max(EpochRow.epoch)).group_by(EpochRow.run)).all())
        scored = set(session.scalars(select(FinalRow.run)))
        trials: dict[int, list[tuple[str, int]]] = {}
        for study, number, run in session.execute(select(TrialRunRow.study, TrialRunRow.number, TrialRunRow.run)):
            trials.setdefault(run, []).append((study, number))
        rows = list(session.scalars(select(RunRow)))
    reasons = {}
    for row in rows:
        own = trials.get(row.id, [])
        if running.intersection(own) or (not own and row.id not in scored):
            reasons[stem(row)] = "in flight"
        elif row.id in scored:
            reasons[stem(row)] = "scored"
        else:
            reasons[stem(row)] = "going on" if any(study in searching for study, _ in own) else "ended"
    return {stem(row): lasts.get(row.id, 0) for row in rows}, reasons


def _unended(store: Store) -> tuple[set[tuple[str, int]], set[str]]:
    """The running trials as (study, number), and the studies with running or waiting ones."""
    storage = store.optuna_storage()
    running, searching = set(), set()
    for study in storage.get_all_studies():
        for trial in storage.get_all_trials(study._study_id, deepcopy=False):
            if not trial.state.is_finished():
                searching.add(study.study_name)
                if trial.state == optuna.trial.TrialState.RUNNING:
                    running.add((study.study_name, trial.number))
    storage.remove_session()
    return running, searching
