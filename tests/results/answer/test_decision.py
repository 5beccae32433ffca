"""The one decision: which kind, how sure, and what it is held against; made-up evidence, judged by hand."""

from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest
from synthetic import add_finals, add_trials, begin, filled

from results.answer.decision import decide
from results.evidence.evidence import gather
from results.evidence.ranking import distinct
from results.metrics.objectives import ACCURACY, OBJECTIVES
from results.statistics.verdicts import SAME, UNDECIDED, against_known
from results.store.database import open_store
from results.store.tables import BaselineRow
from search_spaces import BOOK

TEXTS = 400


def hits(right: int, texts: int = TEXTS) -> np.ndarray:
    """The first so many are told right."""
    return np.arange(texts) < right


def evidence(networks, linear, *, support=(100, 100, 100, 100), objective=ACCURACY, asked=(), standing=UNDECIDED):
    """A searched network `n` whose seeds told these texts right, and linear models by kind: right, validated."""
    trial = {"configuration": "n", "run": 1, "words": "a network", "reference": "", "parameters": 9, "epochs": 1}
    scores = {"validation_accuracy": 0.9, objective.column: 0.9, "number": 0, "state": "complete"}
    texts = sum(support)
    whole = np.diag(support)

    def table(right):
        counts = whole.astype(float) * right / texts
        missing = whole.diagonal() - counts.diagonal()
        return counts + np.roll(np.diag(missing), 1, axis=1)

    finals = [
        {"configuration": "n", "seed": seed, "test_accuracy": right / texts, "test_texts": texts}
        for seed, right in enumerate(networks)
    ]
    baselines = [
        {"kind": kind, "title": kind.upper(), "test_accuracy": right / texts, "test_texts": texts}
        | {"validation_accuracy": validated, "hits": hits(right, texts), "confusion": table(right)}
        for kind, (right, validated) in linear.items()
    ]
    trials = pd.DataFrame([trial | scores])
    scored = pd.DataFrame(finals, columns=["configuration", "seed", "test_accuracy", "test_texts"])
    told = {("n", seed): hits(right, texts) for seed, right in enumerate(networks)}
    lines = pd.DataFrame(baselines)
    known = against_known(scored.assign(reference=""), told, lines, best="n") if linear else None
    return SimpleNamespace(
        beside_known=known,
        decided=pd.DataFrame({"first": ["n"] * 2, "second": ["slow", "quick"], "verdict": [SAME, standing]}),
        seconds_a_run={"n": 100.0, "slow": 79.0, "quick": 20.0},
        margin=0.005,
        study="mine",
        database="sqlite:///runs/study.db",
        card={"classes": ["a", "b", "c", "d"]},
        objectives=(objective,),
        trials=trials,
        ranked=distinct(trials),
        by_objective=distinct(trials, objective),
        winner="n",
        finals=scored,
        baselines=lines,
        titles={"n": "Best found (trial 0)", "slow": "Simple LSTM", "quick": "CNN and LSTM"},
        correct=told,
        confusions={("n", seed): table(right) for seed, right in enumerate(networks)},
        asked=asked,
        average=None,
    )


def test_no_network_beats_a_linear_model() -> None:
    found = decide(evidence([340, 344], {"tf-idf": (352, 0.85), "nb-svm": (350, 0.88)}))
    assert (found.use, found.standing, found.best.which) == ("linear", "behind", "nb-svm")  # by validation
    assert found.verdict == "No network beats NB-SVM here (87.5 against 85.5\u00a0%): use that."
    assert found.command == "study export nb-svm --name mine --database runs/study.db"
    assert "Always saying “a”, the commonest class, has 25.0\u00a0%." in found.grounds


def test_a_network_that_did_better_and_has_no_finals_is_named() -> None:
    assert decide(evidence([340, 344], {})).unscored == ""
    begun = evidence([340, 344], {})
    better = begun.trials.assign(configuration="m", validation_accuracy=0.95, number=1)
    begun.trials = pd.concat([begun.trials, better])
    begun.ranked = begun.by_objective = distinct(begun.trials)
    begun.titles["m"] = "trial 1"
    assert (
        "trial 1 did better on validation data and has no finals yet: the same command goes on."
        in decide(begun).grounds
    )


def test_a_lead_that_texts_or_seeds_explain_is_none() -> None:
    by_texts = decide(evidence([342, 342, 342], {"nb-svm": (340, 0.8)}))  # 2 of 400 texts
    assert (by_texts.use, by_texts.standing) == ("linear", "level")
    assert (
        "No network is shown to beat NB-SVM here (85.0 against 85.5\u00a0%), which is cheaper" in by_texts.verdict
    )
    by_seeds = decide(evidence([310, 390], {"nb-svm": (320, 0.8)}))
    assert (by_seeds.use, by_seeds.standing) == ("linear", "level")


def test_a_network_that_luck_put_ahead_is_not_denied() -> None:
    beside = evidence([340, 344], {"nb-svm": (350, 0.88)})
    other = {"configuration": "o", "seed": 0, "test_accuracy": 0.9, "test_texts": TEXTS}
    beside.finals = pd.concat([beside.finals, pd.DataFrame([other])])
    assert decide(beside).verdict == (
        "Best found (trial 0), chosen on validation data, is not shown to beat NB-SVM (87.5 against 85.5\u00a0%), "
        "which is cheaper: use that."
    )
    beside.finals.loc[beside.finals["configuration"] == "o", "test_accuracy"] = 0.87
    assert decide(beside).verdict == "No network beats NB-SVM here (87.5 against 87.0\u00a0%): use that."


