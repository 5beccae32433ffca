"""Pairwise tests against SciPy, statsmodels and sums done by hand; false alarms over simulated studies."""

import math
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests

from results.statistics.comparisons import (
    PAIRWISE,
    holm,
    majority,
    mcnemar,
    pairwise,
    sign_flip_p,
    wins_on_a_new_seed,
)

STUDIES = 2000


def finals(**scores):
    """configuration=[accuracy with seed 0, with seed 1, ...], None for no run."""
    rows = [
        (name, seed, accuracy)
        for name, accuracies in scores.items()
        for seed, accuracy in enumerate(accuracies)
        if accuracy is not None
    ]
    return pd.DataFrame(rows, columns=["configuration", "seed", "test_accuracy"])


def false_alarms(seeds, noise, shared, better=0.0, correct=holm):
    """The share of STUDIES with five configurations, the first `better` than four equals, in which any two equals
    are told apart. Seeds move every configuration alike by `shared` points, and each by itself by `noise`."""
    generator = np.random.default_rng(20260301)
    scores = noise(generator, (STUDIES, seeds, 5)) + shared * generator.normal(size=(STUDIES, seeds, 1))
    scores[:, :, 0] += better
    pairs = list(combinations(range(5), 2))
    differences = np.stack(
        [scores[:, :, i] - scores[:, :, j] for i, j in pairs], axis=-1
    )  # [studies, seeds, pairs]
    p = stats.ttest_1samp(differences, 0, axis=1).pvalue
    equal = np.array([better == 0 or 0 not in pair for pair in pairs])
    return float((correct(p)[:, equal] < 0.05).any(axis=1).mean())


def normal(generator, shape):
    return 0.3 * generator.normal(size=shape)


def skewed(generator, shape):
    return -0.3 * generator.exponential(size=shape)


def collapsing(generator, shape):
    """One run in ten ends five points lower."""
    return normal(generator, shape) - 5 * (generator.random(shape) < 0.1)


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("noise", [normal, skewed, collapsing])
@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_no_more_than_5_in_100_studies_without_a_difference_find_one(seeds, noise, shared):
    rate = false_alarms(seeds, noise, shared)
    print(f"{seeds} seeds, {noise.__name__}, shared {shared}: {100 * rate:.1f} % of {STUDIES} studies")
    assert rate <= 0.05


@pytest.mark.parametrize("seeds", [3, 5])
def test_a_true_difference_beside_them_raises_no_false_alarms_among_equals(seeds):
    assert false_alarms(seeds, normal, 0.5, better=3.0) <= 0.05


def test_without_the_correction_a_third_of_such_studies_would_find_one():
    assert false_alarms(5, normal, 0.5, correct=np.asarray) > 0.3


def test_a_simulated_study_gets_the_same_p_from_its_frame():
    scores = np.random.default_rng(3).normal(0.86, 0.01, (5, 4))  # [seeds, configurations]
    frame = pairwise(finals(**dict(zip("abcd", scores.T, strict=True))))
    p = [
        stats.ttest_rel(scores[:, "abcd".index(row.first)], scores[:, "abcd".index(row.second)]).pvalue
        for row in frame.itertuples()
    ]
    assert frame["p"].tolist() == pytest.approx(p)
    assert frame["p_holm"].tolist() == pytest.approx(multipletests(p, method="holm")[1])


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_holm_by_hand():
    # .01 × 3, .02 × 2, and .03 × 1 raised to .04
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


def test_holm_leaves_out_what_was_not_tested():
    corrected = holm([0.02, math.nan, 0.03])
    assert corrected[[0, 2]] == pytest.approx([0.04, 0.04])
    assert math.isnan(corrected[1])
    assert holm([]).shape == (0,)


@pytest.mark.parametrize(("b", "c"), [(0, 1), (3, 9), (12, 12), (0, 24)])
def test_few_discordant_texts_get_the_binomial_test(b, c):
    expected = reference_mcnemar([[50, b], [c, 50]], exact=True).pvalue
    assert mcnemar(b, c) == pytest.approx(min(1.0, expected))


@pytest.mark.parametrize(("b", "c"), [(10, 15), (121, 59), (5, 400)])
def test_many_discordant_texts_get_chi_squared_with_its_correction(b, c):
    expected = reference_mcnemar([[50, b], [c, 50]], exact=False, correction=True).pvalue
    assert mcnemar(b, c) == pytest.approx(expected)


def test_mcnemar_by_hand():
    # 121 and 59: (62 - 1)² / 180 = 20.672, and P(chi² > 20.672) = P(|z| > 4.5467)
    assert mcnemar(121, 59) == pytest.approx(math.erfc(61 / math.sqrt(180) / math.sqrt(2)))
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(30, 30) == 1.0


