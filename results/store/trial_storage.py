"""Optuna's storage with fewer statements, for what a search does again and again.

Optuna's own goes through the object mapper and looks everything up again before each row: 6 ms of CPU time for a
new trial of five parameters, which here take half of one. The rows are the same; a test holds both against each
other. The tables are Optuna's private matter: this knows one version of them, and leaves any other to Optuna.
"""

import copy
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from results.store.tables import insert_missing

KNOWN = "v3.2.0.a"
"""The version of Optuna's tables, by its own count, that is written here."""

_STUDIES, _TRIALS, _PARAMS, _USER, _SYSTEM, _VALUES, _REPORTS = (
    model.__table__
    for model in (
        models.StudyModel,
        models.TrialModel,
        models.TrialParamModel,
        models.TrialUserAttributeModel,
        models.TrialSystemAttributeModel,
        models.TrialValueModel,
        models.TrialIntermediateValueModel,
    )
)

# Building a statement takes longer than executing it.
_LOCK = select(_STUDIES.c.study_id).where(_STUDIES.c.study_id == bindparam("study")).with_for_update()
_LAST = (
    select(_TRIALS.c.number)
    .where(_TRIALS.c.study_id == bindparam("study_id"))
    .order_by(_TRIALS.c.trial_id.desc())
    .limit(1)
    .scalar_subquery()
)
_NEW_TRIAL = (
    insert(_TRIALS)
    .values(number=func.coalesce(_LAST + 1, 0), study_id=bindparam("study_id"))
    .returning(_TRIALS.c.trial_id, _TRIALS.c.number)
)
_NEW_PARAMS, _NEW_VALUES = insert(_PARAMS), insert(_VALUES)
_NEW_USER, _NEW_SYSTEM, _NEW_REPORTS = insert(_USER), insert(_SYSTEM), insert(_REPORTS)
_STATE = select(_TRIALS.c.state).where(_TRIALS.c.trial_id == bindparam("trial"))
_IS_OPEN = or_(_TRIALS.c.state == TrialState.RUNNING, _TRIALS.c.state == TrialState.WAITING)
_END = update(_TRIALS).where(_TRIALS.c.trial_id == bindparam("trial"), _IS_OPEN)
_OF_OPEN = (_TRIALS.c.trial_id == bindparam("trial_id"), _IS_OPEN)
_FIRST_ATTRIBUTE = {table: insert_missing(table, "trial_id", "key", where=_OF_OPEN) for table in (_USER, _SYSTEM)}
_FIRST_REPORT = insert_missing(_REPORTS, "trial_id", "step", where=_OF_OPEN)
_OTHER_ATTRIBUTE = {
    table: update(table).where(table.c.trial_id == bindparam("trial"), table.c.key == bindparam("of"))
    for table in (_USER, _SYSTEM)
}
_OTHER_REPORT = update(_REPORTS).where(
    _REPORTS.c.trial_id == bindparam("trial"), _REPORTS.c.step == bindparam("of")
)
_FIRST_OF_NAME = (
    select(_PARAMS.c.distribution_json)
    .join(_TRIALS, _TRIALS.c.trial_id == _PARAMS.c.trial_id)
    .where(_TRIALS.c.study_id == bindparam("study"), _PARAMS.c.param_name == bindparam("name"))
    .limit(1)
)

Transaction = Callable[[], AbstractContextManager[Connection]]

_json_of = lru_cache(maxsize=1024)(distribution_to_json)


