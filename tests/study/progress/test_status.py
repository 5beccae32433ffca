"""The status of a study: how far, by whom, how fast, what went wrong; from the database alone."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from synthetic import STUDY, add_finals, add_trials, begin, book_and_found

from results.store.database import open_store
from results.store.schema import StoreError
from results.store.tables import EpochRow, InvocationRow, LeaseRow, StudyTermsRow, now
from study.driver.lease import lease
from study.progress.status import PLAN, in_lines, status_of

STATES = ["complete"] * 6 + ["pruned", "fail", "running"]


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "study.db", create=True) as opened:
        begin(opened)
        add_trials(opened, len(STATES), states=STATES)
        storage = opened.optuna_storage()
        storage.set_study_user_attr(storage.get_study_id_from_name(STUDY), PLAN, {"trials": 12, "finals": 6})
        yield opened


def of(store, tmp_path):
    return status_of(store, None, str(tmp_path / "study.db"))


def test_a_study_that_nobody_drives(store, tmp_path) -> None:
    found = of(store, tmp_path)
    assert found["study"] == STUDY
    assert found["trials"] == {"complete": 6, "pruned": 1, "failed": 1, "running": 1}
    assert (found["trials_planned"], found["finals"], found["finals_planned"]) == (12, 0, 6)
    assert found["driver"] is None
    assert found["workers"] == []
    assert found["epochs_an_hour"] is None
    assert found["time_left_seconds"] is None
    assert found["last_error"]["what"] == "trial 7 failed: the loss became NaN in epoch 1"
    files = [tmp_path / "study.db", tmp_path / "study.db-wal"]  # what was not yet moved over counts too
    assert found["database_bytes"] == sum(path.stat().st_size for path in files)
    lines = in_lines(found)
    assert "trials       6 complete, 1 failed, 1 pruned, 1 running, of 12 planned" in lines
    assert "driver       none: nobody drives it now" in lines
    json.dumps(found)


def test_pace_workers_and_time_left_are_the_present_drivers(store, tmp_path) -> None:
    with lease(store, STUDY):
        with store.session() as session:
            held = session.get(LeaseRow, STUDY)
            held.taken = now() - timedelta(minutes=30)
            rows = session.query(EpochRow).all()
            trained = len(rows)
            for row in rows:
                row.finished = now() - timedelta(hours=3)  # another driver's
            for number, row in enumerate(rows[:5]):
                row.finished = now() - timedelta(minutes=1 if number < 3 else 20)
                row.worker = f"here:{number % 2}"
        found = of(store, tmp_path)
    assert found["driver"]["alive"]
    assert found["workers"] == ["here:0", "here:1"]  # of the three epochs of the last ten minutes
    assert found["epochs_an_hour"] == pytest.approx(10, rel=0.01)  # five in half an hour
    mean = trained / 8  # of the trials that trained at all: the failed one did not
    assert found["time_left_seconds"] == pytest.approx((12 - 8 + 6) * mean * 360, rel=0.01)
    assert any(line.startswith("time left    about ") for line in in_lines(found))


def test_finals_count_and_shorten_the_time_left(store, tmp_path) -> None:
    add_finals(store, book_and_found(store)[:2], seeds=(1, 2))
    assert of(store, tmp_path)["finals"] == 4


def test_a_dead_driver_is_said_to_be_dead(store, tmp_path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = os.uname().nodename
    with store.session() as session:
        session.add(LeaseRow(study=STUDY, token="x", host=host, pid=gone.pid, taken=now(), renewed=now()))
    found = of(store, tmp_path)
    assert found["driver"]["alive"] is False
    assert found["epochs_an_hour"] is None
    said = next(line for line in in_lines(found) if line.startswith("driver"))
    assert f"none: process {gone.pid} on {host} died, last heard of " in said


@pytest.mark.parametrize(
    ("status", "said"), [(1, "`study run` ended with status 1"), (130, "`study run` was interrupted"), (0, None)]
)
def test_the_end_of_the_last_command_is_the_last_error_where_it_came_later(store, tmp_path, status, said) -> None:
    with store.session() as session:
        end = {"ended": now() + timedelta(seconds=1), "exit_status": status}
        session.add(InvocationRow(command="study run", host="here", pid=1, environment={}, **end))
    assert of(store, tmp_path)["last_error"]["what"] == (said or "trial 7 failed: the loss became NaN in epoch 1")


def test_a_fork_says_what_it_was_forked_from(store, tmp_path) -> None:
    with store.session() as session:
        row = session.get(StudyTermsRow, STUDY)
        row.terms = row.terms | {"forked_from": {"study": "older", "changed": ["seed: 0 -> 7"]}}
    assert "forked from  older: seed: 0 -> 7" in in_lines(of(store, tmp_path))


def test_an_unknown_study_is_refused_with_the_known_ones(store) -> None:
    with pytest.raises(StoreError, match="expected the name of a study, got 'none'; known: made-up"):
        status_of(store, "none", "study.db")


def test_the_command_is_quick_and_needs_no_tensorflow(store, tmp_path) -> None:
    code = (
        "import sys; from study import cli\n"
        "sys.argv = ['study', 'status', '--json', '--database', sys.argv[1]]\n"
        "try: cli.main()\n"
        "except SystemExit: print({'tensorflow', 'distributed', 'sklearn'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "study.db")], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["study"] == STUDY
    assert done.stderr == "set()\n"  # what takes long to load
