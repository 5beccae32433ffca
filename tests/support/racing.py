"""Drivers of one study that reach for its lease at once."""

import subprocess
import sys
from datetime import timedelta

from results.store.tables import LeaseRow, now
from study.driver import lease as leases


def rows(store):
    with store.session() as session:
        return [(row.study, row.pid) for row in session.query(LeaseRow)]


def held_by(store, pid, host=None, age=0.0, token="x"):
    with store.session() as session:
        then = now() - timedelta(seconds=age)
        host = host or leases.os.uname().nodename
        session.add(LeaseRow(study="one", token=token, host=host, pid=pid, taken=then, renewed=then))


def gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


RACER = """
import sys, time
from results.store.database import open_store
from study.errors import Refused
from study.driver.lease import lease

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
