import pandas as pd
import pytest
from synthetic import STUDY, add_trials, begin, filled

from results.evidence.evidence import gather, titles_of
from results.evidence.ranking import best_found, distinct
from results.store.database import open_store
from results.store.schema import StoreError

TRIALS = ["number", "state", "validation_accuracy", "configuration", "words", "reference", "parameters", "epochs"]


def trials(*rows):
    """number, accuracy or None, configuration, reference, epochs, run"""
    made = [
        (
            number,
            "complete" if accuracy else "fail",
            accuracy,
            name,
            f"words of {name}",
            reference,
            10,
            epochs,
            run,
        )
        for number, accuracy, name, reference, epochs, run in rows
    ]
    return pd.DataFrame(made, columns=[*TRIALS, "run"]).astype({"validation_accuracy": "float64"})


def finals(*rows):
    return pd.DataFrame(rows, columns=["configuration", "reference", "epochs"])


def test_distinct_averages_seeds_and_counts_a_run_once():
    frame = distinct(
        trials(
            (0, 0.80, "a", "", 3, 1),
            (1, 0.80, "a", "", 3, 1),
            (2, 0.90, "a", "", 3, 2),
            (3, 0.86, "b", "", 3, 3),
            (4, None, "c", "", 3, 4),
        )
    )
    assert frame["configuration"].tolist() == ["b", "a"]
    assert frame["validation_accuracy"].tolist() == pytest.approx([0.86, 0.85])
    assert frame["seeds"].tolist() == [1, 2]
    assert frame["n"].tolist() == [1, 3]
    assert frame["number"].tolist() == [3, 0]


def test_the_older_trial_wins_a_tie():
    assert best_found(trials((0, 0.8, "a", "", 3, 1), (1, 0.8, "b", "", 3, 2))) == "a"


def test_nothing_is_best_while_nothing_is_complete():
    assert best_found(trials((0, None, "a", "", 3, 1))) is None
    assert best_found(trials()) is None


def test_titles_are_short_and_unique_and_start_with_the_book():
    known = trials(
        (0, 0.7, "f", "", 3, 1),
        (1, 0.8, "c", "cnn-lstm", 3, 2),
        (2, 0.8, "s", "simple-lstm", 3, 3),
        (3, 0.8, "s5", "simple-lstm", 5, 4),
        (4, 0.8, "s5b", "simple-lstm", 5, 5),
        (5, 0.9, "g", "", 3, 6),
    )
    assert titles_of(known, finals(("0123456789", "", 3)), "g") == {
        "s": "Simple LSTM",
        "s5": "Simple LSTM, 5 epochs",
        "s5b": "Simple LSTM, 5 epochs, trial 4",
        "c": "CNN and LSTM",
        "g": "Best found (trial 5)",
        "f": "Trial 0",
        "0123456789": "Best found (configuration 012345)",
    }


def test_gather_takes_the_newest_study_or_the_named_one(tmp_path):
    store = filled(tmp_path / "study.db", trials=6, seeds=())
    assert gather(store).study == gather(store, STUDY).study == STUDY
    assert len(gather(store).reported) == (gather(store).trials["state"] != "fail").sum()


def test_gather_lists_the_known_studies(tmp_path):
    store = filled(tmp_path / "study.db", trials=0, seeds=())
    with pytest.raises(StoreError, match="got 'other'; known: made-up"):
        gather(store, "other")


def test_gather_says_where_there_is_no_study(tmp_path):
    with pytest.raises(StoreError, match="expected a study in this database, got none"):
        gather(open_store(tmp_path / "study.db", create=True))


def test_reported_is_the_last_epoch(tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store)
    add_trials(store, 2, states=["complete", "pruned"])
    evidence = gather(store)
    assert evidence.reported["epoch"].tolist() == [3, 1]
    assert evidence.reported["validation_accuracy"].iloc[0] == evidence.trials["validation_accuracy"].iloc[0]
    assert {recipe["batching"] for recipe in evidence.recipes.values()} == {"bucketed"}
