"""One driver a study. Drivers that start at once race in robustness/test_postgres, on every kind of database."""

import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import optuna
import pytest
import simulated
import tiny
from racing import gone, held_by, rows

from results.store.database import open_store
from results.store.tables import EpochRow, InvocationRow, LeaseRow, now
from search_spaces import reference
from study.corpus.prepared.splits import Split
from study.driver import lease as leases
from study.driver.lease import lease
from study.driver.ledger import Ledger
from study.errors import LeaseLost, Refused
from study.training.run import Run

STUDY = str(Path(sys.executable).parent / "study")


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "study.db", create=True) as opened:
        yield opened


def test_a_lease_ends_with_its_block_however_that_ends(store) -> None:
    with lease(store, "one"):
        assert rows(store) == [("one", leases.os.getpid())]
    assert rows(store) == []
    with pytest.raises(ZeroDivisionError, match="bug"), lease(store, "one"):
        raise ZeroDivisionError("bug")
    assert rows(store) == []


def test_a_second_driver_is_refused_and_told_who_holds_it(store) -> None:
    with (
        lease(store, "one"),
        pytest.raises(Refused, match=rf"study one is being driven by process {leases.os.getpid()} on "),
        lease(store, "one"),
    ):
        pass
    with lease(store, "one"), lease(store, "other"):
        assert len(rows(store)) == 2


def test_a_dead_driver_of_this_machine_is_taken_over_at_once(store) -> None:
    held_by(store, gone())
    with lease(store, "one"):
        assert rows(store) == [("one", leases.os.getpid())]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell when a process began")
def test_another_process_of_the_same_number_is_not_the_driver(store) -> None:
    own = leases.os.getpid()
    boot, namespace, started = leases._identity(own).split()
    held_by(store, own, token=f"x {boot} {namespace} {int(started) - 1}")
    with lease(store, "one"):
        assert rows(store) == [("one", own)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell containers apart")
@pytest.mark.parametrize(("lives", "boot"), [(True, False), (False, False), (False, True)])
def test_a_driver_in_another_container_is_waited_for(store, monkeypatch, lives, boot) -> None:
    own = leases.os.getpid()
    here, namespace, started = leases._identity(own).split()
    held_by(store, own, token=f"x {'another' if boot else here} {int(namespace) + 1} {started}", age=20)

    def slept(_):
        with store.session() as session:
            session.get(LeaseRow, "one").renewed = now() if lives else now() - timedelta(seconds=61)

    monkeypatch.setattr(leases.time, "sleep", slept)
    said: list[str] = []
    if lives:
        with pytest.raises(Refused, match="is being driven by"), lease(store, "one", said.append):
            pass
    else:
        with lease(store, "one", said.append):
            assert rows(store) == [("one", own)]
    assert said == ["the driver before this one was in another container: waiting a minute for a sign of life"]


def test_a_driver_elsewhere_is_taken_over_when_it_was_silent_for_a_minute(store) -> None:
    held_by(store, 1, host="elsewhere", age=50)
    with pytest.raises(Refused, match="process 1 on elsewhere"), lease(store, "one"):
        pass
    with store.session() as session:
        session.get(LeaseRow, "one").renewed = now() - timedelta(seconds=61)
    with lease(store, "one"):
        assert rows(store) == [("one", leases.os.getpid())]


def test_a_lease_is_renewed(store, monkeypatch) -> None:
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.05)
    with lease(store, "one"):
        with store.session() as session:
            session.get(LeaseRow, "one").renewed = long_ago = now() - timedelta(hours=1)
        renewed = long_ago
        while renewed == long_ago:
            leases.threading.Event().wait(0.05)
            with store.session() as session:
                renewed = session.get(LeaseRow, "one").renewed
        assert renewed > long_ago + timedelta(minutes=59)


def taken_over(store) -> None:
    with store.session() as session:
        session.get(LeaseRow, "one").token = "another"


def test_a_driver_that_lost_its_lease_writes_nothing_more(store, tmp_path) -> None:
    run = Run(reference("simple-lstm").configuration, 0, Split(0.2, 0))
    ledger = Ledger(store, simulated.CARD, tmp_path / "states")
    ledger.begin("test")
    study = optuna.create_study(storage=store.optuna_storage(), study_name="one")
    told = r"study one was taken over by process \d+ on .*, since this one was silent for more than a minute"
    with open_store(tmp_path / "study.db") as other, lease(store, "one"):
        metrics = simulated.pretended(run, tmp_path, 1, None)[1]
        ledger.record_epoch(run, 1, metrics, {"000": np.zeros(1)}, keep=True)
        study.set_user_attr("before", 1)
        taken_over(other)
        with pytest.raises(LeaseLost, match=told):
            ledger.record_epoch(run, 2, metrics, {"000": np.zeros(1)}, keep=True)
        with pytest.raises(LeaseLost, match=told):
            ledger.end(0)
        with pytest.raises(LeaseLost, match=told):
            study.set_user_attr("after", 1)
        with pytest.raises(LeaseLost, match=told):
            study.ask()
        assert len(ledger.epochs(run)) == 1  # it may still look
        with other.session() as session:
            assert session.query(EpochRow).count() == 1
            assert session.query(InvocationRow).one().ended is None
        assert len(list((tmp_path / "states").iterdir())) == 1
    assert rows(store) == [("one", leases.os.getpid())]  # nor does it end the other's lease
    seen = optuna.load_study(storage=f"sqlite:///{tmp_path / 'study.db'}", study_name="one")
    assert list(seen.user_attrs) == ["before"]
    assert seen.trials == []


def test_a_driver_that_slept_through_its_lease_stops_with_one_line(tmp_path, command) -> None:
    """Suspended in its work; meanwhile another takes the study and ends it; then it wakes up."""
    settings = tiny.settings(tmp_path, trials=2, finals={"seeds": 0})
    run = ["run", "--config", str(tiny.write_toml(tmp_path / "study.toml", settings))]
    sleeper = subprocess.Popen(
        [STUDY, *run], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    with sqlite3.connect(tmp_path / "study.db", timeout=0, isolation_level=None) as database:
        while not has_epochs(database):
            assert sleeper.poll() is None
            leases.threading.Event().wait(0.01)
        suspend_between_transactions(sleeper, database)
        status, _, refused = command(*run)
        assert status == 2
        assert f"is being driven by process {sleeper.pid}" in refused
        with open_store(tmp_path / "study.db") as store, store.session() as session:
            session.query(LeaseRow).one().renewed -= timedelta(minutes=2)
        assert command(*run)[0] == 0
        found = list(database.iterdump())
        sleeper.send_signal(signal.SIGCONT)
        _, said = sleeper.communicate()
        assert sleeper.returncode == 2
        (line,) = said.splitlines()
        assert "was taken over by another process, which is through with it, since this one was silent" in line
        assert list(database.iterdump()) == found


def has_epochs(database) -> bool:
    try:
        return database.execute("SELECT COUNT(*) FROM epochs").fetchone()[0] > 0
    except sqlite3.OperationalError:
        return False  # not made yet, or being made


def suspend_between_transactions(process, database) -> None:
    """What holds the database while it sleeps keeps everybody out: no other could take over."""
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            leases.threading.Event().wait(0.01)
        else:
            database.execute("ROLLBACK")
            return
