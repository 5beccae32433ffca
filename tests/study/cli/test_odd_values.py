"""Every option of every command with values that nobody means: it works, or one line says why not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
import typer

from study.cli import app
from study.errors import StudyError

pytestmark = pytest.mark.usefixtures("words_are_counted")

ARCHIVE = Path(__file__).parents[3] / "docs" / "imdb" / "study.db"
VALUES = ("", "\udc80", "~nobody-here/x", "1e999", "a folder")
STOOD_IN = "this command would have trained now"
REQUIRED = {
    "names": "book",
    "number": "0",
    "name": "x",
    "corpus": "tiny.npz",
    "space": "book",
}  # arguments, by name
BASE = {"--database": "study.db", "--corpus": "tiny.npz", "--cache": "cache", "--report": "report.html"}
ELSEWHERE = {"dashboard", "predict"}  # they serve, and read bundles


def commands(group: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


COMMANDS = {" ".join(path): command for path, command in commands(typer.main.get_command(app))}
COMMANDS = {name: command for name, command in COMMANDS.items() if name not in ELSEWHERE}


def own_options(name: str) -> list[str]:
    """Those with a value that no command before this one has."""
    seen: set[str] = set()
    for each, command in COMMANDS.items():
        options = {parameter.opts[0] for parameter in valued(command)}
        if each == name:
            return sorted(options - seen)
        seen |= options
    raise LookupError(name)


def valued(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option" and not each.is_flag]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    def no_engine(*_: object, **__: object) -> None:
        raise StudyError(STOOD_IN)

    monkeypatch.setattr("study.jobs.session.start_engine", no_engine)
    monkeypatch.chdir(tmp_path)
    tiny.write_corpus(tmp_path / "tiny.npz")
    (tmp_path / "a folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", [name for name in COMMANDS if own_options(name)])
def test_odd_values_of_options_are_taken_or_told_in_one_line(name, folder, command) -> None:
    parameters = COMMANDS[name].params
    arguments = [
        REQUIRED[each.name] for each in parameters if each.param_type_name == "argument" and each.required
    ]
    known = {option for each in parameters for option in each.opts}
    for option in own_options(name):
        for value in VALUES:
            shutil.copy(ARCHIVE, folder / "study.db")
            base = [part for key, given in BASE.items() if key in known - {option} for part in (key, given)]
            status, _, said = command(*name.split(), *arguments, *base, option, value)
            assert status == 0 or (status == 2 and said.startswith("error: ")), (option, value, said)
            assert said.count("\n") <= 1, (option, value, said)


def test_arguments_that_are_no_utf_8_are_told_in_one_line(folder, command) -> None:
    shutil.copy(ARCHIVE, folder / "study.db")
    status, _, said = command("archive", "caf\udce9", "--database", "study.db")
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("error: expected names and settings in UTF-8, got 'caf\\udce9'")


def test_a_profile_that_is_no_text_is_told_in_one_line(folder, command) -> None:
    (folder / "study.toml").write_text('profile = ["quick"]\n', encoding="utf-8")
    status, _, said = command("run", "--config", "study.toml", "--database", "study.db")
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("error: no profile is called ['quick']; expected one of: quick")
