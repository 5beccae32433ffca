"""The order of a deterministic search: in waves, whatever the workers and whenever the driver died.

The trials in flight hear of their epochs in turn: in each wave every one of them of one more, the lowest number
first. One that joins, since another ended, begins in the next wave. That turns what the sampler and the pruner see
into a function of the results alone. A trial's first wave is kept with it, and what is in the database is always a
beginning of that order; so a new driver goes on where the dead one stood.
"""

from collections.abc import Iterable

from optuna.trial import FrozenTrial, TrialState

from results.metrics.objectives import reported

ATTRIBUTE = "wave"  # of a trial: the one that it joined in


def last_heard(trials: Iterable[FrozenTrial]) -> tuple[int, int]:
    """The wave of what was heard last, and the number of the trial that heard it; (-1, -1) before all."""
    turns = [
        (trial.user_attrs[ATTRIBUTE] + _heard(trial) - 1, trial.number)
        for trial in trials
        if ATTRIBUTE in trial.user_attrs and _heard(trial)
    ]
    return max(turns, default=(-1, -1))


def _heard(trial: FrozenTrial) -> int:
    """How often it was a trial's turn: with every epoch, or the failure of one."""
    return len(reported(trial)) + (trial.state == TrialState.FAIL)
