"""The objectives of a search: their values, pruning by the first, the best of them; whole searches for them."""

import random
import sqlite3

import optuna
import pytest
import tiny

from results.evidence import frames
from results.evidence.evidence import gather
from results.metrics.objectives import ACCURACY, OBJECTIVES, REPORTED, Objective
from results.report.pictures import picture
from results.report.report import build_report
from results.store.database import open_store
from study.config import SearchPart, load_config
from study.errors import InputError, Refused
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.search.pruning import best_of, is_worse_than_median, report, should_prune, values_of
from study.search.sampling import pruner_for
from study.training.run import EpochMetrics
from study.training.tasks import train

pytestmark = pytest.mark.usefixtures("words_are_counted")

LOSS, F1, SECONDS, PARAMETERS = (OBJECTIVES[name] for name in ("log-loss", "f1", "seconds", "parameters"))


def epoch(loss=0.5, accuracy=0.8, balanced=0.7, f1=0.6, cpu=2.0):
    return EpochMetrics(0.4, 0.9, loss, accuracy, cpu + 1, cpu, 900.0, "here", balanced, f1)


def run(folder, **changes):
    config = load_config(None, tiny.settings(folder, **changes))
    name = run_study(config, ["study", "run"], Silent())
    store = open_store(config.database)
    return store, name


def test_values_are_those_after_the_last_epoch_and_the_fastest_ones_seconds() -> None:
    epochs = [epoch(cpu=9.0), epoch(cpu=2.0, f1=0.65), epoch(cpu=3.0, accuracy=0.85, loss=0.4)]
    found = values_of((ACCURACY, LOSS, SECONDS, PARAMETERS), epochs, 216_405)
    assert found == (0.85, 0.4, 2.0, 216_405.0)
    assert values_of((F1, OBJECTIVES["balanced-accuracy"]), epochs[:2], 1) == (0.65, 0.7)


def test_epochs_of_an_older_version_have_no_macro_f1_to_search_for() -> None:
    with pytest.raises(Refused, match=r"before validation macro F1 was kept; .* --database"):
        values_of((F1,), [epoch(f1=None)], 1)


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_median_rule_is_optunas(direction) -> None:
    """Random learning curves, told to a study with Optuna's own pruner and to one with two objectives."""
    part = SearchPart(pruner_startup_trials=4)
    draw = random.Random(1)
    objective = ACCURACY if direction == "maximize" else LOSS
    one = optuna.create_study(direction=direction, pruner=pruner_for(part))
    two = optuna.create_study(directions=[direction, "minimize"])
    verdicts = []
    for _ in range(40):
        single, several = one.ask(), two.ask()
        wanted = draw.randint(1, 5)
        for number in range(1, wanted + 1):
            value = draw.random()
            report(one, single, number, value)
            report(two, several, number, value)
            verdict = should_prune(two, several, objective, part)
            assert verdict == should_prune(one, single, objective, part)
            verdicts.append(verdict)
            if verdict:
                one.tell(single, state=optuna.trial.TrialState.PRUNED)
                two.tell(several, state=optuna.trial.TrialState.PRUNED)
                break
            if number == wanted:
                one.tell(single, value)
                two.tell(several, [value, 1.0])
    assert 5 < sum(verdicts) < len(verdicts) - 5


def test_the_median_rule_by_hand() -> None:
    assert is_worse_than_median([0.5, 0.6], [0.7, 0.65, 0.5], ACCURACY)
    assert not is_worse_than_median([0.66, 0.6], [0.7, 0.65, 0.5], ACCURACY)  # its best so far counts
    assert not is_worse_than_median([0.1], [0.7, 0.65], ACCURACY)  # two trials have no median worth it
    assert is_worse_than_median([0.8], [0.7, 0.65, 0.5], LOSS)


