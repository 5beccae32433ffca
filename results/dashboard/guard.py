"""What the dashboard's page may ask for: to look, to write notes, and to rename a study, which ours then follow.

Optuna's dashboard also adds and deletes studies, ends trials and changes what is noted of them. Runs, finals and
their scores hang on these, so that is left to `study`.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from results.store.database import Store
from results.store.renaming import rename

HOST = "127.0.0.1"
_OURS = {HOST, "localhost"}
_NOTES = re.compile(r"/api/studies/\d+/(?:\d+/)?note|/api/artifacts/.*")
_RENAME = re.compile(r"/api/studies/(\d+)/rename")
_LEFT = (
    "this dashboard shows studies, takes notes and renames; adding, changing and deleting is left to the command "
    "`study`, since runs and scores hang on it"
)
Answerer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(app: Answerer, store: Store, driven: Callable[[Store, str], bool]) -> Answerer:
    """The application for requests to this machine by its own name: a page elsewhere that has its name point here
    (DNS rebinding) could else change studies. `driven` says whether a live driver has a study: that one is not
    renamed."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname not in _OURS:
            return _refused(start, f"expected a request to {HOST} or localhost")
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD", "GET") in ("GET", "HEAD") or _NOTES.fullmatch(path):
            return app(environ, start)
        found = _RENAME.fullmatch(path)
        if found is None:
            return _refused(start, _LEFT)
        try:
            name = store.optuna_storage().get_study_name_from_id(int(found[1]))
        except KeyError:
            return app(environ, start)  # which says so
        if driven(store, name):
            return _refused(start, f"study {name} is running: wait for its end to rename it")
        return _renamed(app, environ, start, store, name)

    return answer


def _renamed(
    app: Answerer, environ: dict[str, Any], start: Callable[..., Any], store: Store, name: str
) -> Iterable[bytes]:
    statuses: list[str] = []

    def note(status: str, *rest: Any) -> Any:
        statuses.append(status)
        return start(status, *rest)

    body = b"".join(app(environ, note))
    if statuses and statuses[-1].startswith("2"):
        rename(store, name, json.loads(body)["study_name"])
    return [body]


def _refused(start: Callable[..., Any], reason: str) -> Iterable[bytes]:
    start("403 Forbidden", [("Content-Type", "application/json; charset=utf-8")])
    return [json.dumps({"reason": reason}).encode()]
