"""A study as one self-contained HTML file: from the database alone, without TensorFlow, read without a network."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence, distinct, gather
from results.presentation.table import Table, signed
from results.report import parts
from results.report import questions as questions_section
from results.report.answer import Answer, answer
from results.report.page import page, plot, write
from results.report.provenance import invocations_table
from results.report.scores import classes as class_sections
from results.report.scores.comparison import comparison_figure, comparison_info, comparison_table
from results.report.scores.curves import curves_figure, curves_info, curves_table, training_figure, training_table
from results.report.scores.networks import departures, networks_table
from results.report.scores.pairwise import baselines_table, beside_table, groups_table, pairwise_table
from results.report.scores.published import claims_table, published_table
from results.report.search import fronts as front_sections
from results.report.search.history import (
    HISTORY_ROWS,
    MOST_TRIALS,
    history_figure,
    history_info,
    history_table,
    optimism_table,
    reasons_table,
)
from results.statistics import published as claims
from results.statistics.baselines import against_baselines
from results.statistics.comparisons import pairwise
from results.statistics.intervals import by_configuration
from results.store.database import Store
from search_spaces import BOOK


def build_report(store: Store, study: str | None, path: Path) -> Path:
    """Writes the report of a study, by default the newest, and returns `path`.

    The file is complete or not there: it is written beside `path` and then moved. Raises StoreError where there is
    no such study, OSError where `path` cannot be written.
    """
    evidence = gather(store, study)
    write(path, render(evidence))
    return path


def render(evidence: Evidence, made: datetime | None = None) -> str:
    """The page as text; `made` is the time it says it was made at, by default the present."""
    pairs = pairwise(evidence.finals, evidence.correct)
    return page(
        "report.html.j2",
        made,
        study=evidence.study,
        card=evidence.card,
        split=evidence.split,
        terms=_flat(evidence.terms),
        environment=_latest_environment(evidence.invocations),
        answer=_answer(evidence, pairs),
        questions=_questions(evidence),
        **_figures(evidence),
        **_tables(evidence),
        **_comparisons(evidence, pairs),
        **{name: _drawn_part(part) for name, part in parts.search(evidence).items()},
        costs=_drawn_part(parts.costs(evidence)),
        texts=parts.texts(evidence),
        drawings=parts.drawings(evidence),
        found=parts.found(evidence),
        repeat=parts.repeat(evidence),
    )


def _answer(evidence: Evidence, pairs: pd.DataFrame) -> Answer:
    if evidence.last_epoch is not None and evidence.finals.empty:
        return questions_section.answer(evidence.readings, evidence.last_epoch)
    return answer(evidence, pairs)


def _questions(evidence: Evidence) -> dict[str, Any] | None:
    """The part on the chapter's open questions; None for a study that asks none, or has no epoch yet."""
    if evidence.last_epoch is None or evidence.readings.empty:
        return None
    drawn = questions_section.figure(evidence.readings)
    seeds = evidence.terms["questions"]["seeds"]
    return questions_section.section(evidence.readings, evidence.last_epoch, seeds) | {
        "figure": _figure(drawn, questions_section.curve_table(evidence.readings))
    }


def _figures(evidence: Evidence) -> dict[str, Any]:
    """A figure's JSON and the table behind it by name; None where there is nothing to draw."""
    comparison = comparison_info(
        evidence.finals, evidence.titles, evidence.baselines, beside_published=evidence.beside_published
    )
    shown = _drawn(evidence)
    curves = curves_info(evidence.trials, evidence.epochs, shown)
    trained = evidence.finals if evidence.finals["configuration"].isin(list(shown)).any() else evidence.trials
    training = curves_info(trained, evidence.epochs, shown, beside_published=evidence.beside_published)
    history = history_info(evidence.trials, evidence.reported, evidence.titles, evidence.objectives[0])
    front = front_sections.front_info(evidence)
    confusion = class_sections.confusion_info(evidence)
    return {
        "comparison": _figure(comparison_figure(comparison), comparison_table(comparison)),
        "curves": _figure(curves_figure(curves), curves_table(curves)) if len(curves.curves) else None,
        "training": _figure(training_figure(training), training_table(training)) if len(training.curves) else None,
        "trained_in": "finals" if trained is evidence.finals else "search",
        "history": _figure(history_figure(history), history_table(history)) if len(history.trials) else None,
        "front": _figure(front_sections.front_figure(front), front_sections.front_table(front)) if front else None,
        "confusion": _figure(class_sections.figure(confusion), class_sections.counts(confusion))
        if confusion
        else None,
        "classes": confusion,
        "searched": evidence.objectives[0].title,
        "aggregated": len(history.trials) > MOST_TRIALS,
        "history_cut": len(history.trials) > HISTORY_ROWS,
    }


