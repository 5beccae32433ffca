"""The main job on small real things: search, finals, going on, answering from the store."""

import sqlite3

import numpy as np
import optuna
import pytest
import tiny
from watching import Listening

from results.evidence import frames, predictions, studies
from results.store.database import open_store
from study.config import load_config
from study.driver.durations import Budget
from study.errors import Refused, TrialError
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.tasks import train

pytestmark = pytest.mark.usefixtures("words_are_counted")


def run(folder, **changes):
    watch = Listening()
    config = load_config(None, tiny.settings(folder, **changes))
    name = run_study(config, ["study", "run"], watch)
    store = open_store(config.database)
    return watch, frames.trials(store, name), frames.epochs(store, name), frames.finals(store, name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, run(folder)


def test_a_study_ends_with_its_trials_and_finals(finished) -> None:
    _, (watch, trials, epochs, finals) = finished
    assert len(trials) == 5
    assert set(trials["state"]) <= {"complete", "pruned"}
    complete = trials[trials["state"] == "complete"]
    last = epochs.set_index(["run", "epoch"])["validation_accuracy"]
    for _, trial in complete.iterrows():
        assert trial["validation_accuracy"] == last[(trial["run"], trial["epochs"])]
    best = complete.sort_values("validation_accuracy", ascending=False).iloc[0]
    assert finals["words"].tolist() == [best["words"]] * 2
    assert finals["seed"].tolist() == [0, 1]
    assert (finals["test_texts"] == 60).all()
    assert " ".join(watch.lines).count("left out of the search") == 1


def test_finals_keep_which_texts_they_told_right(finished) -> None:
    folder, (_, _, _, finals) = finished
    store = open_store(folder / "study.db")
    correct = predictions.correct(store, studies.study_names(store)[0])
    assert [correct[row.configuration, row.seed].mean() for row in finals.itertuples()] == pytest.approx(
        finals["test_accuracy"].tolist()
    )
    store.close()


def test_no_epoch_is_trained_twice(finished) -> None:
    _, (watch, _, epochs, _) = finished
    assert len(set(watch.epochs)) == len(watch.epochs) == len(epochs)


def test_a_second_call_has_nothing_to_do(finished) -> None:
    folder, (_, trials, epochs, _) = finished
    watch, again, epochs_again, _ = run(folder)
    assert watch.epochs == []
    assert "Nothing to do" in watch.lines[-1]
    assert again.equals(trials)
    assert len(epochs_again) == len(epochs)


def test_a_larger_total_goes_on_rather_than_adding(finished) -> None:
    folder, (_, trials, _, _) = finished
    _, more, _, _ = run(folder, trials=7)
    assert len(more) == 7
    assert more["words"].tolist()[:5] == trials["words"].tolist()


def test_the_same_settings_give_the_same_study(finished, tmp_path) -> None:
    _, (_, trials, epochs, finals) = finished
    _, trials_again, epochs_again, finals_again = run(tmp_path)
    assert trials_again["params"].tolist() == trials["params"].tolist()[: len(trials_again)]
    losses = ["epoch", "train_loss", "validation_loss", "validation_accuracy"]
    assert epochs_again[losses].equals(epochs[losses])
    assert finals_again["test_loss"].tolist() == finals["test_loss"].tolist()


def test_an_interrupted_study_ends_with_the_numbers_it_would_have_had(finished, tmp_path, monkeypatch) -> None:
    _, (_, trials, epochs, finals) = finished
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) in (2, 5, 9):
            raise KeyboardInterrupt
        return train(*arguments)

    monkeypatch.setattr("study.driver.runs.train", interrupted)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    _, trials_again, epochs_again, finals_again = run(tmp_path)
    assert trials_again["params"].tolist() == trials["params"].tolist()
    assert trials_again["state"].tolist() == trials["state"].tolist()
    losses = ["run", "epoch", "train_loss", "validation_loss"]
    assert epochs_again[losses].equals(epochs[losses])
    assert finals_again["test_loss"].tolist() == finals["test_loss"].tolist()
    assert len(calls) == len(epochs) + 3  # only the three interrupted epochs were begun twice


