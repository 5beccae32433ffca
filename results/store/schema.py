"""Whether a file or server holds a database of ours, and bringing it to this version."""

import os
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

HEAD = "0004"  # the newest migration in results/migrations/versions; a test holds it to that
VERSION_TABLE = "study_alembic_version"


class StoreError(ValueError):
    """The database cannot be used; the message says what was expected, what came and what to do."""


def check_file(url: URL, *, create: bool) -> None:
    if not url.database or url.database == ":memory:":
        raise StoreError("expected a database in a file, got one in memory; name a path")
    path = Path(url.database)
    if path.is_dir():
        raise StoreError(f"{path}: expected a database file, got a folder; name a file in it, as {path}/study.db")
    if path.exists():
        _check_writable(path)
        _check_contents(path)
    elif create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: cannot make its folder ({error.strerror}); name another path") from error
        _check_writable(path.parent)
    else:
        raise StoreError(f"{path}: there is no such database; `study run` makes one, or name another path")


def _check_contents(path: Path) -> None:
    """Looks without writing: opening for good sets the journal mode, also of a database that is not ours."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path}: expected an SQLite database, got something else ({error}); name another path"
        ) from error
    finally:
        connection.close()
    _check_tables({str(name) for (name,) in rows}, str(path))


def _check_tables(tables: set[str], shown: str) -> None:
    if tables and VERSION_TABLE not in tables and not _is_optunas(tables):
        raise StoreError(
            f"{shown}: expected a study database, got one with other tables "
            f"({', '.join(sorted(tables)[:4])}); name another path"
        )


def _check_writable(path: Path) -> None:
    """WAL needs to write beside the file, even to read. Asks by doing: root may write where modes say no."""
    folder = path if path.is_dir() else path.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise StoreError(
            f"{path}: expected a place that can be written, got: {error.strerror}; name another path"
        ) from error


def migrate(engine: Engine, *, create: bool) -> None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        _check_tables(tables, shown(engine.url))
        if VERSION_TABLE in tables:
            if connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == HEAD:
                return
        elif not create:
            raise StoreError(f"{shown(engine.url)}: this database holds no study yet; `study run` starts one")
    _upgrade(engine)


def _is_optunas(tables: set[str]) -> bool:
    return {"studies", "trials", "version_info"} <= tables


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        _alone(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"{shown(engine.url)}: written by another version of this program ({error}); use that version"
            ) from error


def _alone(connection: Connection) -> None:
    """One migration at a time, whole or not at all: two commands may meet a new database in the same instant."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin none before CREATE TABLE
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7384915)")


def shown(url: URL) -> str:
    is_file = url.get_backend_name() == "sqlite" and url.database
    return str(url.database) if is_file else url.render_as_string(hide_password=True)