class TrialRows(RDBStorage):
    """What Optuna's own storage does, in transactions of `transaction`.

    `is_known` says whether this writes the tables itself.
    """

    def __init__(self, transaction: Transaction, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.is_known = self.get_current_version() == KNOWN
        self._transaction = transaction
        self._distributions: dict[tuple[int, str], BaseDistribution] = {}  # the first of a study and name

    def _create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> FrozenTrial:
        if template_trial is None or not self.is_known:
            return super()._create_new_trial(study_id, template_trial)
        template = template_trial
        with self._transaction() as connection:
            for name, distribution in template.distributions.items():
                check_distribution_compatibility(
                    self._first(connection, study_id, name, distribution), distribution
                )
            if connection.dialect.name != "sqlite":  # there the insertion itself keeps others out
                connection.execute(_LOCK, {"study": study_id})
            times = {
                "datetime_start": _utc(template.datetime_start),
                "datetime_complete": _utc(template.datetime_complete),
            }
            row = {"study_id": study_id, "state": template.state} | times
            trial_id, number = connection.execute(_NEW_TRIAL, row).one()
            _insert(connection, _NEW_PARAMS, [_param(trial_id, name, template) for name in template.params])
            user, system = template.user_attrs.items(), template.system_attrs.items()
            _insert(connection, _NEW_USER, [_attribute(trial_id, key, value) for key, value in user])
            _insert(connection, _NEW_SYSTEM, [_attribute(trial_id, key, value) for key, value in system])
            _insert(connection, _NEW_VALUES, _values(trial_id, template.values))
            reports = template.intermediate_values.items()
            _insert(connection, _NEW_REPORTS, [_report(trial_id, step, value) for step, value in reports])
        created = copy.copy(template)
        created.number, created._trial_id = number, trial_id
        return created

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        if not self.is_known:
            super().set_trial_intermediate_value(trial_id, step, intermediate_value)
            return
        report = _report(trial_id, step, intermediate_value)
        with self._transaction() as connection:
            if connection.execute(_FIRST_REPORT, report).rowcount == 0:
                self._check_is_open(connection, trial_id)
                connection.execute(_OTHER_REPORT, report | {"trial": trial_id, "of": step})

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        if self.is_known:
            self._set_attribute(_USER, trial_id, key, value)
        else:
            super().set_trial_user_attr(trial_id, key, value)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        if self.is_known:
            self._set_attribute(_SYSTEM, trial_id, key, value)
        else:
            super().set_trial_system_attr(trial_id, key, value)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        if not (self.is_known and state.is_finished()):
            return super().set_trial_state_values(trial_id, state, values)
        ended = {"trial": trial_id, "state": state, "datetime_complete": _utc(datetime.now())}
        with self._transaction() as connection:
            if connection.execute(_END, ended).rowcount == 0:
                self._check_is_open(connection, trial_id)
            _insert(connection, _NEW_VALUES, _values(trial_id, values))
        return True

    def _set_attribute(self, table: Any, trial_id: int, key: str, value: Any) -> None:
        attribute = _attribute(trial_id, key, value)
        with self._transaction() as connection:
            if connection.execute(_FIRST_ATTRIBUTE[table], attribute).rowcount == 0:
                self._check_is_open(connection, trial_id)
                connection.execute(_OTHER_ATTRIBUTE[table], attribute | {"trial": trial_id, "of": key})

    def _check_is_open(self, connection: Connection, trial_id: int) -> None:
        """Raises what Optuna raises where the trial has ended, or there is none."""
        state = connection.scalar(_STATE, {"trial": trial_id})
        if state is None:
            raise KeyError(models.NOT_FOUND_MSG)
        self.check_trial_is_updatable(trial_id, state)

    def _first(
        self, connection: Connection, study_id: int, name: str, distribution: BaseDistribution
    ) -> BaseDistribution:
        """The distribution that the study's first parameter of that name had; this one, if it is the first."""
        if (study_id, name) not in self._distributions:
            kept = connection.scalar(_FIRST_OF_NAME, {"study": study_id, "name": name})
            self._distributions[study_id, name] = json_to_distribution(kept) if kept else distribution
        return self._distributions[study_id, name]


def _insert(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _param(trial_id: int, name: str, trial: FrozenTrial) -> dict[str, Any]:
    distribution = trial.distributions[name]
    return {
        "trial_id": trial_id,
        "param_name": name,
        "param_value": distribution.to_internal_repr(trial.params[name]),
        "distribution_json": _json_of(distribution),
    }


def _attribute(trial_id: int, key: str, value: Any) -> dict[str, Any]:
    return {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}


def _values(trial_id: int, values: Sequence[float] | None) -> list[dict[str, Any]]:
    stored = map(models.TrialValueModel.value_to_stored_repr, values or ())
    return [
        {"trial_id": trial_id, "objective": objective, "value": value, "value_type": kind}
        for objective, (value, kind) in enumerate(stored)
    ]


def _report(trial_id: int, step: int, reported: float) -> dict[str, Any]:
    value, kind = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(reported)
    return {
        "trial_id": trial_id,
        "step": step,
        "intermediate_value": value,
        "intermediate_value_type": kind,
    }


def _utc(local: datetime | None) -> datetime | None:
    """As Optuna keeps times: in UTC, without saying so."""
    return None if local is None else local.astimezone(UTC).replace(tzinfo=None)
