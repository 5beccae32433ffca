"""One driver a study: a row that says who drives it, renewed while it lives."""

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from results.store.database import Store
from results.store.tables import LeaseRow, now
from study.errors import LeaseLost, Refused

RENEWED_EVERY = 10.0  # seconds
STALE_AFTER = timedelta(seconds=60)

# Built once, since every transaction asks.
_HOLDER = select(LeaseRow.token, LeaseRow.pid, LeaseRow.host).where(LeaseRow.study == bindparam("study"))


@contextlib.contextmanager
def lease(store: Store, study: str, say: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Holds the study for this process while the block runs.

    Raises Refused, naming the holder, where a live driver has it. A lease is taken over when its process is gone
    from this machine, or when it was not renewed for a minute: it slept, or was cut off. Should it wake up, its
    next transaction is not committed and raises LeaseLost. A holder in another container of this machine cannot be
    seen: it is waited for until it renews its lease or that minute is over, and `say` hears so.
    """
    token = f"{uuid.uuid4().hex} {_identity(os.getpid())}"
    _take(store, study, token, say)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(store, study, token, ended), daemon=True)
    renewing.start()
    try:
        with store.only_while(lambda connection: _check(connection, study, token)):
            yield
    finally:
        ended.set()
        renewing.join()
        with store.session() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.study == study, LeaseRow.token == token))


def holder(store: Store, study: str) -> LeaseRow | None:
    """Who drives the study by its lease, alive or not (`is_stale`); None where nobody took it."""
    with store.session() as session:
        return session.scalar(select(LeaseRow).where(LeaseRow.study == study))


def is_driven(store: Store, study: str) -> bool:
    """Whether a live driver holds the study."""
    held = holder(store, study)
    return held is not None and not is_stale(held)


def is_stale(held: LeaseRow) -> bool:
    """Whether the holder is dead: gone from this machine, or silent for a minute."""
    return _is_gone(held) or now() - held.renewed > STALE_AFTER


def _is_gone(held: LeaseRow) -> bool:
    """Whether the holder was a process that could be seen from here and is no more; another may have got its
    number since."""
    if held.host != os.uname().nodename or _is_out_of_sight(held):
        return False
    try:
        os.kill(held.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # another user's, and there
    identity = _identity_in(held)
    return bool(identity) and _identity(held.pid) != identity


def _is_out_of_sight(held: LeaseRow) -> bool:
    """Whether the holder has this machine's name but other numbers of processes: it is in another container, or
    was here before the machine was started anew."""
    identity, ours = _identity_in(held), _identity(os.getpid())
    return held.host == os.uname().nodename and bool(identity) and identity.split()[:2] != ours.split()[:2]


def _identity_in(held: LeaseRow) -> str:
    return held.token.partition(" ")[2]


def _identity(pid: int) -> str:
    """What tells a process from another one of its number, on Linux: the machine's start, the numbering (the
    namespace of processes that this one is in), the process's start. Empty where that is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]  # in ticks after the boot
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino} {started}"
    except OSError:
        return ""


def _take(store: Store, study: str, token: str, say: Callable[[str], None]) -> None:
    """Tries until the lease is ours or a live driver's: another process may come between looking and taking."""
    waited_since = None
    while True:
        held = holder(store, study)
        if held is not None and not is_stale(held):
            if _is_out_of_sight(held) and waited_since in (None, held.renewed):
                if waited_since is None:
                    say("the driver before this one was in another container: waiting a minute for a sign of life")
                waited_since = held.renewed
                time.sleep(1)
                continue
            raise Refused(
                f"study {study} is being driven by process {held.pid} on {held.host} since "
                f"{held.taken:%Y-%m-%d %H:%M:%S} UTC; wait for it, or end it and give it more workers (--workers)"
            )
        if _seized(store, study, held, token):
            return


def _seized(store: Store, study: str, held: LeaseRow | None, token: str) -> bool:
    """Takes the lease in one statement, if it is still as it was seen. Returns whether."""
    mine = {"token": token, "host": os.uname().nodename, "pid": os.getpid(), "taken": now(), "renewed": now()}
    try:
        with store.session() as session:
            if held is None:
                session.add(LeaseRow(study=study, **mine))
                return True
            seen = (LeaseRow.study == study, LeaseRow.token == held.token, LeaseRow.renewed == held.renewed)
            return session.execute(update(LeaseRow).where(*seen).values(**mine)).rowcount == 1  # type: ignore[attr-defined,no-any-return]
    except IntegrityError:
        return False  # another process put its row there first


def _check(connection: Connection, study: str, token: str) -> None:
    """Raises LeaseLost where another driver holds the study. In a transaction that wrote: none comes between."""
    held = connection.execute(_HOLDER, {"study": study}).first()
    if held is None or held.token != token:
        by = f"process {held.pid} on {held.host}" if held else "another process, which is through with it"
        raise LeaseLost(
            f"study {study} was taken over by {by}, since this one was silent for more than a minute (suspended, "
            "or cut off from the database); it writes nothing more, and what it had finished is kept"
        )


def _renew(store: Store, study: str, token: str, ended: threading.Event) -> None:
    while not ended.wait(RENEWED_EVERY):
        # A database that cannot be reached for a moment is tried again: the lease holds for a minute. One that is
        # lost is left: whoever writes next is told.
        with contextlib.suppress(OperationalError, LeaseLost), store.session() as session:
            mine = (LeaseRow.study == study, LeaseRow.token == token)
            session.execute(update(LeaseRow).where(*mine).values(renewed=now()))
