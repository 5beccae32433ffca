"""One contract for the databases a study can be kept in: a file of SQLite, a server of PostgreSQL."""

from datetime import UTC, datetime, timedelta

import numpy as np
import optuna
import postgres
import pytest
import tiny
from racing import race

from results.evidence import frames, predictions, studies
from results.report.report import build_report
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress.status import status_of
from study.progress.watcher import Silent
from study.training.tasks import train

pytestmark = pytest.mark.usefixtures("words_are_counted")

STUDY = "tiny-tiny-standard"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(request, tmp_path_factory):
    if request.param == "sqlite":
        yield str(tmp_path_factory.mktemp("file") / "study.db")
        return
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoServerError as missing:
        pytest.skip(str(missing))


def run(folder, address, **changes):
    config = load_config(None, tiny.settings(folder, database=address, trials=3, **changes))
    return run_study(config, ["study", "run"], Silent())


def table(address):
    with open_store(address) as store:
        trials, finals = frames.trials(store, STUDY), frames.finals(store, STUDY)
        epochs = frames.epochs(store, STUDY).sort_values(["run_fingerprint", "split", "seed", "epoch"])
    return [
        trials[["number", "state", "words", "epochs", "validation_accuracy"]].to_numpy().tolist(),
        epochs[["run_fingerprint", "split", "seed", "epoch", "train_loss"]].to_numpy().tolist(),
        finals[["configuration", "seed", "test_loss"]].to_numpy().tolist(),
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    run(folder, str(folder / "study.db"))
    return table(folder / "study.db")


@pytest.fixture(scope="module")
def gone_on_with(address, tmp_path_factory):
    """A study that was interrupted once and then brought to its end in that database."""
    folder = tmp_path_factory.mktemp("study")
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return train(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("study.driver.runs.train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(folder, address)
    run(folder, address)
    return folder


def test_an_interrupted_study_ends_with_the_same_table(gone_on_with, address, undisturbed) -> None:
    assert table(address) == undisturbed


def test_json_bytes_and_times_come_back_as_they_were(gone_on_with, address) -> None:
    with open_store(address) as store:
        assert store.integrity() == "ok"
        finals, correct = frames.finals(store, STUDY), predictions.correct(store, STUDY)
        kept = studies.terms(store, STUDY)
        invocations = frames.invocations(store)
        baselines = frames.baselines(store, STUDY)
    found = [correct[row.configuration, row.seed] for row in finals.itertuples()]
    assert [len(hits) for hits in found] == [60, 60]
    assert [hits.mean() for hits in found] == pytest.approx(finals["test_accuracy"].tolist())
    assert [np.mean(hits) for hits in baselines["hits"]] == pytest.approx(baselines["test_accuracy"].tolist())
    assert kept["terms"]["recipe"]["batch_size"] == 16
    assert kept["corpus"]["classes"]
    assert timedelta() < datetime.now(UTC) - kept["begun"] < timedelta(minutes=10)
    assert invocations["exit_status"].tolist() == [130, 0]
    assert (invocations["ended"] > invocations["started"]).all()
    assert invocations["environment"][0]["keras"]


def test_report_and_status_come_of_it(gone_on_with, address, tmp_path) -> None:
    with open_store(address) as store:
        page = build_report(store, None, tmp_path / "report.html").read_text(encoding="utf-8")
        found = status_of(store, None, address)
    assert STUDY in page
    assert found["trials"]["complete"] + found["trials"].get("pruned", 0) == 3
    assert (found["finals"], found["finals_planned"]) == (2, 2)


def test_optuna_is_in_the_same_database(gone_on_with, address) -> None:
    with open_store(address) as store:
        study = optuna.load_study(study_name=STUDY, storage=store.optuna_storage())
        assert [trial.number for trial in study.trials] == [0, 1, 2]
        assert study.metric_names == ["validation accuracy"]


@pytest.mark.parametrize("left_behind", [False, True], ids=["a new study", "a dead driver's lease"])
def test_of_drivers_that_start_at_once_one_gets_the_study(address, left_behind) -> None:
    with open_store(address, create=True) as store:
        race(store, address, rounds=1, left_behind=left_behind)
