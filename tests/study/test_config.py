"""What a study is told: profiles, and that their parts fit together."""

import pytest

from search_spaces import BOOK
from study.cli.options import command_line
from study.config import PROFILES, StudyConfig, load_config
from study.errors import InputError


def test_in_every_profile_tpe_suggests_and_the_pruner_acts_before_the_end() -> None:
    for profile in PROFILES:
        settings = load_config(None, {"profile": profile})
        for startup in (settings.search.startup_trials, settings.search.pruner_startup_trials):
            assert len(BOOK) < startup <= settings.trials - 3, profile


def test_settings_saved_with_a_mark_at_their_start_are_read(tmp_path) -> None:
    file = tmp_path / "study.toml"
    file.write_bytes(b"\xef\xbb\xbftrials = 7\n")
    assert load_config(file, {}).trials == 7


PATHS = ("corpus", "space", "database", "report", "states", "cache", "word_index", "test_corpus")


@pytest.mark.parametrize("key", PATHS)
def test_every_path_means_what_a_shell_would_make_of_it(tmp_path, monkeypatch, key) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SOMEWHERE", "there")
    settings = load_config(None, {key: "~/$SOMEWHERE/x"})
    assert str(getattr(settings, key)) == str(tmp_path / "there" / "x")


def test_no_path_is_left_out_of_these() -> None:
    kinds = {name: str(field.annotation) for name, field in StudyConfig.model_fields.items()}
    assert {name for name, kind in kinds.items() if "Path" in kind} <= set(PATHS)


def test_addresses_stay_as_they_are() -> None:
    assert load_config(None, {"database": "postgresql://me:$x@host/~"}).database == "postgresql://me:$x@host/~"


@pytest.mark.parametrize(
    "command",
    [
        ["list", "--database=~/none.db"],
        ["report", "--database=~/none.db"],
        ["status", "--database=~/none.db"],
        ["report", "--compare", "~/none.db", "x.db"],
        ["run", "--config=~/none.toml"],
        ["predict", "~/none", "a text"],
    ],
)
def test_options_expand_them_too(tmp_path, monkeypatch, capsys, command) -> None:
    from study import cli

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["study", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_names_are_such_as_a_database_can_hold() -> None:
    """Bytes of the command line that are no UTF-8."""
    assert load_config(None, {"name": "caf\udce9"}).name == "caf\ufffd"
    assert load_config(None, {"space": "my\udce9.py"}).study_name("x") == "my\ufffd-x-standard"
    with pytest.raises(
        InputError, match=r"database: expected an address in UTF-8, got 'caf\\udce9/study.db'; rename"
    ):
        load_config(None, {"database": "caf\udce9/study.db"})


def test_the_command_is_kept_without_passwords_and_in_utf8(monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["study", "run", "--corpus", "caf\udce9", "--database", "x://me:secret@host"])
    assert command_line() == ["study", "run", "--corpus", "caf\ufffd", "--database", "x://me:***@host"]
