"""A number and its unit stay on one line, and an option of a command is not broken at its hyphens."""

from results.report.page import part, unbroken


def test_numbers_keep_their_units() -> None:
    said = unbroken("95 % interval, 0.5 points, 3 seeds in 1 min 19 s, 4 h")
    assert said == "95\u00a0% interval, 0.5\u00a0points, 3 seeds in 1\u00a0min 19\u00a0s, 4\u00a0h"


def test_it_is_a_filter_of_the_templates() -> None:
    assert part("{{ words | unbroken }}", {"words": "<95 %>"}) == "&lt;95\u00a0%&gt;"
