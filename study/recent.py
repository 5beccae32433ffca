"""The search's view of its trials: in memory, since the driver alone writes, and of bounded length.

What a sampler or a pruner costs grows with the trials it looks at, and so would a trial of a long study. Up to
LONGEST finished trials they see all. Past that they see the best BEST, the newest others, and all in flight. TPE
takes at most its 25 best trials for the good ones, so those stay the same; of the others it weighs all but the
newest the less the older they are. The dashboard, the finals and the report read the database: every trial.
"""

import bisect
import copy
from collections import deque
from collections.abc import Container, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

LONGEST = 2000
BEST = 100


def in_memory(study: optuna.Study, storage: RDBStorage) -> optuna.Study:
    """The same study, on a storage that reads the database once; nobody else may write it meanwhile."""
    recent = RecentTrials(storage)
    recent.get_all_trials(study._study_id, deepcopy=False)  # a trial that a dead driver left is written to first
    return optuna.load_study(study_name=study.study_name, storage=recent, pruner=study.pruner)


class RecentTrials(_CachedStorage):
    """Writes through to the database, answers from memory. For one study."""

    def __init__(self, storage: RDBStorage) -> None:
        super().__init__(storage)
        self._read = False
        self._open: dict[int, FrozenTrial] = {}  # id -> trial in flight or waiting, by number
        self._newest: deque[FrozenTrial] = deque()  # finished, but for the best
        self._best: list[tuple[float, int, FrozenTrial]] = []  # rising badness
        self._sign: float | None = None  # what to multiply a value with for badness; None keeps every trial

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        self._read_once(study_id)
        if states == (TrialState.WAITING,):
            found = [trial for trial in self._open.values() if trial.state == TrialState.WAITING]
        else:
            finished = [*self._newest, *(trial for _, _, trial in self._best)]
            found = [t for t in (*finished, *self._open.values()) if states is None or t.state in states]
        found.sort(key=lambda trial: trial.number)
        return copy.deepcopy(found) if deepcopy else found

    def get_trial(self, trial_id: int) -> FrozenTrial:
        return self._open.get(trial_id) or super().get_trial(trial_id)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        self._read_once(study_id)
        trial_id = super().create_new_trial(study_id, template_trial)
        self._keep(self._backend.get_trial(trial_id))
        return trial_id

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        super().set_trial_param(trial_id, param_name, param_value_internal, distribution)
        trial = self._changed(trial_id, "_params", param_name, distribution.to_external_repr(param_value_internal))
        trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        changed = super().set_trial_state_values(trial_id, state, values)
        if changed and trial_id in self._open:
            self._keep(self._backend.get_trial(trial_id))
        return changed

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        super().set_trial_intermediate_value(trial_id, step, intermediate_value)
        self._changed(trial_id, "intermediate_values", step, intermediate_value)

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        super().set_trial_user_attr(trial_id, key, value)
        self._changed(trial_id, "user_attrs", key, value)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        super().set_trial_system_attr(trial_id, key, value)
        self._changed(trial_id, "system_attrs", key, value)

    def _read_once(self, study_id: int) -> None:
        if self._read:
            return
        self._read = True
        directions = self.get_study_directions(study_id)
        if len(directions) == 1:
            self._sign = -1.0 if directions[0] == StudyDirection.MAXIMIZE else 1.0
        for trial in super().get_all_trials(study_id, deepcopy=False):
            self._keep(trial)

    def _changed(self, trial_id: int, what: str, key: Any, value: Any) -> FrozenTrial:
        """A copy in the place of the trial: what was handed out stays as it was."""
        trial = copy.copy(self._open[trial_id])
        setattr(trial, what, {**getattr(trial, what), key: value})
        self._open[trial_id] = trial
        return trial

    def _keep(self, trial: FrozenTrial) -> None:
        if not trial.state.is_finished():
            self._open[trial._trial_id] = trial
            return
        self._open.pop(trial._trial_id, None)
        if self._sign is not None and trial.state == TrialState.COMPLETE:
            bisect.insort(self._best, (self._sign * (trial.value or 0.0), trial.number, trial))
            if len(self._best) <= BEST:
                return
            trial = self._best.pop()[2]
        bisect.insort(self._newest, trial, key=lambda kept: kept.number)
        if self._sign is not None and len(self._newest) + len(self._best) > LONGEST:
            self._newest.popleft()
