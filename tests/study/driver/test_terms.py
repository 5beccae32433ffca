"""What a study may not be gone on with, said setting by setting; and a study forked from another."""

import re

import pytest
import tiny

from results.evidence import frames, studies
from results.store.database import open_store
from study import environment
from study.config import load_config
from study.driver.terms import differences
from study.errors import InputError, Refused
from study.jobs.study import run_study
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

NAME = "tiny-tiny-standard"
KEPT = {
    "corpus": "a" * 64,
    "corpus_name": "reviews",
    "split_fingerprint": "5p1",
    "split": {"validation_fraction": 0.2, "seed": 0, "training_texts": None},
    "space": "book",
    "space_fingerprint": "f1",
    "seed": 0,
    "search": {"pruner": "median", "startup_trials": 8},
    "versions": {"keras": "3.15.0", "numpy": "2.4.6"},
    "finals": {"seeds": 3, "test_texts": None, "margin": 0.5},
    "recipe": {"learning_rate": 0.001, "batch_size": 64},
    "ranges": {"units": "2 to 5", "rate": "0 to 0.4"},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"corpus": "b" * 64, "corpus_name": "tweets"}, ["corpus: reviews (aaaaaaaa) -> tweets (bbbbbbbb)"]),
        ({"corpus_name": "the same texts elsewhere", "corpus_texts": 7}, []),
        (
            {"split_fingerprint": "5p2", "split": KEPT["split"] | {"validation_fraction": 0.3}},
            ["split.validation_fraction: 0.2 -> 0.3"],
        ),
        (
            {"split_fingerprint": "5p2", "split": KEPT["split"] | {"training_texts": 500}},
            ["split.training_texts: none -> 500"],
        ),
        (
            {"finals": {"seeds": 9, "test_texts": 5000, "margin": 1.0}},
            ["finals.seeds: 3 -> 9", "finals.test_texts: none -> 5000", "finals.margin: 0.5 -> 1.0"],
        ),
        ({"versions": {"keras": "3.15.1", "numpy": "2.4.6"}}, ["keras 3.15.0 -> 3.15.1"]),
        (
            {"space_fingerprint": "f2", "recipe": KEPT["recipe"] | {"learning_rate": 0.01}},
            ["recipe.learning_rate: 0.001 -> 0.01"],
        ),
        (
            {"space_fingerprint": "f2", "ranges": {"units": "2 to 8", "layers": "1 to 2"}},
            [
                "range of units: 2 to 5 -> 2 to 8",
                "range of rate: 0 to 0.4 -> none",
                "range of layers: none -> 1 to 2",
            ],
        ),
        ({"space": "wide", "space_fingerprint": "f2", "ranges": {"cell": "lstm"}}, ["space: book -> wide"]),
        (
            {"search": KEPT["search"] | {"pruner": "none"}, "seed": 5},
            ["seed: 0 -> 5", "search.pruner: median -> none"],
        ),
        (
            {"search": KEPT["search"] | {"pruner_startup_trials": 8}},
            [],
        ),  # its default, and there was no such setting
        ({"forked_from": {"study": "one", "changed": []}}, []),
        ({"space_source": "abc"}, []),
    ],
)
def test_what_differs_is_said_by_setting(change, said) -> None:
    assert differences(KEPT, KEPT | change) == said


def test_an_older_study_kept_fingerprints_alone() -> None:
    older = {key: value for key, value in KEPT.items() if key not in ("recipe", "ranges")}
    assert differences(older, KEPT) == []
    other = KEPT | {"space_fingerprint": "f2", "recipe": {"learning_rate": 0.01}}
    assert differences(older, other) == [
        "space or recipe: fingerprint f1 -> f2 (an older version kept no more of it)"
    ]
    assert differences(older, KEPT | {"space": "wide", "space_fingerprint": "f2"}) == ["space: book -> wide"]


class Counting(Silent):
    def __init__(self) -> None:
        self.epochs: list[tuple[str, int]] = []
        self.lines: list[str] = []

    def epoch_done(self, run, epoch, metrics) -> None:
        self.epochs.append((run.key, epoch))

    def said(self, line) -> None:
        self.lines.append(line)


def run(folder, **changes):
    watch = Counting()
    run_study(load_config(None, tiny.settings(folder, trials=3, **changes)), ["study", "run"], watch)
    return watch