def test_a_report_again_replaces_what_came_after() -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    trial = study.ask()
    for number, value in ((1, 0.5), (2, 0.6), (2, 0.7)):
        report(study, trial, number, value)
    assert trial.user_attrs[REPORTED] == [0.5, 0.7]


def test_best_is_by_direction_and_older_on_a_tie() -> None:
    assert best_of([[0.8], [0.9], [0.9], [0.7]], (ACCURACY,), 3) == [1, 2, 0]
    assert best_of([[0.8], [0.9], [0.7]], (LOSS,), 2) == [2, 0]
    assert best_of([], (LOSS,), 2) == []


def test_the_best_of_a_front_are_spread_over_it() -> None:
    values = [(0.9 - place / 100, 50 - 5 * place) for place in range(9)] + [(0.5, 100)]
    assert best_of(values, (ACCURACY, SECONDS), 1) == [0]
    assert best_of(values, (ACCURACY, SECONDS), 2) == [0, 8]
    assert best_of(values, (ACCURACY, SECONDS), 3) == [0, 4, 8]
    assert best_of(values, (ACCURACY, SECONDS), 20) == list(range(9))
    assert best_of(values, (ACCURACY, SECONDS), 0) == []


def test_a_target_is_reached_in_the_direction() -> None:
    assert LOSS.reaches(0.4, 0.5)
    assert not LOSS.reaches(0.6, 0.5)
    assert ACCURACY.reaches(0.5, 0.5)
    assert not ACCURACY.reaches(0.4, 0.5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"objectives": "recall"}, "objectives: expected one or several of accuracy, .*, each once, got recall"),
        ({"objectives": "f1,f1"}, "each once, got f1, f1"),
        ({"objectives": "seconds,accuracy"}, "expected a quality first .*; got seconds, accuracy"),
        ({"target": "1.5"}, "target: expected at most 1 for validation accuracy, a fraction; got 1.5"),
        (
            {"objectives": "accuracy,seconds", "search": {"pruner": "successive-halving"}},
            "search: expected the pruner median or none with several objectives",
        ),
    ],
)
def test_bad_settings_are_one_line(given, message) -> None:
    with pytest.raises(InputError, match=message):
        load_config(None, given)


def test_a_log_loss_may_have_a_target_above_one() -> None:
    config = load_config(None, {"objectives": "log-loss", "target": "1.2"})
    assert config.target == 1.2
    assert config.study_name("tiny") == "book-tiny-standard-log-loss"


@pytest.fixture(scope="module")
def minimised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loss")
    store, name = run(folder, objectives="log-loss", finals={"seeds": 1, "extra_seeds": 0, "baselines": False})
    yield folder, store, name
    store.close()


def test_a_log_loss_is_minimised(minimised) -> None:
    _, store, name = minimised
    study = optuna.load_study(study_name=name, storage=store.optuna_storage())
    trials = frames.trials(store, name)
    complete = trials[trials["state"] == "complete"]
    assert study.metric_names == ["validation log loss"]
    assert study.directions == [optuna.study.StudyDirection.MINIMIZE]
    assert study.best_value == complete["validation_loss"].min()
    best = complete.sort_values("validation_loss")["configuration"].iloc[0]
    assert frames.finals(store, name)["configuration"].tolist() == [best]
    epochs = frames.epochs(store, name).set_index(["run", "epoch"])
    for row in complete.itertuples():
        assert row.validation_accuracy == epochs["validation_accuracy"][row.run, row.epochs]


