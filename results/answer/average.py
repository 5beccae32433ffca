"""The average of several of a study's models, as it was scored, held against the one that would be used."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from results.metrics.intervals import Z, interval_of

if TYPE_CHECKING:
    from results.answer.decision import Candidate
    from results.evidence.averages import Kept
    from results.evidence.evidence import Evidence

MINUS = "\u2212"
ENSEMBLE = "ensemble"  # what `study export` calls it


@dataclass(frozen=True)
class Average:
    """`value` is what the decision measures, `low` to `high` its 95 % interval over texts (of accuracy alone).

    members      what is averaged, in words, with its share of the weight
    alone        the one model that would be used else
    difference   in `value`, against that; `difference_low` to `difference_high` its 95 % interval over texts, None
                 where none is known
    times        how many times as long it takes to predict; None where the other was not timed
    cpu_seconds  to predict 1,000 texts
    """

    members: tuple[str, ...]
    classifiers: int
    measured: str
    value: float
    low: float | None
    high: float | None
    alone: str
    difference: float
    difference_low: float | None
    difference_high: float | None
    cpu_seconds: float
    times: float | None
    command: str

    @property
    def sentence(self) -> str:
        """What it brings and what it costs."""
        if self.classifiers == 1:
            return f"No average of what was scored did better on validation data than {self.members[0]} alone."
        interval = ""
        if self.low is not None and self.high is not None:
            interval = f" (95\u00a0% interval {100 * self.low:.1f} to {100 * self.high:.1f}\u00a0%)"
        cost = "" if self.times is None else f"; it costs {self.times:.1f} times as much to predict"
        return (
            f"The average of {_listed(self.members)} has a {self.measured} of {100 * self.value:.1f}\u00a0%"
            f"{interval}, {self.compared}{cost} ({self.command})."
        )

    @property
    def compared(self) -> str:
        """Against the one model, in words."""
        points = 100 * abs(self.difference)
        if self.difference_low is None or self.difference_high is None:
            word = "more" if self.difference > 0 else "less"
            return f"{points:.1f} points {word} than {self.alone}"
        low, high = 100 * self.difference_low, 100 * self.difference_high
        if low > 0 or high < 0:
            word, ends = ("better", (low, high)) if low > 0 else ("worse", (-high, -low))
            return f"{points:.1f} points {word} than {self.alone} ({ends[0]:.1f} to {ends[1]:.1f} over texts)"
        signed = f"{100 * self.difference:+.1f} points, {low:+.1f} to {high:+.1f} over texts"
        return f"not shown to differ from {self.alone} ({signed.replace('-', MINUS)})"

    def as_values(self) -> dict[str, Any]:
        """Plain values with stable keys, for JSON."""
        return {**vars(self), "members": list(self.members), "sentence": self.sentence}


def held_against(
    evidence: "Evidence", found: "Kept", best: "Candidate", measured: str, value: float | None, command: str
) -> Average:
    """The study's average against the decision's best model.

    `value`: of what is measured, where that is no accuracy; no intervals are known of it then.
    """
    low = high = below = above = None
    if value is None:
        value = found.test_accuracy
        low, high = interval_of(np.array([value]), len(found.hits))
        below, above = _over_texts(found.hits, _hits(evidence, best.which))
    costs = found.cpu_seconds
    seconds = sum(len(each["seeds"]) * costs[each["configuration"]] for each in found.networks)
    seconds += sum(costs[each["kind"]] for each in found.linear)
    alone = costs.get(best.which, 0.0)
    return Average(
        members=tuple(_members(evidence, found)),
        classifiers=found.classifiers,
        measured=measured,
        value=value,
        low=low,
        high=high,
        alone=best.title,
        difference=value - best.value,
        difference_low=below,
        difference_high=above,
        cpu_seconds=seconds,
        times=seconds / alone if alone else None,
        command=command,
    )


def _members(evidence: "Evidence", found: "Kept") -> list[str]:
    """The heaviest first."""
    linear = dict(zip(evidence.baselines["kind"], evidence.baselines["title"], strict=True))
    said = []
    for each in sorted([*found.networks, *found.linear], key=lambda each: -each["weight"]):
        parts = [f"{100 * each['weight']:.0f}\u00a0%"] if len(found.networks) + len(found.linear) > 1 else []
        if "seeds" in each:
            title, seeds = evidence.titles[each["configuration"]], len(each["seeds"])
            parts.insert(0, f"{seeds} seed{'' if seeds == 1 else 's'}")
        else:
            title = linear[each["kind"]]
        said.append(f"{title} ({', '.join(parts)})" if parts else title)
    return said


def _hits(evidence: "Evidence", which: str) -> np.ndarray | None:
    """How often a model told each test text right, float64 [texts], the mean over its seeds."""
    rows = [told for (name, _), told in evidence.correct.items() if name == which]
    if not rows:
        rows = list(evidence.baselines.loc[evidence.baselines["kind"] == which, "hits"])
    return np.mean(rows, axis=0) if rows and len({len(row) for row in rows}) == 1 else None


def _over_texts(first: np.ndarray, second: np.ndarray | None) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean difference over the same texts."""
    if second is None or len(first) != len(second):
        return None, None
    apart = first - second
    half = Z * float(apart.std(ddof=1)) / len(apart) ** 0.5
    return float(apart.mean()) - half, float(apart.mean()) + half


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
