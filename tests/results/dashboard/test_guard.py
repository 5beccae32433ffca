"""What the dashboard's page may ask for: nothing that would break our own commands."""

import io
import json
from pathlib import Path

import pytest
from optuna_dashboard import wsgi
from synthetic import STUDY, filled

from results.dashboard.guard import guarded
from results.evidence import frames, studies


@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("127.0.0.1:8080", True),
        ("localhost:9", True),
        ("localhost", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example:80", False),
        ("", False),
    ],
)
def test_only_this_machine_by_its_own_name_is_answered(host, let_in) -> None:
    heard: list[str] = []
    app = guarded(lambda environ, start: [b"the page"], None, lambda *_: False)
    answer = app({"HTTP_HOST": host}, lambda status, headers: heard.append(status))
    assert (list(answer) == [b"the page"]) is let_in
    assert heard == ([] if let_in else ["403 Forbidden"])


@pytest.fixture
def store(tmp_path: Path):
    with filled(tmp_path / "study.db", trials=8) as opened:
        yield opened


def asked(store, method, path, sent=None, driven=False):
    """Status and answer of Optuna's own dashboard behind the guard."""
    app = guarded(wsgi(store.optuna_storage()), store, lambda *_: driven)
    body = json.dumps(sent or {}).encode()
    heard: list[str] = []
    environ = {
        "HTTP_HOST": "localhost",
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
    }
    answer = b"".join(app(environ, lambda status, *_: heard.append(status)))
    return int(heard[-1].split()[0]), answer.decode()


def test_a_study_renamed_there_is_the_same_study_here(store) -> None:
    before = [frame(store, STUDY) for frame in (frames.trials, frames.finals, frames.epochs)]
    number = store.optuna_storage().get_study_id_from_name(STUDY)
    status, _ = asked(store, "POST", f"/api/studies/{number}/rename", {"study_name": "new [name]"})
    assert status == 201
    assert studies.study_names(store) == ["new [name]"]
    after = [frame(store, "new [name]") for frame in (frames.trials, frames.finals, frames.epochs)]
    for old, new in zip(before, after, strict=True):
        assert new.drop(columns="trial_id", errors="ignore").equals(old.drop(columns="trial_id", errors="ignore"))


def test_a_name_that_is_taken_and_a_running_study_rename_nothing(store) -> None:
    number = store.optuna_storage().get_study_id_from_name(STUDY)
    assert asked(store, "POST", f"/api/studies/{number}/rename", {"study_name": STUDY})[0] == 400
    status, said = asked(store, "POST", f"/api/studies/{number}/rename", {"study_name": "x"}, driven=True)
    assert (status, "is running" in said) == (403, True)
    assert asked(store, "POST", "/api/studies/99/rename", {"study_name": "x"})[0] in (404, 500)
    assert studies.study_names(store) == [STUDY]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/studies/{study}"),
        ("POST", "/api/studies"),
        ("POST", "/api/trials/{study}/tell"),
        ("POST", "/api/trials/1/user-attrs"),
        ("POST", "/api/studies/{study}/1/skip"),
    ],
)
def test_what_would_break_our_commands_is_refused(store, method, path) -> None:
    before = frames.trials(store, STUDY)
    number = store.optuna_storage().get_study_id_from_name(STUDY)
    status, said = asked(store, method, path.format(study=number))
    assert (status, "is left to the command" in json.loads(said)["reason"]) == (403, True)
    assert frames.trials(store, STUDY).equals(before)


def test_notes_are_taken_and_pages_shown(store) -> None:
    number = store.optuna_storage().get_study_id_from_name(STUDY)
    assert asked(store, "PUT", f"/api/studies/{number}/note", {"body": "good", "version": 1})[0] in (204, 409)
    assert asked(store, "GET", "/api/studies")[0] == 200
