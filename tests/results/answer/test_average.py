"""An average held against the one model: what is said of it, by numbers worked out by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from results.answer.average import held_against
from results.answer.decision import Candidate
from results.evidence.averages import Kept

TEXTS = 1000


def hits(right: int) -> np.ndarray:
    return np.arange(TEXTS) < right


def kept(right: int, networks=(("n", (0, 1), 0.75),), linear=(("nb-svm", 0.25),)) -> Kept:
    return Kept(
        networks=[dict(zip(("configuration", "seeds", "weight"), each, strict=True)) for each in networks],
        linear=[{"kind": kind, "settings": {}, "weight": weight} for kind, weight in linear],
        cpu_seconds={"n": 2.0, "nb-svm": 0.5},
        validation_accuracy=0.9,
        test_accuracy=right / TEXTS,
        hits=hits(right),
        confusion=np.array([[right, 0], [TEXTS - right, 0]]),
    )


EVIDENCE = SimpleNamespace(
    titles={"n": "Best found (trial 3)"},
    correct={("n", 0): hits(880), ("n", 1): hits(884)},
    baselines=pd.DataFrame({"kind": ["nb-svm"], "title": ["NB-SVM"], "hits": [hits(870)]}),
)
NETWORK = Candidate("n", "Best found (trial 3)", 0.882)


def against(found: Kept, best: Candidate = NETWORK, value: float | None = None):
    return held_against(EVIDENCE, found, best, "test accuracy", value, "study export ensemble")


def test_a_better_one_says_by_how_much_and_what_it_costs() -> None:
    found = against(kept(900))
    apart = hits(900) - (hits(880) + hits(884).astype(float)) / 2
    half = 1.96 * apart.std(ddof=1) / TEXTS**0.5
    assert (found.difference_low, found.difference_high) == pytest.approx((0.018 - half, 0.018 + half), abs=1e-5)
    assert found.times == pytest.approx((2 * 2.0 + 0.5) / 2.0)
    assert found.sentence == (
        "The average of Best found (trial 3) (2 seeds, 75\u00a0%) and NB-SVM (25\u00a0%) has a test accuracy of "
        "90.0\u00a0% (95\u00a0% interval 88.0 to 91.7\u00a0%), 1.8 points better than Best found (trial 3) "
        "(1.0 to 2.6 over texts); it costs 2.2 times as much to predict (study export ensemble)."
    )


def test_what_texts_explain_is_no_difference_and_worse_is_said() -> None:
    assert "not shown to differ from Best found (trial 3) (+0.1 points, \u22120." in against(kept(883)).sentence
    assert "8.2 points worse than Best found (trial 3) (" in against(kept(800)).sentence


def test_a_linear_model_to_be_used_is_what_it_is_held_against() -> None:
    found = against(kept(900), Candidate("nb-svm", "NB-SVM", 0.87))
    assert found.difference == pytest.approx(0.03)
    assert found.times == pytest.approx(9)
    assert "better than NB-SVM" in found.sentence


def test_one_model_alone_is_no_average_and_seeds_of_one_network_are() -> None:
    alone = against(kept(870, networks=(), linear=(("nb-svm", 1.0),)))
    assert alone.sentence == "No average of what was scored did better on validation data than NB-SVM alone."
    seeds = against(kept(890, networks=(("n", (0, 1), 1.0),), linear=()))
    assert seeds.sentence.startswith("The average of Best found (trial 3) (2 seeds) has")


def test_of_other_measures_there_is_no_interval() -> None:
    found = against(kept(900), value=0.9)
    assert (found.low, found.difference_low) == (None, None)
    assert "1.8 points more than Best found (trial 3)" in found.sentence
    assert json.loads(json.dumps(found.as_values()))["value"] == 0.9
