"""All that a study leaves, as written before modules moved to folders by concept: today's code goes on with it."""

import json
import sqlite3
import tarfile
from pathlib import Path

import pytest

from results import frames, open_store
from study import environment, open_bundle
from study.config import load_config
from study.corpus import open_prepared
from study.jobs.study import run_study
from study.progress.watcher import Silent

# A whole tiny study, settings(folder, trials=4) of tests/support/tiny.py, with its settings as a TOML file, its
# cache, its states, and the best as a bundle with what that bundle told of TEXTS then.
ASSET = Path(__file__).parents[1] / "assets" / "study-0002.tar.gz"
NAME = "tiny-tiny-standard"
TEXTS = ["1 14 22 16", "1 33 8 9 30 22", "5"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The study's folder, in which the versions are those that it was written with."""
    with tarfile.open(ASSET) as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("study.db") as connection:
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


def go_on(**changes):
    watch = Counting()
    run_study(load_config(Path("study.toml"), changes), ["study", "run"], watch)
    return watch.epochs


def test_its_settings_are_read_and_a_finished_study_stays_finished(folder) -> None:
    assert go_on() == []


def test_it_goes_on_and_keeps_every_number(folder) -> None:
    with open_store("study.db") as store:
        before, finals = frames.epochs(store, NAME), frames.finals(store, NAME)
    trained = go_on(trials=8)
    with open_store("study.db") as store:
        after, scored, trials = frames.epochs(store, NAME), frames.finals(store, NAME), frames.trials(store, NAME)
    assert len(trials) == 8
    assert len(after) - len(before) == len(trained) > 0
    both = after.merge(before, on=["run", "epoch"], suffixes=("", "_then"))
    assert len(both) == len(before)
    assert both["train_loss"].tolist() == both["train_loss_then"].tolist()
    kept = scored.merge(finals, on=["configuration", "seed"], suffixes=("", "_then"))
    assert len(kept) == len(finals)
    assert kept["test_accuracy"].tolist() == kept["test_accuracy_then"].tolist()


def test_its_cache_is_opened(folder) -> None:
    [prepared] = [path.parent for path in (folder / "cache").glob("*/card.json")]
    corpus = open_prepared(prepared)
    assert corpus.card.fingerprint.startswith(prepared.name)
    assert len(corpus.training.labels) == 120


def test_its_bundle_predicts_what_it_did(folder) -> None:
    told = open_bundle("model").predict(TEXTS)
    expected = json.loads(Path("expected.json").read_text(encoding="utf-8"))
    for prediction, then in zip(told, expected, strict=True):
        assert list(prediction.probabilities.values()) == pytest.approx(then, abs=1e-6)