def test_the_report_says_what_was_searched_for(minimised, tmp_path) -> None:
    _, store, name = minimised
    page = build_report(store, name, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "This was a search for the best validation log loss after the last epoch." in page
    assert "Validation log loss by trial" in page
    assert "distinct ones, by validation log loss." in page
    assert '"text":"validation log loss"' in page
    assert 'id="figure-front"' not in page


def test_its_history_is_a_picture_too(minimised) -> None:
    _, store, name = minimised
    assert "validation log loss" in picture(gather(store, name), "history").to_json()


def test_another_objective_is_another_term_and_accuracy_the_one_of_old(minimised) -> None:
    folder, _, name = minimised
    with pytest.raises(Refused, match="objectives: log-loss -> f1"):
        run(folder, objectives="f1", name=name)


def test_a_study_begun_before_there_was_a_choice_goes_on(tmp_path) -> None:
    changes = {"trials": 1, "finals": {"seeds": 0}}
    store, name = run(tmp_path, **changes)
    store.close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute("UPDATE study_terms SET terms = json_remove(terms, '$.objectives')")
    connection.close()
    store, _ = run(tmp_path, **changes | {"trials": 2})
    assert len(frames.trials(store, name)) == 2
    store.close()
    with pytest.raises(Refused, match="objectives: accuracy -> log-loss"):
        run(tmp_path, objectives="log-loss", name=name, **changes)


def test_one_entry_is_an_objective(tmp_path, monkeypatch) -> None:
    worst = Objective(
        "worst-recall",
        "validation worst recall",
        "validation_worst_recall",
        of=worst_recall,
    )
    monkeypatch.setitem(OBJECTIVES, worst.name, worst)
    store, name = run(tmp_path, objectives=worst.name, trials=3, finals={"seeds": 1, "baselines": False})
    trials = frames.trials(store, name).set_index("number")
    study = optuna.load_study(study_name=name, storage=store.optuna_storage())
    values = {trial.number: trial.value for trial in study.trials if trial.value is not None}
    assert values
    assert {number: trials[worst.column][number] for number in values} == values
    assert all(0 <= value <= trials["validation_balanced_accuracy"][number] for number, value in values.items())
    best = trials[worst.column].idxmax()
    assert frames.finals(store, name)["configuration"].tolist() == [trials["configuration"][best]]
    page = build_report(store, name, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "This was a search for the best validation worst recall after the last epoch." in page
    store.close()


def worst_recall(counts):
    return float((counts.diagonal() / counts.sum(axis=1)).min())


PARETO = {
    "objectives": "accuracy,parameters",
    "trials": 8,
    "search": {"pruner_startup_trials": 2, "startup_trials": 3},
    "finals": {"seeds": 1, "extra_seeds": 0, "best": 2, "baselines": False},
}


@pytest.fixture(scope="module")
def pareto(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pareto")
    store, name = run(folder, **PARETO)
    yield folder, store, name
    store.close()


def test_a_search_for_a_front_sends_its_ends_to_the_finals(pareto) -> None:
    _, store, name = pareto
    study = optuna.load_study(study_name=name, storage=store.optuna_storage())
    assert study.metric_names == ["validation accuracy", "parameters"]
    assert len(study.trials) == 8
    on_front = sorted((trial.values for trial in study.best_trials), key=lambda values: (-values[0], values[1]))
    finals = frames.finals(store, name)
    assert sorted(finals["parameters"]) == sorted([on_front[0][1], on_front[-1][1]][: len(finals)])
    assert len(finals) == min(2, len({tuple(values) for values in on_front}))


def test_the_report_draws_the_front(pareto, tmp_path) -> None:
    _, store, name = pareto
    page = build_report(store, name, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="figure-front"' in page
    assert "for a front of several objectives, in which it leads" in page
    assert "CPU seconds an epoch are those" not in page  # not searched for here


def test_an_interrupted_search_for_a_front_ends_as_it_would_have(pareto, tmp_path, monkeypatch) -> None:
    _, store, name = pareto
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) in (3, 8):
            raise KeyboardInterrupt
        return train(*arguments)

    monkeypatch.setattr("study.driver.runs.train", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, **PARETO)
    again, _ = run(tmp_path, **PARETO)
    columns = ["state", "params", "validation_accuracy", "configuration"]
    assert frames.trials(again, name)[columns].equals(frames.trials(store, name)[columns])
    again.close()
