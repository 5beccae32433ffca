"""The answer of a study in one plain sentence with its uncertainty, and what the sentence rests on."""

import math
from dataclasses import dataclass
from typing import Any

from results.drawing import records
from results.evidence import Evidence, distinct
from results.statistics import by_configuration, paired_differences

_PAIR_NOTE = (
    "These two were picked for scoring highest, out of {count} configurations, and the interval does not allow "
    "for that choice: read it as the least doubt there is."
)


@dataclass(frozen=True)
class Answer:
    """`verdict` is one sentence; `grounds` are sentences on what it rests on and how far it carries."""

    verdict: str
    grounds: list[str]


def answer(evidence: Evidence) -> Answer:
    """Which configuration is the most accurate on the test part, as far as the seeds can tell.

    The two highest means are compared seed by seed (paired t interval, 95 %). With fewer than two common seeds
    there is no ranking, whatever the scores.
    """
    summary = by_configuration(evidence.finals).sort_values("mean", ascending=False, kind="stable")
    if summary.empty:
        return _without_finals(evidence)
    best, *others = records(summary)
    title = evidence.titles[best.configuration]
    if not others:
        return Answer(
            f"{title} got {_percent(best.mean)} of the test texts right; "
            "nothing else was scored to compare it with.",
            [_single_run(title, best)],
        )
    second = others[0]
    rival = evidence.titles[second.configuration]
    pair = paired_differences(evidence.finals, second.configuration)
    found = next(row for row in records(pair) if row.configuration == best.configuration)
    if found.n < 2:
        return Answer(
            f"No ranking can be given: {title} scored highest ({_percent(best.mean)}) and {rival} next "
            f"({_percent(second.mean)}), but one seed cannot carry a ranking.",
            [
                f"The two share {found.n} seed{'' if found.n == 1 else 's'}; at least two are needed to see how "
                "much a seed alone moves a score, and another seed may turn the order around.",
                _single_run(title, best),
            ],
        )
    return _compared(title, rival, found, len(summary))


def _compared(title: str, rival: str, pair: Any, count: int) -> Answer:
    mean, low, high, n = (100 * pair.mean_difference, 100 * pair.low, 100 * pair.high, pair.n)
    if math.isnan(low):
        return Answer(
            f"{title} and {rival} cannot be told apart: their difference was the same "
            f"{mean:.2f} points with each of the {n} seeds, which leaves no spread to judge it by.",
            ["An interval is judged by how much the differences differ; more seeds would show it."],
        )
    interval = f"95 % interval {low:+.2f} to {high:+.2f}, {n} seeds each"
    if low > 0:
        verdict = f"{title} is more accurate than {rival}, by {mean:.2f} percentage points ({interval})."
    else:
        verdict = (
            f"{title} and {rival}, the two that scored highest, cannot be told apart: they differ by "
            f"{mean:.2f} percentage points ({interval})."
        )
    basis = "The interval is Student's t interval of the mean difference on equal seeds."
    meaning = "It excludes 0." if low > 0 else "It does not exclude 0."
    return Answer(verdict, [f"{basis} {meaning}", _PAIR_NOTE.format(count=count)])


def _without_finals(evidence: Evidence) -> Answer:
    ranked = distinct(evidence.trials)
    missing = "Nothing has been scored on the sealed test part."
    if ranked.empty:
        return Answer("There is no answer yet: no trial has ended with a score.", [missing])
    best = next(records(ranked))
    return Answer(
        "There is no answer yet: nothing was scored on the test part; the search's best so far is "
        f"{evidence.titles[best.configuration]}, with a validation accuracy of "
        f"{_percent(best.validation_accuracy)}.",
        ["That figure is optimistic: the configuration was picked for it. Only the test part can tell."],
    )


def _single_run(title: str, row: Any) -> str:
    low, high = row.one_seed_over_texts_low, row.one_seed_over_texts_high
    return (
        f"For one run of {title}, the choice of {row.test_texts:,} test texts alone leaves "
        f"{_percent(low)} to {_percent(high)} open (95 % Wilson interval); "
        "that interval says nothing of other seeds."
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}\u00a0%"


__all__ = ["Answer", "answer"]
