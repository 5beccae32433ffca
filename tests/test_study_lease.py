"""One driver a study. Drivers that start at once race in test_results_databases, on every kind of database."""

import subprocess
import sys
from datetime import timedelta

import pytest

from results.store import open_store
from results.tables import LeaseRow, now
from study import lease as leases
from study.errors import Refused
from study.lease import lease


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "study.db", create=True) as opened:
        yield opened


def rows(store):
    with store.session() as session:
        return [(row.study, row.pid) for row in session.query(LeaseRow)]


def held_by(store, pid, host=None, age=0.0):
    with store.session() as session:
        then = now() - timedelta(seconds=age)
        host = host or leases.os.uname().nodename
        session.add(LeaseRow(study="one", token="x", host=host, pid=pid, taken=then, renewed=then))


def gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


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
        for _ in range(100):
            leases.threading.Event().wait(0.05)
            with store.session() as session:
                renewed = session.get(LeaseRow, "one").renewed
            if renewed > long_ago:
                break
        assert renewed > now() - timedelta(seconds=30)


RACER = """
import sys, time
from results.store import open_store
from study.errors import Refused
from study.lease import lease

with open_store(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        with lease(store, "one"):
            print("mine", flush=True)
            sys.stdin.readline()
    except Refused:
        print("refused", flush=True)
"""


def race(store, address, rounds, left_behind) -> None:
    """Two processes reach for one lease in the same instant, again and again."""
    for _ in range(rounds):
        if left_behind:
            held_by(store, gone())
        start = [sys.executable, "-c", RACER, address]
        racers = [
            subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 2
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = [racer.stdout.readline() for racer in racers]
        for racer in racers:
            racer.communicate("end\n")
        assert sorted(answers) == ["mine\n", "refused\n"]
        assert rows(store) == []
