"""The only module that opens the database: sessions, migrations, Optuna's storage on the same file."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from results.store.schema import StoreError, check_file, migrate, shown

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

BUSY_SECONDS = 60

Condition = Callable[[Connection], None]  # raises where a transaction must not be committed


class Store:
    """An open database of ours, migrated to this version."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._light = _light_engine(engine.url)
        self._storage: RDBStorage | None = None
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
    def transaction(self, *, lasting: bool = False) -> Iterator[Connection]:
        """A transaction of few statements: whole or not at all, and it outlives a kill.

        One that is not `lasting` waits for no disk (SQLite): a power cut may take the last of them, never one
        from the middle; the file is then as it was a while ago. A lasting one, like one of `session`, makes all
        that was committed before it last.
        """
        with (self._engine if lasting else self._light).begin() as connection:
            yield connection

    def optuna_storage(self) -> "RDBStorage":
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

    def check_conditions(self, connection: Connection) -> None:
        """Raises now, in a transaction that wrote, what its commit would raise."""
        for condition in self._conditions:
            condition(connection)
        if connection.dialect.name == "sqlite":  # nobody else can write before the commit
            connection.info.pop("wrote", None)

    def integrity(self) -> str:
        """`ok`, or what SQLite finds wrong with the file."""
        if self._engine.dialect.name != "sqlite":
            return "ok"
        with self._engine.connect() as connection:
            return str(connection.scalar(text("PRAGMA integrity_check")))

    def vacuum(self) -> None:
        """Puts an SQLite file into as little space as it takes."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")

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


def _optuna_storage(url: URL) -> "RDBStorage":
    """Optuna looks whether its tables are there and then makes them: another command may come between."""
    from optuna.storages import RDBStorage

    address = url.render_as_string(hide_password=False)
    until = time.monotonic() + BUSY_SECONDS
    try:
        while True:
            try:
                return _lightened(RDBStorage(address, engine_kwargs=_engine_options(url)))
            except DatabaseError as error:
                met = isinstance(error, IntegrityError) or re.search("already exists|is locked", str(error))
                if not met or time.monotonic() > until:
                    raise
            time.sleep(0.1)
    except RuntimeError as error:  # of Optuna, whose tables are another version's
        raise StoreError(
            f"{shown(url)}: Optuna's tables in it are of another version of Optuna than the one here ({error}); "
            "use that version, or a copy of the database from before"
        ) from error


def _lightened(storage: "RDBStorage") -> "RDBStorage":
    """With transactions as light as those of `Store.transaction`: what Optuna is told can be told again."""
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
        check_file(url, create=create)
    try:
        engine = create_engine(url, **_engine_options(url))
        _on_connect(engine, _set_up_sqlite)
        migrate(engine, create=create)
    except (OperationalError, NoSuchModuleError, ModuleNotFoundError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{shown(url)}: cannot open this database ({cause}); check the address") from error
    except DatabaseError as error:
        raise StoreError(
            f"{shown(url)}: expected an SQLite database, got something else ({error.orig}); name another path"
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


def _engine_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True}


def _set_up_sqlite(connection: Any, record: object) -> None:
    _log_ahead(connection)  # the dashboard reads while the driver writes
    connection.execute("PRAGMA synchronous=FULL")  # a commit outlives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def _log_ahead(connection: Any) -> None:
    """SQLite refuses the change at once while another writes, whatever the timeout: two commands may meet a new
    database in the same instant."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.05)


def _wait_for_no_disk(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
