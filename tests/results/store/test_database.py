import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import IntegrityError, OperationalError
from synthetic import STUDY, begin, known

import results
from results.store.database import open_store
from results.store.schema import HEAD, VERSION_TABLE, StoreError
from results.store.tables import FinalRow, InvocationRow, StudyTermsRow, Table


def note(store, command="study run"):
    with store.session() as session:
        session.add(InvocationRow(command=command, host="here", pid=1, environment={}))


def commands(store):
    with store.session() as session:
        return [row.command for row in session.query(InvocationRow)]


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    yield store
    store.close()


def test_creates_the_database_and_its_folder(tmp_path):
    path = tmp_path / "new" / "folder" / "study.db"
    store = open_store(path, create=True)
    assert path.is_file()
    assert store.integrity() == "ok"
    assert commands(store) == []


def test_reopens_with_what_was_kept(tmp_path):
    path = tmp_path / "study.db"
    first = open_store(path, create=True)
    note(first)
    first.close()
    assert commands(open_store(path)) == ["study run"]
    assert commands(open_store(f"sqlite:///{path}")) == ["study run"]
    assert commands(open_store(path, create=True)) == ["study run"]


def test_writes_ahead_and_holds_foreign_keys(store):
    with store.session() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    orphan = FinalRow(study="none", configuration="none", run=1, test_texts=1, test_loss=0.1, test_accuracy=1.0)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), store.session() as session:
        session.add(orphan)


def test_rolls_a_session_back_that_raises(store):
    note(store, "kept")

    def fail():
        with store.session() as session:
            session.add(InvocationRow(command="lost", host="here", pid=1, environment={}))
            session.flush()
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    assert commands(store) == ["kept"]


def test_optuna_lives_in_the_same_file(store):
    begin(store)
    with store.session() as session:
        tables = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        assert known(session, StudyTermsRow, name=STUDY).name == STUDY
    assert {"studies", "trials", "alembic_version", VERSION_TABLE, "finals"} <= tables


def test_optunas_own_database_gains_our_tables(tmp_path):
    import optuna

    path = tmp_path / "optuna.db"
    optuna.create_study(study_name="older", storage=f"sqlite:///{path}")
    with pytest.raises(StoreError, match="holds no study yet"):
        open_store(path)
    assert commands(open_store(path, create=True)) == []
    assert optuna.get_all_study_names(f"sqlite:///{path}") == ["older"]


OPENER = """
import sys
from results.store.database import open_store

print("ready", flush=True)
sys.stdin.readline()
with open_store(sys.argv[1], create=True) as store:
    store.optuna_storage()
    print(store.integrity())
"""


def test_two_commands_may_make_the_same_database_in_the_same_instant(tmp_path):
    start = [sys.executable, "-c", OPENER, str(tmp_path / "study.db")]
    both = [subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.stdout.readline() for process in both] == ["ready\n"] * 2
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in both] == ["ok\n"] * 2


