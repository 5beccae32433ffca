"""A database that version 0.1.0 wrote: today's code goes on with it and reports it."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest
import tiny

from results.evidence import frames
from results.report.report import build_report
from results.store.database import open_store
from study import environment
from study.config import load_config
from study.errors import Refused
from study.jobs.study import run_study
from study.progress.status import status_of
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

# A whole tiny study: settings(folder, trials=4) of tests/tiny.py.
ASSET = Path(__file__).parents[1] / "assets" / "study-0001.db.gz"
NAME = "tiny-tiny-standard"


@pytest.fixture
def older(tmp_path, monkeypatch):
    """A folder with a copy of the database, in which the versions are those that it was written with."""
    (tmp_path / "study.db").write_bytes(gzip.decompress(ASSET.read_bytes()))
    with sqlite3.connect(tmp_path / "study.db") as connection:
        (terms,) = connection.execute("SELECT terms FROM study_terms").fetchone()
    connection.close()
    then = environment.environment() | json.loads(terms)["versions"]
    monkeypatch.setattr(environment, "environment", lambda: then)
    return tmp_path


class Counting(Silent):
    def __init__(self) -> None:
        self.epochs: list[tuple[str, int]] = []

    def epoch_done(self, run, epoch, metrics) -> None:
        self.epochs.append((run.key, epoch))


def run(folder, **changes):
    watch = Counting()
    run_study(load_config(None, tiny.settings(folder, **changes)), ["study"], watch)
    return watch


def test_it_is_reported_and_its_status_told(older) -> None:
    with open_store(older / "study.db") as store:
        page = build_report(store, None, older / "report.html").read_text(encoding="utf-8")
        found = status_of(store, None, str(older / "study.db"))
    assert NAME in page
    assert (found["trials"], found["finals"], found["trials_planned"]) == ({"complete": 4}, 2, None)


def test_a_finished_study_stays_finished(older) -> None:
    assert run(older, trials=4).epochs == []


def test_a_larger_total_keeps_its_trials_and_trains_only_what_is_new(older) -> None:
    with open_store(older / "study.db") as store:
        trials, epochs = frames.trials(store, NAME), frames.epochs(store, NAME)
    watch = run(older, trials=10)
    with open_store(older / "study.db") as store:
        more, all_epochs = frames.trials(store, NAME), frames.epochs(store, NAME)
    assert len(more) == 10
    assert more["words"].tolist()[:4] == trials["words"].tolist()
    assert len(all_epochs) - len(epochs) == len(watch.epochs) > 0
    both = all_epochs.merge(epochs, on=["run", "epoch"], suffixes=("", "_then"))
    assert len(both) == len(epochs)
    assert both["train_loss"].tolist() == both["train_loss_then"].tolist()


def test_other_terms_are_refused_as_far_as_it_kept_them(older) -> None:
    with pytest.raises(Refused, match=r"other terms: space or recipe: fingerprint \w+ -> \w+ \(an older version"):
        run(older, recipe=tiny.RECIPE | {"learning_rate": 0.01})
