"""How far a study is, from the database alone: also while it runs, without TensorFlow, in less than a second."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select

from results.evidence.studies import QUESTIONS, SEARCH, kind_of
from results.presentation.formatting import duration
from results.store.database import Store
from results.store.schema import StoreError
from results.store.tables import (
    ConfigurationRow,
    CorpusRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    LeaseRow,
    StudyTermsRow,
    TrialRunRow,
    now,
)
from study.config import states_beside
from study.driver.cleaning import in_bytes, size_of
from study.driver.lease import holder, is_stale

PLAN = "plan"  # the attribute of Optuna's study in which the driver notes how much it is after
RECENT = timedelta(minutes=10)  # who trained an epoch since is a worker of now
PACED_OVER = timedelta(hours=1)


def status_of(store: Store, study: str | None, database: str) -> dict[str, Any]:
    """The status of a study, by default the newest, as plain values: times in UTC and ISO 8601, seconds, bytes.

    Raises StoreError where there is no such study.
    """
    begun = _begun(store, study)
    held = holder(store, begun.name)
    alive = held is not None and not is_stale(held)
    trials, plan, failed = _trials(store, begun.name)
    pace = _pace(store, begun.name, held) if held is not None and alive else _Pace(None, [])
    scored, epochs_a_final = _finals(store, begun.name)
    folder = states_beside(database)
    return {
        "study": begun.name,
        "kind": begun.kind,
        "runs": _runs(store, begun.name),
        "corpus": begun.corpus,
        "stand_in": begun.stand_in,
        "begun": begun.begun.isoformat(),
        "forked_from": begun.forked_from,
        "trials": dict(Counter(trials)),
        "trials_planned": plan.get("trials"),
        "finals": scored,
        "finals_planned": plan.get("finals"),
        "driver": _driver(held, alive),
        "workers": pace.workers,
        "epochs_an_hour": pace.epochs_an_hour,
        "time_left_seconds": _time_left(store, begun.name, trials, plan, (scored, epochs_a_final), pace),
        "last_error": _last_error(store, failed),
        "database": store.url if "://" in database else database,  # without a password
        "database_bytes": size_of([Path(database), Path(f"{database}-wal")]) if "://" not in database else None,
        "states": str(folder),
        "states_bytes": size_of(folder.glob("*")),
    }


def in_lines(status: dict[str, Any]) -> list[str]:
    """The status in words, one line a matter."""
    states = ", ".join(f"{number} {state}" for state, number in sorted(status["trials"].items())) or "none yet"
    driver, fork, error = status["driver"], status["forked_from"], status["last_error"]
    left, pace = status["time_left_seconds"], status["epochs_an_hour"]
    lines = [
        ("study", f"{status['study']}, begun {_minute(status['begun'])}"),
        ("forked from", f"{fork['study']}: {'; '.join(fork['changed']) or 'on the same terms'}" if fork else ""),
        ("corpus", status["corpus"] + (" (generated texts, no real reviews)" if status["stand_in"] else "")),
        ("kind", "" if status["kind"] == SEARCH else status["kind"]),
        ("runs", str(status["runs"]) + " begun" if status["kind"] == QUESTIONS else ""),
        ("trials", states + _of(status["trials_planned"]) if status["kind"] == SEARCH else ""),
        ("finals", f"{status['finals']} scored{_of(status['finals_planned'])}"),
        ("driver", _driver_in_words(driver)),
        ("workers", f"{len(status['workers'])}: {', '.join(status['workers'])}" if status["workers"] else ""),
        ("pace", f"{pace:.0f} epochs an hour" if pace else ""),
        ("time left", f"about {duration(left)}, without further seeds" if left is not None else ""),
        ("last error", f"{error['what']} ({_minute(error['when'])})" if error else "none"),
        ("kept", _kept(status)),
    ]
    return [f"{name:<12} {words}" for name, words in lines if words]


@dataclass(frozen=True)
class _Begun:
    name: str
    kind: str
    corpus: str
    stand_in: bool
    begun: datetime
    forked_from: dict[str, Any] | None


@dataclass(frozen=True)
class _Pace:
    epochs_an_hour: float | None
    workers: list[str]


def _begun(store: Store, study: str | None) -> _Begun:
    statement = (
        select(StudyTermsRow, CorpusRow)
        .join(CorpusRow, CorpusRow.fingerprint == StudyTermsRow.corpus)
        .order_by(StudyTermsRow.begun.desc())
    )
    with store.session() as session:
        rows = [(terms, corpus) for terms, corpus in session.execute(statement) if "ablation" not in terms.terms]
    found = {terms.name: (terms, corpus) for terms, corpus in rows}
    if not found:
        raise StoreError(f"{store.url}: expected a study in this database, got none; `study run` starts one")
    if study is not None and study not in found:
        raise StoreError(f"expected the name of a study, got {study!r}; known: {', '.join(sorted(found))}")
    terms, corpus = found[study or next(iter(found))]
    return _Begun(
        terms.name, kind_of(terms.terms), corpus.name, corpus.stand_in, terms.begun, terms.terms.get("forked_from")
    )


def _runs(store: Store, study: str) -> int:
    """How many runs stand for its trials, or, of the open questions, for its networks and seeds."""
    statement = select(func.count(TrialRunRow.run.distinct())).where(TrialRunRow.study == study)
    with store.session() as session:
        return int(session.scalar(statement) or 0)


def _trials(store: Store, study: str) -> tuple[list[str], dict[str, Any], tuple[datetime, str] | None]:
    """The trials' states, what the driver is after, and when and why the last trial failed."""
    storage = store.optuna_storage()
    try:
        number = storage.get_study_id_from_name(study)
        trials = storage.get_all_trials(number, deepcopy=False)
        plan = storage.get_study_user_attrs(number).get(PLAN, {})
    except KeyError:  # begun, but not yet with Optuna; a reproduction has no trials at all
        return [], {}, None
    finally:
        storage.remove_session()
    failed = [trial for trial in trials if trial.state.name == "FAIL" and trial.datetime_complete]
    last = max(failed, key=lambda trial: trial.datetime_complete or datetime.min, default=None)
    error = None
    if last is not None and last.datetime_complete is not None:
        why = last.user_attrs.get("reason", "no reason was kept")
        error = (last.datetime_complete.astimezone(), f"trial {last.number} failed: {why}")
    return [trial.state.name.lower().replace("fail", "failed") for trial in trials], plan, error


