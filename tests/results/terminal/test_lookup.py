"""best, show and list: plain values with fixed keys, checked against the frames and SciPy."""

import json
import subprocess
import sys

import pytest
from synthetic import NOTICE, STUDY, add_finals, add_trials, begin, filled

from results.evidence import frames
from results.evidence.evidence import gather
from results.report.markdown import summary
from results.report.scores.curves import learning_curves
from results.statistics.intervals import t_interval
from results.store.database import open_store
from results.store.schema import StoreError
from results.store.tables import StudyTermsRow
from results.terminal import lookup as glance
from results.terminal import words as glance_words
from search_spaces import BOOK
from study.progress.status import in_lines, status_of

BEST = {
    *(
        "study",
        "kind",
        "corpus",
        "stand_in",
        "notice",
        "chosen_by",
        "title",
        "configuration",
        "words",
        "reference",
    ),
    *("parameters", "epochs", "trials", "validation_accuracy", "test", "decisions", "show", "answer"),
}
SHOWN = {
    *("study", "number", "state", "validation_accuracy", "reason", "configuration", "words", "reference"),
    *("validation_loss", "validation_balanced_accuracy", "validation_macro_f1", "cpu_seconds_an_epoch"),
    *(
        "last_epoch",
        "parameters",
        "epochs",
        "epochs_trained",
        "seed",
        "run",
        "started",
        "completed",
        "notice",
        "suggested",
        "curve",
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with filled(tmp_path_factory.mktemp("glance") / "study.db", trials=20) as store:
        yield store


def test_the_best_of_those_with_finals_is_chosen_by_validation(store) -> None:
    values = glance.best(store)
    finals, trials = frames.finals(store, STUDY), frames.trials(store, STUDY)
    scored = trials[trials["configuration"].isin(finals["configuration"]) & trials["validation_accuracy"].notna()]
    chosen = scored.groupby("configuration")["validation_accuracy"].mean().idxmax()
    own = finals.loc[finals["configuration"] == chosen, "test_accuracy"]
    assert set(values) == BEST
    assert values["chosen_by"] == "validation accuracy"
    assert values["configuration"] == chosen
    assert values["test"]["seeds"] == [1, 2, 3]
    assert values["test"]["mean"] == pytest.approx(own.mean())
    assert (values["test"]["low"], values["test"]["high"]) == pytest.approx(t_interval(own))
    assert values["show"] == f"study show {values['trials'][0]} --name {STUDY}"
    words = glance_words.best_in_words(values)
    assert f"{100 * own.mean():.2f} %, mean of 3 seeds" in words
    assert values["decisions"][0].startswith(f"{values['title']} is ")
    assert values["decisions"][0] in words
    assert values["words"] in words
    json.dumps(values, allow_nan=False)


def test_without_finals_the_best_is_by_validation_and_says_so(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store, stand_in=True, notice=NOTICE)
        assert glance.best(store)["chosen_by"] is None
        assert "no trial has ended with a score yet" in glance_words.best_in_words(glance.best(store))
        add_trials(store, 12)
        values = glance.best(store)
        assert values["chosen_by"] == "validation accuracy"
        assert values["test"] is None
        assert values["validation_accuracy"] == frames.trials(store, STUDY)["validation_accuracy"].max()
        assert "nothing is scored on the test part yet" in glance_words.best_in_words(values)
        assert NOTICE in glance_words.best_in_words(values)
        assert NOTICE in glance_words.trial_in_words(glance.show(store, 0))


def test_one_seed_has_no_interval(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        add_finals(store, [BOOK[0].configuration], seeds=(1,))
        [test] = [each["test"] for each in glance.best(store)["networks"]]
        assert (test["low"], test["high"]) == (None, None)
        assert "interval" not in glance_words.best_in_words(glance.best(store))


def test_a_trial_is_shown_with_its_epochs_and_its_reason(store) -> None:
    trials, epochs = frames.trials(store, STUDY), frames.epochs(store, STUDY)
    for state in ("complete", "pruned", "fail"):
        row = next(row for row in trials.itertuples() if row.state == state)
        values = glance.show(store, row.number)
        assert set(values) == SHOWN
        assert values["reason"] == (row.reason or None)
        heard = {"complete": row.epochs, "pruned": 1, "fail": 0}[state]
        own = epochs[(epochs["run"] == row.run) & (epochs["epoch"] <= heard)]
        assert [epoch["validation_accuracy"] for epoch in values["curve"]] == own["validation_accuracy"].tolist()
        assert json.loads(json.dumps(values, allow_nan=False))["suggested"] == row.params
        assert row.words in glance_words.trial_in_words(values)


def test_an_unknown_trial_is_one_line_with_the_range(store) -> None:
    with pytest.raises(StoreError, match=r"has trials 0 to 19; expected one of them, got 99"):
        glance.show(store, 99)
    with pytest.raises(StoreError, match="expected the name of a study, got 'none'"):
        glance.show(store, 0, "none")


def test_studies_are_listed_with_their_trials_by_state(store) -> None:
    [values] = glance.listing(store)
    trials = frames.trials(store, STUDY)
    assert values["trials"] == trials["state"].value_counts().to_dict()
    assert values["finals"] == len(frames.finals(store, STUDY))
    assert values["best_validation_accuracy"] == trials["validation_accuracy"].max()
    assert "each" not in values
    [whole] = glance.listing(store, STUDY, with_trials=True)
    assert [each["number"] for each in whole["each"]] == list(range(20))
    assert glance_words.listing_in_words([whole]).count("sigmoid") == 20


def of_kind(store, terms):
    """A study of another kind: its terms as such a study keeps them."""
    begin(store)
    with store.session() as session:
        row = session.get_one(StudyTermsRow, STUDY)
        row.terms = terms
    return store


def test_a_reproduction_lists_what_it_scored_and_chooses_nothing(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        of_kind(store, {"recipe": "faithful: as published", "seed": 0, "versions": {}})
        assert "no run is scored yet" in glance_words.best_in_words(glance.best(store))
        add_finals(store, [each.configuration for each in BOOK], seeds=(1, 2))
        values = glance.best(store)
        assert (values["kind"], values["chosen_by"], values["answers"]) == ("reproduction", None, {})
        assert [each["reference"] for each in values["networks"]] == [each.id for each in BOOK]
        words = glance_words.best_in_words(values)
        finals = frames.finals(store, STUDY).groupby("reference")["test_accuracy"].mean()
        assert "nothing is chosen" in words
        assert f"{BOOK[0].title}: {100 * finals[BOOK[0].id]:.2f} %, 2 seeds, 95 % t interval" in words
        assert "chosen by" not in words
        values["networks"][0]["test"] |= {"low": 0.49, "high": 1.13}  # of Student's, which knows no bounds
        assert "2 seeds, 95 % t interval 49.00 to 100.00 %" in glance_words.best_in_words(values)
        json.dumps(values, allow_nan=False)
        listed = glance_words.listing_in_words(glance.listing(store))
        assert "reproduction of published networks; 8 runs scored on the test part" in listed
        lines = in_lines(status_of(store, None, str(tmp_path / "study.db")))
        assert any(line.split() == ["kind", "reproduction"] for line in lines)
        assert not any(line.startswith("trials") for line in lines)
        evidence = gather(store)
        shown = learning_curves(evidence)  # every epoch is kept, though none was searched or validated
        assert shown["training"] is not None
        assert "chosen" not in summary(evidence)


def test_a_study_of_questions_says_its_answers(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        of_kind(store, {"questions": {"seeds": 2, "epochs": 4}, "recipe": {}, "seed": 0, "versions": {}})
        values = glance.best(store)
        assert (values["kind"], values["chosen_by"], len(values["answers"])) == ("questions", None, 3)
        assert "the open questions, on validation data" in glance_words.best_in_words(values)
        assert "open questions, 0 runs begun" in glance_words.listing_in_words(glance.listing(store))
        assert "no network of the questions has two seeds" in " ".join(summary(gather(store)).split())


def test_it_loads_neither_tensorflow_nor_scipy() -> None:
    code = "import sys; import results.terminal.lookup; print({'tensorflow', 'keras', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
