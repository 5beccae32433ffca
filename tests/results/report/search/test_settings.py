import math

import numpy as np
import optuna
import pandas as pd
import pytest
from synthetic import add_many_trials, filled

from results.evidence.evidence import gather
from results.report.search.axes import Axis
from results.report.search.fronts import pareto_info
from results.report.search.history import ten_best
from results.report.search.importances import LEAST, importances_figure, importances_info
from results.report.search.parallel import MOST_LINES, parallel_figure, parallel_info
from results.report.search.slices import slice_figure, slices_info


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return gather(filled(tmp_path_factory.mktemp("search") / "study.db", trials=40, seeds=(1,)))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    store = filled(tmp_path_factory.mktemp("many") / "study.db", trials=5, seeds=())
    add_many_trials(store, 1500)
    return gather(store)


def told(count=40):
    """Trials whose accuracy is their `units` alone, and the frame of them; every fourth has a `depth`."""
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    for number in range(count):
        trial = study.ask()
        units = trial.suggest_int("units", 10, 100, step=10)
        trial.suggest_float("noise", 0.0, 1.0)
        if number % 4 == 0:
            trial.suggest_int("depth", 1, 3)
        study.tell(trial, units / 200)
    asked = study.get_trials()
    rows = [
        {"number": t.number, "validation_accuracy": t.value, "reference": "", "params": t.params, "words": "w"}
        for t in asked
    ]
    return pd.DataFrame(rows), asked


def test_what_decides_the_accuracy_is_the_most_important():
    frame, asked = told()
    info = importances_info(frame, asked)
    shares = info.importances.set_index("parameter")
    assert info.trials == 40
    assert info.importances["parameter"].iloc[0] == "units"
    assert shares["importance"].sum() == pytest.approx(1)
    assert shares["conditional"].to_dict() == {"units": False, "noise": False, "depth": True}
    assert shares["n"].to_dict() == {"units": 40, "noise": 40, "depth": 10}


def test_noise_seldom_leaves_the_band_of_chance_and_what_decides_does():
    frame, asked = told(200)
    info = importances_info(frame, asked)
    assert info.importances["importance"].iloc[0] > info.chance > 0.2
    values, beyond = [trial.value for trial in asked], 0
    for seed in range(10):
        for trial, value in zip(asked, np.random.RandomState(seed).permutation(values), strict=True):
            trial.value = float(value)
        noise = importances_info(frame, asked)
        beyond += noise.importances["importance"].iloc[0] > noise.chance
    assert beyond <= 2


def test_few_trials_have_no_importances():
    frame, asked = told(LEAST - 1)
    assert importances_info(frame, asked).importances.empty
    frame, asked = told(12)
    same = frame.assign(validation_accuracy=0.5)
    for trial in asked:
        trial.value = 0.5
    assert importances_info(same, asked).importances.empty


def test_places_on_an_axis_run_from_0_to_1():
    assert Axis("a", low=20, high=200).place(110) == 0.5
    assert Axis("a", low=1e-4, high=1e-2, logarithmic=True).place(1e-3) == pytest.approx(0.5)
    assert [Axis("a", ("x", "y", "z")).place(each) for each in "xyz"] == [0, 0.5, 1]
    assert Axis("a", ("x",)).place("x") == 0.5


def test_a_line_has_a_gap_where_a_parameter_was_not_asked_for(evidence):
    info = parallel_info(evidence.trials, evidence.asked, pd.DataFrame({"parameter": ["conv_filters"]}))
    assert info.axes[0].name == "conv_filters"
    asked = evidence.trials.set_index("number")["params"]
    for row in info.trials.itertuples():
        assert math.isnan(row.places[0]) == ("conv_filters" not in asked[row.number])
    assert (info.trials["kind"] == "reference network").sum() == 4


def test_slices_are_those_of_the_chapter(evidence):
    importances = importances_info(evidence.trials, evidence.asked).importances
    slices = slices_info(evidence.trials, evidence.asked, importances)
    assert [each.axis.name for each in slices] == ["dropout_placement", "conv_filters", "lstm_units", "epochs"]
    complete = evidence.trials[evidence.trials["state"] == "complete"]
    epochs = slices[3].by_value.set_index("value")
    for value, group in complete.groupby("epochs"):
        assert epochs.loc[value, "n"] == len(group)
        assert epochs.loc[value, "median"] == pytest.approx(group["validation_accuracy"].median())
        assert epochs.loc[value, "best"] == group["validation_accuracy"].max()


def test_nothing_is_cheaper_and_as_accurate_as_the_front(evidence):
    info = pareto_info(evidence, "parameters")
    front = info.points[info.points["front"]]
    for row in front.itertuples():
        rivals = info.points[(info.points["cost"] <= row.cost) & (info.points["accuracy"] >= row.accuracy)]
        assert set(zip(rivals["cost"], rivals["accuracy"], strict=True)) == {(row.cost, row.accuracy)}
    for row in info.points[~info.points["front"]].itertuples():
        assert ((front["cost"] <= row.cost) & (front["accuracy"] >= row.accuracy)).any()


def test_many_trials_make_few_points(many):
    info = importances_info(many.trials, many.asked)
    lines = parallel_info(many.trials, many.asked, info.importances)
    assert len(lines.trials) <= MOST_LINES
    assert lines.total == (many.trials["state"] == "complete").sum()
    slices = slices_info(many.trials, many.asked, info.importances)
    assert all(each.points.empty for each in slices if len(each.by_value) and each.by_value["n"].sum() > 400)
    assert len(pareto_info(many, "seconds").points) < 450
    for figure in (
        importances_figure(info),
        parallel_figure(lines),
        *(slice_figure(each) for each in slices),
    ):
        assert figure.data


def test_the_best_are_told_in_sentences_with_their_command(evidence):
    found = ten_best(evidence)
    assert len(found) == 10
    first = evidence.trials.dropna(subset="validation_accuracy").sort_values("validation_accuracy").iloc[-1]
    assert f"{100 * first['validation_accuracy']:.2f}\u00a0% of the validation texts right" in found[0].sentence
    show, export = found[0].commands
    assert show.startswith(f"study show {first['number']} --name made-up --database /")
    assert export == show.replace("show", "export", 1) + f" -o trial-{first['number']}"
