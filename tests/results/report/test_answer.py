from dataclasses import replace

import pandas as pd
import pytest
from synthetic import filled

from results.evidence.evidence import gather
from results.report.answer import answer


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
    # t = .070333 / (.000577 / √3) = 211 with 2 degrees of freedom: p = 1 - t / √(2 + t²) = .00002
    assert said.grounds == [
        "Paired t test over equal seeds: p < 0.001. "
        "The interval is Student's t interval of the mean difference of this pair alone."
    ]


def test_the_best_of_several_is_told_apart_from_each(evidence):
    said = answer(scored(evidence, b=[0.80, 0.81, 0.82], a=[0.87, 0.88, 0.891], c=[0.70, 0.712, 0.721]))
    assert said.verdict.startswith(
        "<a> is more accurate than both others, by 7.03 percentage points over the next, <b>"
    )
    assert "corrected for the 3 pairs compared (Holm): p < 0.001" in said.grounds[0]


def test_what_only_passes_uncorrected_is_not_told_apart(evidence):
    # Differences .03, .05, .04: t = .04 / (.01 / √3) = 6.93, and with 2 degrees of freedom p = 1 - t / √(2 + t²)
    scores = {"a": [0.87, 0.88, 0.89], "b": [0.84, 0.83, 0.85]}
    assert answer(scored(evidence, **scores)).verdict.startswith("<a> is more accurate than <b>, by 4.00")
    more = {"c": [0.835, 0.83, 0.825], "d": [0.82, 0.83, 0.84]}
    said = answer(scored(evidence, **scores, **more))
    assert said.verdict.startswith(
        "<a> scored highest, but cannot be told apart from <b>, <c> and <d>: from <b> it"
    )
    assert (
        said.grounds[1] == "On its own this pair would pass (p = 0.020), but of 6 pairs one may do so by chance."
    )


def test_more_rivals_than_fit_a_sentence_are_counted(evidence):
    scores = {name: [0.8 + place / 1000, 0.82, 0.79] for place, name in enumerate("abcdef")}
    said = answer(scored(evidence, **scores))
    assert said.verdict.startswith("<f> scored highest, but cannot be told apart from <e>, <d>, <c> and 2 others:")


def test_an_interval_with_0_in_it_tells_nothing_apart(evidence):
    said = answer(scored(evidence, a=[0.87, 0.80, 0.88], b=[0.86, 0.85, 0.82], c=[0.5, 0.5, 0.5]))
    assert said.verdict.startswith("<a> and <b>, the two that scored highest, cannot be told apart")
    assert "p = 0.853." in said.grounds[0]  # differences .01, -.05, .06: t = .210 with 2 degrees of freedom
    assert said.grounds[1].startswith("Not told apart is not the same as equal.")
    assert "under the correction for 3 pairs" in said.grounds[1]


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
