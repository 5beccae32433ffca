"""The table at the end of `study run`: the chapter's networks beside their published figures, best, baselines."""

import pandas as pd
from rich.console import Console
from rich.table import Table

from results.answer.decision import decide
from results.evidence import questions as readings_of
from results.evidence.evidence import Evidence, gather
from results.metrics.classes import are_even, majority_share
from results.presentation.formatting import duration
from results.presentation.table import records
from results.statistics import questions
from results.store.database import Store
from search_spaces import BOOK, MARKS, REFERENCES


def print_summary(store: Store, study: str, console: Console) -> None:
    """The answers of a study of questions; else one row a configuration with finals, one a linear baseline;
    nothing where there are neither."""
    last = readings_of.last_epoch(store, study)
    if last is not None:
        _print_answers(readings_of.readings(store, study), last, console)
        return
    evidence = gather(store, study)
    if evidence.finals.empty and evidence.baselines.empty:
        console.print("No finals yet: the test part is unopened.")
        _print_elements(evidence, console)
        return
    _print_networks(evidence, console)
    if evidence.beside_published:
        _print_published(evidence, console)
    _print_decision(evidence, console)
    for line in decisions(evidence):
        console.print(line, highlight=False, soft_wrap=True)
    _print_elements(evidence, console)
    if evidence.card.get("notice"):
        console.print(evidence.card["notice"], style="bold", soft_wrap=True)


def decisions(evidence: Evidence) -> list[str]:
    """The best network against the others, in one sentence, what the undecided would take, and who collapsed; none
    where nothing is compared."""
    from results.statistics.verdict_words import NAMED, headline, tails, to_decide
    from results.statistics.verdicts import UNDECIDED, collapsed

    found = evidence.decided
    if found.empty or found["low"].isna().all():
        return []
    title = evidence.titles[found["first"].iloc[0]]
    undecided = list(records(found[found["verdict"] == UNDECIDED]))
    return [
        headline(title, found, evidence.titles),
        *(to_decide(row, evidence.titles[row.second], evidence.seconds_a_run) for row in undecided[:NAMED]),
        *tails(collapsed(evidence.finals), evidence.titles),
    ]


def _print_decision(evidence: Evidence, console: Console) -> None:
    decision = decide(evidence)
    if decision:
        console.print(decision.verdict, style="bold", highlight=False, soft_wrap=True)
        for line in (*decision.grounds, f"Take it out: {decision.command}"):
            console.print(line, highlight=False, soft_wrap=True)


def _print_elements(evidence: Evidence, console: Console) -> None:
    """What each element of the network brings, where the study was asked."""
    if evidence.ablation is None:
        return
    from results.statistics.ablations import brought

    found = brought(evidence.ablation.trained, evidence.ablation.whole)
    if found:
        title = evidence.titles[evidence.ablation.whole]
        console.print(f"What each element of {title} brings, on validation data:", style="bold")
        for each in found:
            console.print(f"  {each.sentence}", highlight=False, soft_wrap=True)


def _print_networks(evidence: Evidence, console: Console) -> None:
    """Names and order are the report's."""
    table = _table(f"Test accuracy in %, study {evidence.study}")
    published_too = ["published"] if evidence.beside_published else []
    for column in ("network", *published_too, "ours", "range", "seeds", "averaged", "to train"):
        is_name = column == "network"  # the one that may take several lines
        table.add_column(column, justify="left" if is_name else "right", no_wrap=not is_name)
    published = {reference.id: reference for reference in REFERENCES}
    found = {row.configuration: row for row in records(evidence.summary)}
    unpublished: dict[str, str] = {}
    for configuration, title in evidence.titles.items():
        row = found.get(configuration)
        if row is None:
            continue
        reference = published.get(row.reference)
        if reference is None:
            unpublished[title] = row.words
        printed = _hundredths(reference.published.test_accuracy if reference else None)
        table.add_row(
            title,
            *(printed for _ in published_too),
            _hundredths(row.mean),
            f"{_hundredths(row.min)}–{_hundredths(row.max)}" if row.n > 1 else "–",
            str(row.n),
            _averaged(evidence.averaged.get(configuration)),
            duration(row.train_seconds),
        )
    for row in records(evidence.baselines):
        mark = next((mark.test_accuracy for mark in MARKS if mark.title.startswith(row.title)), None)
        ours = _hundredths(row.test_accuracy)
        table.add_row(
            row.title,
            *(_hundredths(mark) for _ in published_too),
            ours,
            *("–" for _ in range(3)),
            duration(row.seconds),
        )
    console.print(table)
    if evidence.averaged:
        console.print(
            "averaged: the probabilities of its seeds averaged, as one classifier of so many networks",
            soft_wrap=True,
        )
    counts = next(iter(evidence.confusions.values()), None)
    if counts is not None and not are_even(counts.sum(axis=1)):
        largest = evidence.card["classes"][int(counts.sum(axis=1).argmax())]
        share = _hundredths(majority_share(counts))
        console.print(f"always “{largest}”, the largest class: {share}", soft_wrap=True)
    for title, words in unpublished.items():
        console.print(f"{title}: {words}", soft_wrap=True)


def _print_published(evidence: Evidence, console: Console) -> None:
    """One row a published accuracy of a scored network, with the verdict of statistics.published.figures."""
    found = evidence.published
    if found.empty:
        return
    table = _table("Published figures: one run of one seed each, beside where one more run here would fall")
    for column in ("network", "measured", "published", "one run here", "verdict"):
        right = column in ("published", "one run here")
        table.add_column(column, justify="right" if right else "left", no_wrap=column != "network")
    for row in records(found):
        measured = row.measured.removesuffix(" accuracy")
        one_run = "–" if pd.isna(row.one_run_low) else _within(row.one_run_low, row.one_run_high)
        table.add_row(
            evidence.titles[row.configuration], measured, _hundredths(row.published), one_run, row.verdict
        )
    console.print(table)
    if not evidence.on_the_reviews:
        console.print("Not the whole published set of reviews: its figures cannot be reproduced.", soft_wrap=True)
    elif found["reference"].isin([known.id for known in BOOK]).any():
        console.print("The book validated on its test texts and learnt from 16,750 texts.", soft_wrap=True)


def _print_answers(readings: pd.DataFrame, last: int, console: Console) -> None:
    found = questions.contrasts(readings, last)
    for question in questions.QUESTIONS:
        console.print(question, style="bold", highlight=False, soft_wrap=True)
        for contrast in found:
            if contrast.question == question:
                console.print(f"  {questions.said(contrast)}", highlight=False, soft_wrap=True)
    console.print("On validation data, over seeds; the test part is unopened.", highlight=False)


def _table(title: str) -> Table:
    return Table(box=None, pad_edge=False, title=title, title_justify="left", padding=(0, 2, 0, 0))


def _averaged(told: tuple[int, int, int] | None) -> str:
    return "–" if told is None else _hundredths(told[1] / told[2])


def _within(low: float, high: float) -> str:
    """An interval of accuracies; few seeds can make one that reaches beyond 0 or 100 %."""
    return f"{100 * max(low, 0):.2f}–{100 * min(high, 1):.2f}"


def _hundredths(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.2f}"
