import math

import pandas as pd
import pytest

from results.statistics.intervals import (
    BEST_SO_FAR,
    BY_CONFIGURATION,
    best_so_far,
    by_configuration,
    one_more_run,
    t_interval,
    t_test,
    wilson_interval,
)

T_975 = {1: 12.706204736432095, 2: 4.302652729911275}  # Student's t, 97.5 %, by degrees of freedom
Z_975 = 1.959963984540054


def finals(**scores):
    """Rows of evidence.frames.finals: configuration=[accuracy with seed 1, with seed 2, ...], None for no run."""
    rows = [
        {
            "configuration": name,
            "words": f"words of {name}",
            "reference": "",
            "parameters": 10,
            "epochs": 3,
            "run": 1,
            "seed": seed,
            "test_texts": 1000,
            "test_loss": 0.3,
            "test_accuracy": accuracy,
            "train_seconds": 10.0 * seed,
        }
        for name, accuracies in scores.items()
        for seed, accuracy in enumerate(accuracies, start=1)
        if accuracy is not None
    ]
    columns = ["configuration", "words", "reference", "parameters", "epochs", "run", "seed"]
    columns += ["test_texts", "test_loss", "test_accuracy", "train_seconds"]
    return pd.DataFrame(rows, columns=columns)


def wilson(share, n):
    """Wilson 1927, equation of the score interval, written out."""
    centre = (share + Z_975**2 / (2 * n)) / (1 + Z_975**2 / n)
    half = Z_975 / (1 + Z_975**2 / n) * math.sqrt(share * (1 - share) / n + Z_975**2 / (4 * n * n))
    return centre - half, centre + half


def dtypes(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_three_seeds_have_a_mean_a_spread_and_an_interval():
    row = by_configuration(finals(a=[0.86, 0.87, 0.88])).iloc[0]
    half = T_975[2] * 0.01 / math.sqrt(3)
    assert (row["n"], row["min"], row["max"], row["test_texts"]) == (3, 0.86, 0.88, 1000)
    assert row["mean"] == pytest.approx(0.87)
    assert row["sd"] == pytest.approx(0.01)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((0.87 - half, 0.87 + half))
    assert row["train_seconds"] == pytest.approx(20.0)


def test_one_seed_has_no_interval_over_seeds():
    row = by_configuration(finals(a=[0.9])).iloc[0]
    assert row["n"] == 1
    assert all(math.isnan(row[name]) for name in ("sd", "mean_low", "mean_high"))


@pytest.mark.parametrize("accuracies", [[0.9], [0.88, 0.92]])
def test_the_interval_of_one_seed_over_texts_is_wilsons(accuracies):
    row = by_configuration(finals(a=accuracies)).iloc[0]
    assert (row["one_seed_over_texts_low"], row["one_seed_over_texts_high"]) == pytest.approx(wilson(0.9, 1000))


def test_equal_scores_leave_no_spread_to_judge_by():
    row = by_configuration(finals(a=[0.9, 0.9])).iloc[0]
    assert row["sd"] == 0
    assert math.isnan(row["mean_low"])
    assert math.isnan(row["mean_high"])


def test_configurations_keep_their_order():
    assert by_configuration(finals(b=[0.8], a=[0.9]))["configuration"].tolist() == ["b", "a"]


def test_frames_have_their_columns_also_when_empty():
    assert dtypes(by_configuration(finals())) == BY_CONFIGURATION
    assert dtypes(by_configuration(finals(a=[0.9]))) == BY_CONFIGURATION
    empty = pd.DataFrame({"number": pd.Series(dtype="int64"), "validation_accuracy": pd.Series(dtype="float64")})
    assert dtypes(best_so_far(empty)) == BEST_SO_FAR


def test_best_so_far_never_falls_and_skips_what_has_no_score():
    trials = pd.DataFrame({"number": [3, 0, 1, 2], "validation_accuracy": [0.6, 0.7, float("nan"), 0.8]})
    frame = best_so_far(trials)
    assert frame["number"].tolist() == [0, 2, 3]
    assert frame["best"].tolist() == [0.7, 0.8, 0.8]


def test_t_interval_of_two():
    half = T_975[1] * math.sqrt(0.02) / math.sqrt(2)  # sd of .1 and .3 is √.02
    assert t_interval([0.1, 0.3]) == pytest.approx((0.2 - half, 0.2 + half))


@pytest.mark.parametrize("accuracy", [0.0, 0.5, 1.0])
def test_wilson_interval_stays_within_0_and_1(accuracy):
    assert wilson_interval(accuracy, 40) == pytest.approx(wilson(accuracy, 40), abs=1e-12)


def test_one_more_value_falls_further_off_than_the_mean():
    # of .1 and .3: mean .2, sd √.02; √(1 + 1/2)
    reach = T_975[1] * math.sqrt(0.02) * math.sqrt(1.5)
    assert one_more_run([0.1, 0.3]) == pytest.approx((0.2 - reach, 0.2 + reach))


def test_one_more_value_after_a_single_one_could_fall_anywhere():
    assert all(math.isnan(end) for end in one_more_run([0.1]))


def test_t_test_by_hand():
    t = 0.02 / (0.01 / math.sqrt(3))
    p = 1 - t / math.sqrt(2 + t * t)  # Student's t with 2 degrees of freedom has a closed form
    assert t_test([0.01, 0.03, 0.02]) == pytest.approx(p)
    assert t_test([0.01, 0.03, 0.02], alternative="greater") == pytest.approx(p / 2)
    assert t_test([0.01, 0.03, 0.02], 0.02) == pytest.approx(1.0)


@pytest.mark.parametrize("values", [[], [0.1], [0.1, 0.1], [0.3, 0.1 + 0.2]])
def test_no_spread_no_p(values):
    assert math.isnan(t_test(values))
