"""The answer of a study in one plain sentence with its uncertainty, and what the sentence rests on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence, distinct
from results.presentation.style import records
from results.presentation.table import SMALLEST_P, p_text, signed
from results.statistics.power import ALPHA

_NAMED = 3  # rivals named in the sentence; the others are counted


@dataclass(frozen=True)
class Answer:
    """`verdict` is one sentence; `grounds` are sentences on what it rests on and how far it carries."""

    verdict: str
    grounds: list[str]


def answer(evidence: Evidence) -> Answer:
    """Which configuration is the most accurate on the test part, as far as the seeds can tell.

    The highest mean is called the most accurate where it is told apart from every other one: paired t test over
    seeds, corrected by Holm for all pairs. Else those that share a letter with it are named. With fewer than two
    common seeds there is no ranking, whatever the scores.
    """
    summary = evidence.summary.sort_values("mean", ascending=False, kind="stable")
    if summary.empty:
        return _without_finals(evidence)
    best = next(records(summary))
    title = evidence.titles[best.configuration]
    if len(summary) == 1:
        return Answer(
            f"{title} got {_percent(best.mean)} of the test texts right; "
            "nothing else was scored to compare it with.",
            [_single_run(title, best)],
        )
    pairs = evidence.pairs
    others = list(records(pairs[pairs["first"] == best.configuration]))  # by falling means
    rivals = [pair for pair in others if not (pair.apart and pair.mean_difference > 0)]
    if not rivals:
        return _alone(title, evidence.titles[others[0].second], others, len(pairs))
    if rivals[0].n < 2:
        second = next(row for row in records(summary) if row.configuration == rivals[0].second)
        return _no_ranking(title, best, evidence.titles[second.configuration], second, rivals[0].n)
    names = [evidence.titles[pair.second] for pair in rivals]
    return _not_alone(title, names, rivals[0], rivals[0] is others[0], len(pairs))


def _alone(title: str, next_one: str, others: Sequence[Any], tested: int) -> Answer:
    pair = others[0]
    by = f"{100 * pair.mean_difference:.2f} percentage points"
    if len(others) == 1:
        verdict = f"{title} is more accurate than {next_one}, by {by} ({_interval(pair)})."
    else:
        verdict = (
            f"{title} is more accurate than {_all_of(len(others))} others, by {by} over the next, {next_one} "
            f"({_interval(pair)})."
        )
    return Answer(verdict, [_basis(max(other.p_holm for other in others), tested, at_most=len(others) > 1)])


def _not_alone(title: str, names: Sequence[str], pair: Any, is_next: bool, tested: int) -> Answer:
    """`pair` is the best with the first of `names`, which is the next by its mean if `is_next`."""
    mean = 100 * pair.mean_difference
    if math.isnan(pair.low):
        return Answer(
            f"{title} and {names[0]} cannot be told apart: their difference was the same "
            f"{mean:.2f} points with each of the {pair.n} seeds, which leaves no spread to judge it by.",
            ["An interval is judged by how much the differences differ; more seeds would show it."],
        )
    if len(names) == 1 and is_next:
        verdict = (
            f"{title} and {names[0]}, the two that scored highest, cannot be told apart: they differ by "
            f"{mean:.2f} percentage points ({_interval(pair)})."
        )
    else:
        verdict = (
            f"{title} scored highest, but cannot be told apart from {_listed(names)}: from {names[0]} it differs "
            f"by {mean:.2f} percentage points ({_interval(pair)})."
        )
    grounds = [_basis(pair.p_holm, tested)]
    if pair.p < ALPHA:
        grounds.append(
            f"On its own this pair would pass ({_p(pair.p)}), but of {tested} pairs one may do so by chance."
        )
    grounds.append(f"Not told apart is not the same as equal. {_power(pair, tested)}")
    return Answer(verdict, grounds)


def _power(pair: Any, tested: int) -> str:
    """Which difference these seeds would have shown, alone and among all pairs."""
    alone = f"{100 * pair.detectable:.1f} points"
    shown = f"With {pair.n} seeds that spread like these, four studies in five would tell a true difference of"
    if tested == 1:
        return f"{shown} {alone} apart, and mostly miss smaller ones."
    return (
        f"{shown} {alone} apart if this pair were the only one compared, and of "
        f"{100 * pair.detectable_among_all:.1f} points under the correction for {tested} pairs; smaller ones they "
        "would mostly miss."
    )


def _no_ranking(title: str, best: Any, rival: str, second: Any, seeds: int) -> Answer:
    return Answer(
        f"No ranking can be given: {title} scored highest ({_percent(best.mean)}) and {rival} next "
        f"({_percent(second.mean)}), but one seed cannot carry a ranking.",
        [
            f"The two share {seeds} seed{'' if seeds == 1 else 's'}; at least two are needed to see how "
            "much a seed alone moves a score, and another seed may turn the order around.",
            _single_run(title, best),
        ],
    )


def _all_of(count: int) -> str:
    return "both" if count == 2 else f"all {count}"


def _interval(pair: Any) -> str:
    low, high = signed(100 * pair.low, 2), signed(100 * pair.high, 2)
    return f"95\u00a0% interval {low} to {high}, {pair.n} seeds each"


def _basis(p: float, tested: int, at_most: bool = False) -> str:
    corrected = f", corrected for the {tested} pairs compared (Holm)" if tested > 1 else ""
    return (
        f"Paired t test over equal seeds{corrected}: {_p(p, 'at most' if at_most else '=')}. "
        "The interval is Student's t interval of the mean difference of this pair alone."
    )


def _p(p: float, sign: str = "=") -> str:
    return f"p {p_text(p)}" if p < SMALLEST_P else f"p {sign} {p_text(p)}"


def _listed(names: Sequence[str]) -> str:
    shown, more = list(names[:_NAMED]), len(names) - _NAMED
    if more > 0:
        shown.append(f"{more} other{'' if more == 1 else 's'}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _without_finals(evidence: Evidence) -> Answer:
    ranked = distinct(evidence.trials, evidence.objectives[0])
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


def seeds_in_words(finals: pd.DataFrame) -> str:
    """'3 seeds each', or the fewest and the most."""
    counts = finals["configuration"].value_counts()
    if counts.empty:
        return ""
    low, high = counts.min(), counts.max()
    return f"{low} seed{'' if low == 1 else 's'} each" if low == high else f"{low} to {high} seeds"
