"""What to use: the one decision of a study, which every screen, file and command reads here.

The network is the one that did best in what was searched for (Evidence.winner), the linear model the one with
the highest validation accuracy: neither was chosen by the test part. Of the two the network is taken where the
verdict says that it is better (results.statistics.verdicts); else the linear model, which costs seconds and
nothing but NumPy to use.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.answer.average import ENSEMBLE, Average, held_against
from results.answer.cheaper import cheaper
from results.answer.edges import edges
from results.evidence.evidence import Evidence
from results.metrics.classes import always_the_largest, majority_share
from results.metrics.intervals import interval_of
from results.metrics.objectives import Objective
from results.presentation.formatting import told_apart
from results.presentation.table import records


@dataclass(frozen=True)
class Candidate:
    """A model that could be used. `which` is what `study export` calls it; `value` is of `Decision.measured`, a
    mean over `seeds`; `low` to `high` the wider 95 % interval of accuracy, over texts (Wilson) or seeds (t)."""

    which: str
    title: str
    value: float
    low: float | None = None
    high: float | None = None
    seeds: int = 0


@dataclass(frozen=True)
class Decision:
    """`use`: the kind of `best`; `other`: the best of the other kind, None where none was scored.

    measured        what the values are of: test accuracy, or validation accuracy where nothing is scored
    standing        the network's against the linear model: ahead, behind, or level (cannot be told); None: no pair
    highest_network the highest value of any network, chosen by it or not
    commonest       the value of always saying `commonest_class`; None where nothing is scored
    nothing_learnt  `best` cannot be told from that; `networks_learnt_nothing`: the network cannot
    edges           settings of the best network at the end of their range, in words
    cheaper         a cheaper network that is practically as good, in a sentence; or empty
    unscored        the best network by validation, where others have finals and it has none; or empty
    command         exports `best`
    average         an average of several models held against `best`; None where none was scored
    """

    use: Literal["network", "linear"]
    best: Candidate
    other: Candidate | None
    measured: str
    standing: Literal["ahead", "behind", "level"] | None
    highest_network: float
    commonest: float | None
    commonest_class: str
    nothing_learnt: bool
    networks_learnt_nothing: bool
    edges: tuple[str, ...]
    command: str
    unscored: str = ""
    cheaper: str = ""
    average: Average | None = None

    @property
    def _digits(self) -> int:
        """Of a percentage: none where so few texts or seeds leave ten points open."""
        low, high = self.best.low, self.best.high
        return 0 if low is not None and high is not None and high - low > 0.1 else 1

    def _percent(self, fraction: float) -> str:
        return f"{100 * fraction:.{self._digits}f}\u00a0%"

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        best, other = self.best, self.other
        if self.nothing_learnt:
            return (
                f"Nothing was learnt: {best.title}, the best, has a {self.measured} of {self._percent(best.value)}"
                f"{_interval(best, self._digits)}; always saying “{self.commonest_class}” has "
                f"{self._percent(self.commonest or 0)}."
            )
        if self.use == "linear" and other is not None:
            against = f"({told_apart(best.value, self.highest_network, self._digits)})"
            if self.standing == "behind" and self.highest_network <= best.value:
                return f"No network beats {best.title} here {against}: use that."
            if self.highest_network <= other.value:
                return f"No network is shown to beat {best.title} here {against}, which is cheaper: use that."
            return (
                f"{other.title}, chosen on validation data, is not shown to beat {best.title} "
                f"({told_apart(best.value, other.value, self._digits)}), which is cheaper: use that."
            )
        if self.measured.startswith("validation"):
            return f"Best so far: {best.title}, with a {self.measured} of {self._percent(best.value)}."
        rest = f"; {other.title}, linear, has {self._percent(other.value)}" if other else ""
        return (
            f"Use {best.title}: {self.measured} {self._percent(best.value)}{_interval(best, self._digits)}{rest}."
        )

    @property
    def grounds(self) -> list[str]:
        """What else to know before it is used, a sentence each."""
        return list(self._grounds())

    def _grounds(self) -> Iterator[str]:
        network = self.best if self.use == "network" else self.other
        if self.measured.startswith("validation"):
            yield "That figure is optimistic: it was chosen for it. `study finals` scores it on the test part."
        if self.unscored:
            yield f"{self.unscored} did better on validation data and has no finals yet: the same command goes on."
        if self.networks_learnt_nothing and not self.nothing_learnt and network:
            yield (
                f"The networks learnt nothing: {network.title} has {self._percent(network.value)}, always saying "
                f"“{self.commonest_class}” {self._percent(self.commonest or 0)}."
            )
        elif self.commonest is not None and not self.nothing_learnt:
            share = self._percent(self.commonest)
            yield f"Always saying “{self.commonest_class}”, the commonest class, has {share}."
        if self.average:
            yield self.average.sentence
        if self.cheaper and self.use == "network" and not self.nothing_learnt:
            yield self.cheaper
        if self.use == "network" and self.edges and not self.nothing_learnt:
            ends = ", ".join(self.edges)
            yield f"The best lies at the edge of the space ({ends}): a wider one may hold a better."

    def as_values(self) -> dict[str, Any]:
        """Plain values with stable keys, for JSON."""
        return {
            "use": self.use,
            "which": self.best.which,
            "title": self.best.title,
            "measured": self.measured,
            "value": self.best.value,
            "low": self.best.low,
            "high": self.best.high,
            "other": None if self.other is None else {"title": self.other.title, "value": self.other.value},
            "standing": self.standing,
            "commonest_class": self.commonest_class or None,
            "commonest": self.commonest,
            "nothing_learnt": self.nothing_learnt,
            "edges": list(self.edges),
            "verdict": self.verdict,
            "grounds": self.grounds,
            "export": self.command,
            "average": None if self.average is None else self.average.as_values(),
        }


def decide(evidence: Evidence) -> Decision | None:
    """The decision of a study; None where nothing was searched (a reproduction, the open questions), or no trial
    ended with a score."""
    objective = evidence.objectives[0]
    ranked, fingerprint = evidence.by_objective, evidence.winner
    if fingerprint is None:
        return None
    first = ranked["configuration"].iloc[0]
    network = _network(evidence, fingerprint, ranked, objective)
    linear = _linear(evidence, objective) if network.seeds else None
    standing = None if linear is None else _standing(evidence, fingerprint, linear, network, objective)
    is_network = linear is None or standing == "ahead"
    best, other = (network, linear) if is_network or linear is None else (linear, network)
    commonest, name = _commonest(evidence, objective) if network.seeds else (None, "")
    measured = _measured(objective, scored=bool(network.seeds))
    return Decision(
        use="network" if is_network else "linear",
        best=best,
        other=other,
        measured=measured,
        standing=standing,
        highest_network=_highest(evidence, network, objective),
        commonest=commonest,
        commonest_class=name,
        nothing_learnt=_as_bad(best, commonest, objective),
        networks_learnt_nothing=_as_bad(network, commonest, objective),
        edges=tuple(edges(evidence, fingerprint)),
        cheaper=cheaper(evidence, fingerprint) if is_network and network.seeds else "",
        command=_command(evidence, "" if is_network else f" {best.which}"),
        average=_average(evidence, best, measured, objective),
        unscored="" if first == fingerprint else evidence.titles[first],
    )


def _average(evidence: Evidence, best: Candidate, measured: str, objective: Objective) -> Average | None:
    if evidence.average is None:
        return None
    of = None if not _by_class(objective) else _value(evidence.average.confusion, objective)
    command = _command(evidence, f" {ENSEMBLE}")
    return held_against(evidence, evidence.average, best, measured, of, command)


def _command(evidence: Evidence, which: str) -> str:
    address = evidence.database.removeprefix("sqlite:///")
    return f"study export{which} --name {shlex.quote(evidence.study)} --database {shlex.quote(address)}"


def _network(evidence: Evidence, fingerprint: str, ranked: pd.DataFrame, objective: Objective) -> Candidate:
    title = evidence.titles[fingerprint]
    finals = evidence.finals[evidence.finals["configuration"] == fingerprint]
    if finals.empty:
        column = objective.column if _by_class(objective) else "validation_accuracy"
        return Candidate(fingerprint, title, float(ranked.set_index("configuration")[column][fingerprint]))
    accuracies = finals["test_accuracy"].to_numpy()
    counts = [table for (name, _), table in evidence.confusions.items() if name == fingerprint]
    value = float(np.mean([_value(table, objective) for table in counts])) if counts else float(accuracies.mean())
    low, high = interval_of(accuracies, int(finals["test_texts"].max()))
    if _by_class(objective):
        return Candidate(fingerprint, title, value, seeds=len(finals))
    return Candidate(fingerprint, title, value, low, high, len(finals))


def _highest(evidence: Evidence, network: Candidate, objective: Objective) -> float:
    if not network.seeds:
        return network.value
    if not _by_class(objective):
        return float(evidence.finals.groupby("configuration")["test_accuracy"].mean().max())
    values = {key: _value(counts, objective) for key, counts in evidence.confusions.items()}
    found = pd.Series(values, dtype=float).groupby(level=0).mean() if values else pd.Series([network.value])
    return max(network.value, float(found.max()))


def _linear(evidence: Evidence, objective: Objective) -> Candidate | None:
    """The first of the baselines with the highest validation accuracy."""
    if evidence.baselines.empty:
        return None
    row = next(records(evidence.baselines.sort_values("validation_accuracy", ascending=False, kind="stable")))
    value = row.test_accuracy
    if _by_class(objective):
        if row.confusion is None:
            return None
        return Candidate(row.kind, row.title, _value(row.confusion, objective), seeds=1)
    low, high = interval_of(np.array([value]), int(row.test_texts))
    return Candidate(row.kind, row.title, float(value), low, high, 1)


def _standing(
    evidence: Evidence, fingerprint: str, linear: Candidate, network: Candidate, objective: Objective
) -> Literal["ahead", "behind", "level"]:
    if network.value <= linear.value:
        return "behind"
    if _by_class(objective):
        return "ahead"  # no interval is known of these measures
    from results.statistics.verdicts import BETTER  # late: SciPy takes its time

    known = evidence.beside_known
    verdict = known.loc[(known["first"] == fingerprint) & (known["second"] == linear.which), "verdict"]
    return "ahead" if verdict.eq(BETTER).any() else "level"


def _commonest(evidence: Evidence, objective: Objective) -> tuple[float | None, str]:
    counts = next(iter(evidence.confusions.values()), None)
    if counts is None:
        return None, ""
    name = str(evidence.card["classes"][int(counts.sum(axis=1).argmax())])
    return (
        _value(always_the_largest(counts), objective) if _by_class(objective) else majority_share(counts)
    ), name


def _as_bad(candidate: Candidate, commonest: float | None, objective: Objective) -> bool:
    """Whether a scored model cannot be told from always saying the commonest class."""
    if commonest is None or not candidate.seeds:
        return False
    reached = candidate.value if candidate.low is None else candidate.low
    return reached <= commonest


def _by_class(objective: Objective) -> bool:
    return objective.of is not None


def _value(counts: np.ndarray, objective: Objective) -> float:
    return float(objective.of(counts)) if objective.of else float(np.trace(counts) / counts.sum())


def _measured(objective: Objective, *, scored: bool) -> str:
    title = objective.title if _by_class(objective) else "validation accuracy"
    return title.replace("validation", "test") if scored else title


def _interval(candidate: Candidate, digits: int) -> str:
    if candidate.low is None or candidate.high is None or pd.isna(candidate.low):
        return ""
    return f" (95\u00a0% interval {100 * candidate.low:.{digits}f} to {100 * candidate.high:.{digits}f}\u00a0%)"
