"""Early stopping: by one rule, and in a whole search that is killed between its two notes."""

import pytest
import tiny

from results.evidence import frames
from results.metrics.objectives import ACCURACY, OBJECTIVES
from results.store.database import open_store
from search_spaces import BOOK
from study.config import load_config
from study.driver.ledger import Ledger
from study.errors import InputError
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.search.early_stopping import stopped

pytestmark = pytest.mark.usefixtures("words_are_counted")

SIX = BOOK[0].configuration.with_recipe(epochs=6)
STEPS = {"trials": 8, "finals": {"seeds": 0}, "search": {"pruner": "none", "early_stopping": 1}}
RECIPE = tiny.RECIPE | {"schedule": "constant", "learning_rate": 0.05}


@pytest.mark.parametrize(
    ("values", "patience", "best"),
    [
        ([0.6, 0.7], 1, None),
        ([0.6, 0.7, 0.7], 1, 2),  # as good is no better
        ([0.6, 0.7, 0.69], 2, None),
        ([0.6, 0.7, 0.69, 0.71], 2, None),
        ([0.6, 0.7, 0.69, 0.68], 2, 2),
        ([0.6, 0.7, 0.69, 0.71, 0.7, 0.705], 3, 4),  # its last epoch
    ],
)
def test_it_ends_after_so_many_epochs_without_a_better_one(values, patience, best) -> None:
    found = stopped(SIX, values, ACCURACY, patience)
    assert found == (None if best is None else SIX.with_recipe(epochs=best))
    if found is not None:
        assert found.run_fingerprint == SIX.run_fingerprint
    losses = [1 - value for value in values]
    assert stopped(SIX, losses, OBJECTIVES["log-loss"], patience) == found


def test_a_falling_rate_goes_to_its_end() -> None:
    assert stopped(SIX.with_recipe(schedule="linear"), [0.7, 0.6, 0.5], ACCURACY, 1) is None


def search(folder, **changes):
    config = load_config(None, tiny.settings(folder, recipe=RECIPE, **(STEPS | changes)))
    name = run_study(config, ["study", "run"], Silent())
    with open_store(config.database) as store:
        return frames.trials(store, name), frames.epochs(store, name)


def told(trials):
    return trials[["number", "configuration", "epochs", "validation_accuracy", "state"]].to_numpy().tolist()


def test_a_trial_counts_with_its_best_epoch_and_trains_no_further(tmp_path) -> None:
    trials, epochs = search(tmp_path)
    assert (trials["state"] == "complete").all()
    early = 0
    for trial in trials.itertuples():
        own = epochs[epochs["run"] == trial.run].sort_values("epoch")
        curve = own["validation_accuracy"].tolist()
        assert trial.validation_accuracy == curve[trial.epochs - 1] == max(curve[: trial.epochs])
        early += trial.last_epoch > trial.epochs
    assert early


def test_one_that_was_killed_between_its_notes_ends_as_it_would_have(tmp_path, monkeypatch) -> None:
    (tmp_path / "whole").mkdir()
    whole, _ = search(tmp_path / "whole")
    (tmp_path / "killed").mkdir()
    note, notes = Ledger.end_trial_with, []

    def killed(self, *what):
        note(self, *what)
        notes.append(what)
        if len(notes) in (2, 4):
            raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "end_trial_with", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "killed")
    found, _ = search(tmp_path / "killed")
    assert told(found) == told(whole)


def test_it_is_refused_where_it_would_do_nothing(tmp_path) -> None:
    config = load_config(None, tiny.settings(tmp_path, **STEPS))
    with pytest.raises(InputError, match=r"search\.early_stopping: .* recipe\.schedule constant"):
        run_study(config, ["study", "run"], Silent())
