"""What is searched for, and the front of several objectives."""

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.metrics.objectives import ACCURACY, OBJECTIVES, front, reported, searched_for

LOSS, F1, SECONDS, PARAMETERS = (OBJECTIVES[name] for name in ("log-loss", "f1", "seconds", "parameters"))
POINTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=15)


@given(POINTS)
def test_the_front_is_optunas(points) -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    for values in points:
        study.add_trial(optuna.trial.create_trial(values=values))
    expected = {trial.number for trial in study.best_trials}
    assert set(front(points, (ACCURACY, SECONDS))) == expected


def test_the_front_begins_with_the_best_in_the_first_objective() -> None:
    points = [(0.8, 10), (0.9, 50), (0.7, 60), (0.85, 10), (0.9, 50)]
    assert front(points, (ACCURACY, PARAMETERS)) == [1, 4, 3]
    assert front([(0.3,), (0.2,)], (LOSS,)) == [1]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_study_says_what_it_searches_for() -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    study.set_metric_names([F1.title, SECONDS.title])
    assert searched_for(study) == (F1, SECONDS)
    assert searched_for(optuna.create_study()) == (ACCURACY,)


def test_reports_are_read_wherever_they_are_kept() -> None:
    trial = optuna.trial.create_trial(values=[0.5, 1.0], user_attrs={"reported": [0.4, 0.5]})
    assert reported(trial) == {1: 0.4, 2: 0.5}
    assert reported(optuna.trial.create_trial(value=0.5, intermediate_values={1: 0.3})) == {1: 0.3}
    assert reported(optuna.trial.create_trial(value=0.5)) == {}


@pytest.mark.parametrize(
    ("objective", "value", "words"),
    [
        (ACCURACY, 0.86789, "86.79 %"),
        (LOSS, 0.31234, "0.3123"),
        (SECONDS, 3.456, "3.46"),
        (PARAMETERS, 1e4, "10,000"),
    ],
)
def test_values_in_words(objective, value, words) -> None:
    assert objective.in_words(value) == words
