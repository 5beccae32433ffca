"""The search's view of its trials: in memory, since the driver alone writes, and of bounded length.

A new trial stays in memory until all its parameters are drawn and is then written as a whole, in one transaction.
A kill before that loses nothing: what is drawn derives from the study's seed and the trial's number.

What a sampler or a pruner costs grows with the trials it looks at, and so would a trial of a long study. Up to
LONGEST finished trials they see all. Past that they see the best BEST, the newest others, and all in flight. TPE
takes at most its 25 best trials for the good ones, so those stay the same; of the others it weighs all but the
newest the less the older they are. The dashboard, the finals and the report read the database: every trial.
"""

import bisect
import copy
from collections import deque
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from study.errors import StudyError
from study.search.sampling import ParameterGroups

LONGEST = 500
BEST = 100

_DRAWN = "tpe:relative_params"
"""TPE notes under this what it drew for all groups of parameters, for other drivers that ask while the trial is
still being drawn. Here there is one, and a trial that is written has its parameters."""


def in_memory(study: optuna.Study, trials: "RecentTrials") -> optuna.Study:
    """The same study on a storage that reads the database once; nobody else may write it meanwhile."""
    view = optuna.load_study(study_name=study.study_name, storage=trials, pruner=study.pruner)
    view.get_trials(deepcopy=False)  # reads it
    return view


