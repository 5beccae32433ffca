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
    assert "fewest seeds are 1;" in said.grounds[0]
    assert "says nothing of other seeds" in said.grounds[1]


def test_the_effect_comes_first(evidence):
    said = answer(scored(evidence, b=[0.80, 0.81, 0.82], a=[0.87, 0.88, 0.891]))
    # variances .0001 and .00011 of 3 seeds each: standard error .0084, t(3.98) 2.78
    assert said.verdict == "<a> is 7.0 points better than <b> (4.7 to 9.4)."
    assert said.grounds[0].startswith("It has the highest test mean, so the verdicts are corrected as for all")
    assert said.grounds[1] == "They cover other seeds on these test texts; not another training set or split."


def test_networks_many_points_apart_are_told_apart(evidence):
    """The quick study's: three seeds each, ten pairs."""
    scores = {"a": [0.865, 0.87, 0.86], "b": [0.68, 0.67, 0.69], "c": [0.86, 0.865, 0.87], "d": [0.85, 0.86, 0.87]}
    said = answer(scored(evidence, **scores, e=[0.85, 0.86, 0.855])).verdict
    assert "18.5 points better than <b>" in said


def test_each_verdict_has_its_words(evidence):
    quiet = [0.8800, 0.8802, 0.8804, 0.8801, 0.8803]
    scores = {"a": [each + 0.0001 for each in quiet], "b": quiet, "c": [0.8, 0.9, 0.85, 0.86, 0.87]}
    said = answer(scored(evidence, **scores))
    assert said.verdict == (
        "<a> is practically the same as <b> (0.0 points, 0.0 to 0.0), and undecided against <c> "
        "(+2.4 points, −2.1 to +7.0)."
    )
    assert said.grounds[2].startswith("Against <c> about ")
    assert "seeds of each would decide in four studies of five" in said.grounds[2]
    assert said.grounds[3].startswith("<c> collapsed in 1 of 5 runs (1 to 72 % of runs, exact 95 % interval)")


def test_more_rivals_than_fit_a_sentence_are_counted(evidence):
    scores = {name: [0.8 + place / 1000, 0.82, 0.79] for place, name in enumerate("abcdef")}
    said = answer(scored(evidence, **scores))
    assert said.verdict.endswith(", and undecided against 2 others.")
    four_rivals = answer(scored(evidence, **{name: scores[name] for name in "abcde"}))
    assert four_rivals.verdict.count("undecided against <") == 4  # "1 other" would be no shorter


def test_what_was_chosen_by_validation_is_held_against_the_others(evidence):
    known = scored(evidence, a=[0.88, 0.881, 0.879], b=[0.9, 0.901, 0.899])
    trials = known.trials.assign(configuration="a")
    said = answer(replace(known, trials=trials, judged=trials))
    assert said.verdict == "<a> is 2.0 points worse than <b> (1.8 to 2.2)."
    assert said.grounds[0].startswith("It was chosen by validation")


def test_one_configuration_has_no_rival(evidence):
    assert "nothing else was scored" in answer(scored(evidence, a=[0.87, 0.88])).verdict


def test_without_finals_the_best_of_the_search_is_called_optimistic(evidence):
    said = answer(scored(evidence))
    assert said.verdict.startswith("There is no answer yet: nothing was scored on the test part")
    assert "optimistic" in said.grounds[0]


def test_without_scores_there_is_no_answer(evidence):
    unended = evidence.trials.assign(validation_accuracy=float("nan"))
    none = replace(scored(evidence), trials=unended, judged=unended)
    assert answer(none).verdict == "There is no answer yet: no trial has ended with a score."
