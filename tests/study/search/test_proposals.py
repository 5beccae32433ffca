"""The next trials, in a search on many workers."""

import pytest
import simulated
from optuna.trial import TrialState

from study.errors import InputError

PARTS = {"search": {"startup_trials": 4}}
MANY = 16


@pytest.fixture
def searched(tmp_path, monkeypatch):
    """A search on so many workers."""
    monkeypatch.setattr("study.driver.runs.train", simulated.pretended)

    def run(workers, enqueued=(), **changes):
        config = simulated.settings(tmp_path, **PARTS | changes)
        store, study, search, runs = simulated.search(config, simulated.Scrambled(workers, seed=0))
        for parameters in enqueued:
            study.enqueue_trial(parameters)
        with store:
            search.run(runs)
            return study.get_trials()

    return run


def test_enqueued_trials_come_as_they_are(searched) -> None:
    parameters = {"units": 3, "rate": 0.125, "learning_rate": 0.01, "head": "plain", "epochs": 2}
    trials = searched(MANY, [parameters, parameters | {"units": 4}], trials=20)
    assert [trial.params for trial in trials[:2]] == [parameters, parameters | {"units": 4}]


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


def test_a_space_that_breaks_in_mid_search_ends_it_in_one_line(searched, tmp_path) -> None:
    message = (
        r"^the search space 'broken': suggest failed in trial 0: ZeroDivisionError: division by zero \(line \d+\)$"
    )
    with pytest.raises(InputError, match=message) as raised:
        searched(MANY, trials=24, space=write_space(tmp_path, "getattr(trial, 'study', None) and 1 / 0"))
    assert isinstance(raised.value.__cause__, ZeroDivisionError)  # what --debug shows


CHOICES = 'trial.suggest_categorical("cell", ["a", "b"] if getattr(trial, "number", 0) % 9 < 8 else ["c"])'


@pytest.mark.parametrize(("going_on", "body"), [(False, CHOICES), (True, CHOICES.replace("% 9 < 8", "< 8"))])
def test_choices_that_change_in_mid_search_end_it_in_one_line(searched, tmp_path, going_on, body) -> None:
    """Met by a draw of TPE's or by the first ones, in this process or after what another wrote."""
    space = write_space(tmp_path, body)
    if going_on:
        searched(1, trials=8, space=space)
    message = (
        r"^the search space 'broken': parameter 'cell': expected one of 'a', 'b' in every trial, got one of 'c'; "
    )
    with pytest.raises(InputError, match=message):
        searched(1, trials=12, space=space)


def test_bounds_may_depend_on_another_parameter(searched, tmp_path) -> None:
    body = """low = trial.suggest_int("low", 1, 9)
    high = trial.suggest_int("high", low, 2 * low)
    trial.suggest_float("speed", low / 10, 1.0 + high, log=True)"""
    trials = searched(4, trials=40, space=write_space(tmp_path, body))
    assert TrialState.FAIL not in {trial.state for trial in trials}
    assert all(trial.params["low"] <= trial.params["high"] <= 2 * trial.params["low"] for trial in trials)
