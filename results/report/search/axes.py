"""The parameters of a search as axes that figures share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

from results.presentation.table import NONE, Cell, number, word

MOST_POINTS = 400  # trials or configurations drawn as dots


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


def complete_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """The best first."""
    complete = trials[trials["validation_accuracy"].notna()]
    return complete.sort_values("validation_accuracy", ascending=False, kind="stable")


def asked_names(asked: "Sequence[FrozenTrial]") -> set[str]:
    return {name for trial in asked for name in trial.params}


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """1, 2 and 5 of every power of ten from `low` to `high`; plotly's own crowd."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    shown = [value for value in values if low / 2 <= value <= high * 2]
    return {"tickvals": shown, "ticktext": [f"{value:,.10g}" for value in shown]}


def value_on_axis(axis: Axis, value: Any) -> Any:
    return str(value) if axis.choices else float(value)


ROWS = 100  # of a table behind a figure


def value_cell(value: object) -> Cell:
    if isinstance(value, float):
        return Cell(f"{value:.4g}", value)
    return number(value, 0) if isinstance(value, int) and not isinstance(value, bool) else word(str(value) or NONE)