def test_lost_states_are_trained_again_to_the_same_numbers(finished, tmp_path) -> None:
    _, (_, _, epochs, _) = finished
    calls = []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return train(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("study.driver.runs.train", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    for state in (tmp_path / "states").iterdir():
        state.write_bytes(b"cut short")
    _, _, again, _ = run(tmp_path)
    losses = ["run", "epoch", "train_loss", "validation_loss"]
    assert again[losses].equals(epochs[losses])


def test_a_trial_of_a_known_run_is_answered_without_training(finished) -> None:
    folder, _ = finished
    config = load_config(None, tiny.settings(folder, name="second"))
    watch = Listening()
    run_study(config, ["study"], watch)
    store = open_store(config.database)
    trials = frames.trials(store, "second")
    assert watch.epochs == []
    assert (trials["epochs_trained"] == 0).all()
    assert (trials["state"] != "fail").all()


def test_other_terms_are_refused_with_what_changed(finished) -> None:
    folder, _ = finished
    with pytest.raises(Refused, match=r"study tiny-tiny-standard was begun with other terms: seed: 0 -> 5\. "):
        run(folder, seed=5)


def test_a_target_stops_the_asking(tmp_path) -> None:
    _, trials, _, _ = run(tmp_path, target=0.05)
    assert len(trials) == 1


def test_a_spent_budget_stops_the_asking(tmp_path) -> None:
    _, trials, _, finals = run(tmp_path, budget=0.000001)
    assert len(trials) == 0
    assert finals.empty


def test_a_spent_budget_stops_after_the_epoch_and_the_next_call_ends_the_same(
    finished, tmp_path, monkeypatch
) -> None:
    """The clock is a count of epochs here: one call for two epochs, another for two more, then one without end."""
    _, (_, trials, epochs, finals) = finished
    for _ in range(2):
        watch = Listening()
        monkeypatch.setattr(Budget, "spent", lambda self, reserved=0.0, watch=watch: len(watch.epochs) >= 2)
        run_study(load_config(None, tiny.settings(tmp_path, budget=3600)), ["study", "run"], watch)
        assert len(watch.epochs) == 2
        assert watch.lines[-1] == "The budget of 1 h 00 min is spent; the same command goes on from here."
    monkeypatch.undo()
    _, trials_again, epochs_again, finals_again = run(tmp_path)
    assert trials_again["params"].tolist() == trials["params"].tolist()
    assert trials_again["validation_accuracy"].tolist() == trials["validation_accuracy"].tolist()
    key = ["run_fingerprint", "split", "seed", "epoch"]
    both = epochs.merge(epochs_again, on=key, suffixes=("", "_again"))
    assert len(both) == len(epochs) == len(epochs_again)
    assert both["train_loss"].tolist() == both["train_loss_again"].tolist()
    assert finals_again["test_loss"].tolist() == finals["test_loss"].tolist()


def test_the_test_part_is_opened_once_a_final_and_written_down(finished) -> None:
    folder, (_, _, _, finals) = finished
    openings = sqlite3.connect(folder / "study.db").execute("SELECT run, purpose FROM test_openings").fetchall()
    assert [run for run, _ in openings][: len(finals)] == finals["run"].tolist()


def test_scrambled_test_labels_leave_the_search_as_it_was(finished, tmp_path) -> None:
    _, (_, trials, epochs, finals) = finished
    settings = tiny.settings(tmp_path)
    arrays = dict(np.load(tmp_path / "tiny.npz"))
    arrays["test_labels"] = 1 - arrays["test_labels"]
    np.savez(tmp_path / "tiny.npz", **arrays)
    config = load_config(None, settings)
    name = run_study(config, ["study"], Silent())
    store = open_store(config.database)
    assert frames.trials(store, name)["params"].tolist() == trials["params"].tolist()
    losses = ["epoch", "train_loss", "validation_loss"]
    assert frames.epochs(store, name)[losses].equals(epochs[losses])
    flipped = frames.finals(store, name)["test_accuracy"]
    assert flipped.tolist() == pytest.approx((1 - finals["test_accuracy"]).tolist())


def test_a_failing_trial_is_recorded_and_the_study_goes_on(tmp_path, monkeypatch) -> None:
    def failing(run, corpus, epoch, state):
        if run.configuration.architecture.recurrent[0].units == 3:
            raise TrialError("the loss became nan in epoch 1 (learning rate 0.001)")
        return train(run, corpus, epoch, state)

    monkeypatch.setattr("study.driver.runs.train", failing)
    _, trials, _, _ = run(tmp_path, trials=8, finals={"seeds": 0})
    failed = trials[trials["state"] == "fail"]
    assert len(trials) == 8
    assert len(failed) >= 1
    assert set(failed["reason"]) == {"the loss became nan in epoch 1 (learning rate 0.001)"}
    assert failed["words"].str.contains("LSTM 3").all()
    assert failed["validation_accuracy"].isna().all()


def test_a_space_that_makes_no_valid_configuration_fails_its_trial(tmp_path) -> None:
    settings = tiny.settings(tmp_path, finals={"seeds": 0})
    file = tmp_path / "tiny.py"
    file.write_text(file.read_text().replace('"units": units', '"units": units if units != 3 else -3'))
    config = load_config(None, settings | {"trials": 8})
    name = run_study(config, ["study"], Silent())
    trials = frames.trials(open_store(config.database), name)
    assert len(trials) == 8
    reasons = trials[trials["state"] == "fail"]["reason"]
    assert len(reasons) >= 1
    assert reasons.str.contains("made no valid configuration").all()


def test_a_bug_is_not_taken_for_a_failed_trial(tmp_path, monkeypatch) -> None:
    def broken(*arguments):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("study.driver.runs.train", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(tmp_path)


def test_optuna_sees_metric_and_learning_curves(finished) -> None:
    folder, (_, trials, _, _) = finished
    study_ = optuna.load_study(
        study_name="tiny-tiny-standard", storage=open_store(folder / "study.db").optuna_storage()
    )
    assert study_.metric_names == ["validation accuracy"]
    first = study_.trials[0]
    assert list(first.intermediate_values) == list(range(1, len(first.intermediate_values) + 1))
    assert first.user_attrs["configuration"] == trials["words"][0]


SPACE_WITH_STARTS = (
    tiny.SPACE
    + """
from search_spaces.registry import FunctionSpace

class Starting(FunctionSpace):
    starts = {"small": {"units": 2, "rate": 0.0, "epochs": 1}, "large": {"units": 5, "rate": 0.2, "epochs": 1}}
    beside = ("simple-lstm",)

def space(recipe):
    return Starting("starting", recipe, suggest)
"""
)


def test_a_search_begins_with_what_its_space_starts_from_and_once_alone(tmp_path) -> None:
    (tmp_path / "starting.py").write_text(SPACE_WITH_STARTS, encoding="utf-8")
    wanted = {"space": str(tmp_path / "starting.py"), "finals": {"seeds": 0}}
    _, first, _, _ = run(tmp_path, trials=1, **wanted)
    _, trials, _, _ = run(tmp_path, trials=4, **wanted)
    assert first["words"].tolist()[:1] == trials["words"].tolist()[:1]
    found = [words.partition(";")[0] for words in trials["words"]]
    assert found[:2] == ["embedding 4 → LSTM 2 → sigmoid", "embedding 4 → dropout 0.2 → LSTM 5 → sigmoid"]
    assert len(trials) == 4


def test_what_stands_beside_a_space_is_scored_and_not_searched(tmp_path) -> None:
    (tmp_path / "starting.py").write_text(SPACE_WITH_STARTS, encoding="utf-8")
    wanted = {"space": str(tmp_path / "starting.py"), "finals": {"seeds": 1, "baselines": False}}
    _, trials, _, finals = run(tmp_path, trials=1, **wanted)
    assert "simple-lstm" not in trials["reference"].tolist()
    assert sorted(finals["reference"]) == ["", "simple-lstm"]
