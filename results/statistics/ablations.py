"""What each element of a network brings: the whole network against it without that element, over seeds."""

import math
from dataclasses import dataclass

import pandas as pd

from results.presentation.table import records, signed
from results.statistics.verdicts import BETTER, SAME, UNDECIDED, WORSE, Measured, family

_BRINGS = {
    BETTER: "helps",
    WORSE: "harms",
    SAME: "makes practically no difference",
    UNDECIDED: "cannot be told",
}


@dataclass(frozen=True)
class Brought:
    """`difference` of mean validation accuracies, with the element minus without, its 95 % interval (of this pair
    alone; NaN: none) and verdict, corrected for all elements (results.statistics.verdicts). `n`: the fewer seeds;
    `accuracy` the mean without it; `parameters` and `seconds` (CPU, a run) without it minus with it."""

    title: str
    n: int
    accuracy: float
    difference: float
    low: float
    high: float
    p: float
    verdict: str
    parameters: int
    seconds: float

    @property
    def sentence(self) -> str:
        """The effect first."""
        if self.n < 2 or math.isnan(self.low):
            return f"{self.title}: {signed(100 * self.difference, 2)} points, of too few seeds to tell more."
        low, high = (signed(100 * end, 2) for end in (self.low, self.high))
        return (
            f"{self.title} {_BRINGS[self.verdict]}: {signed(100 * self.difference, 2)} points "
            f"(95\u00a0% interval {low} to {high}, {self.n} seeds)."
        )


def brought(trained: pd.DataFrame, whole: str) -> list[Brought]:
    """An entry an element that has been trained without, what brings most first; `trained` as evidence.ablations
    has it. Empty until the whole network is trained."""
    sides = dict(iter(trained.groupby("configuration", sort=False)))
    if whole not in sides:
        return []
    base = sides.pop(whole)
    pairs = [(_measured(base, whole), _measured(own, str(name))) for name, own in sides.items()]
    found = [
        Brought(
            title=str(own["title"].iloc[0]),
            n=min(row.n, row.n_second),
            accuracy=float(own["validation_accuracy"].mean()),
            difference=row.difference,
            low=row.low,
            high=row.high,
            p=row.p_holm,
            verdict=row.verdict,
            parameters=int(own["parameters"].iloc[0] - base["parameters"].iloc[0]),
            seconds=float(own["cpu_seconds"].mean() - base["cpu_seconds"].mean()),
        )
        for own, row in zip(sides.values(), records(family(pairs, len(pairs))), strict=True)
    ]
    return sorted(found, key=lambda each: -each.difference)


def _measured(own: pd.DataFrame, name: str) -> Measured:
    return Measured(name, own["validation_accuracy"].to_numpy(dtype=float))
