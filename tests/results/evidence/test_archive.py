"""An archive shows what the study shows, and holds nothing of the machine or the user."""

import shutil
import sqlite3

import numpy as np
import optuna
import pandas as pd
import pytest
import synthetic
from sqlalchemy import select, update

from results.dashboard.publisher import Publisher
from results.evidence.archive import without_places_in_command, write_archive
from results.evidence.evidence import gather
from results.evidence.predictions import mean_of, told
from results.evidence.studies import study_names
from results.report.report import render
from results.store.database import open_store
from results.store.schema import StoreError
from results.store.tables import (
    CorpusRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    LeaseRow,
    PredictionRow,
    SplitRow,
    StudyTermsRow,
    Table,
)
from results.terminal import lookup

SECRETS = ("sekret", "jdoe", "/srv/", "10.1.2.3", "sekret-host:4242", "lease-of-4242")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A study whose every place that can name a machine or a user does."""
    folder = tmp_path_factory.mktemp("filled")
    with synthetic.filled(folder / "study.db", trials=12) as store:
        with store.session() as session:
            session.execute(update(EpochRow).values(worker="sekret-host:4242"))
            session.execute(
                update(InvocationRow).values(
                    command="study run --corpus /srv/jdoe/my reviews.csv --database=~jdoe/study.db "
                    "--scheduler 10.1.2.3:8786 --seed 7 --report ../jdoe/report.html",
                    host="sekret-host",
                    pid=4242,
                )
            )
            session.add(LeaseRow(study=synthetic.STUDY, token="lease-of-4242", host="sekret-host", pid=4242))
            terms = session.get_one(StudyTermsRow, synthetic.STUDY)
            terms.terms = {**terms.terms, "forked_from": {"changed": ["file: /srv/jdoe/a.py -> ~/b.py"]}}
        study = optuna.load_study(study_name=synthetic.STUDY, storage=store.optuna_storage())
        study.set_user_attr("plan", {"from": "tcp://10.1.2.3:8786"})
        trial = study.ask()
        trial.set_user_attr("reason", "cannot read '/srv/jdoe/space.py', line 3")
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        Publisher(store, synthetic.STUDY, folder / "artifacts").publish()
        store.optuna_storage().set_study_system_attr(study._study_id, "dashboard:note_str:0", "by jdoe")
    return folder / "study.db"


@pytest.fixture
def store(filled, tmp_path):
    shutil.copy(filled, tmp_path / "study.db")
    with open_store(tmp_path / "study.db") as store:
        yield store


def archived(store, path, **options):
    names = options.pop("names", [])
    write_archive(store, names, path, **options)
    return open_store(path)


def test_all_that_is_shown_of_the_study_is_shown_of_its_archive(store, tmp_path) -> None:
    ours = gather(store, synthetic.STUDY)
    with archived(store, tmp_path / "archive.db") as archive:
        theirs = gather(archive, synthetic.STUDY)
        for name in ("decided", "beside_known", "published", "summary", "pairs", "finals", "reported"):
            pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))
        trials = ours.trials.replace(
            {"reason": {"cannot read '/srv/jdoe/space.py', line 3": "cannot read '…', line 3"}}
        )
        pd.testing.assert_frame_equal(trials, theirs.trials)
        pd.testing.assert_frame_equal(ours.epochs.drop(columns="worker"), theirs.epochs.drop(columns="worker"))
        assert ours.averaged == theirs.averaged != {}
        np.testing.assert_array_equal(ours.labels, theirs.labels)
        assert [str(each) for each in ours.claims] == [str(each) for each in theirs.claims]
        assert lookup.best(store)["decisions"] == lookup.best(archive)["decisions"]
        assert lookup.listing(store, with_trials=True) == lookup.listing(archive, with_trials=True)
        hidden = ("sekret-host", "tmp", "study run")  # of what was shown, only where it was and the command went
        pages = (render(each).replace("archive.db", "study.db").splitlines() for each in (ours, theirs))
        differing = [line for line, other in zip(*pages, strict=True) if line != other]
        assert all(any(word in line for word in (*hidden, "Made 20", "/srv/jdoe")) for line in differing)


def test_every_table_is_copied_or_left_out_on_purpose(store, tmp_path) -> None:
    archived(store, tmp_path / "archive.db").close()
    store.close()
    filled, kept = (
        {
            name
            for name in Table.metadata.tables
            if sqlite3.connect(path).execute(f"SELECT 1 FROM {name}").fetchone()
        }
        for path in (tmp_path / "study.db", tmp_path / "archive.db")
    )
    assert filled - kept == {"leases"}
    for name in set(Table.metadata.tables) - filled:
        assert "study" in Table.metadata.tables[name].columns, (
            f"{name} holds no study's rows: is it to be archived?"
        )


def test_no_trace_of_machine_or_user_is_in_the_file(store, tmp_path) -> None:
    archived(store, tmp_path / "archive.db").close()
    content = (tmp_path / "archive.db").read_bytes()
    assert not [secret for secret in (*SECRETS, str(tmp_path)) if secret.encode() in content]
    store.close()
    before = (tmp_path / "study.db").read_bytes()
    assert all(secret.encode() in before for secret in SECRETS)


def test_it_holds_bits_or_all_the_probabilities(store, tmp_path) -> None:
    for kept, length in ((False, 2 * 25_000 // 8), (True, 4 * 25_000)):
        path = tmp_path / f"{kept}.db"
        with archived(store, path, with_predictions=kept) as archive, archive.session() as session:
            assert {len(each) for each in session.scalars(select(PredictionRow.probabilities))} == {length}
    assert (tmp_path / "False.db").stat().st_size < 500_000


def test_of_each_text_it_says_who_was_wrong_and_has_no_probabilities(store, tmp_path) -> None:
    name, seeds = gather(store).finals["configuration"].iloc[0], [1, 2, 3]
    with archived(store, tmp_path / "archive.db") as archive:
        ours, theirs = (told(each, synthetic.STUDY, name) for each in (store, archive))
        np.testing.assert_array_equal(ours.wrong, theirs.wrong)
        np.testing.assert_array_equal(ours.known, theirs.known)
        assert (ours.seeds, theirs.probabilities) == (theirs.seeds, None)
        with pytest.raises(StoreError, match="expected class probabilities to average, but this archive"):
            mean_of(archive, synthetic.STUDY, name, seeds)


def test_an_archive_of_an_archive_is_the_same(store, tmp_path) -> None:
    with archived(store, tmp_path / "first.db") as first, archived(first, tmp_path / "second.db"):
        pass
    first, second = (list(sqlite3.connect(tmp_path / f"{name}.db").iterdump()) for name in ("first", "second"))
    assert [line for line in first if "trial_id" not in line] == [
        line for line in second if "trial_id" not in line
    ]


def test_reading_it_changes_no_byte_of_it(store, tmp_path) -> None:
    archived(store, tmp_path / "archive.db").close()
    before = (tmp_path / "archive.db").read_bytes()
    with open_store(tmp_path / "archive.db") as archive:
        render(gather(archive))
    assert (tmp_path / "archive.db").read_bytes() == before
    assert not list(tmp_path.glob("*archive.db?*"))


def test_of_several_classes_what_the_seeds_tell_together_is_kept(store, tmp_path) -> None:
    draw = np.random.default_rng(3)
    with store.session() as session:
        for row in session.scalars(select(PredictionRow)):
            texts = session.get_one(FinalRow, row.final).test_texts
            found = draw.dirichlet([1, 1, 1], texts)
            row.probabilities = found.astype("<f4").tobytes()
            row.hits = np.packbits(found.argmax(axis=1) == np.arange(texts) % 3).tobytes()
    with archived(store, tmp_path / "archive.db") as archive:
        ours, theirs = gather(store), gather(archive)
    assert ours.averaged == theirs.averaged != {}
    assert ours.labels is theirs.labels is None


def test_only_the_studies_named_are_in_it(store, tmp_path) -> None:
    with store.session() as session:
        card = synthetic.CARD | {"name": "private letters"}
        session.add(CorpusRow(fingerprint="beef", name="private letters", stand_in=False, card=card))
        session.add(SplitRow(fingerprint="split", words="private halves", split={}))
        session.flush()
        session.add(StudyTermsRow(name="other", corpus="beef", split="split", terms={"space": "private space"}))
    optuna.create_study(study_name="other", storage=store.optuna_storage())
    with archived(store, tmp_path / "archive.db", names=[synthetic.STUDY]) as archive:
        assert study_names(archive) == [synthetic.STUDY]
        assert [each.study_name for each in archive.optuna_storage().get_all_studies()] == [synthetic.STUDY]
    assert b"private" not in (tmp_path / "archive.db").read_bytes()
    with pytest.raises(StoreError, match="expected the name of a study, got 'none'"):
        write_archive(store, ["none"], tmp_path / "none.db")
    assert not list(tmp_path.glob("*none.db*"))


def test_a_file_that_is_there_is_left_alone(store, tmp_path) -> None:
    with pytest.raises(StoreError, match=r"study\.db: expected a new file"):
        write_archive(store, [], tmp_path / "study.db")


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("study run --profile quick --seed 3", "study run --profile quick --seed 3"),
        ("study reproduce book --recipe honest", "study reproduce book --recipe honest"),
        ("study run --corpus /home/Jane Doe/x.csv --seed 3", "study run --corpus … --seed 3"),
        ("study run --corpus=~/x.csv", "study run --corpus=…"),
        ("study run --database postgresql://me:***@there/db --name a", "study run --database … --name a"),
        ("study run --scheduler there:8786", "study run --scheduler …"),
        ("study run --space spaces/my.py --space-of mine", "study run --space … --space-of mine"),
        ("study run --corpus stand-in --target -0.5", "study run --corpus stand-in --target -0.5"),
    ],
)
def test_a_command_is_kept_without_its_places(command, kept) -> None:
    assert without_places_in_command(command) == kept
