"""The search's view of its trials: what Optuna's own storage answers, up to its bound; and the driver's cost."""

import copy
import time

import optuna
import pytest
import simulated
from optuna.trial import TrialState
from sqlalchemy import event

from results.store.database import open_store
from study.errors import StudyError
from study.search import trials_in_view as recent
from study.search.trials_in_view import RecentTrials, in_memory


def two_views(path, trials):
    """The study through Optuna's own storage, and in memory after as many trials with a value each."""
    store = open_store(path / "study.db", create=True)
    direct = optuna.create_study(study_name="s", storage=store.optuna_storage(), direction="maximize")
    view = in_memory(direct, RecentTrials(store.optuna_storage()))
    for number in range(trials):
        trial = view.ask()
        value = trial.suggest_float("x", 0, 1)
        trial.report(value, 1)
        trial.set_user_attr("half", number / 2)
        view.tell(trial, value)
    return store, direct, view


def untimed(trials):
    """The trials but for when they ended, which memory and database each note by themselves."""
    copies = [copy.copy(trial) for trial in trials]
    for trial in copies:
        trial.datetime_complete = None
    return copies


def test_memory_answers_what_the_database_holds(tmp_path) -> None:
    store, direct, view = two_views(tmp_path, 6)
    view.enqueue_trial({"x": 0.5})
    open_trial = view.ask()
    assert open_trial.suggest_float("x", 0, 1) == 0.5
    open_trial.report(0.25, 1)
    pruned = view.ask()
    pruned.suggest_float("x", 0, 1)
    pruned.report(0.125, 3)
    view.tell(pruned, state=TrialState.PRUNED)
    assert untimed(view.get_trials()) == untimed(direct.get_trials())
    assert view.get_trials(states=(TrialState.RUNNING,)) == direct.get_trials(states=(TrialState.RUNNING,))
    assert in_memory(direct, RecentTrials(store.optuna_storage())).get_trials() == direct.get_trials()
    store.close()


def test_a_new_trial_is_written_in_one_transaction_once_it_is_drawn(tmp_path) -> None:
    store, direct, view = two_views(tmp_path, 12)  # past the startup trials: TPE draws
    trials, commits = view._storage, []
    event.listen(store.optuna_storage().engine, "commit", commits.append)
    new = view.ask()
    new.suggest_float("x", 0, 1)
    new.set_user_attr("configuration", "x")
    assert commits == []
    assert len(view.get_trials()) == 13
    trials.write_new()
    assert len(commits) == 1
    trials.write_new()
    assert len(commits) == 1
    assert untimed(view.get_trials()) == untimed(direct.get_trials())
    assert direct.get_trials()[12].system_attrs == {}  # what TPE notes for other drivers
    store.close()


def test_a_trial_from_elsewhere_is_refused(tmp_path) -> None:
    store, direct, view = two_views(tmp_path, 2)
    new = view.ask()
    direct.enqueue_trial({"x": 0.5})
    with pytest.raises(
        StudyError, match="expected trial 2 to be the study's next, got number 3: something else adds"
    ):
        new.report(0.5, 1)
    store.close()


def test_past_the_bound_the_best_and_the_newest_are_seen(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recent, "LONGEST", 10)
    monkeypatch.setattr(recent, "BEST", 3)
    store, direct, view = two_views(tmp_path, 30)
    everything = direct.get_trials()
    assert len(everything) == 30
    best = sorted(everything, key=lambda trial: -trial.value)[:3]
    others = [trial for trial in everything if trial not in best]
    assert untimed(view.get_trials()) == untimed(sorted([*best, *others[-7:]], key=lambda trial: trial.number))
    again = in_memory(direct, RecentTrials(store.optuna_storage()))
    assert untimed(again.get_trials()) == untimed(view.get_trials())
    store.close()


@pytest.mark.slow
def test_the_drivers_cost_stays_flat(tmp_path, monkeypatch) -> None:
    """With a bound of few trials: processor time an epoch, past it against before it."""
    monkeypatch.setattr("study.driver.runs.train", simulated.pretended)
    monkeypatch.setattr(recent, "LONGEST", 40)
    monkeypatch.setattr(recent, "BEST", 10)
    costs = []
    for trials in (30, 90):
        config = simulated.settings(tmp_path, epochs="3", trials=trials)
        engine = simulated.Sleeping(8, 0.0)
        store, study, search, runs = simulated.search(config, engine)
        with store:
            began = time.process_time()
            search.run(runs)
            costs.append((time.process_time() - began) / engine.tasks)
            assert len(study.get_trials()) == trials
    assert costs[1] < 2 * costs[0]  # twice: the first trials are drawn at random, without TPE


@pytest.fixture(autouse=True)
def quiet():
    from study.search.sampling import quiet

    quiet()