def _tables(evidence: Evidence) -> dict[str, Any]:
    networks = networks_table(evidence)
    states = evidence.trials["state"].replace({"fail": "failed"}).value_counts()
    return {
        "networks": networks,
        "networks_trained": any(row[2].sort or row[5].sort for row in networks.rows),
        "departures": departures(evidence),
        "notes": _notes(),
        "sources": _sources(),
        "states": {str(state): int(number) for state, number in states.items()},
        "distinct": len(distinct(evidence.trials)),
        "by_class": class_sections.by_class(evidence),
        "class_metrics": class_sections.metrics(evidence),
        "reasons": reasons_table(evidence.trials),
        "optimism": optimism(evidence),
        "optimisms": optimism_table(evidence),
        "linear": len(evidence.baselines),
        "scored": evidence.finals["configuration"].nunique(),
        "seeds": _seeds(evidence.finals),
        "finals": len(evidence.finals),
        "test_texts": int(evidence.finals["test_texts"].max()) if len(evidence.finals) else 0,
        "openings": int(evidence.invocations["test_openings"].sum()),
        "openings_again": int(evidence.invocations["test_openings_again"].sum()),
        "invocations": invocations_table(evidence.invocations),
    }


def _comparisons(evidence: Evidence, pairs: pd.DataFrame) -> dict[str, Any]:
    said = claims.claims(evidence.finals, evidence.epochs, evidence.on_the_reviews)
    printed = claims.figures(evidence.finals, evidence.epochs, evidence.on_the_reviews)
    return {
        "pairwise": pairwise_table(pairs, evidence.titles),
        "baselines": baselines_table(
            against_baselines(evidence.finals, evidence.correct, evidence.baselines), evidence.titles
        ),
        "beside": beside_table(pairs, evidence.titles),
        "groups": groups_table(evidence, pairs),
        "claims": claims_table(said),
        "published": published_table(printed if evidence.beside_published else printed.iloc[:0], evidence.titles),
        "beside_published": evidence.beside_published,
        "on_the_reviews": evidence.on_the_reviews,
        "training_texts": evidence.training_texts or evidence.card["training_texts"],
        "fewest": int(pairs["n"].min()) if len(pairs) else 0,
    }


def optimism(evidence: Evidence) -> dict[str, Any] | None:
    """Validation minus test accuracy of the best found; None where one of the two is missing."""
    summary = by_configuration(evidence.finals).set_index("configuration")
    if evidence.best is None or evidence.best not in summary.index:
        return None
    ranked = distinct(evidence.trials).set_index("configuration")
    validation = float(ranked["validation_accuracy"][evidence.best])
    test, seeds = float(summary["mean"][evidence.best]), int(summary["n"][evidence.best])
    return {
        "title": evidence.titles[evidence.best],
        "validation": validation,
        "test": test,
        "seeds": seeds,
        "difference": validation - test,
        "signed": signed(100 * (validation - test), 2),
    }


def _notes() -> list[str]:
    """What to know of the published figures; a note that another one begins with is left out."""
    notes = dict.fromkeys(reference.notes for reference in BOOK)
    return [note for note in notes if not any(other != note and other.startswith(note) for other in notes)]


def _sources() -> list[str]:
    """The citations, one a work, with its sections."""
    works: dict[str, list[str]] = {}
    for source in dict.fromkeys(reference.source for reference in BOOK):
        work, _, section = source.partition(", section ")
        works.setdefault(work, []).append(section)
    return [f"{work}, sections {', '.join(found)}" for work, found in works.items()]


def _seeds(finals: pd.DataFrame) -> str:
    """'3 seeds each', or the fewest and the most."""
    counts = finals["configuration"].value_counts()
    if counts.empty:
        return ""
    low, high = counts.min(), counts.max()
    return f"{low} seed{'' if low == 1 else 's'} each" if low == high else f"{low} to {high} seeds"


def _drawn(evidence: Evidence) -> dict[str, str]:
    """What the learning curves show: the book's networks as they were first tried, and the best found."""
    first = evidence.trials.drop_duplicates("reference")
    shown = {evidence.best, *first.loc[first["reference"].isin([known.id for known in BOOK]), "configuration"]}
    return {configuration: title for configuration, title in evidence.titles.items() if configuration in shown}


def _drawn_part(part: parts.Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return _figure(part.figures[0], part.table, *part.figures[1:]) | {"said": part.said}


def _figure(figure: go.Figure, table: Table, *more: go.Figure) -> dict[str, Any]:
    """A figure for the template, with the table behind it; of several, that stand side by side."""
    return {"plots": [plot(each) for each in (figure, *more)], "table": table}


def _flat(terms: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values of nested terms, for reading."""
    pairs: list[tuple[str, str]] = []
    for name, value in terms.items():
        words = name.replace("_", " ")
        if isinstance(value, dict):
            pairs += [(f"{words}: {inner}", said) for inner, said in _flat(value)]
        elif isinstance(value, list):
            pairs.append((words, ", ".join(str(part) for part in value)))
        else:
            pairs.append((words, "none" if value is None else str(value)))
    return pairs


def _latest_environment(invocations: pd.DataFrame) -> list[tuple[str, str]]:
    kept = [environment for environment in invocations["environment"] if environment]
    return _flat(kept[-1]) if kept else []


__all__ = ["build_report", "render"]
