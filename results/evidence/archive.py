"""A database to be published: studies with all that the product's commands show of them, and nothing private.

Left out are the class probabilities of every text (bits take their place, results.evidence.predictions), where
anything was (hosts, processes, paths, addresses), who drove it, and what the dashboard was given, which is made
again from the rest. No texts are in any database, and states of networks are files beside it.
"""

import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select

from results.evidence import predictions
from results.evidence.ablations import newest
from results.evidence.evidence import chosen
from results.evidence.studies import new_study, study_names
from results.store.database import Store, open_store
from results.store.schema import StoreError
from results.store.tables import (
    ConfigurationRow,
    CorpusRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    LeaseRow,
    PredictionRow,
    RunRow,
    SplitRow,
    StudyTermsRow,
    TestOpeningRow,
    TrialRunRow,
)
from results.store.tables import Table as OurTable

PLACE = "…"  # stands where a path or an address stood
_PLACES = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+|(?<![\w.…/])(?:~[\w.-]*|\.{1,2})?/[^\s'\",;()]+")
_ELSEWHERE = ("--scheduler",)  # an address without `://` is one, too
_DASHBOARDS = ("dashboard:", "artifacts:")
_Row = dict[str, Any]


def write_archive(
    store: Store, names: Sequence[str], path: Path, *, with_predictions: bool = False
) -> tuple[Path, list[str]]:
    """Writes the studies of these names, by default all, with their ablations, to a new database at `path`.
    Returns it and the names.

    It is complete or not there. Openings of the test part and commands are kept whoever did them, on the same
    corpora. Raises StoreError where a study is not there, or where `path` is.
    """
    studies = [chosen(store, name) for name in dict.fromkeys(names)] or study_names(store)
    if not studies:
        chosen(store, None)
    if path.exists():
        raise StoreError(f"{path}: expected a new file, but it is there; delete it, or name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.unfinished")
    beside.unlink(missing_ok=True)
    try:
        with open_store(beside, create=True) as archive:
            ablated = [name for study in studies if (name := newest(store, study))]
            _copy(store, archive, [*studies, *ablated], with_predictions)
            for study in studies:
                _copy_search(store, archive, study)
            archive.vacuum()
        beside.replace(path)
    finally:
        for left in path.parent.glob(f"{beside.name}*"):
            left.unlink()
    return path, studies


def without_places(said: str) -> str:
    """The text with PLACE for every path from a root and every address."""
    return _PLACES.sub(PLACE, said)


def without_places_in_command(command: str) -> str:
    """The command with PLACE for every value of an option that is a path or an address, spaces in it or not."""
    return " ".join(_part(part.strip()) for part in re.split(r"(?<=\s)(?=-)", command))


def _part(part: str) -> str:
    """An option with its value, or what stands before the first of them."""
    name, separator, value = re.match(r"(-[^\s=]*)?([\s=]*)(.*)", part, re.DOTALL).groups()  # type: ignore[union-attr]
    if name is None:
        return " ".join(PLACE if "/" in word else word for word in part.split())
    hidden = name in _ELSEWHERE or any(mark in value for mark in ("/", "\\", "~", "@"))
    return f"{name}{separator}{PLACE}" if value and hidden else part


def _copy(store: Store, archive: Store, studies: Sequence[str], with_predictions: bool) -> None:
    """Our tables, in the order in which they refer to each other, in one transaction of each database."""
    with store.session() as there, archive.session() as here:

        def rows(table: type, *where: ColumnElement[bool]) -> list[_Row]:
            own = table.__table__.columns  # type: ignore[attr-defined]
            return [dict(row) for row in there.execute(select(*own).where(*where)).mappings()]

        def put(table: type, values: Iterable[_Row]) -> None:
            if kept := list(values):
                here.execute(insert(table), kept)

        terms = rows(StudyTermsRow, StudyTermsRow.name.in_(studies))
        trials = rows(TrialRunRow, TrialRunRow.study.in_(studies))
        finals = rows(FinalRow, FinalRow.study.in_(studies))
        corpora = {row["corpus"] for row in terms}
        on_these = RunRow.corpus.in_(corpora)
        read = TestOpeningRow.run
        openings = rows(TestOpeningRow, or_(read.is_(None), read.in_(select(RunRow.id).where(on_these))))
        linked = [*trials, *finals, *openings]
        runs = _among(rows(RunRow, on_these), "id", {row["run"] for row in linked})
        configurations = {row["configuration"] for row in linked}
        splits = {row["split"] for row in [*terms, *runs]}
        put(CorpusRow, rows(CorpusRow, CorpusRow.fingerprint.in_(corpora)))
        put(SplitRow, _among(rows(SplitRow), "fingerprint", splits))
        put(ConfigurationRow, _among(rows(ConfigurationRow), "fingerprint", configurations))
        put(RunRow, runs)
        put(EpochRow, _with_plain_workers(_among(rows(EpochRow), "run", {row["id"] for row in runs})))
        put(StudyTermsRow, [row | {"terms": _scrubbed(row["terms"])} for row in terms])
        put(TrialRunRow, trials)
        put(InvocationRow, map(_command, rows(InvocationRow)))
        put(TestOpeningRow, openings)
        put(FinalRow, finals)
        bits = {} if with_predictions else _bits(store, studies)
        kept = _among(rows(PredictionRow), "final", {row["id"] for row in finals})
        put(PredictionRow, [row | {"probabilities": bits.get(row["final"], row["probabilities"])} for row in kept])
        for table in _of_a_study():
            put(table, rows(table, table.study.in_(studies)))


def _of_a_study() -> list[Any]:
    """The other tables whose rows are a study's: all of them is to be seen."""
    copied = (TrialRunRow, FinalRow, LeaseRow)  # a lease is nobody's but its driver's
    mapped = {each.local_table: each.class_ for each in OurTable.registry.mappers if each.class_ not in copied}
    known = (mapped.get(table) for table in OurTable.metadata.sorted_tables)
    return [table for table in known if table is not None and "study" in table.__table__.columns]


def _among(rows: list[_Row], column: str, values: set[Any]) -> list[_Row]:
    """Picked here, since there may be more values than a statement takes."""
    return [row for row in rows if row[column] in values]


def _bits(store: Store, studies: Sequence[str]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for study in studies:
        found |= predictions.as_bits(store, study)
    return found


def _with_plain_workers(epochs: list[_Row]) -> list[_Row]:
    """Workers by number, in the order of their first epoch: a host's name and a process's number go."""
    names: dict[str, str] = {}
    for row in sorted(epochs, key=lambda row: row["finished"]):
        row["worker"] = names.setdefault(row["worker"], f"worker {len(names) + 1}")
    return epochs


def _command(row: _Row) -> _Row:
    return row | {
        "command": without_places_in_command(row["command"]),
        "environment": _scrubbed(row["environment"]),
        "host": "",
        "pid": 0,
    }


def _scrubbed(value: Any) -> Any:
    """A value of JSON without paths and addresses in any of its texts."""
    if isinstance(value, str):
        return without_places(value)
    if isinstance(value, dict):
        return {key: _scrubbed(inner) for key, inner in value.items()}
    return [_scrubbed(inner) for inner in value] if isinstance(value, list) else value


def _copy_search(store: Store, archive: Store, study: str) -> None:
    """Optuna's part of the study by its own interface: trials and what the search noted, not the dashboard's."""
    import optuna

    there, here = store.optuna_storage(), archive.optuna_storage()
    try:
        known = optuna.load_study(study_name=study, storage=there)
    except KeyError:  # a reproduction, or the open questions
        return
    copy = new_study(study_name=study, storage=here, directions=known.directions)
    for key, value in known.user_attrs.items():
        copy.set_user_attr(key, _scrubbed(value))
    if known.metric_names:
        with warnings.catch_warnings(action="ignore", category=optuna.exceptions.ExperimentalWarning):
            copy.set_metric_names(known.metric_names)
    trials = known.get_trials()
    for trial in trials:
        trial.user_attrs = _scrubbed(trial.user_attrs)
        trial.system_attrs = {
            key: _scrubbed(value) for key, value in trial.system_attrs.items() if not key.startswith(_DASHBOARDS)
        }
    copy.add_trials(trials)
    there.remove_session()
    here.remove_session()
