"""Networks against linear baselines: p values from SciPy, verdicts from hand-made texts."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from results.statistics.baselines import AGAINST_BASELINES, against_baselines
from results.statistics.comparisons import holm

TEXTS = 1000


def right(*wrong: int | range) -> np.ndarray:
    """All texts told right but these."""
    told = np.ones(TEXTS, bool)
    for places in wrong:
        told[list(places) if isinstance(places, range) else places] = False
    return told


def study(networks, baselines):
    """name → texts told right by seed; kind → texts told right."""
    rows = [(name, seed, told.mean()) for name, runs in networks.items() for seed, told in enumerate(runs)]
    finals = pd.DataFrame(rows, columns=["configuration", "seed", "test_accuracy"])
    correct = {(name, seed): told for name, runs in networks.items() for seed, told in enumerate(runs)}
    kept = [(kind, told.mean(), told) for kind, told in baselines.items()]
    return finals, correct, pd.DataFrame(kept, columns=["kind", "test_accuracy", "hits"])


GOOD = [right(range(100)), right(range(102)), right(range(98))]
POOR = [right(range(290)), right(range(300)), right(range(310))]
WAVERING = [right(range(100)), right(range(400)), right(range(40))]
LINEAR = right(range(800, 1000))  # 200 wrong


def test_a_verdict_needs_seeds_and_texts():
    found = against_baselines(*study({"poor": POOR, "good": GOOD, "wavering": WAVERING}, {"tf-idf": LINEAR}))
    assert found["configuration"].tolist() == ["good", "wavering", "poor"]  # by falling means
    assert found["better"].tolist() == ["network", "cannot tell", "baseline"]
    assert found["mean_difference"].tolist() == pytest.approx([0.1, 0.02, -0.1])
    assert found[["network_alone", "baseline_alone"]].to_numpy().tolist() == [[200, 100], [200, 100], [200, 300]]
    seeds = [stats.ttest_1samp([told.mean() for told in runs], 0.8).pvalue for runs in (GOOD, WAVERING, POOR)]
    assert found["p_seeds"].tolist() == pytest.approx(seeds)
    texts = [stats.chi2.sf(99**2 / 300, 1), stats.chi2.sf(99**2 / 300, 1), stats.chi2.sf(99**2 / 500, 1)]
    assert found["p_texts"].tolist() == pytest.approx(texts)
    assert found["p_holm"].tolist() == pytest.approx(holm(np.maximum(seeds, texts)))


def test_seeds_and_texts_that_favour_different_sides_give_no_verdict():
    """Each seed alone is worse than the baseline, their majority better: that is the vote, not the network."""
    runs = [right(range(start, start + 300)) for start in (0, 300, 600)]
    runs[0][900] = runs[1][900] = False  # a spread between seeds
    row = against_baselines(*study({"votes": runs}, {"nb-svm": LINEAR})).iloc[0]
    assert row["mean_difference"] < 0
    assert row["network_alone"] > row["baseline_alone"]
    assert row["p_holm"] < 0.05
    assert row["better"] == "cannot tell"


def test_all_pairs_are_one_family():
    found = against_baselines(*study({"good": GOOD, "poor": POOR}, {"tf-idf": LINEAR, "nb-svm": LINEAR}))
    alone = np.maximum(found["p_seeds"], found["p_texts"])
    assert len(found) == 4
    assert found["p_holm"].tolist() == pytest.approx(holm(alone))


def test_one_seed_or_other_texts_tell_nothing():
    one = against_baselines(*study({"good": GOOD[:1]}, {"tf-idf": LINEAR}))
    fewer = against_baselines(*study({"good": GOOD}, {"tf-idf": LINEAR[:500]}))
    for found in (one, fewer):
        assert found["better"].tolist() == ["cannot tell"]
        assert math.isnan(found["p_holm"][0])


def test_nothing_scored_or_no_baseline_leaves_the_columns():
    for networks, baselines in ({}, {"tf-idf": LINEAR}), ({"good": GOOD}, {}):
        found = against_baselines(*study(networks, baselines))
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == AGAINST_BASELINES
