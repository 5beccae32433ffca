"""One driver a study: a row that says who drives it, renewed while it lives."""

import contextlib
import os
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import delete, select

from results.store import Store
from results.tables import LeaseRow, now
from study.errors import Refused

RENEWED_EVERY = 10.0  # seconds
STALE_AFTER = timedelta(seconds=60)


@contextlib.contextmanager
def lease(store: Store, study: str) -> Iterator[None]:
    """Holds the study for this process while the block runs.

    Raises Refused, naming the holder, where a live driver has it. A lease is taken over when its process is gone
    from this machine, or when it was not renewed for a minute.
    """
    token = uuid.uuid4().hex
    _take(store, study, token)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(store, study, token, ended), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        with store.session() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.study == study, LeaseRow.token == token))


def is_driven(store: Store, study: str) -> bool:
    """Whether a live driver holds the study."""
    with store.session() as session:
        held = session.get(LeaseRow, study)
    return held is not None and not _is_stale(held)


def _take(store: Store, study: str, token: str) -> None:
    with store.session() as session:
        held = session.scalar(select(LeaseRow).where(LeaseRow.study == study).with_for_update())
        if held is None:
            session.add(LeaseRow(study=study, token=token, host=os.uname().nodename, pid=os.getpid()))
            return
        if not _is_stale(held):
            raise Refused(
                f"study {study} is being driven by process {held.pid} on {held.host} since "
                f"{held.taken:%Y-%m-%d %H:%M:%S} UTC; wait for it, or end it and give it more workers (--workers)"
            )
        held.token, held.host, held.pid = token, os.uname().nodename, os.getpid()
        held.taken = held.renewed = now()


def _is_stale(held: LeaseRow) -> bool:
    if held.host == os.uname().nodename:
        try:
            os.kill(held.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # another user's, and alive
    return now() - held.renewed > STALE_AFTER


def _renew(store: Store, study: str, token: str, ended: threading.Event) -> None:
    while not ended.wait(RENEWED_EVERY):
        with store.session() as session:
            held = session.get(LeaseRow, study)
            if held is not None and held.token == token:
                held.renewed = now()
