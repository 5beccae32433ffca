"""The semi-final: the search's leaders on further seeds of the validation part, then the choice."""

import numpy as np
import pytest
import tiny
from watching import Listening

from results.evidence import frames, ranking
from results.evidence.evidence import gather
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study

pytestmark = pytest.mark.usefixtures("words_are_counted")

FINALS = {"seeds": 2, "extra_seeds": 0, "baselines": False, "leaders": 2}


def run(folder, **changes):
    watch = Listening()
    config = load_config(None, tiny.settings(folder, **{"finals": FINALS, **changes}))
    name = run_study(config, ["study", "run"], watch)
    store = open_store(config.database)
    return watch, name, store


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("semi-final")
    _, name, store = run(folder)
    return folder, name, store


def test_the_leaders_are_judged_on_two_further_seeds_and_the_test_part_stays_shut(judged) -> None:
    _, name, store = judged
    trials = frames.trials(store, name)
    further = ranking.judged(store, name, trials).iloc[len(trials) :]
    best = ranking.distinct(trials)["configuration"].head(2)
    assert sorted(set(further["configuration"])) == sorted(best)
    assert further["seed"].tolist() == [1, 1, 2, 2]
    assert (further["number"] < 0).all()
    assert further["validation_accuracy"].notna().all()
    finals = frames.finals(store, name)
    assert frames.invocations(store)["test_openings"].sum() == len(finals)


def test_the_best_found_is_chosen_by_the_mean_over_its_seeds(judged) -> None:
    _, name, store = judged
    trials = frames.trials(store, name)
    ranked = ranking.judged(store, name, trials).groupby("configuration")["validation_accuracy"]
    means = ranked.mean()[ranked.size() == 3]
    evidence = gather(store, name)
    assert set(evidence.finals["configuration"]) == {evidence.best} == {evidence.winner}
    assert means[evidence.best] == means.max()


def test_finals_have_seeds_that_chose_nothing(judged) -> None:
    _, name, store = judged
    assert frames.finals(store, name)["seed"].tolist() == [10, 11]
    assert set(ranking.judged(store, name, frames.trials(store, name))["seed"]) == {0, 1, 2}


def test_a_second_call_has_nothing_to_train(judged) -> None:
    folder, name, _ = judged
    watch, again, store = run(folder)
    assert (watch.epochs, again) == ([], name)
    assert ranking.judged(store, name, frames.trials(store, name))["number"].min() == -4


def test_leaders_whose_runs_another_study_trained_are_judged_as_well(judged) -> None:
    folder, name, store = judged
    watch, fork, store = run(folder, fork="sibling")
    assert (watch.epochs, fork) == ([], "sibling")
    ours, theirs = (
        ranking.judged(store, each, frames.trials(store, each))[["configuration", "seed", "validation_accuracy"]]
        for each in (fork, name)
    )
    assert ours.to_numpy().tolist() == theirs.to_numpy().tolist()
    assert gather(store, fork).winner == gather(store, name).winner


def test_one_seed_decides_where_no_leaders_are_asked_for(tmp_path) -> None:
    _, name, store = run(tmp_path, finals={**FINALS, "leaders": 0})
    trials = frames.trials(store, name)
    assert ranking.judged(store, name, trials) is trials
    best = trials.loc[np.nanargmax(trials["validation_accuracy"]), "configuration"]
    assert set(frames.finals(store, name)["configuration"]) == {best}
