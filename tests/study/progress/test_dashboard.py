"""What the driver puts on the dashboard while a study runs, and what it costs."""

import optuna
import pytest
import tiny
from optuna_dashboard import get_note
from synthetic import STUDY, filled

from results.dashboard import publisher as publishing
from results.evidence import frames
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress import dashboard as board
from study.progress.dashboard import Board
from study.progress.watcher import Silent


class Lines(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def said(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def store(tmp_path):
    with filled(tmp_path / "study.db", trials=6) as store:
        yield store


def end_a_step(hearer: Board) -> None:
    hearer.step_done(None, "trial 1", "complete", 0.9)  # type: ignore[arg-type]


def published(store) -> bool:
    return bool(get_note(optuna.load_study(study_name=STUDY, storage=store.optuna_storage())))


def test_a_tiny_study_is_on_the_dashboard_when_it_ends(tmp_path) -> None:
    config = load_config(None, tiny.settings(tmp_path, trials=2, finals={"seeds": 0}))
    name = run_study(config, ["study", "run"], Lines())
    with open_store(config.database) as store:
        study = optuna.load_study(study_name=name, storage=store.optuna_storage())
        attributes = study._storage.get_study_system_attrs(study._study_id)
        note = get_note(study)
        ended = frames.trials(store, name)
    assert "Trials: 2 complete" in note
    assert len(ended) == sum(key.endswith(":note_ver") and key != "dashboard:note_ver" for key in attributes)
    assert study.metric_names == ["validation accuracy"]
    assert any(key.startswith("dashboard:plot_data:learning-curves") for key in attributes)
    assert len(list((tmp_path / "artifacts").iterdir())) == 2


def test_it_waits_between_refreshes_and_at_the_end_nothing_is_missing(store, monkeypatch) -> None:
    hearer = Board(Silent(), store, STUDY)
    hearer.finish()
    assert not published(store)  # nothing was heard, so nothing is due
    end_a_step(hearer)
    assert not published(store)
    hearer.finish()
    assert published(store)


def test_it_takes_no_more_than_its_share_of_the_time(store, monkeypatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(board.time, "monotonic", lambda: clock[0])

    def slow(self, most_notes=None):
        clock[0] += 2.0
        return 0

    monkeypatch.setattr(publishing.Publisher, "publish", slow)
    hearer = Board(Silent(), store, STUDY)
    spent = 0.0
    for _ in range(2000):
        clock[0] += 1.0
        before = clock[0]
        end_a_step(hearer)
        spent += clock[0] - before
    assert 0 < spent / clock[0] <= board.SHARE


def test_a_failure_of_the_pages_is_said_once_and_ends_nothing(store, monkeypatch) -> None:
    def fails(self, most_notes=None):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing.Publisher, "publish", fails)
    monkeypatch.setattr(board, "EVERY", 0.0)
    watch = Lines()
    hearer = Board(watch, store, STUDY)
    for _ in range(3):
        end_a_step(hearer)
    hearer.finish()
    assert len(watch.lines) == 1
    assert "No space left on device" in watch.lines[0]
