"""The parts of a report that are drawn: evidence → figures, the table behind them, what captions need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.table import Table, in_time
from results.report import costs as costs_of
from results.report.costs import costs_figure, costs_table, saved_in_words, stages_table
from results.report.scores import texts as agreement
from results.report.scores.layers import Column, side_by_side
from results.report.scores.texts import MOST_DISPUTED, disputed_table, errors_table, overlaps_table
from results.report.search.axes import ROWS
from results.report.search.fronts import pareto_figure, pareto_info, pareto_table
from results.report.search.history import Found, ten_best
from results.report.search.importances import (
    FEW,
    LEAST,
    MOST_ASSESSED,
    importances_figure,
    importances_info,
    importances_table,
)
from results.report.search.parallel import parallel_figure, parallel_info, parallel_table
from results.report.search.slices import slice_figure, slices_info, slices_table
from search_spaces import BOOK
from search_spaces.layers import Shape

NEVER_SHOWN = 12  # numbers of texts that nobody tells right


@dataclass(frozen=True)
class Part:
    """Figures that stand together, the table behind them, and what their caption says of this study."""

    figures: list[go.Figure]
    table: Table
    said: Mapping[str, Any] = field(default_factory=dict)


def search(evidence: Evidence) -> dict[str, Part | None]:
    """The figures of the search by name; None where there is nothing to draw."""
    trials, asked = evidence.trials, evidence.asked
    importances = importances_info(trials, asked, evidence.objectives[0])
    ranked = importances.importances
    lines = parallel_info(trials, asked, ranked)
    slices = slices_info(trials, asked, ranked)
    seconds, parameters = (pareto_info(evidence, cost) for cost in ("seconds", "parameters"))
    said = {
        "trials": importances.trials,
        "few": importances.trials < FEW,
        "least": LEAST,
        "assessed": min(importances.trials, MOST_ASSESSED),
        "conditional": bool(ranked["conditional"].any()),
    }
    fronts = [pareto_figure(seconds, "seconds to train (in the search)")] if len(seconds.points) else []
    fronts.append(pareto_figure(parameters, "parameters"))
    return {
        "importances": Part([importances_figure(importances)], importances_table(importances), said)
        if len(ranked)
        else None,
        "parallel": Part(
            [parallel_figure(lines)],
            parallel_table(lines),
            {"drawn": len(lines.trials), "total": lines.total, "rows": min(len(lines.trials), ROWS)},
        )
        if lines.axes and len(lines.trials) > 1
        else None,
        "slices": Part(
            [slice_figure(each) for each in slices],
            slices_table(slices),
            {"aggregated": any(each.points.empty for each in slices)},
        )
        if slices and lines.total
        else None,
        "pareto": Part(
            fronts,
            pareto_table(seconds, parameters),
            {"drawn": len(parameters.points), "total": parameters.total},
        )
        if len(parameters.points)
        else None,
    }


def found(evidence: Evidence) -> list[Found]:
    """The ten best of the search in sentences."""
    return ten_best(evidence)


def costs(evidence: Evidence) -> Part | None:
    """Where the time went; None before anything was trained."""
    networks, stages = costs_of.by_network(evidence), costs_of.stages(evidence)
    if networks.empty:
        return None
    said = {
        "stages": stages_table(stages),
        "saved": saved_in_words(costs_of.saved(evidence)) if len(evidence.trials) else [],
        "together": in_time(stages["seconds"].sum()),
        "wall_clock": in_time(costs_of.wall_clock(evidence.invocations)),
    }
    return Part([costs_figure(networks)], costs_table(networks), said)


def texts(evidence: Evidence) -> dict[str, Any] | None:
    """Who tells which texts right; None without kept predictions."""
    order = [name for name in evidence.titles if name in set(evidence.finals["configuration"])]
    by_text = agreement.shares(evidence.correct, order)
    if by_text.columns.empty:
        return None
    classes = evidence.card["classes"]
    labels = evidence.labels if len(classes) == 2 and evidence.labels is not None else None
    seeds = {name: sum(1 for own, _ in evidence.correct if own == name) for name in by_text.columns}
    never = agreement.never_right(by_text)
    overlaps = agreement.overlaps(evidence.correct, order)
    disputed = agreement.disputed(by_text, MOST_DISPUTED)
    return {
        "overlaps": overlaps_table(overlaps, evidence.titles),
        "errors": errors_table(agreement.errors(evidence.correct, labels, order), evidence.titles, classes)
        if labels is not None
        else None,
        "disputed": disputed_table(disputed, evidence.titles, labels, classes, seeds),
        "texts": len(by_text),
        "whole": len(by_text) == evidence.card["test_texts"],
        "always": int((by_text == 1).all(axis=1).sum()),
        "never": len(never),
        "never_shown": ", ".join(str(number) for number in never[:NEVER_SHOWN])
        + (" …" if len(never) > NEVER_SHOWN else ""),
        "runs": sum(seeds.values()),
    }


def drawings(evidence: Evidence) -> list[Column]:
    """The book's networks and the best found, layer by layer, the book's first one first."""
    shown: dict[str, tuple[Any, Shape]] = {}
    trained = {*evidence.trials["configuration"], *evidence.finals["configuration"]}
    classes = len(evidence.card["classes"])
    references = {each.configuration.for_classes(classes).architecture: each for each in BOOK}
    for architecture, reference in references.items():
        shown[reference.title] = (architecture, _shape(evidence, reference.configuration.recipe.model_dump()))
    for name, architecture in evidence.architectures.items():
        if name in trained and architecture not in references:
            shown[evidence.titles[name]] = (architecture, _shape(evidence, evidence.recipes[name]))
    for name, architecture in evidence.architectures.items():
        if architecture in references:  # in the shape it was trained in here
            shown[references[architecture].title] = (architecture, _shape(evidence, evidence.recipes[name]))
    return side_by_side(shown)


def repeat(evidence: Evidence) -> dict[str, Any] | None:
    """The latest command that wrote, and what it ran on; None where none was kept."""
    if evidence.invocations.empty:
        return None
    latest = evidence.invocations.iloc[-1]
    environment = latest["environment"] or {}
    return {
        "command": latest["command"],
        "commit": environment.get("git_commit", ""),
        "seed": evidence.terms.get("seed"),
        "report": f"study report --name {quote(evidence.study)} --database "
        f"{quote(evidence.database.removeprefix('sqlite:///'))}",
    }


def _shape(evidence: Evidence, recipe: Mapping[str, Any]) -> Shape:
    vocabulary = recipe.get("vocabulary_size", 5000) or evidence.card["vocabulary_size"]
    return Shape(vocabulary, recipe.get("sequence_length", 500), len(evidence.card["classes"]))


__all__ = ["Part", "costs", "drawings", "found", "repeat", "search", "texts"]
