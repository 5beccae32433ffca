import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from results.statistics.comparisons import holm
from results.statistics.intervals import one_more_run, t_interval
from results.statistics.published import (
    FIGURES,
    REVIEWS,
    against_published,
    claims,
    figures,
)
from search_spaces import BOOK

SIMPLE, LAYERS, GATES, CNN = (reference.id for reference in BOOK)
EVEN = [0.0, 0.001, -0.001, 0.002, -0.002]  # by seed: mean 0


def finals(texts=REVIEWS, seconds=None, **scores):
    """reference=[test accuracy by seed]; runs are numbered on. `seconds`: reference → seconds an epoch by seed."""
    rows = []
    for name, accuracies in scores.items():
        name = name.replace("_", "-")
        for seed, accuracy in enumerate(accuracies):
            whole = 3 * (seconds or {}).get(name, [10 + seed] * len(accuracies))[seed]
            rows.append((f"{name}'s", name, len(rows), seed, 3, texts, accuracy, whole))
    columns = [
        "configuration",
        "reference",
        "run",
        "seed",
        "epochs",
        "test_texts",
        "test_accuracy",
        "train_cpu_seconds",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"reference": "str", "train_cpu_seconds": "float64"})


def epochs(frame, **first):
    """The first epochs of a frame of finals: reference=[training accuracy by seed]; 0.7 where none is given."""
    rows = []
    for row in frame.itertuples():
        known = first.get(row.reference.replace("-", "_"))
        rows += [(row.run, 1, known[row.seed] if known else 0.7), (row.run, 2, 0.9), (row.run, 3, 0.93)]
    return pd.DataFrame(rows, columns=["run", "epoch", "train_accuracy"])


def spread(mean, *around):
    return [mean + part for part in (around or EVEN)]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.85, 0.88, "reproduced"),
        (0.8679, 0.8679 + 0.0399, "reproduced"),  # on its edge, and nearly 2 points either way
        (0.84, 0.89, "cannot tell"),
        (0.87, 0.88, "higher"),
        (0.90, 0.99, "higher"),  # wide, but beyond it all the same
        (0.85, 0.86, "lower"),
        (math.nan, math.nan, "cannot tell"),
    ],
)
def test_a_published_figure_is_held_against_where_one_more_run_would_fall(low, high, said):
    assert against_published(0.8679, low, high) == said


def held(frame, comparable=True):
    """The test accuracies of results.statistics.published.figures."""
    found = figures(frame, epochs(frame), comparable)
    return found[found["measured"] == "test accuracy"]


def test_figures_have_the_interval_and_where_one_more_run_would_fall():
    frame = held(finals(simple_lstm=[0.86, 0.87, 0.88], found=[0.9, 0.91, 0.92]))
    row = frame.iloc[0]
    t = 4.302652729911275  # 97.5 %, 2 degrees of freedom
    assert len(frame) == 1
    assert (row["reference"], row["published"], row["n"]) == (SIMPLE, 0.8679, 3)
    assert (row["low"], row["high"]) == pytest.approx((0.87 - t * 0.01 / 3**0.5, 0.87 + t * 0.01 / 3**0.5))
    reach = t * 0.01 * math.sqrt(4 / 3)
    assert (row["one_run_low"], row["one_run_high"]) == pytest.approx((0.87 - reach, 0.87 + reach))
    assert row["verdict"] == "cannot tell"  # 5 points either way


def test_figures_with_narrow_intervals_are_told():
    said = held(finals(simple_lstm=spread(0.868), lstm_dropout=spread(0.87), cnn_lstm=spread(0.85)))
    assert said.set_index("reference")["verdict"].to_dict() == {
        SIMPLE: "reproduced",
        LAYERS: "higher",
        CNN: "lower",
    }


@pytest.mark.parametrize("published", [0.80, 0.858, 0.864, 0.8679, 0.88])
def test_the_verdict_is_the_t_test_of_one_run_against_ours(published):
    """Two samples of equal variance, of n and of one: SciPy's pooled t test has n - 1 degrees of freedom."""
    ours = np.array([0.861, 0.866, 0.858, 0.869, 0.8615])
    p = stats.ttest_ind_from_stats(ours.mean(), ours.std(ddof=1), len(ours), published, 0.0, 1).pvalue
    outside = against_published(published, *one_more_run(ours)) in ("higher", "lower")
    assert outside == (p < 0.05)


def test_a_published_run_like_ours_falls_outside_five_times_in_a_hundred():
    draw = np.random.default_rng(3)
    runs = draw.normal(0.86, 0.006, (4000, 6))
    false_alarms, of_the_mean = 0, 0
    for published, *ours in runs:
        false_alarms += against_published(published, *one_more_run(ours)) in ("higher", "lower")
        of_the_mean += against_published(published, *t_interval(ours)) in ("higher", "lower")
    assert false_alarms / len(runs) == pytest.approx(0.05, abs=0.011)  # three standard errors
    assert of_the_mean / len(runs) > 0.25  # what the interval of our mean would do to one run


@pytest.mark.parametrize(
    ("frame", "comparable"),
    [
        (finals(simple_lstm=[0.9]), True),
        (finals(simple_lstm=spread(0.9)), False),
        (finals(simple_lstm=spread(0.9), texts=5000), True),
    ],
)
def test_one_seed_another_corpus_or_part_of_the_reviews_tell_nothing(frame, comparable):
    assert held(frame, comparable)["verdict"].tolist() == ["cannot tell"]


