"""The objectives of a search: their values from a run's epochs, pruning by the first one, and who is best."""

from collections.abc import Sequence

import numpy as np
import optuna
from optuna.trial import TrialState

from results.metrics.objectives import REPORTED, Objective, front, reported
from study.config import SearchPart
from study.errors import Refused
from study.training.run import EpochMetrics

MEDIAN_OF = 3  # a median of fewer trials decides nothing


def values_of(
    objectives: Sequence[Objective], epochs: Sequence[EpochMetrics], parameters: int
) -> tuple[float, ...]:
    """The value of each objective after the last of the run's `epochs`.

    Seconds are CPU seconds of the fastest epoch: other work on a machine only ever adds to them, and so do
    building and tracing the network in the first. Raises Refused for epochs from before a metric was kept.
    """
    kept = {
        "parameters": parameters,
        "cpu_seconds_an_epoch": min(metrics.cpu_seconds for metrics in epochs),
    }
    found = [kept.get(each.column, epochs[-1].value_of(each.column)) for each in objectives]
    for objective, value in zip(objectives, found, strict=True):
        if value is None:
            raise Refused(
                f"this database has epochs of the same run from before {objective.title} was kept; expected all "
                "epochs with it: name a new database with --database, or search for accuracy or log-loss"
            )
    return tuple(float(value) for value in found if value is not None)


def report(study: optuna.Study, trial: optuna.Trial, epoch: int, value: float) -> None:
    """Notes the first objective after that epoch. Optuna's own `report` takes no study with several objectives."""
    if len(study.directions) == 1:
        trial.report(value, epoch)
    else:
        known = trial.user_attrs.get(REPORTED, [])
        trial.set_user_attr(REPORTED, [*known[: epoch - 1], value])


def should_prune(study: optuna.Study, trial: optuna.Trial, objective: Objective, part: SearchPart) -> bool:
    """What Optuna's pruner says; with several objectives, what its median rule would say of the first one."""
    if len(study.directions) == 1:
        return trial.should_prune()
    if part.pruner == "none":
        return False
    own = trial.user_attrs[REPORTED]
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < part.pruner_startup_trials or len(own) <= part.pruner_warmup_epochs:
        return False
    others = [values[len(own)] for values in map(reported, complete) if len(own) in values]
    return is_worse_than_median(own, others, objective)


def is_worse_than_median(own: Sequence[float], others: Sequence[float], objective: Objective) -> bool:
    """Whether the best of a trial's own values so far is worse than the median of the others' at the same epoch.

    Optuna's rule (optuna.pruners.MedianPruner). False where there are fewer than MEDIAN_OF others.
    """
    if len(others) < MEDIAN_OF:
        return False
    middle = float(np.median(others))
    return min(own) > middle if objective.lower_is_better else max(own) < middle


def best_of(values: Sequence[Sequence[float]], objectives: Sequence[Objective], count: int) -> list[int]:
    """The places of the best `count` of values [points, objectives], the best first; ties go to the older.

    With several objectives, as many members of the front, spread over it: the best in the first objective, and for
    two or more also the other end, and members between at equal steps.
    """
    if len(objectives) == 1:
        sign = 1 if objectives[0].lower_is_better else -1
        return sorted(range(len(values)), key=lambda place: (sign * values[place][0], place))[:count]
    members = front(values, objectives)
    steps = np.linspace(0, len(members) - 1, count) if len(members) > count else range(len(members))
    return [members[round(step)] for step in steps]