def _finals(store: Store, study: str) -> tuple[int, float | None]:
    """How many finals are scored, and the mean epochs of one."""
    statement = (
        select(ConfigurationRow.configuration)
        .join(FinalRow, FinalRow.configuration == ConfigurationRow.fingerprint)
        .where(FinalRow.study == study, FinalRow.kind == "final")
    )
    with store.session() as session:
        epochs = [kept["recipe"]["epochs"] for kept in session.scalars(statement)]
    return len(epochs), sum(epochs) / len(epochs) if epochs else None


def _pace(store: Store, study: str, held: LeaseRow) -> _Pace:
    """The present driver's: epochs of runs of this study, and of runs that no study has yet (finals in flight)."""
    since = max(held.taken, now() - PACED_OVER)
    searched = select(TrialRunRow.run).where(TrialRunRow.study == study)
    own = searched.union(select(FinalRow.run).where(FinalRow.study == study))
    any_studys = select(TrialRunRow.run).union(select(FinalRow.run))
    statement = (
        select(EpochRow.finished, EpochRow.worker)
        .where(EpochRow.finished > since)
        .where(or_(EpochRow.run.in_(own), EpochRow.run.not_in(any_studys)))
    )
    with store.session() as session:
        rows = session.execute(statement).all()
    hours = (now() - since).total_seconds() / 3600
    workers = sorted({worker for finished, worker in rows if finished > now() - RECENT})
    return _Pace(len(rows) / hours if rows else None, workers)


def _time_left(
    store: Store,
    study: str,
    trials: list[str],
    plan: dict[str, Any],
    finals: tuple[int, float | None],
    pace: _Pace,
) -> float | None:
    """Seconds until the planned trials and finals are done at this pace; None where nothing tells the pace."""
    if not plan or not pace.epochs_an_hour:
        return None
    with store.session() as session:
        own = select(TrialRunRow.trained).where(TrialRunRow.study == study)
        trained = [number for number in session.scalars(own) if number]
    ended = sum(state in ("complete", "pruned", "failed") for state in trials)
    a_trial = sum(trained) / len(trained) if trained else 1.0
    scored, a_final = finals
    epochs = max(0, plan["trials"] - ended) * a_trial + max(0, plan["finals"] - scored) * (a_final or a_trial)
    return float(3600 * epochs / pace.epochs_an_hour)


def _driver(held: LeaseRow | None, alive: bool) -> dict[str, Any] | None:
    if held is None:
        return None
    times = {"since": held.taken.isoformat(), "renewed": held.renewed.isoformat()}
    return {"host": held.host, "pid": held.pid, "alive": alive, **times}


def _driver_in_words(driver: dict[str, Any] | None) -> str:
    if driver is None:
        return "none: nobody drives it now"
    who = f"process {driver['pid']} on {driver['host']}"
    if driver["alive"]:
        return f"{who} since {_minute(driver['since'])}"
    return f"none: {who} died, last heard of {_minute(driver['renewed'])}; `study run` goes on"


def _last_error(store: Store, failed: tuple[datetime, str] | None) -> dict[str, str] | None:
    """The last failed trial, or the last command on this database where that did not end well and came later."""
    with store.session() as session:
        last = session.scalar(select(InvocationRow).order_by(InvocationRow.id.desc()).limit(1))
    found = [failed] if failed else []
    if last is not None and last.ended is not None and last.exit_status:
        how = "was interrupted" if last.exit_status == 130 else f"ended with status {last.exit_status}"
        found.append((last.ended, f"`{last.command}` {how}"))
    if not found:
        return None
    when, what = max(found)
    return {"when": when.isoformat(), "what": what}


def _of(planned: int | None) -> str:
    return "" if planned is None else f", of {planned} planned"


def _kept(status: dict[str, Any]) -> str:
    size = status["database_bytes"]
    database = "a database on a server" if size is None else f"{status['database']} {in_bytes(size)}"
    return f"{database}; states {in_bytes(status['states_bytes'])} in {status['states']} (see `study clean`)"


def _minute(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