def test_a_published_training_accuracy_is_held_against_our_training_accuracy():
    frame = finals(index_lstm_50=[0.51, 0.52, 0.53], lab_gate_dropout=[0.86, 0.87, 0.88])
    trained = epochs(frame)
    last = trained["epoch"] == 3
    trained.loc[last, "train_accuracy"] = [0.579, 0.580, 0.582, 0.90, 0.91, 0.92]
    found = figures(frame, trained).set_index(["reference", "measured"])
    assert list(found.index) == [
        ("index-lstm-50", "training accuracy"),  # the article prints no test accuracy
        ("lab-gate-dropout", "test accuracy"),
        ("lab-gate-dropout", "training accuracy"),
    ]
    row = found.loc["index-lstm-50", "training accuracy"]
    assert (row["published"], row["n"], row["mean"]) == (0.58, 3, pytest.approx(0.5803333))
    assert row["verdict"] == "reproduced"
    assert found.loc["lab-gate-dropout", "training accuracy"]["published"] == 0.8932


def test_figures_of_nothing_have_their_columns():
    assert {name: str(dtype) for name, dtype in figures(finals(), epochs(finals())).dtypes.items()} == FIGURES


def told(frame, first=None, comparable=True):
    return claims(frame, epochs(frame, **(first or {})), comparable)


def test_claims_that_hold_hold():
    frame = finals(
        simple_lstm=[0.868] * 5,
        lstm_dropout=spread(0.856),
        lstm_gate_dropout=spread(0.828),
        cnn_lstm=spread(0.8665),
        seconds={SIMPLE: [107] * 5, CNN: [58, 59, 57, 60, 56]},
    )
    said = told(frame, {"simple_lstm": [0.71] * 5, "lstm_gate_dropout": spread(0.59)})
    assert [verdict.verdict for verdict in said] == ["holds"] * 5 + ["does not hold"]
    assert [verdict.n for verdict in said] == [5] * 5 + [0]
    differences = [verdict.difference for verdict in said]
    assert differences == pytest.approx([-0.012, -0.12, -0.04, -0.0015, -49, 3104])
    half = stats.t.ppf(0.975, 4) * np.std(EVEN, ddof=1) / math.sqrt(5)  # only one side has a spread
    assert (said[0].low, said[0].high) == pytest.approx((-0.012 - half, -0.012 + half))
    t_tests = [stats.ttest_1samp(spread(gap), 0).pvalue for gap in (-0.012, -0.12, -0.04, -0.0015)]
    t_tests.append(stats.ttest_1samp([-49, -48, -50, -47, -51], 0).pvalue)
    corrected = holm(t_tests)
    assert [said[place].p for place in (0, 1, 2, 4)] == pytest.approx(corrected[[0, 1, 2, 4]])
    same = ttost_paired(np.array(spread(0.8665)), np.full(5, 0.868), -0.005, 0.005)[0]
    assert said[3].p == pytest.approx(5 * same)  # the smallest of five


def test_a_claim_of_accuracy_is_tested_over_texts_too():
    frame = finals(simple_lstm=[0.5] * 3, lstm_dropout=[0.45] * 3)
    names = frame["configuration"].unique()
    rng = np.random.default_rng(5)
    hits = {
        (name, seed): rng.random(400) < share
        for name, share in zip(names, (0.5, 0.45), strict=True)
        for seed in frame["seed"].unique()
    }
    seeds, texts = (claims(frame.assign(test_texts=400), epochs(frame), True, kept)[0] for kept in ({}, hits))
    assert (seeds.test, texts.test) == ("over seeds", "over seeds and texts")
    assert texts.high - texts.low > 0.05


def test_claims_that_are_wrong_do_not_hold():
    frame = finals(
        simple_lstm=[0.83] * 5,
        lstm_dropout=spread(0.856),
        lstm_gate_dropout=spread(0.85),
        cnn_lstm=spread(0.86),
        seconds={SIMPLE: [50] * 5, CNN: [58, 59, 57, 60, 56]},
    )
    said = told(frame, {"simple_lstm": [0.60] * 5, "lstm_gate_dropout": spread(0.71)})
    assert [verdict.verdict for verdict in said] == ["does not hold"] * 6


def test_what_the_seeds_cannot_say_is_not_said():
    wide = [0.05, -0.05, 0.02, -0.01, 0.01]
    frame = finals(
        simple_lstm=[0.86] * 5,
        lstm_dropout=spread(0.855, *wide),
        lstm_gate_dropout=spread(0.855, *wide),
        cnn_lstm=spread(0.86, *wide),
        seconds={SIMPLE: [50] * 5, CNN: [40, 60, 41, 59, 52]},
    )
    said = told(frame, {"lstm_gate_dropout": spread(0.7, *wide)})
    assert [verdict.verdict for verdict in said] == ["cannot tell"] * 5 + ["does not hold"]


@pytest.mark.parametrize("frame", [finals(), finals(simple_lstm=[0.9], lstm_dropout=[0.8], cnn_lstm=[0.9])])
def test_fewer_than_two_seeds_tell_nothing_but_what_is_counted(frame):
    said = told(frame)
    assert [verdict.verdict for verdict in said] == ["cannot tell"] * 5 + ["does not hold"]
    assert all(math.isnan(verdict.p) and math.isnan(verdict.low) for verdict in said)


def test_another_corpus_decides_no_claim():
    frame = finals(simple_lstm=[0.868] * 5, lstm_dropout=spread(0.8))
    verdict = told(frame, comparable=False)[0]
    assert verdict.verdict == "cannot tell"
    assert verdict.p < 0.05


def test_weights_are_counted():
    counted = told(finals())[-1]
    assert counted.difference == 216_405 - 213_301
    assert counted.test == "counting"


def test_every_claim_names_its_source():
    assert [verdict.source[-4:] for verdict in told(finals())] == ["26.2"] * 3 + ["26.3"] * 3
