"""`study questions`: what is trained, that it goes on, and that it never opens the test part."""

import sqlite3

import pytest
import tiny

from results.evidence.evidence import gather
from results.evidence.questions import last_epoch, readings
from results.report.report import render
from results.store.database import open_store
from search_spaces.questions import NETWORKS, network_of
from study.config import load_config
from study.corpus import Split
from study.errors import Refused
from study.jobs.questions import planned_runs, run_questions
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

NAME = "questions-tiny-standard"


def settings(folder, **changes):
    constant = tiny.RECIPE | {"schedule": "constant"}
    return load_config(None, tiny.settings(folder, questions={"seeds": 2, "epochs": 4}, recipe=constant) | changes)


class Stops(Silent):
    """Counts epochs, and pulls the plug after so many."""

    def __init__(self, after=None):
        self.after = after
        self.epochs = 0
        self.lines = []

    def epoch_done(self, run, epoch, metrics):
        self.epochs += 1
        if self.epochs == self.after:
            raise KeyboardInterrupt

    def said(self, line):
        self.lines.append(line)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A study that was interrupted in its seventh epoch's news and went on; with what both watchers heard."""
    folder = tmp_path_factory.mktemp("questions")
    first, second = Stops(after=7), Stops()
    with pytest.raises(KeyboardInterrupt):
        run_questions(settings(folder), ["study", "questions"], first)
    assert run_questions(settings(folder), ["study", "questions"], second) == NAME
    return folder, first.epochs + second.epochs


def test_five_networks_share_seeds_split_and_recipe(tmp_path) -> None:
    split = Split(0.2, 0)
    planned = planned_runs(settings(tmp_path, seed=3), split)
    architectures = [each.architecture for each in NETWORKS]
    rested_on = architectures[1:]  # no contrast has the simple LSTM
    assert [run.seed for run in planned] == [3] * 4 + [4] * 4 + [3, 4]
    assert [run.configuration.architecture for run in planned] == [*rested_on, *rested_on, *architectures[:1] * 2]
    assert {run.configuration.recipe.epochs for run in planned} == {4}
    assert {run.configuration.recipe.batching for run in planned} == {"bucketed"}
    assert {run.split for run in planned} == {split}


def test_with_more_classes_the_networks_have_heads_for_them_and_are_known_by_the_rest(tmp_path) -> None:
    planned = planned_runs(settings(tmp_path), Split(0.2, 0), classes=4)
    assert {run.configuration.architecture.head for run in planned} == {"softmax"}
    assert {network_of(run.configuration.architecture) for run in planned} == set(NETWORKS)
    with pytest.raises(LookupError, match="expected one of the networks of the questions"):
        network_of(planned[0].configuration.architecture.model_copy(update={"embedding_size": 7}))


def test_every_epoch_is_trained_once_and_read_off(answered) -> None:
    folder, trained = answered
    with open_store(folder / "study.db") as store:
        assert last_epoch(store, NAME) == 4
        frame = readings(store, NAME)
    assert trained == len(frame) == 5 * 2 * 4
    assert frame.groupby("network", sort=False).size().to_dict() == {network.id: 8 for network in NETWORKS}
    assert frame["validation_accuracy"].between(0, 1).all()


def test_at_a_falling_rate_every_length_is_a_run_of_its_own(tmp_path) -> None:
    quiet = settings(tmp_path, recipe=tiny.RECIPE | {"schedule": "linear"}, questions={"seeds": 2, "epochs": 4})
    planned = planned_runs(quiet, Split(0.2, 0))
    assert len({run.key for run in planned}) == len(planned) == 2 * 2 * 5
    rested_on = [(run.configuration.recipe.epochs, run.seed) for run in planned[:12]]  # by the four contrasts
    assert rested_on == [(3, 0)] * 2 + [(4, 0)] * 4 + [(3, 1)] * 2 + [(4, 1)] * 4
    watch = Stops()
    one_seed = quiet.model_copy(update={"questions": quiet.questions.model_copy(update={"seeds": 1})})
    name = run_questions(one_seed, ["study", "questions"], watch)
    assert watch.epochs == 5 * (3 + 4)
    with open_store(tmp_path / "study.db") as store:
        frame = readings(store, name)
        page = render(gather(store, name))
    assert frame.groupby("epoch").size().to_dict() == {3: 5, 4: 5}
    assert "for 3 or 4 epochs, each length a run of its own" in page


def test_the_test_part_stays_shut(answered) -> None:
    folder, _ = answered
    connection = sqlite3.connect(folder / "study.db")
    assert connection.execute("SELECT COUNT(*) FROM test_openings").fetchone() == (0,)
    assert connection.execute("SELECT command, exit_status FROM invocations").fetchall() == [
        ("study questions", 130),
        ("study questions", 0),
    ]


def test_nothing_is_trained_twice_not_even_under_another_name(answered, monkeypatch) -> None:
    folder, _ = answered
    monkeypatch.setattr("study.jobs.session.start_engine", lambda *_, **__: pytest.fail("no work, no workers"))
    watch = Stops()
    run_questions(settings(folder), ["study"], watch)
    assert watch.lines[-1] == f"Nothing to do: study {NAME} has all its epochs."
    run_questions(settings(folder, name="once-more"), ["study"], Silent())
    with open_store(folder / "study.db") as store:
        assert readings(store, "once-more").equals(readings(store, NAME))


def test_other_seeds_or_epochs_are_another_study(answered) -> None:
    folder, _ = answered
    with pytest.raises(Refused, match=r"questions\.seeds: 2 -> 3\..*--name NEW_NAME"):
        run_questions(settings(folder, questions={"seeds": 3, "epochs": 4}), ["study"], Silent())


def test_its_report_tells_the_answers_and_nothing_of_a_search(answered) -> None:
    folder, _ = answered
    with open_store(folder / "study.db") as store:
        page = render(gather(store, NAME))
    assert "The chapter&#39;s open questions, on validation data: more epochs help" in page
    assert "Would the CNN and LSTM improve with dropout?" in page
    assert 'id="figure-questions"' in page
    assert "runs are through" not in page
    assert 'id="search"' not in page
    assert 'id="pairwise"' not in page


def test_a_study_of_another_kind_asks_no_questions(answered, tmp_path) -> None:
    folder, _ = answered
    with open_store(folder / "study.db") as store:
        assert last_epoch(store, "another") is None
        assert readings(store, "another").empty
