"""Who is chosen: the leaders by the mean over their seeds, before those that one seed's luck alone speaks for."""

from dataclasses import replace

import pandas as pd

from results.evidence.ranking import best_found, distinct, leaders, winner_of
from results.metrics.objectives import ACCURACY


def trials(*rows):
    """Rows of number, configuration, reference, accuracy; each of a run of its own."""
    columns = ["number", "configuration", "reference", "validation_accuracy"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(run=range(len(frame)), words="", parameters=1, epochs=1)


ONE_SEED = (
    (0, "book", "cnn-lstm", 0.879),
    (1, "lucky", "", 0.93),
    (2, "good", "", 0.92),
    (3, "fair", "", 0.90),
    (4, "poor", "", 0.80),
)
FURTHER = ((-1, "lucky", "", 0.85), (-2, "good", "", 0.915), (-3, "lucky", "", 0.86), (-4, "good", "", 0.92))


def test_leaders_are_the_best_found_and_no_references():
    assert leaders(distinct(trials(*ONE_SEED)), 2) == ["lucky", "good"]
    assert leaders(distinct(trials(*ONE_SEED)), 4) == ["lucky", "good", "fair", "poor"]
    assert leaders(distinct(trials(ONE_SEED[0])), 2) == []


def test_further_seeds_unmask_luck():
    assert best_found(trials(*ONE_SEED)) == "lucky"
    ranked = distinct(trials(*ONE_SEED, *FURTHER))
    assert ranked["configuration"].tolist() == ["good", "lucky", "fair", "book", "poor"]
    assert ranked["seeds"].tolist() == [3, 3, 1, 1, 1]
    assert ranked["n"].tolist() == [1] * 5  # further seeds are no trials
    assert ranked["number"].tolist() == [2, 1, 3, 0, 4]


def test_one_seed_lifts_nobody_above_the_leaders_and_a_reference_stands_by_its_own_value():
    worse = [
        (number, name, "", 0.84) for number, name in ((-1, "lucky"), (-2, "good"), (-3, "lucky"), (-4, "good"))
    ]
    ranked = distinct(trials(*ONE_SEED, *worse))
    assert ranked["configuration"].tolist() == ["book", "lucky", "good", "fair", "poor"]
    assert best_found(trials(*ONE_SEED, *worse)) == "book"
    rising = replace(ACCURACY, direction="minimize")
    assert distinct(trials(*ONE_SEED, *FURTHER), rising)["configuration"].tolist()[:2] == ["book", "lucky"]


def test_the_chosen_one_has_finals():
    ranked = distinct(trials(*ONE_SEED, *FURTHER))
    assert winner_of(ranked, pd.DataFrame({"configuration": ["lucky", "book"]})) == "lucky"
    assert winner_of(ranked, pd.DataFrame({"configuration": []})) == "good"
