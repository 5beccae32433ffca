"""The plain numbers behind the search's figures: what mattered, which values did well, what accuracy costs.

Each is small however many trials there are: what would be too many points is aggregated or thinned out.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from results.evidence.evidence import Evidence, distinct
from results.metrics.objectives import ACCURACY, Objective
from results.report.scores.networks import search_seconds
from search_spaces import BOOK

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

FEW = 50  # complete trials, below which importances are called mostly noise
LEAST = 8  # below which there are none
MOST_ASSESSED = 1000  # trials that importances are taken from: the newest
MOST_LINES = 300  # trials drawn as lines
MOST_POINTS = 400  # trials or configurations drawn as dots
AXES = 8  # parameters drawn beside each other
SLICED = ("dropout_placement", "filters", "units", "epochs")  # the chapter's: in this order, if they were searched
TOP = 0.1  # share of the trials that are drawn as the best

BOOK_IDS = {reference.id for reference in BOOK}
IMPORTANCES = {"parameter": "str", "importance": "float64", "n": "int64", "conditional": "bool"}
BY_VALUE = {
    "value": "object",
    "n": "int64",
    "low": "float64",
    "median": "float64",
    "high": "float64",
    "best": "float64",
}


@dataclass(frozen=True)
class ImportancesInfo:
    """`importances`: columns IMPORTANCES, the largest first; `n` are the trials that a row rests on, `trials` all
    that are complete."""

    importances: pd.DataFrame
    trials: int


@dataclass(frozen=True)
class Axis:
    """A parameter: its values in order where they are choices, else its ends; `logarithmic` as it was drawn."""

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 1.0
    logarithmic: bool = False

    def place(self, value: Any) -> float:
        """Where `value` stands between 0 and 1."""
        if self.choices:
            return self.choices.index(value) / max(1, len(self.choices) - 1) if len(self.choices) > 1 else 0.5
        low, high, at = self.low, self.high, float(value)
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return 0.5 if high == low else (at - low) / (high - low)


@dataclass(frozen=True)
class ParallelInfo:
    """`trials`: number, accuracy, kind (best, published network, other), words, and `places`: one a parameter of
    `axes`, between 0 and 1, NaN where the trial was not asked for it. `total` are those there are."""

    axes: list[Axis]
    trials: pd.DataFrame
    total: int


@dataclass(frozen=True)
class SliceInfo:
    """One parameter: `points`: value, accuracy, number, published (none where there are too many), and
    `by_value`: columns BY_VALUE, the quartiles."""

    axis: Axis
    points: pd.DataFrame
    by_value: pd.DataFrame


@dataclass(frozen=True)
class ParetoInfo:
    """`points`: title, reference, words, accuracy, cost, front (whether nothing else costs as little and is as
    accurate), cheapest first; `total` are the configurations there are."""

    points: pd.DataFrame
    total: int


def importances_info(
    trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", objective: Objective = ACCURACY
) -> ImportancesInfo:
    """Optuna's importances (its default, PED-ANOVA) for the leading objective of complete trials; they add
    up to 1.

    A conditional parameter, which only some trials were asked for, rests on `n` trials and is weighed by how often
    the best have it (https://arxiv.org/abs/2601.20800).
    """
    numbers = set(trials.loc[trials["validation_accuracy"].notna(), "number"])
    complete = [trial for trial in asked if trial.number in numbers][-MOST_ASSESSED:]
    found = _importances(complete, objective)
    having = Counter(name for trial in complete for name in trial.params)
    rows = [(name, share, having[name], having[name] < len(complete)) for name, share in found.items()]
    frame = pd.DataFrame(rows, columns=list(IMPORTANCES)).astype(IMPORTANCES)
    frame = frame[frame["importance"].notna()]
    frame = frame.sort_values(["importance", "parameter"], ascending=[False, True], ignore_index=True)
    return ImportancesInfo(frame, len(numbers))


def parallel_info(trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", importances: pd.DataFrame) -> ParallelInfo:
    """Complete trials as lines over the parameters that matter most, the most important first."""
    complete = complete_trials(trials)
    ranked = [*importances["parameter"], *sorted(asked_names(asked))]
    axes = [axis for axis in axes_of(asked, list(dict.fromkeys(ranked))) if axis.choices or axis.low < axis.high]
    axes = axes[:AXES]
    best = max(1, min(30, round(TOP * len(complete))))
    kinds = pd.Series("other", index=complete.index)
    kinds.iloc[:best] = "best"
    kinds[complete["reference"].isin(BOOK_IDS)] = "published network"
    rest = np.flatnonzero(kinds.to_numpy() == "other")
    room = max(0, MOST_LINES - int((kinds != "other").sum()))
    chosen = rest if len(rest) <= room else rest[np.linspace(0, len(rest) - 1, room).astype(int)]
    shown = np.sort(np.concatenate([np.flatnonzero(kinds.to_numpy() != "other"), chosen]).astype(int))
    drawn = complete.assign(kind=kinds).iloc[shown]
    places = [
        [axis.place(params[axis.name]) if axis.name in params else math.nan for axis in axes]
        for params in drawn["params"]
    ]
    frame = drawn[["number", "validation_accuracy", "kind", "words"]]
    frame = frame.rename(columns={"validation_accuracy": "accuracy"})
    frame = frame.assign(places=pd.Series(places, index=drawn.index, dtype="object"))
    return ParallelInfo(axes, frame.reset_index(drop=True), len(complete))


def slices_info(
    trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", importances: pd.DataFrame
) -> list[SliceInfo]:
    """Validation accuracy by value: dropout placement, filters, units and epochs, else what matters most."""
    names = sorted(asked_names(asked))
    wanted = [name for part in SLICED for name in [n for n in names if n == part or n.endswith(f"_{part}")][:1]]
    for name in [*importances["parameter"], *names]:
        if len(wanted) < len(SLICED) and name not in wanted:
            wanted.append(name)
    complete = complete_trials(trials).sort_values("number")
    return [_slice(axis, complete) for axis in axes_of(asked, wanted)]


def pareto_info(evidence: Evidence, cost: str) -> ParetoInfo:
    """Validation accuracy of every distinct configuration against `cost`: seconds (to train it in the search, to
    its last epoch) or parameters."""
    found = distinct(evidence.trials).rename(columns={"validation_accuracy": "accuracy"})
    if cost == "seconds":
        times = search_seconds(evidence)
        found["cost"] = [times.get(name, math.nan) for name in found["configuration"]]
    else:
        found["cost"] = found[cost].astype("float64")
    found = found[found["cost"].notna()].sort_values(["cost", "accuracy"], ascending=[True, False])
    before = found["accuracy"].cummax().shift(fill_value=-1.0)
    found = found.assign(front=found["accuracy"] > before)
    found["title"] = found["configuration"].map(evidence.titles)
    keep = found["front"] | found["reference"].isin(BOOK_IDS)
    others = found[~keep]
    if len(others) > MOST_POINTS:
        others = others.iloc[np.linspace(0, len(others) - 1, MOST_POINTS).astype(int)]
    columns = ["title", "reference", "words", "accuracy", "cost", "front"]
    return ParetoInfo(found.loc[found.index.isin([*found.index[keep], *others.index]), columns], len(found))


def axes_of(asked: "Sequence[FrozenTrial]", names: Sequence[str]) -> list[Axis]:
    """The parameters of these names as they were asked for, in this order; ranges cover all that was drawn."""
    found: dict[str, Any] = {}
    seen: dict[str, list[float]] = {}
    for trial in asked:
        found |= trial.distributions
        for name, value in trial.params.items():
            if isinstance(value, int | float):
                ends = seen.setdefault(name, [math.inf, -math.inf])
                ends[0], ends[1] = min(ends[0], value), max(ends[1], value)
    return [_axis(name, found[name], seen.get(name)) for name in names if name in found]


def _axis(name: str, distribution: Any, seen: list[float] | None) -> Axis:
    if hasattr(distribution, "choices"):
        return Axis(name, tuple(distribution.choices))
    low, high = float(distribution.low), float(distribution.high)
    if seen:
        low, high = min(low, seen[0]), max(high, seen[1])
    return Axis(name, low=low, high=high, logarithmic=bool(distribution.log))


def _slice(axis: Axis, complete: pd.DataFrame) -> SliceInfo:
    own = complete[np.array([axis.name in params for params in complete["params"]], dtype=bool)]
    values = [params[axis.name] for params in own["params"]]
    points = pd.DataFrame(
        {
            "value": pd.Series(values, dtype="object"),
            "accuracy": own["validation_accuracy"].to_numpy(),
            "number": own["number"].to_numpy(),
            "published": own["reference"].isin(BOOK_IDS).to_numpy(),
        }
    )
    rows = []
    for value, group in _groups(axis, points):
        low, median, high = np.quantile(group["accuracy"], (0.25, 0.5, 0.75))
        rows.append((value, len(group), low, median, high, group["accuracy"].max()))
    by_value = pd.DataFrame(rows, columns=list(BY_VALUE)).astype(BY_VALUE)
    return SliceInfo(axis, points if len(points) <= MOST_POINTS else points.iloc[:0], by_value)


def _groups(axis: Axis, points: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """By value; values that are not on a grid of at most 20 by tenths of the range, under their middle."""
    if axis.choices:
        parts = [(value, points[[each == value for each in points["value"]]]) for value in axis.choices]
        return [(value, part) for value, part in parts if len(part)]
    numbers = points["value"].astype("float64")
    if numbers.nunique() <= 20:
        return [(value, points[numbers == value]) for value in sorted(numbers.unique())]
    place = np.minimum([math.floor(10 * axis.place(value)) for value in numbers], 9)
    return [(float(numbers[place == tenth].median()), points[place == tenth]) for tenth in sorted(set(place))]


def complete_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """The best first."""
    complete = trials[trials["validation_accuracy"].notna()]
    return complete.sort_values("validation_accuracy", ascending=False, kind="stable")


def asked_names(asked: "Sequence[FrozenTrial]") -> set[str]:
    return {name for trial in asked for name in trial.params}


def _importances(trials: "Sequence[FrozenTrial]", objective: Objective) -> Mapping[str, float]:
    """{} where there is nothing to tell: too few trials, no parameter that varies, or equal values."""
    varying = [
        name for name in asked_names(trials) if len({t.params[name] for t in trials if name in t.params}) > 1
    ]
    if len(trials) < LEAST or not varying or len({trial.values[0] for trial in trials}) < 2:
        return {}
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would tell of the study it makes
    study = optuna.create_study(direction=objective.direction)
    optuna.logging.set_verbosity(verbosity)
    study.add_trials(
        [
            optuna.trial.create_trial(
                params=trial.params, distributions=trial.distributions, value=trial.values[0]
            )
            for trial in trials
        ]
    )
    found = optuna.importance.get_param_importances(study, params=sorted(varying))
    return {} if any(math.isnan(share) for share in found.values()) else found


__all__ = [
    "FEW",
    "LEAST",
    "MOST_ASSESSED",
    "Axis",
    "ImportancesInfo",
    "ParallelInfo",
    "ParetoInfo",
    "SliceInfo",
    "importances_info",
    "parallel_info",
    "pareto_info",
    "slices_info",
]
