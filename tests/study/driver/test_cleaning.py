"""States of runs: where they are, which are kept while a study runs, and which `study clean` frees."""

import os
import re
import time

import pytest
import tiny
from sqlalchemy import text

from results.store.database import open_store
from results.store.tables import RunRow
from study.config import load_config
from study.driver.cleaning import free, in_bytes, in_lines, plan_cleaning
from study.driver.lease import lease
from study.driver.states import stem
from study.errors import Refused
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.tasks import train

pytestmark = pytest.mark.usefixtures("words_are_counted")

EPOCH = re.compile(r"[0-9a-f]{16}-(\d+)\.npz")


def run(folder, **changes):
    config = load_config(None, tiny.settings(folder, **changes))
    return run_study(config, ["study", "run"], Silent())


def interrupt(patch, when):
    """Ctrl-C at the first epoch of which `when(number of the call, run, epoch)` is true."""
    calls = []

    def interrupted(run, corpus, epoch, state):
        calls.append(run)
        if when(len(calls), run, epoch):
            raise KeyboardInterrupt
        return train(run, corpus, epoch, state)

    patch.setattr("study.driver.runs.train", interrupted)


def last_epochs(folder):
    """Of each run: its stem and last epoch, from the rows."""
    with open_store(folder / "study.db") as store, store.session() as session:
        rows = {row.id: stem(row) for row in session.query(RunRow)}
        lasts = dict(session.execute(text("SELECT run, MAX(epoch) FROM epochs GROUP BY run")).all())
    return {rows[run]: last for run, last in lasts.items()}


def names(plan, why="freed"):
    return {reason: sorted(path.name for path in paths) for reason, paths in getattr(plan, why).items()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("states")
    run(folder)
    return folder


def test_of_every_run_only_the_last_state_is_kept(finished) -> None:
    lasts = last_epochs(finished)
    assert max(lasts.values()) > 1
    expected = {f"{run}-{epoch}.npz" for run, epoch in lasts.items()}
    assert {path.name for path in (finished / "states").iterdir()} == expected


@pytest.mark.parametrize(
    ("database", "folder"),
    [
        ("runs/study.db", "runs/states"),
        ("/elsewhere/a.db", "/elsewhere/states"),
        ("sqlite:////elsewhere/a.db?mode=rw", "/elsewhere/states"),
        ("sqlite+pysqlite:///near/a.db", "near/states"),
        ("postgresql+psycopg://host/name", "runs/states"),
    ],
)
def test_states_go_beside_the_database(database, folder) -> None:
    assert str(load_config(None, {"database": database}).states) == folder
    assert str(load_config(None, {"database": database, "states": "mine"}).states) == "mine"
    assert str(load_config(None, {}).states) == "runs/states"


def test_clean_frees_what_ended_and_keeps_the_last_states_of_finals(finished) -> None:
    folder = finished / "states"
    (folder / "0123456789abcdef-2.npz").write_bytes(b"another database's")
    cut_off, fresh = folder / "0123456789abcdef-3.part", folder / "0123456789abcdef-4.part"
    for path in (cut_off, fresh):
        path.write_bytes(b"cut")
    os.utime(cut_off, (time.time() - 3600,) * 2)
    with open_store(finished / "study.db") as store:
        plan = plan_cleaning(store, folder)
        lasts = last_epochs(finished)
        assert names(plan)["unfinished"] == [cut_off.name]
        assert {*names(plan)} == {"ended", "unfinished"}
        assert {*names(plan, "kept")} == {"scored", "foreign"}
        assert len(names(plan)["ended"]) + len(names(plan, "kept")["scored"]) == len(lasts)
        assert len(names(plan, "kept")["scored"]) == 2
        assert len(list(folder.iterdir())) == len(lasts) + 3  # a plan deletes nothing
        freed = [path for paths in plan.freed.values() for path in paths]
        size = sum(path.stat().st_size for path in freed)
        assert in_lines(plan, folder, "freed")[:2] == [
            f"States in {folder}:",
            f"  freed {len(lasts) - 2 + 1} files, {in_bytes(size)}",
        ]
        free(plan)
        assert len(list(folder.iterdir())) == 4
        free(plan_cleaning(store, folder, finals_too=True))
        assert {path.name for path in folder.iterdir()} == {"0123456789abcdef-2.npz", fresh.name}
    run(finished)  # and nothing is trained again: there is nothing to do


def test_what_a_resume_needs_is_kept(finished, tmp_path, monkeypatch) -> None:
    whole = last_epochs(finished)
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, lambda call, run, epoch: call > 4 and epoch == 2)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    with open_store(tmp_path / "study.db") as store:
        plan = plan_cleaning(store, tmp_path / "states", finals_too=True)
        assert names(plan) == {}  # the study goes on: a later trial may share a run
        assert len(names(plan, "kept")["in flight"]) == 1
        free(plan)
    run(tmp_path)
    assert last_epochs(tmp_path) == whole


def test_a_final_in_flight_is_kept_whatever_is_asked(tmp_path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, lambda call, run, epoch: run.split.validation_fraction == 0 and epoch == 2)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    with open_store(tmp_path / "study.db") as store:
        plan = plan_cleaning(store, tmp_path / "states", finals_too=True)
    assert [path.name[16:] for path in plan.kept["in flight"]] == ["-1.npz"]


def test_nothing_is_freed_under_a_driver(finished) -> None:
    with (
        open_store(finished / "study.db") as store,
        lease(store, "one"),
        pytest.raises(Refused, match=r"study one is being driven by process .* its states are in use"),
    ):
        plan_cleaning(store, finished / "states")


@pytest.mark.parametrize(
    ("size", "words"), [(12, "12 B"), (840_400, "840 kB"), (12_340_000, "12.3 MB"), (2_100_000_000, "2.1 GB")]
)
def test_sizes_in_words(size, words) -> None:
    assert in_bytes(size) == words