def kept(folder, study=NAME):
    with open_store(folder / "study.db") as store:
        return (
            frames.trials(store, study).drop(columns=["started", "completed", "epochs_trained"]),
            frames.finals(store, study).drop(columns=["scored"]),
            studies.terms(store, study)["terms"],
        )


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forked")
    run(folder)
    return folder


def test_the_refusal_names_every_setting_and_the_way_out(begun) -> None:
    other = {"recipe": tiny.RECIPE | {"learning_rate": 0.01}, "split": {"validation_fraction": 0.3}}
    expected = (
        f"study {NAME} was begun with other terms: split.validation_fraction: 0.2 -> 0.3; "
        "recipe.learning_rate: 0.001 -> 0.01. "
        "Go on with the old ones, or begin another study with the new ones: --fork NEW_NAME"
    )
    with pytest.raises(Refused, match=re.escape(expected)):
        run(begun, **other)


def test_texts_that_changed_are_said_so_with_the_way_out(begun) -> None:
    """As a table that grew: under the same path, so of the same name."""
    before = (begun / "tiny.npz").read_bytes()
    try:
        tiny.write_corpus(begun / "tiny.npz", training=140)
        expected = (
            rf"study {NAME} was begun on other texts: corpus: tiny \(\w{{8}}, 180 texts\) -> tiny \(\w{{8}}, "
            r"200 texts\)\. The file has changed since, .*: begin .* with --name NEW_NAME, or give the old texts"
        )
        with pytest.raises(Refused, match=expected):
            run(begun)
        assert run(begun, name="grown").epochs
    finally:
        (begun / "tiny.npz").write_bytes(before)
    with pytest.raises(Refused, match=r"begun on other texts: .* The file has changed since"):
        run(begun, name="grown")


def test_a_fork_shares_what_is_equal_and_leaves_its_origin_alone(begun) -> None:
    trials, finals, terms = kept(begun)
    watch = run(begun, fork="sibling", search={"startup_trials": 9})
    assert watch.epochs == []  # the same runs, all known
    assert f"It is a fork of {NAME}: search.startup_trials: 8 -> 9" in watch.lines
    forked_trials, forked_finals, forked_terms = kept(begun, "sibling")
    assert forked_trials.equals(trials)
    assert forked_finals.equals(finals)
    assert forked_terms["forked_from"] == {"study": NAME, "changed": ["search.startup_trials: 8 -> 9"]}
    for before, after in zip((trials, finals), kept(begun)[:2], strict=True):
        assert after.equals(before)
    assert kept(begun)[2] == terms


def test_the_same_command_goes_on_with_the_fork_and_so_does_its_name(begun) -> None:
    other = {"search": {"startup_trials": 10}}
    run(begun, fork="again", **other)
    assert "Nothing to do" in run(begun, fork="again", **other).lines[-1]
    assert "Nothing to do" in run(begun, name="again", **other).lines[-1]
    with pytest.raises(Refused, match=r"study again was begun with other terms: search\.startup_trials: 10 -> 8"):
        run(begun, fork="again")


def test_what_cannot_be_forked_is_refused(begun) -> None:
    run(begun, name="no-fork")
    with pytest.raises(Refused, match=f"study no-fork is there already and is no fork of {NAME}"):
        run(begun, fork="no-fork")
    with pytest.raises(InputError, match=r"--fork new: expected a study to fork, but .* none called nil"):
        run(begun, name="nil", fork="new")
    with pytest.raises(InputError, match=f"--fork {NAME}: expected the name of a new study"):
        run(begun, fork=NAME)


def test_epochs_of_other_versions_are_never_shared(begun, monkeypatch) -> None:
    _, finals, _ = kept(begun)
    real = environment.environment()
    monkeypatch.setattr(environment, "environment", lambda: real | {"keras": "3.99.0"})
    with pytest.raises(Refused, match=rf"other terms: keras {re.escape(real['keras'])} -> 3\.99\.0\. "):
        run(begun)
    watch = run(begun, fork="newer")
    _, trained_anew, terms = kept(begun, "newer")
    assert len(watch.epochs) == len(set(watch.epochs)) > 0
    assert not {*trained_anew["run"]} & {*finals["run"]}
    assert trained_anew["test_loss"].tolist() == finals["test_loss"].tolist()
    assert terms["forked_from"]["changed"] == [f"keras {real['keras']} -> 3.99.0"]
    assert run(begun, fork="newer").epochs == []