class RecentTrials(_CachedStorage):
    """Writes through to the database, answers from memory. For one study."""

    def __init__(self, storage: RDBStorage) -> None:
        super().__init__(storage)
        self._read = False
        self._count = 0  # trials of the study, the unwritten one too
        self._unwritten: tuple[int, int] | None = None  # study and id of the newest trial, while it is here alone
        self._written: dict[int, int] = {}  # the id of a trial while it was unwritten -> its id in the database
        self._open: dict[int, FrozenTrial] = {}  # id -> trial in flight or waiting, by number
        self._ended: FrozenTrial | None = None  # the one that ended last: Optuna asks for it again
        self._newest: deque[FrozenTrial] = deque()  # finished, but for the best
        self._best: list[tuple[float, int, FrozenTrial]] = []  # rising badness
        self._sign: float | None = None  # what to multiply a value with for badness; None keeps every trial
        self._answers: dict[Any, list[FrozenTrial]] = {}  # to `get_all_trials`, until a trial changes
        self.groups = ParameterGroups()

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        self._read_once(study_id)
        asked = None if states is None else frozenset(states)  # type: ignore[call-overload]
        found = self._answers.get(asked)
        if found is None:
            finished = [*self._newest, *(trial for _, _, trial in self._best)]
            found = [t for t in (*finished, *self._open.values()) if asked is None or t.state in asked]
            found.sort(key=lambda trial: trial.number)
            self._answers[asked] = found
        return copy.deepcopy(found) if deepcopy else list(found)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        trial_id = self._id(trial_id)
        if self._ended is not None and self._ended._trial_id == trial_id:
            return self._ended
        return self._open.get(trial_id) or super().get_trial(trial_id)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        self._read_once(study_id)
        self.write_new()
        if template_trial is None:
            trial = create_trial(state=TrialState.RUNNING)
            trial.number, trial._trial_id = self._count, _while_unwritten(self._count)
            self._unwritten = study_id, trial._trial_id
            self._keep(trial)
        else:
            trial = self._write(study_id, template_trial, self._count)
        self._count += 1
        return trial._trial_id

    def _write(self, study_id: int, new: FrozenTrial, expected: int) -> FrozenTrial:
        trial = copy.copy(new)
        trial._trial_id = super().create_new_trial(study_id, new)
        _, trial.number = self._trial_id_to_study_id_and_number[trial._trial_id]
        self._keep(trial)
        if trial.number != expected:
            raise StudyError(
                f"expected trial {expected} to be the study's next, got number {trial.number}: something else "
                "adds trials to it; a running study takes them from its driver alone"
            )
        return trial

    def write_new(self) -> None:
        """Writes the newest trial, where it is in memory alone. Its reports and its end do so too.

        Raises StudyError where something else adds trials.
        """
        if self._unwritten is None:
            return
        study_id, trial_id = self._unwritten
        new = _as_written(self._open.pop(trial_id))
        self._unwritten = None
        self._written[trial_id] = self._write(study_id, new, new.number)._trial_id

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        trial_id = self._id(trial_id)
        if not self._is_unwritten(trial_id):
            super().set_trial_param(trial_id, param_name, param_value_internal, distribution)
        trial = self._changed(trial_id, "_params", param_name, distribution.to_external_repr(param_value_internal))
        trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        self.write_new()
        trial_id = self._id(trial_id)
        changed = super().set_trial_state_values(trial_id, state, values)
        if changed and state == TrialState.RUNNING:
            self._keep(self._backend.get_trial(trial_id))
        elif changed:
            trial = copy.copy(self._open[trial_id])
            trial.state, trial.values, trial.datetime_complete = state, values, datetime.now()
            self._keep(trial)
            self._ended = trial
        return changed

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        self.write_new()
        trial_id = self._id(trial_id)
        super().set_trial_intermediate_value(trial_id, step, intermediate_value)
        self._changed(trial_id, "intermediate_values", step, intermediate_value)

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial_id = self._id(trial_id)
        if not self._is_unwritten(trial_id):
            super().set_trial_user_attr(trial_id, key, value)
        self._changed(trial_id, "user_attrs", key, value)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial_id = self._id(trial_id)
        if not self._is_unwritten(trial_id):
            super().set_trial_system_attr(trial_id, key, value)
        self._changed(trial_id, "system_attrs", key, value)

    def _is_unwritten(self, trial_id: int) -> bool:
        return self._unwritten is not None and self._unwritten[1] == trial_id

    def _id(self, trial_id: int) -> int:
        """As the database has it: Optuna goes on calling a trial by the id that it had before it was written."""
        return self._written.get(trial_id, trial_id)

    def _read_once(self, study_id: int) -> None:
        if self._read:
            return
        self._read = True
        directions = self.get_study_directions(study_id)
        if len(directions) == 1:
            self._sign = -1.0 if directions[0] == StudyDirection.MAXIMIZE else 1.0
        trials = super().get_all_trials(study_id, deepcopy=False)
        self._count = len(trials)
        for trial in trials:
            self._keep(trial)

    def _changed(self, trial_id: int, what: str, key: Any, value: Any) -> FrozenTrial:
        """A copy in the place of the trial: what was handed out stays as it was."""
        trial = copy.copy(self._open[trial_id])
        setattr(trial, what, {**getattr(trial, what), key: value})
        self._open[trial_id] = trial
        self._answers.clear()
        return trial

    def _keep(self, trial: FrozenTrial) -> None:
        self._answers.clear()
        if not trial.state.is_finished():
            self._open[trial._trial_id] = trial
            return
        self._open.pop(trial._trial_id, None)
        if trial.state != TrialState.FAIL:
            self.groups.add(trial)
        if self._sign is not None and trial.state == TrialState.COMPLETE:
            bisect.insort(self._best, (self._sign * (trial.value or 0.0), trial.number, trial))
            if len(self._best) <= BEST:
                return
            trial = self._best.pop()[2]
        bisect.insort(self._newest, trial, key=lambda kept: kept.number)
        if self._sign is not None and len(self._newest) + len(self._best) > LONGEST:
            self._newest.popleft()


def _while_unwritten(number: int) -> int:
    """What stands for the id of the trial of that number, which the database gives it."""
    return -1 - number


def _as_written(trial: FrozenTrial) -> FrozenTrial:
    trial = copy.copy(trial)
    trial.system_attrs = {key: it for key, it in trial.system_attrs.items() if not key.startswith(_DRAWN)}
    return trial
