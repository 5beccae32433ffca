"""best, show and list: plain values with fixed keys, checked against the frames and SciPy."""

import json
import subprocess
import sys

import pytest
from synthetic import NOTICE, STUDY, add_finals, add_trials, begin, filled

from results.evidence import frames
from results.statistics.intervals import t_interval
from results.store.database import open_store
from results.store.schema import StoreError
from results.terminal import lookup as glance
from results.terminal import words as glance_words
from search_spaces import BOOK

BEST = {
    *("study", "corpus", "stand_in", "notice", "chosen_by", "title", "configuration", "words", "reference"),
    *("parameters", "epochs", "trials", "validation_accuracy", "test", "show", "answer"),
}
SHOWN = {
    *("study", "number", "state", "validation_accuracy", "reason", "configuration", "words", "reference"),
    *("validation_loss", "validation_balanced_accuracy", "validation_macro_f1", "cpu_seconds_an_epoch"),
    *(
        "last_epoch",
        "parameters",
        "epochs",
        "epochs_trained",
        "seed",
        "run",
        "started",
        "completed",
        "notice",
        "suggested",
        "curve",
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with filled(tmp_path_factory.mktemp("glance") / "study.db", trials=20) as store:
        yield store


def test_the_best_of_those_with_finals_is_chosen_by_validation(store) -> None:
    values = glance.best(store)
    finals, trials = frames.finals(store, STUDY), frames.trials(store, STUDY)
    scored = trials[trials["configuration"].isin(finals["configuration"]) & trials["validation_accuracy"].notna()]
    chosen = scored.groupby("configuration")["validation_accuracy"].mean().idxmax()
    own = finals.loc[finals["configuration"] == chosen, "test_accuracy"]
    assert set(values) == BEST
    assert values["chosen_by"] == "validation accuracy"
    assert values["configuration"] == chosen
    assert values["test"]["seeds"] == [1, 2, 3]
    assert values["test"]["mean"] == pytest.approx(own.mean())
    assert (values["test"]["low"], values["test"]["high"]) == pytest.approx(t_interval(own))
    assert values["show"] == f"study show {values['trials'][0]} --name {STUDY}"
    words = glance_words.best_in_words(values)
    assert f"{100 * own.mean():.2f} %, mean of 3 seeds" in words
    assert values["words"] in words
    json.dumps(values, allow_nan=False)


def test_without_finals_the_best_is_by_validation_and_says_so(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store, stand_in=True, notice=NOTICE)
        assert glance.best(store)["chosen_by"] is None
        assert "no trial has ended with a score yet" in glance_words.best_in_words(glance.best(store))
        add_trials(store, 12)
        values = glance.best(store)
        assert values["chosen_by"] == "validation accuracy"
        assert values["test"] is None
        assert values["validation_accuracy"] == frames.trials(store, STUDY)["validation_accuracy"].max()
        assert "nothing is scored on the test part yet" in glance_words.best_in_words(values)
        assert NOTICE in glance_words.best_in_words(values)
        assert NOTICE in glance_words.trial_in_words(glance.show(store, 0))


def test_one_seed_has_no_interval(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        add_finals(store, [BOOK[0].configuration], seeds=(1,))
        test = glance.best(store)["test"]
        assert (test["low"], test["high"]) == (None, None)
        assert "interval" not in glance_words.best_in_words(glance.best(store))


def test_a_trial_is_shown_with_its_epochs_and_its_reason(store) -> None:
    trials, epochs = frames.trials(store, STUDY), frames.epochs(store, STUDY)
    for state in ("complete", "pruned", "fail"):
        row = next(row for row in trials.itertuples() if row.state == state)
        values = glance.show(store, row.number)
        assert set(values) == SHOWN
        assert values["reason"] == (row.reason or None)
        heard = {"complete": row.epochs, "pruned": 1, "fail": 0}[state]
        own = epochs[(epochs["run"] == row.run) & (epochs["epoch"] <= heard)]
        assert [epoch["validation_accuracy"] for epoch in values["curve"]] == own["validation_accuracy"].tolist()
        assert json.loads(json.dumps(values, allow_nan=False))["suggested"] == row.params
        assert row.words in glance_words.trial_in_words(values)


def test_an_unknown_trial_is_one_line_with_the_range(store) -> None:
    with pytest.raises(StoreError, match=r"has trials 0 to 19; expected one of them, got 99"):
        glance.show(store, 99)
    with pytest.raises(StoreError, match="expected the name of a study, got 'none'"):
        glance.show(store, 0, "none")


def test_studies_are_listed_with_their_trials_by_state(store) -> None:
    [values] = glance.listing(store)
    trials = frames.trials(store, STUDY)
    assert values["trials"] == trials["state"].value_counts().to_dict()
    assert values["finals"] == len(frames.finals(store, STUDY))
    assert values["best_validation_accuracy"] == trials["validation_accuracy"].max()
    assert "each" not in values
    [whole] = glance.listing(store, STUDY, with_trials=True)
    assert [each["number"] for each in whole["each"]] == list(range(20))
    assert glance_words.listing_in_words([whole]).count("sigmoid") == 20


def test_it_loads_neither_tensorflow_nor_scipy() -> None:
    code = "import sys; import results.terminal.lookup; print({'tensorflow', 'keras', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
