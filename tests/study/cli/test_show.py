"""best, show, list and the report's other forms, as the command line prints them."""

import json

import pytest
from synthetic import STUDY, filled

from results.store.database import open_store
from results.terminal import lookup as glance


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("glances") / "a study.db"
    filled(path, trials=8).close()
    return path


def test_json_is_what_the_library_says(command, database) -> None:
    with open_store(database) as store:
        expected = {
            "best": glance.best(store),
            "show 2": glance.show(store, 2),
            "list --trials": glance.listing(store, with_trials=True),
        }
    expected["best"]["show"] += f" --database '{database}'"
    for asked, values in expected.items():
        status, out, _ = command(*asked.split(), "--database", database, "--json")
        assert status == 0
        assert json.loads(out) == values


def test_words_name_the_study_and_the_command_that_goes_on(command, database) -> None:
    _, best, _ = command("best", "--database", database)
    assert f"Study {STUDY} on IMDB movie reviews\nUse " in best
    assert f"--database '{database}'" in best
    _, listed, _ = command("list", "--database", database)
    assert listed.startswith(f"{STUDY}  (IMDB movie reviews, begun 2026-03-01 09:00 UTC)")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "99"], "has trials 0 to 7; expected one of them, got 99"),
        (["best", "--name", "none"], "expected the name of a study, got 'none'"),
        (["report", "--png", "pie"], "no figure is called 'pie'; expected one of: comparison, curves, history"),
        (["report", "--markdown", "--csv", "x"], "got --csv and --markdown"),
        (["report", "other.db"], "expected --compare before several"),
        (["report", "--compare", "only.db"], "expected two or more databases to compare, got 1"),
    ],
)
def test_bad_input_is_one_line_and_status_2(command, database, arguments, said) -> None:
    status, out, err = command(*arguments, "--database", database)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_markdown_goes_to_the_screen_or_to_a_file(command, database, tmp_path) -> None:
    _, shown, _ = command("report", "--markdown", "--database", database)
    assert shown.startswith("**")
    assert "| Simple LSTM | 86.79 % | " in shown
    status, _, _ = command("report", "--markdown", "-o", tmp_path / "new" / "answer.md", "--database", database)
    assert status == 0
    assert (tmp_path / "new" / "answer.md").read_text(encoding="utf-8") == shown


def test_the_version_is_said(command) -> None:
    status, said, _ = command("--version")
    assert (status, said.split()[0]) == (0, "architecture-study")


def test_list_helps_truly(command) -> None:
    assert "[default: all]" in command("list", "--help")[1]