def test_one_that_another_is_making_is_waited_for(tmp_path, monkeypatch):
    """In the mode it has before ours SQLite tells at once that it is locked, whatever the timeout."""
    other = sqlite3.connect(tmp_path / "study.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    def slept(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            other.execute("ROLLBACK")

    monkeypatch.setattr("results.store.database.time.sleep", slept)
    with open_store(tmp_path / "study.db", create=True) as store:
        assert store.integrity() == "ok"
    assert len(waited) == 2


def test_optunas_tables_that_another_is_making_are_waited_for(store, monkeypatch):
    import optuna

    real, answers = optuna.storages.RDBStorage, ["table studies already exists"] * 5 + ["disk I/O error", ""]

    def met(*arguments, **options):
        if said := answers.pop(0):
            raise OperationalError("CREATE TABLE", {}, sqlite3.OperationalError(said))
        return real(*arguments, **options)

    monkeypatch.setattr("optuna.storages.RDBStorage", met)
    monkeypatch.setattr("results.store.database.time.sleep", lambda _: None)
    with pytest.raises(OperationalError, match="disk I/O error"):  # nobody else's doing
        store.optuna_storage()
    assert store.optuna_storage().get_all_studies() == []


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(Path(results.__file__).parent / "store" / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_the_tables(tmp_path):
    open_store(tmp_path / "study.db", create=True).close()
    engine = create_engine(f"sqlite:///{tmp_path}/study.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_going_down_and_up_again_loses_only_the_rows(tmp_path):
    from alembic import command

    path = tmp_path / "study.db"
    store = open_store(path, create=True)
    note(store)
    store.close()
    config = Config()
    config.set_main_option("script_location", str(Path(results.__file__).parent / "store" / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert commands(open_store(path)) == []


def test_a_database_of_the_first_version_migrates_with_its_rows_and_reports(tmp_path):
    from alembic import command
    from synthetic import filled

    from results.evidence import frames, predictions
    from results.report.report import build_report

    path = tmp_path / "study.db"
    store = filled(path, trials=6)
    before = frames.finals(store, STUDY)
    store.close()
    config = Config()
    config.set_main_option("script_location", str(Path(results.__file__).parent / "store" / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        columns = {row[1] for row in connection.execute(text("PRAGMA table_info(finals)"))}
    engine.dispose()
    assert "confusion" not in columns
    store = open_store(path)
    finals, epochs = frames.finals(store, STUDY), frames.epochs(store, STUDY)
    assert finals.equals(before)
    assert finals["test_macro_f1"].isna().all()
    assert epochs["validation_balanced_accuracy"].isna().all()
    assert frames.trials(store, STUDY)["validation_accuracy"].notna().any()
    assert predictions.confusions(store, STUDY) == {}
    page = build_report(store, STUDY, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="classes"' not in page
    store.close()


def test_refuses_a_newer_version(tmp_path):
    path = tmp_path / "study.db"
    store = open_store(path, create=True)
    with store.session() as session:
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="written by another version"):
        open_store(path)


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(StoreError, match="there is no such database"):
        open_store(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_refuses_a_folder(tmp_path):
    with pytest.raises(StoreError, match="got a folder"):
        open_store(tmp_path, create=True)


def test_refuses_a_text_file_and_leaves_it(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look at\n" * 100)
    with pytest.raises(StoreError, match="expected an SQLite database"):
        open_store(path, create=True)
    assert path.read_text().startswith("not a database")


def test_refuses_somebody_elses_database_and_leaves_it(tmp_path):
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    with pytest.raises(StoreError, match=r"other tables \(songs"):
        open_store(path, create=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    connection.close()


def test_refuses_an_empty_file_unless_it_may_create(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreError, match="holds no study yet"):
        open_store(path)
    assert commands(open_store(path, create=True)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write where modes say no")
def test_refuses_a_folder_it_may_not_write(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="a place that can be written"):
            open_store(tmp_path / "study.db", create=True)
    finally:
        tmp_path.chmod(0o700)


def test_says_why_it_cannot_write(tmp_path, monkeypatch):
    def refuse(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreError, match=r"can be written, got: Read-only file system"):
        open_store(tmp_path / "study.db", create=True)


def test_refuses_a_folder_below_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make its folder"):
        open_store(tmp_path / "file" / "sub" / "study.db", create=True)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sqlite://", "in memory"),
        (":memory:", "in memory"),
        ("://nothing", "a path or an SQLAlchemy URL"),
        ("nosuch://host/name", "cannot open this database"),
    ],
)
def test_refuses_other_addresses(address, message):
    with pytest.raises(StoreError, match=message):
        open_store(address, create=True)


def synchronous(connection):
    return connection.execute(text("PRAGMA synchronous")).scalar_one()


def test_transactions_that_need_not_last_wait_for_no_disk(store):
    """2 is FULL: a commit, and with it all before, outlives a power cut. 1 is NORMAL: the last may be lost."""
    with store.session() as session:
        assert synchronous(session) == 2
    with store.transaction(lasting=True) as connection:
        assert synchronous(connection) == 2
    with store.transaction() as connection:
        assert synchronous(connection) == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    with store.optuna_storage().engine.connect() as connection:
        assert synchronous(connection) == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_a_transaction_is_whole_or_not_at_all(store):
    def write(fails):
        with store.transaction() as connection:
            values = {"command": str(fails), "host": "here", "pid": 1, "environment": {}}
            connection.execute(insert(InvocationRow), values)
            if fails:
                raise KeyError

    write(fails=False)
    with pytest.raises(KeyError):
        write(fails=True)
    assert commands(store) == ["False"]


def test_tables_of_another_version_of_optuna_are_told_of_in_one_line(tmp_path) -> None:
    path = tmp_path / "study.db"
    with open_store(path, create=True) as store:
        store.optuna_storage()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = 'v9.9.9.a'")
    with (
        open_store(path) as store,
        pytest.raises(StoreError, match="are of another version of Optuna than the one here"),
    ):
        store.optuna_storage()
