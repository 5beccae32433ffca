import math

import numpy as np
import optuna
import pandas as pd
import pytest
from synthetic import BEGUN, STUDY, add_finals, add_trials, begin, book_and_found, filled

from results.evidence import frames, predictions, studies
from results.store.database import open_store
from results.store.tables import PredictionRow, StudyTermsRow
from search_spaces import BOOK


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    store = filled(tmp_path_factory.mktemp("full") / "study.db", trials=30, seeds=(1, 2, 3))
    yield store
    store.close()


@pytest.fixture
def empty(tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store)
    yield store
    store.close()


def dtypes(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items() if name not in ("params", "environment")}


@pytest.mark.parametrize("which", ["empty", "full"])
def test_columns_and_dtypes_are_fixed(which, request):
    store = request.getfixturevalue(which)
    assert dtypes(frames.trials(store, STUDY)) == frames.TRIALS
    assert dtypes(frames.epochs(store, STUDY)) == frames.EPOCHS
    assert dtypes(frames.finals(store, STUDY)) == frames.FINALS
    assert dtypes(frames.invocations(store)) == frames.INVOCATIONS
    assert "params" in frames.trials(store, STUDY)
    assert "environment" in frames.invocations(store)


def test_an_empty_study_has_empty_frames(empty):
    assert [len(f(empty, STUDY)) for f in (frames.trials, frames.epochs, frames.finals)] == [0, 0, 0]
    assert len(frames.invocations(empty)) == 1


def test_trials_are_in_order_with_their_states(full):
    trials = frames.trials(full, STUDY)
    assert trials["number"].tolist() == list(range(30))
    assert trials["reference"].tolist()[:4] == [reference.id for reference in BOOK]
    complete = trials["state"] == "complete"
    assert trials.loc[complete, "validation_accuracy"].between(0.5, 1).all()
    assert trials.loc[~complete, "validation_accuracy"].isna().all()
    assert set(trials.loc[trials["state"] == "fail", "reason"]) == {"the loss became NaN in epoch 1"}
    assert trials.loc[0, "parameters"] == 213_301
    assert trials.loc[0, "params"]["lstm_units"] == 100


def test_epochs_are_those_of_the_trials_and_finals(full):
    epochs, finals = frames.epochs(full, STUDY), frames.finals(full, STUDY)
    assert epochs[["run", "epoch"]].drop_duplicates().shape[0] == len(epochs)
    own = epochs["run"].isin(finals["run"])
    assert epochs.loc[own, "validation_accuracy"].isna().all()
    assert epochs.loc[~own, "validation_accuracy"].notna().all()
    assert epochs["finished"].min() == BEGUN + pd.Timedelta(minutes=1)


def test_finals_time_only_the_epochs_of_their_configuration(tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store)
    three = BOOK[0].configuration
    two = three.with_recipe(epochs=2)
    add_finals(store, [three, two], seeds=(1,))
    finals, epochs = frames.finals(store, STUDY), frames.epochs(store, STUDY)
    seconds = epochs["seconds"].tolist()
    assert finals["run"].nunique() == 1
    assert finals["epochs"].tolist() == [3, 2]
    assert finals["train_seconds"].tolist() == [
        pytest.approx(math.fsum(seconds)),
        pytest.approx(seconds[0] + seconds[1]),
    ]


def test_correct_says_which_texts_each_final_told_right(full):
    finals, correct = frames.finals(full, STUDY), predictions.correct(full, STUDY)
    assert list(correct) == list(zip(finals["configuration"], finals["seed"], strict=True))
    assert {(hits.dtype, hits.shape) for hits in correct.values()} == {(np.dtype(bool), (25_000,))}
    shares = [hits.mean() for hits in correct.values()]
    assert shares == finals["test_accuracy"].tolist()
    assert not any(hits.all() for hits in correct.values())


def test_correct_reads_the_bits_in_the_order_of_the_texts(tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store, test_texts=10)
    add_finals(store, [BOOK[0].configuration], seeds=(1,))
    with store.session() as session:
        session.query(PredictionRow).one().hits = bytes([0b10110000, 0b01000000])
    [hits] = predictions.correct(store, STUDY).values()
    assert hits.astype(int).tolist() == [1, 0, 1, 1, 0, 0, 0, 0, 0, 1]
    assert predictions.correct(store, STUDY, kind="reading") == {}


def test_studies_do_not_see_each_other(full, tmp_path):
    store = filled(tmp_path / "two.db", trials=5, seeds=(1, 2))
    begin(store, "another")
    assert len(frames.trials(store, "another")) == len(frames.finals(store, "another")) == 0
    add_trials(store, 4, "another")
    add_finals(store, book_and_found(store)[:1], seeds=(1,), study="another")
    assert len(frames.finals(store, "another")) == 1
    assert len(frames.finals(store, STUDY)) == len(book_and_found(store)) * 2
    assert frames.trials(store, STUDY)["number"].tolist() == [0, 1, 2, 3, 4]


def test_invocations_count_their_readings_of_the_test_part(full):
    invocations = frames.invocations(full)
    assert invocations["test_openings"].tolist() == [len(frames.finals(full, STUDY))]
    assert invocations["environment"].iloc[0]["keras"] == "3.15.1"
    assert invocations["exit_status"].tolist() == [0]


def test_the_newest_study_comes_first(empty):
    with empty.session() as session:
        older = session.get(StudyTermsRow, STUDY)
        session.add(
            StudyTermsRow(
                name="newer",
                corpus=older.corpus,
                split=older.split,
                terms={},
                begun=BEGUN + pd.Timedelta(days=1).to_pytimedelta(),
            )
        )
    assert studies.study_names(empty) == ["newer", STUDY]


def test_terms_say_what_the_study_was_begun_with(empty):
    terms = studies.terms(empty, STUDY)
    assert terms["corpus"]["training_texts"] == 25_000
    assert terms["split"].startswith("20,000 to train")
    assert terms["terms"]["space"] == "book"
    assert terms["begun"] == BEGUN


def test_trials_that_wait_have_no_run_yet(empty):
    storage = empty.optuna_storage()
    optuna.load_study(study_name=STUDY, storage=storage).enqueue_trial({"lstm_units": 100})
    storage.remove_session()
    trials = frames.trials(empty, STUDY)
    assert dtypes(trials) == frames.TRIALS
    assert trials[["state", "configuration", "words"]].to_numpy().tolist() == [["waiting", "", ""]]
    assert pd.isna(trials.loc[0, "run"])


def test_a_study_that_ended_before_optuna_knew_it_has_no_trials(empty):
    with empty.session() as session:
        older = session.get(StudyTermsRow, STUDY)
        session.add(StudyTermsRow(name="cut off", corpus=older.corpus, split=older.split, terms={}))
    assert dtypes(frames.trials(empty, "cut off")) == frames.TRIALS
