"""Optuna's trials in few statements: row by row what Optuna itself writes, and the same answers to misuse."""

import math
from datetime import datetime

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from results.store import trial_storage as trial_rows
from results.store.database import Store, open_store
from results.store.trial_storage import TrialRows

SPACE = {
    "rate": FloatDistribution(0.0, 0.5),
    "units": IntDistribution(2, 64, log=True),
    "head": CategoricalDistribution(["wide", None, 3]),
}
TABLES = (
    trial_rows._TRIALS,
    trial_rows._PARAMS,
    trial_rows._USER,
    trial_rows._SYSTEM,
    trial_rows._VALUES,
    trial_rows._REPORTS,
)


def opened(path) -> Store:
    return open_store(path, create=True)


def trial(**changes):
    drawn = {"rate": 0.25, "units": 8, "head": None}
    settings = {"state": TrialState.RUNNING, "params": drawn, "distributions": SPACE}
    return create_trial(**settings | changes)


def same_work(storage, directions=1):
    """What a search does to a storage, and some of what it never does."""
    study = storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE] * directions, "one")
    storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], "another")
    first = storage.create_new_trial(study, trial(user_attrs={"words": "ä'\"", "list": [1, None]}))
    for step, value in enumerate((0.5, math.nan, math.inf, -math.inf), 1):
        storage.set_trial_intermediate_value(first, step, value)
    storage.set_trial_intermediate_value(first, 1, 0.75)  # once more
    storage.set_trial_user_attr(first, "reason", "none")
    storage.set_trial_user_attr(first, "reason", {"nested": [True]})
    storage.set_trial_system_attr(first, "rung", 1)
    storage.set_trial_system_attr(first, "rung", 2)
    storage.set_trial_state_values(first, TrialState.COMPLETE, [0.5, math.inf][:directions])
    pruned = storage.create_new_trial(study, trial(params={"rate": 0.5}, distributions={"rate": SPACE["rate"]}))
    storage.set_trial_state_values(pruned, TrialState.PRUNED)
    waiting = storage.create_new_trial(
        study, trial(state=TrialState.WAITING, system_attrs={"fixed": {"rate": 0.1}})
    )
    storage.set_trial_state_values(waiting, TrialState.RUNNING)
    storage.create_new_trial(study)
    ended = {"state": TrialState.COMPLETE, "intermediate_values": {1: 0.5, 2: math.nan}}
    storage.create_new_trial(study, trial(values=[0.1, -math.inf][:directions], **ended))
    return study


def rows(storage):
    """Every row of a trial, times as whether there is one."""
    with storage.engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(select(table))] for table in TABLES]
    return [[tuple(bool(x) if isinstance(x, datetime) else x for x in row) for row in table] for table in found]


@pytest.mark.parametrize("directions", [1, 2])
def test_the_rows_are_what_optuna_writes(tmp_path, directions) -> None:
    plain = RDBStorage(f"sqlite:///{tmp_path / 'plain.db'}")
    study = same_work(plain, directions)
    with opened(tmp_path / "ours.db") as store:
        ours = store.optuna_storage()
        assert ours.is_known
        assert same_work(ours, directions) == study
        assert rows(ours) == rows(plain)
        for table in rows(ours):
            assert table
        for found, wanted in zip(ours.get_all_trials(study), plain.get_all_trials(study), strict=True):
            assert repr(found.intermediate_values) == repr(wanted.intermediate_values)
            assert (found.params, found.distributions) == (wanted.params, wanted.distributions)


def test_times_are_those_that_optuna_reads(tmp_path) -> None:
    with opened(tmp_path / "ours.db") as store:
        storage = store.optuna_storage()
        study = storage.create_new_study([optuna.study.StudyDirection.MINIMIZE], "one")
        before, new = datetime.now(), trial()
        storage.set_trial_state_values(storage.create_new_trial(study, new), TrialState.COMPLETE, [1.0])
        (kept,) = storage.get_all_trials(study)
        assert kept.datetime_start == new.datetime_start
        assert before <= kept.datetime_complete <= datetime.now()


def test_a_trial_that_ended_or_is_none_is_refused_as_by_optuna(tmp_path) -> None:
    with opened(tmp_path / "ours.db") as store:
        storage = store.optuna_storage()
        study = storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], "one")
        ended = storage.create_new_trial(study, trial(state=TrialState.COMPLETE, values=[0.5]))
        before = rows(storage)
        for number, error in ((ended, UpdateFinishedTrialError), (99, KeyError)):
            with pytest.raises(error):
                storage.set_trial_intermediate_value(number, 1, 0.5)
            with pytest.raises(error):
                storage.set_trial_user_attr(number, "key", 1)
            with pytest.raises(error):
                storage.set_trial_system_attr(number, "key", 1)
            with pytest.raises(error):
                storage.set_trial_state_values(number, TrialState.COMPLETE, [0.25])
        assert rows(storage) == before


def test_a_parameter_of_another_kind_is_refused_as_by_optuna(tmp_path) -> None:
    other = trial(params={"head": "b"}, distributions={"head": CategoricalDistribution(["a", "b"])})
    with opened(tmp_path / "ours.db") as store:
        study = store.optuna_storage().create_new_study([optuna.study.StudyDirection.MAXIMIZE], "one")
        store.optuna_storage().create_new_trial(study, trial())
    with opened(tmp_path / "ours.db") as store:
        for storage in (RDBStorage(f"sqlite:///{tmp_path / 'ours.db'}"), store.optuna_storage()):
            with pytest.raises(ValueError, match="dynamic value space"):
                storage.create_new_trial(study, other)
            assert len(storage.get_all_trials(study)) == 1


def test_tables_of_another_version_are_left_to_optuna(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(trial_rows, "KNOWN", "v9.9.9")
    monkeypatch.setattr(trial_rows, "_insert", None)  # would fail
    plain = RDBStorage(f"sqlite:///{tmp_path / 'plain.db'}")
    same_work(plain)
    with opened(tmp_path / "ours.db") as store:
        assert not store.optuna_storage().is_known
        same_work(store.optuna_storage())
        assert rows(store.optuna_storage()) == rows(plain)
        with store.together():
            store.optuna_storage().set_study_user_attr(1, "nobody", "waits")


def test_what_happens_together_is_kept_together_or_not_at_all(tmp_path) -> None:
    with opened(tmp_path / "ours.db") as store:
        storage: TrialRows = store.optuna_storage()
        study = storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], "one")

        def write(step):
            with store.together():
                storage.set_trial_intermediate_value(storage.create_new_trial(study, trial()), step, 0.5)

        with pytest.raises(IntegrityError):
            write(None)
        assert storage.get_all_trials(study) == []
        write(1)
        (kept,) = storage.get_all_trials(study)
        assert kept.intermediate_values == {1: 0.5}