def test_a_network_that_is_ahead_is_used() -> None:
    found = decide(evidence([360, 364, 362], {"nb-svm": (320, 0.8)}))
    assert (found.use, found.standing, found.other.title) == ("network", "ahead", "NB-SVM")
    assert found.verdict.startswith(
        "Use Best found (trial 0): test accuracy 90.5\u00a0% (95\u00a0% interval 87.2 to"
    )
    assert found.verdict.endswith("; NB-SVM, linear, has 80.0\u00a0%.")
    assert found.command == "study export --name mine --database runs/study.db"
    one = decide(evidence([360], {"nb-svm": (320, 0.8)}))
    assert one.standing == "level"  # one seed has no verdict


def test_the_interval_is_the_wider_of_texts_and_seeds() -> None:
    texts, seeds = decide(evidence([360, 360], {})), decide(evidence([320, 390], {}))
    centre, half = (0.9 + 1.96**2 / 800) / (1 + 1.96**2 / 400), 0.0294
    assert (texts.best.low, texts.best.high) == pytest.approx((centre - half, centre + half), abs=2e-4)
    assert (seeds.best.low, seeds.best.high) == (0, 1)  # t of one degree of freedom: 12.7 * 0.0875


def test_nothing_was_learnt_where_the_interval_reaches_the_commonest_class() -> None:
    found = decide(evidence([110], {"nb-svm": (112, 0.3)}))
    assert found.nothing_learnt
    assert found.networks_learnt_nothing
    assert found.verdict.startswith("Nothing was learnt: NB-SVM, the best, has a test accuracy of 28.0\u00a0% (95")
    assert found.verdict.endswith("always saying “a” has 25.0\u00a0%.")
    story = decide(evidence([110], {"nb-svm": (290, 0.7)}))
    assert story.verdict == "No network beats NB-SVM here (72.5 against 27.5\u00a0%): use that."
    assert story.grounds[0] == (
        "The networks learnt nothing: Best found (trial 0) has 27.5\u00a0%, always saying “a” 25.0\u00a0%."
    )


def test_another_objective_is_what_the_two_are_held_by() -> None:
    found = decide(evidence([360], {"nb-svm": (320, 0.8)}, objective=OBJECTIVES["f1"]))
    assert (found.measured, found.standing, found.best.low) == ("test macro F1", "ahead", None)
    assert found.best.value == pytest.approx(0.9)
    assert found.commonest == pytest.approx(2 * 0.25 / 1.25 / 4)  # F1 of one class of four


@pytest.mark.parametrize(
    ("distribution", "value", "edge"),
    [
        (optuna.distributions.IntDistribution(8, 64, step=8), 64, "units 64, the highest"),
        (optuna.distributions.IntDistribution(8, 64, step=8), 8, "units 8, the lowest"),
        (optuna.distributions.IntDistribution(8, 64, step=8), 32, None),
        (optuna.distributions.IntDistribution(1, 2), 2, None),  # no inside
        (optuna.distributions.FloatDistribution(0.0, 0.5, step=0.1), 0.0, None),  # nothing lies below
        (optuna.distributions.CategoricalDistribution((4, 8, 16, 32)), 32, "units 32, the highest"),
        (optuna.distributions.CategoricalDistribution(("lstm", "gru")), "gru", None),
    ],
)
def test_the_best_at_the_edge_of_the_space_is_told(distribution, value, edge) -> None:
    trial = SimpleNamespace(number=0, params={"units": value}, distributions={"units": distribution})
    found = decide(evidence([360], {}, asked=[trial]))
    assert found.edges == ((edge,) if edge else ())
    assert any("edge of the space" in line for line in found.grounds) == bool(edge)


def test_a_cheaper_network_that_is_practically_as_good_is_named() -> None:
    found = [decide(evidence([360], {}, standing=standing)).cheaper for standing in (UNDECIDED, SAME)]
    assert found == [
        "Simple LSTM is practically as good, within 0.5 points, and cheaper: it trains in 1 min 19 s instead of "
        "1 min 40 s.",
        "CNN and LSTM is practically as good, within 0.5 points, and cheaper: it trains in 20 s instead of "
        "1 min 40 s.",
    ]
    assert found[1] in decide(evidence([360], {}, standing=SAME)).grounds
    assert not decide(evidence([340], {"tf-idf": (352, 0.85)}, standing=SAME)).cheaper  # the linear one is


@pytest.mark.parametrize(
    ("scale", "said"),
    [(1, "(90.0 against 85.0\u00a0%)"), (10, "(90 against 85\u00a0%)")],
)
def test_few_texts_have_whole_percents(scale, said) -> None:
    texts = np.array([100, 100, 100, 100]) // scale
    found = decide(evidence([340 // scale], {"tf-idf": (360 // scale, 0.85)}, support=tuple(texts)))
    assert said in found.verdict


def test_of_a_store_before_any_final_and_after(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        assert decide(gather(store)) is None
        add_trials(store, 12)
        early = decide(gather(store))
        assert early.measured == "validation accuracy"
        assert early.verdict.startswith("Best so far: ")
    with filled(tmp_path / "full.db", trials=12) as store:
        with store.session() as session:
            told = np.ones(25_000, bool)
            row = {"study": "made-up", "kind": "nb-svm", "settings": {}, "seconds": 1.0, "test_texts": 25_000}
            row |= {"validation_accuracy": 1.0, "test_accuracy": 1.0, "hits": np.packbits(told).tobytes()}
            session.add(BaselineRow(**row))
        found = decide(gather(store))
        assert (found.use, found.best.title, found.best.value) == ("linear", "NB-SVM", 1.0)


def test_a_reproduction_has_no_decision(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        add_finals(store, [BOOK[0].configuration], seeds=(1,))
        assert decide(gather(store)) is None
