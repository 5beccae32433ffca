"""The next trials, drawn in this process or in one beside it: the same ones, and none is lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import psutil
import pytest
import simulated
from optuna.trial import TrialState

from study.errors import StudyError
from study.search.proposals import MANY, Beside, Here
from study.search.trials_in_view import RecentTrials, in_memory

PARTS = {"search": {"startup_trials": 4}}


@pytest.fixture
def searched(tmp_path, monkeypatch):
    """A search on so many workers."""
    monkeypatch.setattr("study.driver.runs.train", simulated.pretended)

    def run(workers, **changes):
        config = simulated.settings(tmp_path, **PARTS | changes)
        store, study, search, runs = simulated.search(config, simulated.Scrambled(workers, seed=0))
        with store:
            search.run(runs)
            return study.get_trials()

    return run


@pytest.fixture
def asking(tmp_path, searched):
    """A study with twenty trials, and both ways of asking for more."""
    searched(2, trials=20)
    config = simulated.settings(tmp_path, **PARTS, trials=20)
    store, study, search, _ = simulated.search(config, simulated.Scrambled(2, seed=0))
    recent = RecentTrials(store.optuna_storage())
    study = in_memory(study, recent)
    here = Here(study, search._space, config, recent.groups)
    beside = Beside(study, recent, config, 2, here)
    with store:
        yield study, here, beside
        beside.close()


def taken(asking, number):
    asking.request(number)
    return asking.take()


def test_both_draw_the_same(asking) -> None:
    study, here, beside = asking
    drawn = []
    for number in range(20, 26):
        asked = taken(beside, number)
        assert asked.trial.number == number
        study.tell(asked.trial, number / 100)
        drawn.append(asked)
    assert len({asked.configuration.fingerprint for asked in drawn}) > 1
    kept = study.get_trials()
    for trial, asked in zip(kept[20:], drawn, strict=True):
        assert trial.user_attrs == {"configuration": asked.trial.user_attrs["configuration"]}
    # Now as if they had not been: the same numbers, drawn here.
    memory = optuna.create_study(direction="maximize")
    memory.add_trials(kept[:20])
    again = Here(memory, here._space, here._config, study._storage.groups)
    for asked in drawn:
        other = taken(again, asked.trial.number)
        assert other.trial.params == asked.trial.params
        assert other.configuration == asked.configuration
        memory.tell(other.trial, other.trial.number / 100)


def test_what_is_pending_is_in_view(asking) -> None:
    """Requests before an answer: the second trial is drawn with the first among those in flight."""
    _, _, beside = asking
    beside.request(20)
    beside.request(21)
    assert beside.pending == 2
    first, second = beside.take(), beside.take()
    assert (first.trial.number, second.trial.number) == (20, 21)
    assert first.trial.params != second.trial.params


def test_enqueued_trials_come_as_they_are(asking) -> None:
    study, _, beside = asking
    parameters = {"units": 3, "rate": 0.125, "learning_rate": 0.01, "head": "plain", "epochs": 2}
    study.enqueue_trial(parameters)
    study.enqueue_trial(parameters | {"units": 4})
    for number in (20, 21, 22, 23):
        beside.request(number)
    assert beside.take().trial.params == parameters
    assert beside.take().trial.params == parameters | {"units": 4}
    assert [beside.take().trial.number for _ in range(2)] == [22, 23]


@pytest.mark.parametrize("workers", [MANY, 40])
def test_a_search_on_many_workers_comes_to_its_end(searched, workers) -> None:
    trials = searched(workers, trials=70)
    assert [trial.number for trial in trials] == list(range(70))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    assert [trial.user_attrs["reference"] for trial in trials if "reference" in trial.user_attrs] == []


def write_space(folder, body):
    path = folder / "broken.py"
    path.write_text(simulated.SPACE.replace("EPOCHS", "1").replace("    units =", f"    {body}\n    units ="))
    return str(path)


def test_what_a_space_refuses_fails_alone(searched, tmp_path) -> None:
    body = "if getattr(trial, 'number', 0) % 7 == 3: raise ValueError('not\\n seven')"
    trials = searched(MANY, trials=24, space=write_space(tmp_path, body))
    failed = [trial for trial in trials if trial.state == TrialState.FAIL]
    assert [trial.number for trial in failed] == [3, 10, 17]
    assert failed[0].user_attrs["reason"] == "the search space made no valid configuration: not seven"


def test_a_space_that_breaks_is_raised_with_its_own_trace(searched, tmp_path) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        searched(MANY, trials=24, space=write_space(tmp_path, "getattr(trial, 'study', None) and 1 / 0"))
    assert "in suggest" in raised.value.__notes__[0]


def test_a_trial_from_elsewhere_is_refused(asking) -> None:
    study, _, beside = asking
    beside.request(20)
    optuna.load_study(study_name=study.study_name, storage=study._storage._backend).enqueue_trial({"units": 3})
    with pytest.raises(
        StudyError, match="expected trial 20 to be the study's next, got number 21: something else"
    ):
        beside.take()


def test_a_process_that_dies_is_told_of(asking) -> None:
    _, _, beside = asking
    beside._process.kill()
    with pytest.raises(StudyError, match="the process that draws the next trials ended; everything is kept"):
        taken(beside, 20)


DRIVER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import simulated, study.driver.runs
from pathlib import Path

if __name__ == "__main__":
    study.driver.runs.train = simulated.pretended
    config = simulated.settings(Path(sys.argv[2]), trials=10_000)
    store, _, search, runs = simulated.search(config, simulated.Sleeping(16, 0.1))
    search.run(runs)
"""


def test_it_does_not_outlive_the_driver(tmp_path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    driver = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parents[2] / "support"), str(tmp_path)]
    )
    ends = time.monotonic() + 60
    while not (children := [c for c in psutil.Process(driver.pid).children() if "spawn_main" in str(c.cmdline())]):
        assert time.monotonic() < ends
        time.sleep(0.1)
    time.sleep(1.0)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    _, alive = psutil.wait_procs(children, timeout=100)
    assert alive == []
