"""The README is true: its targets, options, settings and files exist."""

import functools
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from study.cli import app
from study.config import PROFILES, load_config
from study.jobs.unused import refuse_unused

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = [line.strip() for line in README.splitlines() if line.startswith("    ")]


@functools.cache
def help_of(*command: str) -> str:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0
    return done.output


def commands(start: str) -> list[str]:
    inline = re.findall(r"`([^`\n]+)`", README)
    return [line for line in CODE + inline if line.startswith(start)]


@pytest.mark.parametrize("line", commands("make "))
def test_make_commands_name_targets_and_variables_that_exist(line) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target, *settings = line.split("make ", 1)[1].split(" ", 1)
    assert re.search(rf"^{target}:", makefile, re.MULTILINE), line
    for variable in re.findall(r"\b([A-Z_]+)=", " ".join(settings)):
        assert f"$({variable})" in makefile, line
    help_text = help_of("run")
    for option in re.findall(r"(--[a-z-]+)", " ".join(settings)):
        assert option in help_text, line


@pytest.mark.parametrize("line", [*commands("study "), *commands(".venv/bin/study ")])
def test_study_commands_have_their_options(line) -> None:
    words = line.removeprefix(".venv/bin/").split()[1:]
    command = words[0]
    help_text = help_of(command)
    for option in (word for word in words if word.startswith("--")):
        assert option in help_text, line
    if command == "spaces" and len(words) > 1:
        assert words[1] in help_text


def test_every_option_it_names_exists() -> None:
    names = re.findall(r"^  ([a-z]+) ", help_of().split("Commands:")[1], re.MULTILINE)
    calls = [[name] for name in names if name != "corpus"] + [["corpus", "describe"]]
    helps = [help_of(*call) for call in calls]
    others = {"--nthreads"}  # of dask worker
    for option in set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", README)) - others:
        assert any(re.search(rf"{option}\b", text) for text in helps), option


@pytest.mark.parametrize("option", ["--objective", "--scheduler", "--deterministic", "--fork", "--text-column"])
def test_the_main_command_has_the_options_it_is_told_with(option) -> None:
    assert option in help_of("run")


def test_the_toml_file_is_valid(tmp_path) -> None:
    block = README[README.index("# study.toml") :]
    lines = [line.removeprefix("    ") for line in block.split("\n\n")[0].splitlines()[1:]]
    text = "\n".join(lines)
    assert tomllib.loads(text)["finals"]
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    settings = load_config(tmp_path / "study.toml", {})
    assert settings.budget == 7200
    assert settings.recipe.batching == "fixed"
    refuse_unused(settings)  # nothing in it that a study would not take


def test_every_profile_is_listed_with_what_it_does() -> None:
    for profile in PROFILES:
        assert f"| `{profile}`" in README
        row = next(line for line in README.splitlines() if line.startswith(f"| `{profile}`"))
        settings = load_config(None, {"profile": profile})
        assert f"{settings.trials} trials" in row
        assert f"{settings.finals.seeds} seeds" in row


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_every_file_it_links_to_exists(target) -> None:
    assert (ROOT / target).exists()
