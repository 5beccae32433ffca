"""The only module that opens the database: sessions, migrations, Optuna's storage on the same file."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from results.tables import Table

if TYPE_CHECKING:
    import optuna

HEAD = "0002"  # the newest migration in results/migrations/versions; a test holds it to that
VERSION_TABLE = "study_alembic_version"
BUSY_SECONDS = 60

Condition = Callable[[Connection], None]  # raises where a transaction must not be committed


class StoreError(ValueError):
    """The database cannot be used; the message says what was expected, what came and what to do."""


class Store:
    """An open database of ours, migrated to this version."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._light = _light_engine(engine.url)
        self._storage: optuna.storages.RDBStorage | None = None
        self._conditions: list[Condition] = []
        for each in (engine, self._light):
            _hold_to(each, self._conditions)

    @property
    def url(self) -> str:
        """The database's address, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The file it is in; None for a database on a server."""
        url = self._engine.url
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back when it raises. Nobody else commits."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def light(self) -> Iterator[Connection]:
        """A transaction of little weight: whole or not at all, outlives a kill, waits for no disk (SQLite).

        A power cut may take the last of them, never one from the middle: the file is then as it was a while ago.
        A transaction of `session` makes all that was committed before it last.
        """
        with self._light.begin() as connection:
            yield connection

    def optuna_storage(self) -> "optuna.storages.RDBStorage":
        """Optuna's storage on the same database, one a store. Optuna owns its tables: use its interface."""
        if self._storage is None:  # each has connections of its own, and a study asks for it again and again
            self._storage = _optuna_storage(self._engine.url)
            _hold_to(self._storage.engine, self._conditions)
        return self._storage

    @contextmanager
    def only_while(self, condition: Condition) -> Iterator[None]:
        """In the block `condition` is called in every transaction that wrote, ours and Optuna's, just before it is
        committed; where it raises, nothing of the transaction is kept."""
        self._conditions.append(condition)
        try:
            yield
        finally:
            self._conditions.remove(condition)

    def check_conditions(self) -> None:
        """Raises what a transaction that writes would raise now."""
        with self._engine.connect() as connection:
            for condition in self._conditions:
                condition(connection)

    def integrity(self) -> str:
        """`ok`, or what SQLite finds wrong with the file."""
        if self._engine.dialect.name != "sqlite":
            return "ok"
        with self._engine.connect() as connection:
            return str(connection.scalar(text("PRAGMA integrity_check")))

    def close(self) -> None:
        """Closes every connection; SQLite then tidies its write-ahead log away."""
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()
        self._light.dispose()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()


def _hold_to(engine: Engine, conditions: list[Condition]) -> None:
    """Lets no transaction that wrote be committed against one of the conditions, which may change."""

    def note(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        if conditions and not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            connection.info["wrote"] = True

    def check(connection: Connection) -> None:
        if connection.info.pop("wrote", False):
            for condition in conditions:
                condition(connection)

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", check)


def _optuna_storage(url: URL) -> "optuna.storages.RDBStorage":
    """Optuna looks whether its tables are there and then makes them: another command may come between."""
    from optuna.storages import RDBStorage

    address = url.render_as_string(hide_password=False)
    for _ in range(2):
        with contextlib.suppress(DatabaseError):
            return _lightened(RDBStorage(address, engine_kwargs=_engine_options(url)))
        time.sleep(0.5)
    return _lightened(RDBStorage(address, engine_kwargs=_engine_options(url)))


def _lightened(storage: "optuna.storages.RDBStorage") -> "optuna.storages.RDBStorage":
    """With transactions as light as those of `Store.light`: what Optuna is told can be told again."""
    storage.remove_session()
    storage.engine.dispose()  # connections made from now on are lighter
    _on_connect(storage.engine, _wait_for_no_disk)
    return storage


def _light_engine(url: URL) -> Engine:
    engine = create_engine(url, **_engine_options(url))
    _on_connect(engine, _set_up_sqlite, _wait_for_no_disk)
    return engine


def _on_connect(engine: Engine, *listeners: Callable[[Any, object], None]) -> None:
    if engine.dialect.name == "sqlite":
        for listener in listeners:
            event.listen(engine, "connect", listener)


def open_store(address: str | Path, *, create: bool = False) -> Store:
    """Opens the database at a path or SQLAlchemy URL, migrating one of an older version.

    With `create`, one that does not exist is made, its folder too. Raises StoreError where there is none, where
    it is not one of ours, or where it cannot be written.
    """
    url = _url_of(address)
    if url.get_backend_name() == "sqlite":
        _check_file(url, create=create)
    try:
        engine = create_engine(url, **_engine_options(url))
        _on_connect(engine, _set_up_sqlite)
        _migrate(engine, create=create)
    except (OperationalError, NoSuchModuleError, ModuleNotFoundError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{_shown(url)}: cannot open this database ({cause}); check the address") from error
    except DatabaseError as error:
        raise StoreError(
            f"{_shown(url)}: expected an SQLite database, got something else ({error.orig}); name another path"
        ) from error
    return Store(engine)


def _url_of(address: str | Path) -> URL:
    if isinstance(address, str) and "://" in address:
        try:
            url = make_url(address)
        except ArgumentError as error:
            raise StoreError(f"{address}: expected a path or an SQLAlchemy URL ({error})") from error
        return url
    return URL.create("sqlite", database=str(address))


def _shown(url: URL) -> str:
    is_file = url.get_backend_name() == "sqlite" and url.database
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


def _engine_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True}


def _set_up_sqlite(connection: Any, record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")  # the dashboard reads while the driver writes
    connection.execute("PRAGMA synchronous=FULL")  # a commit outlives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def _wait_for_no_disk(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")


def _check_file(url: URL, *, create: bool) -> None:
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
    import os
    import tempfile

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


def _migrate(engine: Engine, *, create: bool) -> None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        _check_tables(tables, _shown(engine.url))
        if VERSION_TABLE in tables:
            if connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == HEAD:
                return
        elif not create:
            raise StoreError(f"{_shown(engine.url)}: this database holds no study yet; `study run` starts one")
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
                f"{_shown(engine.url)}: written by another version of this program ({error}); use that version"
            ) from error


def _alone(connection: Connection) -> None:
    """One migration at a time, whole or not at all: two commands may meet a new database in the same instant."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin none before CREATE TABLE
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7384915)")


def known(session: Session, table: type[Table], **key: Any) -> Any:
    """The row of `table` with these column values, or None."""
    return session.scalar(select(table).filter_by(**key))
