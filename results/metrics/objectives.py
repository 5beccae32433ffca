"""What a search is for: a metric of a trial after its last epoch, or several at once (the first one leads)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import optuna

REPORTED = "reported"  # user attribute of a trial with several objectives: the first one's values by epoch


@dataclass(frozen=True)
class Objective:
    """`name` is what settings call it, `title` what people and Optuna read, `column` where frames have it.

    A `quality` says how good the network is on the validation part; the others are what it costs. `of` computes it
    from the validation's confusion matrix, int64 [true classes, told classes]; None where an epoch has it already.
    """

    name: str
    title: str
    column: str
    direction: Literal["maximize", "minimize"] = "maximize"
    quality: bool = True
    digits: int = 2
    of: "Callable[[np.ndarray], float] | None" = None

    @property
    def lower_is_better(self) -> bool:
        return self.direction == "minimize"

    @property
    def is_share(self) -> bool:
        """Whether it is a fraction, shown in percent."""
        return self.direction == "maximize"

    def reaches(self, value: float, target: float) -> bool:
        """Whether it is as good as the target."""
        return value <= target if self.lower_is_better else value >= target

    def in_words(self, value: float) -> str:
        """'86.79 %', or the number with its digits."""
        return f"{100 * value:.2f} %" if self.is_share else f"{value:,.{self.digits}f}"


def _balanced_accuracy(counts: "np.ndarray") -> float:
    from results.metrics.classes import balanced_accuracy  # late, as everything here

    return balanced_accuracy(counts)


def _macro_f1(counts: "np.ndarray") -> float:
    from results.metrics.classes import macro_f1

    return macro_f1(counts)


ACCURACY = Objective("accuracy", "validation accuracy", "validation_accuracy")
OBJECTIVES: dict[str, Objective] = {
    each.name: each
    for each in (
        ACCURACY,
        Objective(
            "balanced-accuracy",
            "validation balanced accuracy",
            "validation_balanced_accuracy",
            of=_balanced_accuracy,
        ),
        Objective("f1", "validation macro F1", "validation_macro_f1", of=_macro_f1),
        Objective("log-loss", "validation log loss", "validation_loss", "minimize", digits=4),
        Objective("seconds", "CPU seconds an epoch", "cpu_seconds_an_epoch", "minimize", quality=False),
        Objective("parameters", "parameters", "parameters", "minimize", quality=False, digits=0),
    )
}


def of_confusion(counts: "np.ndarray") -> dict[str, float]:
    """The value of every objective that a confusion matrix decides, by column."""
    return {each.column: float(each.of(counts)) for each in OBJECTIVES.values() if each.of}


def searched_for(study: "optuna.Study") -> tuple[Objective, ...]:
    """What Optuna's study is a search for, by its metric names; accuracy where it has none."""
    titles = {each.title: each for each in OBJECTIVES.values()}
    return tuple(titles[name] for name in study.metric_names or [ACCURACY.title])


def reported(trial: "optuna.trial.FrozenTrial") -> dict[int, float]:
    """The first objective by epoch, from 1, as far as the trial got."""
    kept = trial.user_attrs.get(REPORTED)
    return dict(enumerate(kept, start=1)) if kept else dict(trial.intermediate_values)


def front(values: Sequence[Sequence[float]], objectives: Sequence[Objective]) -> list[int]:
    """The places of the values [points, objectives] that no other one dominates: as good in all and better in one.

    The best in the first objective comes first; of equal points all are in it, the older first.
    """
    import numpy as np  # late: the settings name objectives, and are read to start any command

    costs = np.asarray(values, float).reshape(len(values), len(objectives))
    costs = costs * [1 if objective.lower_is_better else -1 for objective in objectives]
    undominated = [
        place
        for place, cost in enumerate(costs)
        if not ((costs <= cost).all(axis=1) & (costs < cost).any(axis=1)).any()
    ]
    return sorted(undominated, key=lambda place: (*costs[place], place))
