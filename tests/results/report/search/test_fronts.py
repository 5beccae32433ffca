"""The front of a search with several objectives, from trials written by hand."""

from types import SimpleNamespace

import pandas as pd

from results.metrics.objectives import ACCURACY, OBJECTIVES
from results.report.search import fronts as front_sections

PARAMETERS, SECONDS = OBJECTIVES["parameters"], OBJECTIVES["seconds"]


def evidence(*rows, objectives=(ACCURACY, PARAMETERS)):
    """configuration, state, accuracy, parameters"""
    trials = pd.DataFrame(rows, columns=["configuration", "state", "validation_accuracy", "parameters"])
    trials = trials.assign(words="words of " + trials["configuration"])
    titles = {name: f"Title of {name}" for name in trials["configuration"]}
    return SimpleNamespace(trials=trials, titles=titles, objectives=objectives)


KNOWN = evidence(
    ("a", "complete", 0.80, 100),
    ("b", "complete", 0.90, 300),
    ("c", "complete", 0.85, 400),
    ("b", "complete", 0.90, 300),
    ("d", "complete", 0.85, 200),
    ("e", "pruned", None, 50),
)


def test_the_front_comes_first_and_each_configuration_once():
    info = front_sections.front_info(KNOWN)
    assert info.points["title"].tolist() == ["Title of b", "Title of d", "Title of a", "Title of c"]
    assert info.points["on_front"].tolist() == [True, True, True, False]
    table = front_sections.front_table(info)
    assert [title for title, _ in table.columns] == [
        "Configuration",
        "On the front",
        "Validation accuracy",
        "Parameters",
    ]
    assert [cell.text for cell in table.rows[1]] == ["Title of d", "yes", "85.00 %", "200"]


def test_the_figure_draws_the_first_objective_over_the_second():
    drawn = front_sections.front_figure(front_sections.front_info(KNOWN))
    front, beaten = drawn.data
    assert (list(front.x), list(front.y)) == ([300, 200, 100], [90, 85, 80])
    assert (list(beaten.x), list(beaten.y)) == ([400], [85])
    assert drawn.layout.xaxis.title.text == "parameters"
    assert drawn.layout.yaxis.title.text == "validation accuracy (%)"


def test_one_objective_has_no_front_and_no_trial_neither():
    assert front_sections.front_info(evidence(("a", "complete", 0.8, 1), objectives=(ACCURACY,))) is None
    assert front_sections.front_info(evidence(("a", "running", None, 1))) is None
