"""The tables, lists and figures of docs/imdb/README.md: values that the product computes, set as Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd

from results.answer.decision import decide
from results.evidence.evidence import Evidence
from results.presentation.table import Cell, count, interval, number, percent, records, signed, table, word
from results.report import costs
from results.report.answer import answer
from results.report.markdown import escaped, markdown_table
from results.report.questions import contrast_table, curve_table
from results.report.scores.comparison import averaged_cell
from results.report.scores.networks import mean_cell
from results.report.scores.pairwise import verdicts_table
from results.report.scores.published import claims_table, published_table
from results.report.search import ablation
from results.report.search.history import ten_best
from results.statistics import crossed
from results.statistics.intervals import wilson_interval
from results.statistics.questions import QUESTIONS, Contrast, contrasts, said
from results.statistics.verdicts import family, networks_of
from search_spaces import BOOK_IDS

NO_FIGURE = "…"


def networks(*studies: Evidence) -> str:
    """The published networks: seeds, mean, its interval over seeds and texts, spread, minutes."""
    return _scores(studies, published=True)


def found(*studies: Evidence) -> str:
    """As `networks`, of what a search found."""
    return _scores(studies, published=False)


def _scores(studies: Sequence[Evidence], *, published: bool) -> str:
    rows = []
    for evidence in studies:
        for row, (low, high) in scored(evidence):
            if bool(row.reference) == published:
                cells = [word(evidence.titles[row.configuration]), word(evidence.study)][: 1 + (len(studies) > 1)]
                cells += [count(row.n), replace(mean_cell(row), note=""), interval(low, high)]
                cells += [interval(row.min, row.max), averaged_cell(evidence.averaged.get(row.configuration))]
                rows.append([*cells, count(row.parameters), number(row.train_seconds / 60, 1)])
    first = "Network|Study" if len(studies) > 1 else "Network"
    return markdown_table(
        table(
            rows,
            f"{first}|Seeds#|Test accuracy, ± standard deviation of a seed#|95 % interval over seeds and texts#|"
            "Lowest to highest seed#|Seeds together (95 % over texts)#|Parameters#|Minutes to train#",
        )
    )


def scored(evidence: Evidence) -> Iterator[tuple[Any, tuple[float, float]]]:
    """Every scored configuration, in the order of the titles: its summary, and the interval of its mean."""
    measured = networks_of(evidence.finals, evidence.correct)
    summary = {row.configuration: row for row in records(evidence.summary)}
    for name in (name for name in evidence.titles if name in summary):
        hits = measured[name].hits
        texts = None if hits is None else crossed.on_texts([hits])
        yield summary[name], crossed.interval(summary[name].mean, crossed.error_of([measured[name].side], texts))


def pairs(evidence: Evidence) -> str:
    """The verdict on every pair of the chapter's networks, one family."""
    return markdown_table(verdicts_table(pairs_of(evidence), evidence.titles))


def pairs_of(evidence: Evidence) -> pd.DataFrame:
    """Columns of results.statistics.verdicts; the recipe scored first counts, where a study has several."""
    finals = evidence.finals[evidence.finals["reference"].isin(BOOK_IDS)].drop_duplicates("reference")
    names = dict(zip(finals["reference"], finals["configuration"], strict=True))
    measured = networks_of(evidence.finals, evidence.correct)
    both = list(combinations([measured[names[each]] for each in BOOK_IDS if each in names], 2))
    return family(both, len(both), evidence.margin, evidence.level)


def published(evidence: Evidence) -> str:
    return markdown_table(published_table(evidence.published, evidence.titles))


def claims(evidence: Evidence) -> str:
    return markdown_table(claims_table(evidence.claims))


def questions(evidence: Evidence) -> str:
    """The open questions with their answers, and the contrasts behind them."""
    asked = contrasts_of(evidence)
    if not asked:
        return f"*Study {evidence.study} asks none of them.*"
    parts = [
        f"**{question}** " + escaped(" ".join(said(each) for each in asked if each.question == question))
        for question in QUESTIONS
    ]
    return "\n\n".join([*parts, markdown_table(contrast_table(asked))])


