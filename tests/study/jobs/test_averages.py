"""The average of a study's finals: chosen on the validation part, scored once, for two classes and for four."""

import sqlite3

import numpy as np
import pytest
import tiny

from results.answer.decision import decide
from results.evidence import averages, frames, predictions
from results.evidence.evidence import gather
from results.metrics.averaging import weighted
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.scoring import score_average_on_test

pytestmark = pytest.mark.usefixtures("words_are_counted")


class Listening(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def said(self, line: str) -> None:
        self.lines.append(line)


TWO = {"finals": {"seeds": 2, "best": 2, "extra_seeds": 0, "leaders": 0, "baselines": False}, "trials": 3}
ONE = {"finals": {"seeds": 1, "best": 2, "extra_seeds": 0, "leaders": 0, "baselines": False}, "trials": 3}


def run(folder, arrays, **changes):
    folder.mkdir(exist_ok=True)
    np.savez(folder / "corpus.npz", **arrays)
    watch = Listening()
    config = load_config(None, tiny.settings(folder, corpus=str(folder / "corpus.npz"), **changes))
    return watch, run_study(config, ["study", "run"], watch), config


def openings(folder) -> list[str]:
    rows = sqlite3.connect(folder / "study.db").execute("SELECT purpose FROM test_openings ORDER BY id")
    return [purpose.split()[0] for (purpose,) in rows]


@pytest.fixture(scope="module", params=["two", "four"])
def finished(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    arrays = tiny.arrays() if request.param == "two" else tiny.four_classes()
    watch, name, config = run(folder, arrays, **TWO)
    with open_store(config.database) as store:
        yield folder, arrays, watch, name, store


def test_it_is_the_weighted_mean_of_what_the_finals_told(finished) -> None:
    _, arrays, _, name, store = finished
    kept = averages.kept(store, name)
    assert sum(each["weight"] for each in kept.networks) == pytest.approx(1)
    told = [predictions.mean_of(store, name, each["configuration"], each["seeds"]) for each in kept.networks]
    mean = weighted(told, [each["weight"] for each in kept.networks])
    right = mean.argmax(axis=1) == arrays["test_labels"]
    assert kept.hits.tolist() == right.tolist()
    assert kept.test_accuracy == right.mean() == np.trace(kept.confusion) / len(right)
    assert kept.confusion.sum(axis=1).tolist() == np.bincount(arrays["test_labels"]).tolist()
    assert all(each["seeds"] == [10, 11] for each in kept.networks)
    assert min(kept.cpu_seconds.values()) > 0


def test_on_validation_texts_it_is_as_good_as_the_best_of_the_search(finished) -> None:
    _, _, _, name, store = finished
    trials, scored = frames.trials(store, name), frames.finals(store, name)
    best = trials.loc[trials["configuration"].isin(scored["configuration"]), "validation_accuracy"].max()
    assert averages.kept(store, name).validation_accuracy >= best


def test_the_test_part_is_read_for_it_once(finished) -> None:
    folder, arrays, watch, _, _ = finished
    before = openings(folder)
    assert before == ["final"] * 4 + ["average"]
    again, _, _ = run(folder, arrays, **TWO)
    assert "Nothing to do" in again.lines[-1]
    assert openings(folder) == before
    assert any(line.startswith("average scored: ") for line in watch.lines)


def test_the_answer_says_what_it_brings(finished) -> None:
    _, _, _, name, store = finished
    found = decide(gather(store, name))
    assert found.average.sentence in found.grounds
    assert found.average.value == averages.kept(store, name).test_accuracy
    assert found.as_values()["average"]["command"].startswith("study export ensemble --name ")


def test_the_test_part_has_no_say_in_the_weights(finished, tmp_path) -> None:
    _, arrays, _, name, store = finished
    shuffled = np.random.default_rng(1).permutation(arrays["test_labels"])
    _, other, config = run(tmp_path / "other", arrays | {"test_labels": shuffled}, **TWO)
    with open_store(config.database) as beside:
        first, second = averages.kept(store, name), averages.kept(beside, other)
    assert first.networks == second.networks
    assert first.hits.tolist() != second.hits.tolist()


def test_killed_over_the_test_part_it_is_scored_by_the_next_call(tmp_path, monkeypatch) -> None:
    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("study.jobs.averages.score_average_on_test", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, tiny.arrays(), **ONE)
    assert openings(tmp_path)[-1] == "average"
    monkeypatch.setattr("study.jobs.averages.score_average_on_test", score_average_on_test)
    _, name, config = run(tmp_path, tiny.arrays(), **ONE)
    assert openings(tmp_path)[-2:] == ["average", "average"]
    with open_store(config.database) as store:
        assert averages.kept(store, name) is not None
        assert frames.invocations(store)["test_openings_again"].tolist() == [0, 1]


def test_none_where_none_is_asked_for_and_nothing_is_trained_again_for_one(tmp_path) -> None:
    without = {**ONE["finals"], "average": False}
    _, name, config = run(tmp_path, tiny.arrays(), trials=3, finals=without)
    with open_store(config.database) as store:
        assert averages.kept(store, name) is None
        assert decide(gather(store, name)).average is None
    for state in config.states.iterdir():
        state.unlink()
    watch, _, _ = run(tmp_path, tiny.arrays(), **ONE)
    assert "Nothing to do" in watch.lines[-1]


def test_linear_models_are_among_what_is_chosen(tmp_path) -> None:
    """Two classes told apart by single words: the linear models are right on all validation texts, the network on
    few, so one of them it is, with the score it has as a baseline."""
    finals = {"seeds": 1, "extra_seeds": 0, "leaders": 0}
    _, name, config = run(tmp_path, tiny.arrays(), trials=1, finals=finals)
    with open_store(config.database) as store:
        kept, baselines = averages.kept(store, name), frames.baselines(store, name).set_index("kind")
    assert set(kept.cpu_seconds) > {"tf-idf", "nb-svm"}
    (only,) = kept.linear
    assert only["weight"] == 1
    assert kept.networks == []
    assert kept.hits.tolist() == baselines.loc[only["kind"], "hits"].tolist()
