"""The answer of a study in one plain sentence with its uncertainty, and what the sentence rests on."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from results.presentation.table import records
from results.statistics.verdict_words import NAMED, headline, tails, to_decide
from results.statistics.verdicts import UNDECIDED, collapsed


@dataclass(frozen=True)
class Answer:
    """`verdict` is one sentence; `grounds` are sentences on what it rests on and how far it carries."""

    verdict: str
    grounds: list[str]


def answer(evidence: Evidence) -> Answer:
    """Which configuration is the most accurate on the test part, as far as the seeds can tell.

    The best by validation is held against every other one (results.statistics.verdicts); with fewer than two
    seeds there is no ranking, whatever the scores.
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
    found = evidence.decided
    if found["low"].isna().all():
        second = next(row for row in records(summary) if row.configuration != best.configuration)
        other = evidence.titles[second.configuration]
        return _no_ranking(title, best, other, second, min(best.n, second.n))
    title = evidence.titles[found["first"].iloc[0]]
    return Answer(headline(title, found, evidence.titles), _grounds(evidence, found))


def _grounds(evidence: Evidence, found: pd.DataFrame) -> list[str]:
    by_validation = evidence.winner == found["first"].iloc[0]
    picked = (
        f"It was chosen by validation{_over_seeds(evidence)}, so the test part had no say in it"
        if by_validation
        else "It has the highest test mean, so the verdicts are corrected as for all pairs"
    )
    texts = "other seeds and other test texts" if found["over_texts"].all() else "other seeds on these test texts"
    grounds = [
        f"{picked}; the verdicts are corrected for each other (Holm), the 95 % intervals are of one pair alone. "
        f"Practically the same: within {100 * evidence.margin:g} points.",
        f"They cover {texts}; not another training set or split.",
    ]
    undecided = [row for row in records(found) if row.verdict == UNDECIDED]
    seconds = evidence.seconds_a_run
    grounds += [to_decide(row, evidence.titles[row.second], seconds) for row in undecided[:NAMED]]
    return grounds + tails(collapsed(evidence.finals), evidence.titles)


def _over_seeds(evidence: Evidence) -> str:
    ranked = evidence.by_objective
    seeds = ranked.loc[ranked["configuration"] == evidence.winner, "seeds"]
    return f" over {seeds.iloc[0]} seeds" if len(seeds) and seeds.iloc[0] > 1 else ""


def _no_ranking(title: str, best: Any, rival: str, second: Any, seeds: int) -> Answer:
    return Answer(
        f"No ranking can be given: {title} scored highest ({_percent(best.mean)}) and {rival} next "
        f"({_percent(second.mean)}), but one seed cannot carry a ranking."
        if seeds < 2
        else f"No ranking can be given between {title} and {rival}: their finals are of other texts, or their "
        "scores have no spread to judge them by.",
        [
            f"The fewest seeds are {seeds}; two on the same texts are needed to see how much a seed alone "
            "moves a score, and another seed may turn the order around.",
            _single_run(title, best),
        ],
    )


def _without_finals(evidence: Evidence) -> Answer:
    ranked = evidence.by_objective
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
