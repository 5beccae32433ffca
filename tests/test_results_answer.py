from dataclasses import replace

import pandas as pd
import pytest
from synthetic import filled

from results.answer import answer
from results.evidence import gather


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return gather(filled(tmp_path_factory.mktemp("answer") / "study.db", trials=5, seeds=(1,)))


def scored(evidence, **scores):
    """The evidence with these finals: title=[accuracy by seed, None for no run]."""
    template = evidence.finals.iloc[0].to_dict()
    rows = [
        template | {"configuration": name, "seed": seed, "run": seed, "test_accuracy": accuracy}
        for name, accuracies in scores.items()
        for seed, accuracy in enumerate(accuracies, start=1)
        if accuracy is not None
    ]
    finals = pd.DataFrame(rows, columns=evidence.finals.columns)
    return replace(evidence, finals=finals, titles=evidence.titles | {name: f"<{name}>" for name in scores})


def test_one_seed_carries_no_ranking(evidence):
    said = answer(scored(evidence, a=[0.87], b=[0.80]))
    assert said.verdict.startswith("No ranking can be given: <a> scored highest (87.00\u00a0%) and <b> next")
    assert "one seed cannot carry a ranking" in said.verdict
    assert "share 1 seed;" in said.grounds[0]
    assert "says nothing of other seeds" in said.grounds[1]


def test_different_seeds_carry_no_ranking(evidence):
    said = answer(scored(evidence, a=[0.87, 0.88, None, None], b=[None, None, 0.8, 0.81]))
    assert said.verdict.startswith("No ranking can be given")
    assert "share 0 seeds" in said.grounds[0]


def test_an_interval_that_excludes_0_names_the_better(evidence):
    said = answer(scored(evidence, b=[0.80, 0.81, 0.82], a=[0.87, 0.88, 0.891]))
    # differences .070, .070, .071: mean .070333, sd .000577, t(2) 4.302653
    assert said.verdict == (
        "<a> is more accurate than <b>, by 7.03 percentage points "
        "(95\u00a0% interval +6.89 to +7.18, 3 seeds each)."
    )
    assert "out of 2 configurations" in said.grounds[1]


def test_an_interval_with_0_in_it_tells_nothing_apart(evidence):
    said = answer(scored(evidence, a=[0.87, 0.80, 0.88], b=[0.86, 0.85, 0.82], c=[0.5, 0.5, 0.5]))
    assert said.verdict.startswith("<a> and <b>, the two that scored highest, cannot be told apart")
    assert "does not exclude 0" in said.grounds[0]


def test_equal_differences_tell_nothing_apart(evidence):
    said = answer(scored(evidence, a=[0.87, 0.88], b=[0.86, 0.87]))
    assert "cannot be told apart: their difference was the same 1.00 points" in said.verdict


def test_one_configuration_has_no_rival(evidence):
    assert "nothing else was scored" in answer(scored(evidence, a=[0.87, 0.88])).verdict


def test_without_finals_the_best_of_the_search_is_called_optimistic(evidence):
    said = answer(scored(evidence))
    assert said.verdict.startswith("There is no answer yet: nothing was scored on the test part")
    assert "optimistic" in said.grounds[0]


def test_without_scores_there_is_no_answer(evidence):
    none = replace(scored(evidence), trials=evidence.trials.assign(validation_accuracy=float("nan")))
    assert answer(none).verdict == "There is no answer yet: no trial has ended with a score."