def test_the_majority_of_an_odd_number_of_runs():
    runs = [np.array(row, bool) for row in ([1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0])]
    assert majority(runs).tolist() == [True, True, False, False]
    assert majority([*runs, np.zeros(4, bool)]).tolist() == [True, True, False, False]  # the fourth is left out
    assert majority(runs[:2]).tolist() == runs[0].tolist()


def test_sign_flips_by_hand():
    differences = [0.01, 0.03, -0.005, 0.02]
    means = [np.dot(signs, differences) for signs in product([1, -1], repeat=4)]
    beyond = sum(mean >= sum(differences) - 1e-12 for mean in means)
    assert sign_flip_p(differences) == pytest.approx(2 * beyond / 16)


def test_five_seeds_cannot_bring_the_sign_flips_below_a_16th():
    assert sign_flip_p([0.05, 0.051, 0.052, 0.053, 0.054]) == pytest.approx(2 / 2**5)


def test_many_sign_flips_are_drawn_the_same_each_time():
    differences = np.random.default_rng(0).normal(0.5, 1, 20)
    assert sign_flip_p(differences) == sign_flip_p(differences)
    assert sign_flip_p(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.02)


def test_the_chance_on_a_new_seed_is_students_predictive():
    # mean .02, sd .01, n 3: t = .02 / (.01 √(4/3)) = √3 with 2 degrees of freedom, ½ + t / (2 √(2 + t²))
    assert wins_on_a_new_seed([0.01, 0.03, 0.02]) == pytest.approx(0.5 + math.sqrt(3) / (2 * math.sqrt(5)))


def test_the_chance_on_a_new_seed_comes_true_as_often_as_said():
    # Seen from one more observation, the chance is uniform, whatever mean and spread.
    samples = np.random.default_rng(5).normal(3.0, 2.0, (2000, 6))
    seen = [wins_on_a_new_seed(row[:5] - row[5]) for row in samples]
    assert stats.kstest(seen, "uniform").pvalue > 0.01


def test_a_pair_has_all_its_numbers():
    scores = {"a": [0.90, 0.92, 0.93], "b": [0.89, 0.89, 0.91]}  # differences .01, .03, .02
    hits = {("a", 0): "110", ("a", 1): "111", ("a", 2): "110", ("b", 0): "011", ("b", 1): "001", ("b", 2): "001"}
    correct = {key: np.array([digit == "1" for digit in digits]) for key, digits in hits.items()}
    row = pairwise(finals(**scores), correct).iloc[0]
    assert (row["first"], row["second"], row["n"]) == ("a", "b", 3)
    assert (row["mean_difference"], row["sd"]) == pytest.approx((0.02, 0.01))
    half = 4.302652729911275 * 0.01 / math.sqrt(3)
    assert (row["low"], row["high"]) == pytest.approx((0.02 - half, 0.02 + half))
    assert row["p"] == row["p_holm"] == pytest.approx(1 - math.sqrt(12) / math.sqrt(14))  # t = √12
    assert not row["apart"]
    assert row["p_signs"] == pytest.approx(2 / 8)
    assert (row["first_alone"], row["second_alone"]) == (2, 1)  # majorities 110 and 001
    assert row["p_texts"] == 1.0
    assert row["detectable"] == row["detectable_among_all"] > 0.02


def test_the_higher_mean_comes_first():
    frame = pairwise(finals(low=[0.7, 0.71], high=[0.9, 0.92], middle=[0.8, 0.83]))
    assert frame[["first", "second"]].to_numpy().tolist() == [
        ["high", "middle"],
        ["high", "low"],
        ["middle", "low"],
    ]


def test_only_common_seeds_are_compared():
    frame = pairwise(finals(a=[0.9, 0.8, None], b=[None, 0.7, 0.6]))
    row = frame.iloc[0]
    assert row["n"] == 1
    assert row["mean_difference"] == pytest.approx(0.1)
    unknown = ["sd", "low", "high", "p", "p_holm", "p_signs", "p_texts", "first_wins", "detectable"]
    assert all(math.isnan(row[name]) for name in unknown)
    assert not row["apart"]


def test_equal_differences_leave_no_spread_to_judge_by():
    row = pairwise(finals(a=[0.9, 0.8], b=[0.8, 0.7])).iloc[0]
    assert row["n"] == 2
    assert all(math.isnan(row[name]) for name in ("sd", "low", "p", "p_holm", "first_wins", "detectable"))


def test_runs_on_different_numbers_of_texts_are_not_compared_text_by_text():
    correct = {(name, seed): np.ones(3 if name == "a" else 4, bool) for name in "ab" for seed in range(2)}
    assert math.isnan(pairwise(finals(a=[0.9, 0.8], b=[0.8, 0.6]), correct).iloc[0]["p_texts"])


@pytest.mark.parametrize("scores", [{}, {"a": [0.9, 0.8]}, {"a": [0.9], "b": [0.8]}])
def test_columns_are_fixed(scores):
    frame = pairwise(finals(**scores).astype({"configuration": "str", "test_accuracy": "float64"}))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == PAIRWISE
