"""Who is averaged: the finals and linear baselines of a study's average, each with its weight."""

from dataclasses import replace
from typing import Any

from results.answer.average import ENSEMBLE, Average
from results.answer.decision import decide
from results.evidence.evidence import Evidence
from results.metrics.intervals import interval_of
from results.store.database import Store
from study.bundle.choice import Chosen, ChosenBaseline, of_baseline, run_of
from study.bundle.folder import Contents
from study.errors import InputError

Member = tuple[float, Chosen | ChosenBaseline]
WHY = "It is a member of an average."


def members(store: Store, evidence: Evidence) -> list[Member]:
    """The models of the study's newest average, a network once for each seed; the weights sum to 1.

    Raises InputError where the study has none.
    """
    found = evidence.average
    if found is None:
        raise InputError(
            f"study {evidence.study} has no average to export as {ENSEMBLE}; `study run` and `study finals` score "
            "one last, unless [finals] average is off"
        )
    chosen: list[Member] = []
    for each in found.networks:
        name = each["configuration"]
        rows = evidence.finals[evidence.finals["configuration"] == name].set_index("seed")["run"]
        trials = evidence.trials.loc[evidence.trials["configuration"] == name, "number"]
        trial = int(trials.iloc[0]) if len(trials) else None
        share = each["weight"] / len(each["seeds"])
        for seed in each["seeds"]:
            chosen.append((share, Chosen(name, run_of(store, int(rows[seed]), name), trial, WHY)))
    for each in found.linear:
        chosen.append((each["weight"], of_baseline(store, evidence, each["kind"], WHY)))
    return chosen


def as_member(contents: Contents) -> Contents:
    """The same, known to be one of several."""
    return replace(contents, description={**contents.description, "member": True})


def described(evidence: Evidence) -> dict[str, Any]:
    """What its card asks for, of the average alone; see `study.bundle.ensemble.card`. For a study that has one."""
    found, decision = evidence.average, decide(evidence)
    held: Average | None = decision.average if decision else None
    if found is None or held is None:
        raise InputError(f"study {evidence.study} has no average")
    low, high = interval_of(found.hits.mean(keepdims=True), len(found.hits))
    own = {"own": found.test_accuracy, "own_low": low, "own_high": high, "texts": len(found.hits)}
    return {
        "title": f"average of {found.classifiers} models",
        "words": " + ".join(held.members),
        "chosen": "Their weights were chosen on validation texts alone.",
        "compared": held.compared,
        "test": own,
        "validation": {"accuracy": found.validation_accuracy},
        "cpu_seconds": held.cpu_seconds,
    }