def lengths(evidence: Evidence) -> str:
    """What each network of the open questions comes to, by how many epochs it was trained for."""
    return markdown_table(curve_table(evidence.readings))


def contrasts_of(evidence: Evidence) -> list[Contrast]:
    return [] if evidence.last_epoch is None else contrasts(evidence.readings, evidence.last_epoch)


def baselines(evidence: Evidence) -> str:
    rows = []
    for row in records(evidence.baselines):
        low, high = wilson_interval(row.test_accuracy, row.test_texts)
        cells = [word(row.title), percent(row.validation_accuracy), percent(row.test_accuracy)]
        rows.append([*cells, interval(low, high), number(row.seconds / 60, 1)])
    titles = "Classifier|Validation accuracy#|Test accuracy#|95 % interval over texts#|Minutes, choice included#"
    return markdown_table(table(rows, titles))


def against_known(evidence: Evidence) -> str:
    """What was found against the published networks, and every network against the linear baselines."""
    return markdown_table(verdicts_table(evidence.beside_known, evidence.titles))


def against_best(evidence: Evidence) -> str:
    """The best by validation against every other one."""
    return markdown_table(verdicts_table(evidence.decided, evidence.titles))


def concluded(evidence: Evidence) -> str:
    """What to use, what else to know of it, and how the best network stands to the others."""
    decision = decide(evidence)
    said_first = [decision.verdict, " ".join(decision.grounds)] if decision else []
    return "\n\n".join(escaped(each) for each in [*said_first, answer(evidence).verdict])


def elements(evidence: Evidence) -> str:
    """What each element of the network that was chosen brings, on validation data."""
    shown_section = ablation.section(evidence)
    if shown_section is None:
        return f"*Of study {evidence.study} nothing was left out.*"
    found_so = shown_section["ablation"]
    return f"Of {escaped(found_so['title'])}:\n\n{markdown_table(found_so['table'])}"


def best(evidence: Evidence) -> str:
    """The ten best configurations of a search by validation."""
    return "\n".join(
        f"{place}. **{escaped(each.title)}.** {escaped(each.sentence)} `{each.commands[0]}`"
        for place, each in enumerate(ten_best(evidence), start=1)
    )


def cost(*studies: Evidence) -> str:
    """Where the minutes went, by study and stage. A run that two studies share counts in both."""
    rows = []
    for evidence in studies:
        for row in records(costs.stages(evidence)):
            minutes = [number(seconds / 60, 1) for seconds in (row.seconds, row.cpu_seconds)]
            rows.append(
                [word(evidence.study), word(row.stage), count(row.runs), count(row.epochs or None), *minutes]
            )
    return markdown_table(table(rows, "Study|Stage|Runs#|Epochs#|Minutes#|Minutes of processor#"))


def commands(evidence: Evidence) -> str:
    """Every command that wrote to the database; a path in it is replaced by …"""
    rows = []
    for row in records(evidence.invocations):
        minutes = (row.ended - row.started).total_seconds() / 60
        versions = row.environment or {}
        cells = [Cell(row.command), number(minutes, 1), count(row.test_openings)]
        rows.append([*cells, word(str(versions.get("git_commit") or NO_FIGURE)), count(versions.get("cores"))])
    return markdown_table(table(rows, "Command|Minutes#|Readings of the test part#|Commit|Cores#"))


BLOCKS = {
    "answer": concluded,
    "networks": networks,
    "found": found,
    "pairs": pairs,
    "published": published,
    "claims": claims,
    "questions": questions,
    "lengths": lengths,
    "baselines": baselines,
    "against-known": against_known,
    "against-best": against_best,
    "best": best,
    "elements": elements,
    "cost": cost,
    "commands": commands,
}


