"""Workers of their own: their cores, their memory, and what becomes of a task that kills them."""

import functools
import itertools
import logging
import re
import time

import psutil
import pytest
import simulated
from kills import spawned
from worker_tasks import core_of, crash, grow, wait_for

from study.config import load_config
from study.errors import InputError, OutOfMemory, StudyError, TrialError, WorkerDied
from study.search.stopping import Failures
from study.workers import local, scratch, start_engine
from study.workers.cores import cores
from study.workers.engine import Done, InProcess


def test_workers_have_cores_of_their_own_and_outlive_a_task_that_outgrows_them(tmp_path, monkeypatch) -> None:
    (tmp_path / "locks").mkdir()
    monkeypatch.setattr(scratch, "users_folder", lambda: tmp_path / "locks")  # where no other study has a core
    monkeypatch.setattr(scratch, "_own_folder", functools.cache(scratch._own_folder.__wrapped__))
    dask_log = logging.getLogger("distributed")
    dask_log.setLevel(logging.INFO)
    engine = start_engine(tmp_path, workers=2, memory_limit=700_000_000)
    try:
        for number in range(2):
            engine.submit(str(number), core_of, number, tmp_path, 2)
        answers = dict(engine.next_done().result for _ in range(2))
        assert all(len(own) == 1 for own in answers.values())
        if len(cores()) > 1:
            assert answers[0] != answers[1]
        engine.submit("big", grow, 700_000_000)
        error = engine.next_done().error
        assert isinstance(error, WorkerDied)
        found = re.match(r"its worker ran out of memory 2 times: it had reached (\d\.\d\d) GB \(", str(error))
        assert found
        assert 0.6 < float(found[1]) < 2.0
        engine.submit("after", core_of, 7, tmp_path)
        assert engine.next_done().result[0] == 7
    finally:
        engine.close()
    assert not dask_log.getChild("batched").isEnabledFor(logging.ERROR)  # it may log a moment after


def test_one_worker_is_this_process(tmp_path) -> None:
    assert isinstance(start_engine(tmp_path, workers=1), InProcess)


def test_memory_bounds_the_workers_and_each_has_its_share(monkeypatch) -> None:
    monkeypatch.setattr(local, "cores", lambda: list(range(8)))
    monkeypatch.setattr("dask.system.CPU_COUNT", 8)
    monkeypatch.setattr(local, "memory", lambda: 7_000_000_000)
    assert local.default_workers() == 3
    assert local.worker_memory(3) == 7_000_000_000 // 3
    assert local.worker_memory(8) == local.WORKER_MEMORY
    monkeypatch.setattr(local, "memory", lambda: 64_000_000_000)
    assert local.default_workers() == 8
    monkeypatch.setattr("dask.system.CPU_COUNT", 2)  # a container's quota
    assert local.default_workers() == 2


def test_a_memory_limit_is_a_size() -> None:
    assert load_config(None, {"memory_limit": "1.5GB"}).memory_limit == 1_500_000_000
    with pytest.raises(InputError, match="memory_limit: expected a size such as 2GB or 1500MB, got 'much'"):
        load_config(None, {"memory_limit": "much"})


class Failing(InProcess):
    """Fails the tasks whose places are named, with these errors in turn."""

    def __init__(self, places: set[int], *errors: TrialError) -> None:
        super().__init__()
        self._places = places
        self._errors = itertools.cycle(errors)
        self._place = 0

    def next_done(self) -> Done:
        done = super().next_done()
        self._place += 1
        return Done(done.ticket, error=next(self._errors)) if self._place in self._places else done


@pytest.fixture
def searched(tmp_path, monkeypatch):
    monkeypatch.setattr("study.driver.runs.train", simulated.pretended)

    def run(places, *errors):
        config = simulated.settings(tmp_path, trials=8)
        store, study, search, runs = simulated.search(config, Failing(places, *errors))
        with store:
            search.run(runs)
            return [trial.state.name for trial in study.get_trials()]

    return run


