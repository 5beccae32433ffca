"""A deterministic search: the same table on any number of workers, and wherever it was killed."""

import random

import pytest
import simulated
from optuna.trial import TrialState, create_trial
from sqlalchemy import Engine, event

from study.search.deterministic_order import last_heard
from study.workers.engine import InProcess


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    monkeypatch.setattr("study.driver.runs.train", simulated.pretended)


class Killed(BaseException):
    """As SIGKILL: nothing that was not committed stays."""


class KilledAtCommit:
    """While it is entered, the commit of that number does not happen."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __enter__(self) -> None:
        event.listen(Engine, "commit", self._commit)

    def __exit__(self, *ended: object) -> None:
        event.remove(Engine, "commit", self._commit)

    def _commit(self, connection: object) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed


def run(config, engine):
    store, study, search, runs = simulated.search(config, engine)
    with store:
        search.run(runs)
        return simulated.table(study)


def run_with_kills(folder, kills, **changes):
    """The study's table after deaths at the commits of these numbers, each counted from its driver's beginning."""
    config = simulated.settings(folder, trials=24, deterministic=True, **changes)
    for number, commit in enumerate(kills):
        store, _, search, runs = simulated.search(config, simulated.Scrambled(workers=3, seed=number))
        with store, KilledAtCommit(commit), pytest.raises(Killed):
            search.run(runs)
    return run(config, InProcess())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("study.driver.runs.train", simulated.pretended)
        return run(simulated.settings(folder, trials=24, deterministic=True), InProcess())


def test_the_search_has_something_to_decide(undisturbed) -> None:
    states = [state for _, state, *_ in undisturbed]
    assert states.count("PRUNED") >= 2
    assert states.count("COMPLETE") >= 5
    assert {"second" in parameters for _, _, parameters, *_ in undisturbed} == {True, False}


@pytest.mark.parametrize("workers", [2, 5, 16])
def test_any_number_of_workers_gives_the_same_table(undisturbed, tmp_path, workers) -> None:
    config = simulated.settings(tmp_path, trials=24, deterministic=True)
    assert run(config, simulated.Scrambled(workers, seed=workers)) == undisturbed


def test_without_it_the_order_of_the_answers_shows(undisturbed, tmp_path) -> None:
    config = simulated.settings(tmp_path, trials=24)
    assert run(config, simulated.Scrambled(5, seed=5)) != undisturbed


def test_kills_at_any_commit_change_nothing(undisturbed, tmp_path) -> None:
    generator = random.Random(0)
    assert run_with_kills(tmp_path, [generator.randint(1, 40) for _ in range(12)]) == undisturbed


def test_a_pruner_that_takes_notes_is_repeatable_too(tmp_path) -> None:
    """Successive halving writes down which rung a trial has reached."""
    for name in ("alone", "killed"):
        (tmp_path / name).mkdir()
    changes = {"search": {"pruner": "successive-halving", "startup_trials": 6}}
    alone = run(simulated.settings(tmp_path / "alone", trials=24, deterministic=True, **changes), InProcess())
    assert "PRUNED" in {state for _, state, *_ in alone}
    assert run_with_kills(tmp_path / "killed", [9, 17, 4, 30], **changes) == alone


@pytest.mark.slow
@pytest.mark.parametrize("commit", range(1, 300, 7))
def test_a_kill_at_each_commit_changes_nothing(undisturbed, tmp_path, commit) -> None:
    try:
        assert run_with_kills(tmp_path, [commit]) == undisturbed
    except pytest.fail.Exception:
        pytest.skip("the study has fewer commits")


def trial(wave, state, *values):
    return create_trial(
        state=state,
        value=values[-1] if state == TrialState.COMPLETE else None,
        intermediate_values=dict(enumerate(values, start=1)),
        user_attrs={"wave": wave},
    )


def test_what_was_heard_last_is_found_from_the_trials() -> None:
    assert last_heard([]) == (-1, -1)
    running, complete, failed = TrialState.RUNNING, TrialState.COMPLETE, TrialState.FAIL
    trials = [trial(0, complete, 0.1, 0.2), trial(0, running, 0.1, 0.2), trial(0, running, 0.3), trial(2, running)]
    for number, each in enumerate(trials):
        each.number = number
    assert last_heard(trials) == (1, 1)
    trials[2] = trial(0, failed, 0.3)  # in its second epoch
    trials[2].number = 2
    assert last_heard(trials) == (1, 2)