def figures_of(evidence: Evidence) -> dict[str, tuple[str, Any]]:
    """By name, what it is (a key of _SHOWN) and its value."""
    card, states = evidence.card, evidence.trials["state"]
    values: dict[str, tuple[str, Any]] = {
        "training-texts": ("count", evidence.training_texts or card["training_texts"]),
        "test-texts": ("count", card["test_texts"]),
        "trials": ("count", len(states)),
        **{f"trials.{state}": ("count", int((states == state).sum())) for state in ("complete", "pruned", "fail")},
        "minutes": ("minutes", evidence.epochs["seconds"].sum()),
        "finals": ("count", len(evidence.finals)),
    }
    validation = evidence.by_objective.set_index("configuration")["validation_accuracy"]
    references = dict(zip(evidence.finals["configuration"], evidence.finals["reference"], strict=True))
    found_first = next((name for name in validation.index if references.get(name) == ""), None)
    for row, ends in scored(evidence):
        names = {"best": row.configuration == evidence.winner, "found": row.configuration == found_first}
        for name in [*([row.reference] if row.reference else []), *(each for each, so in names.items() if so)]:
            if f"{name}.mean" not in values:  # the recipe scored first
                own = _of_network(evidence, row, ends) | {
                    "validation": ("share", validation.get(row.configuration))
                }
                values |= {f"{name}.{key}": value for key, value in own.items()}
    for row in records(evidence.baselines):
        values |= {
            f"{row.kind}.test": ("share", row.test_accuracy),
            f"{row.kind}.minutes": ("minutes", row.seconds),
        }
        values[f"{row.kind}.validation"] = ("share", row.validation_accuracy)
    for row in records(pairs_of(evidence)):
        values |= _compared(f"{references[row.first]}-minus-{references[row.second]}", row)
    for row in records(evidence.decided):
        if references[row.second] and evidence.winner == row.first:
            values |= _compared(f"best-minus-{references[row.second]}", row)
    for row in records(evidence.published):
        name = f"{row.reference}.published" + ("" if row.measured == "test accuracy" else "-training")
        values |= {name: ("share", row.published), f"{name}.verdict": ("words", row.verdict)}
    for place, row in enumerate([*evidence.claims, *contrasts_of(evidence)], start=1):
        asked = place - len(evidence.claims)
        values |= _compared(f"claim-{place}" if asked <= 0 else f"contrast-{asked}", row)
    return values


def _of_network(evidence: Evidence, row: Any, ends: tuple[float, float]) -> dict[str, tuple[str, Any]]:
    low, high = max(ends[0], 0.0), min(ends[1], 1.0)
    _, right, texts = evidence.averaged.get(row.configuration, (1, float("nan"), 1))
    shares = {"mean": row.mean, "low": low, "high": high, "lowest": row.min, "highest": row.max}
    return {
        "title": ("words", evidence.titles[row.configuration]),
        **{key: ("share", value) for key, value in (shares | {"together": right / texts}).items()},
        "sd": ("points", row.sd),
        "n": ("count", row.n),
        "minutes": ("minutes", row.train_seconds),
        "parameters": ("count", row.parameters),
    }


def _compared(name: str, row: Any) -> dict[str, tuple[str, Any]]:
    factor = 1.0 if getattr(row, "unit", "accuracy") == "accuracy" else 0.01  # seconds and weights are no shares
    ends = {key: ("signed", factor * getattr(row, key)) for key in ("difference", "low", "high")}
    return {f"{name}.{key}": value for key, value in ends.items()} | {f"{name}.verdict": ("words", row.verdict)}


_SHOWN: Mapping[str, Callable[[Any, int], str]] = {  # how a value is shown with so many digits, by default 2
    "count": lambda value, digits: f"{value:,.0f}",
    "share": lambda value, digits: f"{100 * value:.{digits}f} %",
    "points": lambda value, digits: f"{100 * value:.{digits}f}",
    "signed": lambda value, digits: signed(100 * value, digits),
    "minutes": lambda value, digits: f"{value / 60:,.{digits}f}",
    "words": lambda value, digits: escaped(value),
}


def shown(figure: tuple[str, Any], digits: str | None = None) -> str:
    """A figure as the page has it; NO_FIGURE where there is none, as an interval of one seed."""
    kind, value = figure
    return NO_FIGURE if not isinstance(value, str) and pd.isna(value) else _SHOWN[kind](value, int(digits or 2))