def test_a_lost_worker_fails_its_trial_alone(searched) -> None:
    states = searched({1, 2, 9}, WorkerDied("gone"))
    assert len(states) == 8
    assert states[:2] == ["FAIL", "FAIL"]
    assert states.count("FAIL") == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WorkerDied("gone"), "lost their workers, so the study stops; of the last one: gone"),
        (OutOfMemory("too much"), "ran out of memory, so the study stops; of the last one: too much"),
        (TrialError("the loss became nan"), "diverged, so the study stops; of the last one: the loss became nan"),
    ],
)
def test_three_in_a_row_of_one_cause_end_the_study_and_it_can_be_gone_on_with(searched, error, said) -> None:
    with pytest.raises(StudyError, match=f"3 trials in a row {said}. Everything is kept") as stopped:
        searched({1, 2, 3, 4}, error)
    assert not isinstance(stopped.value, TrialError)
    states = searched(set(), error)  # the same command again
    assert states[:3] == ["FAIL"] * 3
    assert states.count("FAIL") == 3
    assert len(states) == 8


def test_three_in_a_row_of_several_causes_do_not(searched) -> None:
    assert searched({1, 2, 3, 4}, TrialError("nan"), WorkerDied("gone")).count("FAIL") == 4


def test_trials_of_one_run_fail_as_one() -> None:
    failures = Failures()
    for run in ("a", "a", "b", "b"):
        failures.one(run, TrialError("nan"))
    with pytest.raises(StudyError, match="3 trials in a row diverged"):
        failures.one("c", TrialError("nan"))


def test_a_task_whose_workers_are_killed_from_outside_is_tried_again_but_not_forever(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("study.workers.dask_engine.ROUNDS", 2)
    engine = start_engine(tmp_path, workers=2, memory_limit=2_000_000_000)
    often, always = tmp_path / "often", tmp_path / "always"
    try:
        for folder, deaths in ((often, 3), (always, 99)):
            folder.mkdir()
            engine.submit(folder.name, crash, folder, deaths)
            done = engine.next_done()
            if folder == often:
                assert done.result == 3
        assert isinstance(done.error, WorkerDied)
        assert "its worker died 4 times at this epoch, killed from outside or by a crash" in str(done.error)
        assert len(list(always.iterdir())) == 4
    finally:
        engine.close()


def test_tasks_go_on_elsewhere_when_all_workers_were_killed_at_once(tmp_path, monkeypatch) -> None:
    """Also those that prefer a worker which is gone: their runs' last epochs were trained there."""
    monkeypatch.setattr("study.workers.dask_engine.LOOKS_EVERY", 0.5)
    engine = start_engine(tmp_path, workers=2, memory_limit=2_000_000_000)
    try:
        for number in range(2):
            engine.submit(str(number), core_of, number, tmp_path, 2)
        assert {engine.next_done().result[0] for _ in range(2)} == {0, 1}
        for number in range(2):
            engine.submit(str(number), wait_for, tmp_path / str(number))
        for worker in spawned(psutil.Process()):
            worker.kill()
        for number in range(2):
            (tmp_path / str(number)).touch()
        assert {engine.next_done().result for _ in range(2)} == {"0", "1"}
    finally:
        engine.close()


@pytest.mark.slow
def test_killed_workers_that_are_slow_to_come_back_are_waited_for(tmp_path) -> None:
    engine = start_engine(tmp_path, workers=2, memory_limit=2_000_000_000)
    try:
        own = psutil.Process()
        for worker in spawned(own):
            worker.kill()
        stopped: list[psutil.Process] = []
        while len(stopped) < 2:
            time.sleep(0.05)
            for worker in spawned(own):
                if worker not in stopped:
                    worker.suspend()
                    stopped.append(worker)
        time.sleep(20)  # Dask would have given them up after 15
        for worker in stopped:
            worker.resume()
        engine.submit("after", core_of, 7, tmp_path)
        assert engine.next_done().result[0] == 7
    finally:
        engine.close()
