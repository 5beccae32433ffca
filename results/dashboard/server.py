"""Serving optuna-dashboard on this machine alone, with our notes, plots and files in it."""

import contextlib
import errno
import os
import sys
import webbrowser
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from results.dashboard.guard import HOST, guarded
from results.dashboard.publisher import Publisher, artifacts_beside
from results.evidence import studies
from results.evidence.evidence import chosen
from results.store.database import Store, open_store
from results.store.schema import StoreError


def serve(
    database: str, name: str | None, port: int, *, driven: Callable[[Store, str], bool], browse: bool
) -> None:
    """Serves the dashboard of a database until interrupted; port 0 takes a free one.

    It opens on study `name`, by default the newest. What we add to a study is brought up to date first, but for
    those that `driven` says a live driver has: it does that itself. With `browse` a browser is asked to show the
    page, where there is a screen. Raises StoreError where there is no such database or study, or no such port.
    """
    with open_store(database) as store:
        opened = chosen(store, name)
        server = bind(store, port, driven)
        with server:
            for study in studies.study_names(store):
                if not driven(store, study):
                    _bring_up_to_date(store, study)
            address = f"http://{HOST}:{server.server_port}{page_of(store, opened)}"
            print(f"Dashboard: {address}  (Ctrl-C ends it)", flush=True)
            if browse and _has_screen():
                with contextlib.suppress(webbrowser.Error):
                    webbrowser.open(address)
            server.serve_forever()


def bind(store: Store, port: int, driven: Callable[[Store, str], bool]) -> WSGIServer:
    """The server, listening already; `driven` as in `serve`. Raises StoreError where it cannot have the port."""
    from optuna.artifacts import FileSystemArtifactStore
    from optuna_dashboard import wsgi

    folder = artifacts_beside(store)
    folder.mkdir(parents=True, exist_ok=True)
    shown = wsgi(store.optuna_storage(), artifact_store=FileSystemArtifactStore(folder))
    app = guarded(shown, store, driven)
    try:
        return make_server(HOST, port, app, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        what = "is taken by another program" if error.errno == errno.EADDRINUSE else "is not for this user"
        raise StoreError(
            f"port {port} on {HOST} {what}; name another one with --port, or leave it out to get a free one"
        ) from error


def page_of(store: Store, study: str) -> str:
    """The path of a study's page; that of all studies where Optuna does not know it, as a reproduction."""
    storage = store.optuna_storage()
    try:
        return f"/dashboard/studies/{storage.get_study_id_from_name(study)}"
    except KeyError:
        return "/dashboard"
    finally:
        storage.remove_session()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:
        """Says nothing of each request."""


def _bring_up_to_date(store: Store, study: str) -> None:
    try:
        written = Publisher(store, study, artifacts_beside(store)).publish()
    except Exception as error:  # what we add is a help; the dashboard is served without it too
        print(f"The notes of study {study} are not up to date: {error}", file=sys.stderr, flush=True)
        return
    if written:
        print(f"Study {study}: {written} trial{'' if written == 1 else 's'} got a note.", flush=True)


def _has_screen() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
