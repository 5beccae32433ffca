"""The command line as a user meets it: what it prints, its exit status, and what it leaves behind."""

import ast
import re
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import tiny

from study import cli
from study.cli.options import command_line
from study.config import StudyConfig

STUDY = Path(sys.executable).with_name("study")


def call(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(STUDY), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def toml(folder: Path) -> Path:
    """The tiny study's settings as a file."""
    values = tiny.settings(folder)
    recipe = values.pop("recipe")
    finals = values.pop("finals")
    lines = [f"{key} = {value!r}" for key, value in values.items()]
    for name, table in (("recipe", recipe), ("finals", finals)):
        lines += [f"[{name}]", *(f"{key} = {value!r}" for key, value in table.items())]
    path = folder / "study.toml"
    path.write_text("\n".join(lines).replace("None", '""'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    return folder, call("run", "--config", toml(folder), cwd=folder)


def test_a_study_runs_and_says_where_the_report_is(finished) -> None:
    folder, done = finished
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "search: 0 of 5 done" in done.stdout
    assert "Test accuracy in %, study tiny-tiny-standard" in done.stdout
    assert f"Report: {folder / 'report.html'}" in done.stdout
    assert f"kB in {folder / 'states'}; `study clean` frees" in done.stdout
    titles = re.findall(r"^Best found \(trial \d\)", done.stdout, re.MULTILINE)
    assert len(titles) == 2  # its row, and what it is
    assert titles[0] in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / "report.html").stat().st_size > 1e6


def test_a_second_call_says_so_at_once(finished, command, monkeypatch) -> None:
    folder, _ = finished
    code = (
        "import sys; from study import cli\n"
        "sys.argv = ['study', 'run', '--config', 'study.toml']\n"
        "try: cli.main()\n"
        "except SystemExit as ended: print(ended.code, {'tensorflow', 'distributed'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert "Nothing to do: study tiny-tiny-standard has its 5 trials and all its finals." in done.stdout
    assert done.stdout.endswith("0 set()\n")  # what takes long to load is not needed
    monkeypatch.chdir(folder)
    _, fewer, _ = command("run", "--config", "study.toml", "--trials", 2)
    assert "tiny-tiny-standard has 5 trials, more than the 2 asked for, and all its finals." in fewer


def test_the_report_is_rebuilt_from_the_database_alone(finished, tmp_path, command) -> None:
    folder, _ = finished
    (tmp_path / "study.db").write_bytes((folder / "study.db").read_bytes())
    status, _, errors = command("report", "--database", tmp_path / "study.db", "-o", tmp_path / "again.html")
    assert status == 0, errors
    assert (tmp_path / "again.html").stat().st_size > 1e6


def test_help_names_the_commands_and_loads_nothing_that_takes_long() -> None:
    code = (
        "import sys; from study import cli\n"
        "sys.argv = ['study', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.search(r"^  reproduce  ", done.stdout, re.MULTILINE)
    loaded = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    slow = {"tensorflow", "keras", "optuna", "pandas", "numpy", "scipy", "sklearn", "plotly", "sqlalchemy", "dask"}
    assert "typer" in loaded
    assert not slow & loaded


def test_spaces_are_listed_and_shown(command) -> None:
    _, listed, _ = command("spaces")
    assert "book: " in listed
    assert "wide: " in listed
    _, shown, _ = command("spaces", "show", "book")
    assert "dropout_placement" in shown
    for reference in ("simple-lstm", "lstm-dropout", "lstm-gate-dropout", "cnn-lstm"):
        assert reference in shown


def test_a_space_without_published_networks_says_so(tmp_path, command) -> None:
    _, shown, _ = command("spaces", "show", tiny.write_space(tmp_path / "own.py"))
    assert shown.endswith("\nNo published network is in it.\n")


def test_help_shows_the_defaults(command) -> None:
    shown = " ".join(command("run", "--help")[1].split())
    default = StudyConfig()
    assert f"--trials COUNT The study's total, with those it has. [default: {default.trials}; quick " in shown
    for key in ("corpus", "profile", "space", "seed", "database", "report"):
        assert f"[default: {getattr(default, key)}]" in shown
    assert "<str>" not in shown


def test_errors_of_reproduce_name_the_option_and_the_groups(tmp_path, command, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, errors = command("reproduce", "book", "--seeds", 0)
    assert (status, errors.count("\n")) == (2, 1)
    assert "--seeds" in errors
    _, _, errors = command("reproduce", "nosuch", "--database", tmp_path / "s.db")
    assert errors.endswith("simple-lstm; or one of the groups: all, book\n")


def test_status_and_clean_from_the_command_line(finished, command) -> None:
    folder, _ = finished
    database = ("--database", folder / "study.db")
    _, told, _ = command("status", *database)
    assert "trials       " in told
    assert "finals       2 scored, of 2 planned" in told
    _, planned, _ = command("clean", *database, "--dry-run")
    assert "  would free " in planned
    _, freed, _ = command("clean", *database)
    assert freed == planned.replace("would free", "freed")
    assert "  freed 0 files, 0 B" in command("clean", *database)[1]


def test_no_password_is_kept_with_the_command(monkeypatch) -> None:
    given = ["study", "run", "--database", "postgresql+psycopg://me:se:cret@host:5432/name", "--name", "a:b@c"]
    monkeypatch.setattr(sys, "argv", given)
    assert command_line() == [*given[:3], "postgresql+psycopg://me:***@host:5432/name", *given[4:]]


# -- bad input: one line, exit status 2, nothing half-written


def cut_archive(folder: Path) -> Path:
    whole = folder / "whole.tar.gz"
    for half in ("train", "test"):
        for label in ("neg", "pos"):
            (folder / "aclImdb" / half / label).mkdir(parents=True, exist_ok=True)
            for text in range(30):
                body = np.random.default_rng(text).integers(97, 122, 400).astype(np.uint8).tobytes()
                (folder / "aclImdb" / half / label / f"{text}_1.txt").write_bytes(body)
    with tarfile.open(whole, "w:gz") as archive:
        archive.add(folder / "aclImdb", "aclImdb")
    cut = folder / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return cut


def objects(folder: Path) -> Path:
    arrays: dict[str, np.ndarray] = dict(tiny.arrays())
    arrays["train_tokens"] = np.array([[1, 2], [3]], dtype=object)
    np.savez(folder / "objects.npz", **arrays)
    return folder / "objects.npz"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def foreign(folder: Path) -> Path:
    connection = sqlite3.connect(folder / "foreign.db")
    connection.execute("CREATE TABLE customers (name TEXT)")
    connection.commit()
    connection.close()
    return folder / "foreign.db"


BAD = {
    "unknown corpus": (lambda folder: ["--corpus", "imbd"], "imbd"),
    "unknown space": (lambda folder: ["--space", "bok"], "expected one of: book, strong, wide"),
    "unknown profile": (lambda folder: ["--profile", "fast"], "expected one of: quick, standard, thorough"),
    "no archive": (lambda folder: ["--corpus", written(folder / "a.txt", "no archive")], "a.txt"),
    "archive cut short": (lambda folder: ["--corpus", cut_archive(folder)], "cut.tar.gz"),
    "object arrays": (lambda folder: ["--corpus", objects(folder)], "pickled objects"),
    "zero trials": (
        lambda folder: ["--trials", "0"],
        "trials: input should be greater than or equal to 1, got '0'",
    ),
    "no number": (lambda folder: ["--trials", "many"], "trials: input should be a valid integer"),
    "budget": (lambda folder: ["--budget", "soon"], "expected a duration such as 90s, 45m or 1h30m, got 'soon'"),
    "database is a folder": (lambda folder: ["--database", folder], "expected a database file, got a folder"),
    "foreign database": (lambda folder: ["--database", foreign(folder)], "customers"),
    "text as database": (
        lambda folder: ["--database", written(folder / "t.db", "x" * 4096)],
        "got something else",
    ),
    "unknown key": (
        lambda folder: ["--config", written(folder / "k.toml", "[finals]\nseds = 3\n")],
        "unknown key 'finals.seds'; expected one of: average, baselines, best, extra_seeds, first_seed, leaders, "
        "margin, seeds, test_texts",
    ),
    "no TOML": (lambda folder: ["--config", written(folder / "n.toml", "trials: 3\n")], "expected TOML"),
    "missing file": (lambda folder: ["--config", folder / "none.toml"], "none.toml"),
    "unknown option": (lambda folder: ["--trails", "3"], "--trails"),
    "two unknown keys": (
        lambda folder: ["--config", written(folder / "k.toml", "seds = 3\ntrials = 0\n[recipe]\nbatch = 2\n")],
        "trials: input should be greater than or equal to 1, got 0; unknown key 'recipe.batch'; expected one of: ",
    ),
    "no name": (lambda folder: ["--name", ""], "name: expected a name, got ''"),
    "no name of a fork": (lambda folder: ["--fork", " "], "fork: expected a name, got ' '"),
    "nothing to fork": (lambda folder: ["--fork", "new"], "expected a study to fork, but this database has none"),
    "negative seed": (
        lambda folder: ["--seed", "-1"],
        "seed: input should be greater than or equal to 0, got '-1'",
    ),
    "word index with the stand-in": (
        lambda folder: ["--corpus", "stand-in", "--word-index", written(folder / "w.json", "nonsense")],
        "expected no word index with the stand-in corpus",
    ),
    "report that cannot be written": (
        lambda folder: ["--report", "/proc/report.html"],
        "/proc/report.html: expected a place where the report can be written, got: ",
    ),
    "report is a folder": (lambda folder: ["--report", folder], "got: a folder; name another with --report"),
    "space without suggest": (
        lambda folder: ["--space", written(folder / "s.py", "x = 1\n")],
        "found none",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_loses_nothing(case, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, expected = BAD[case]
    base = {"--corpus": tiny.write_corpus(tmp_path / "tiny.npz"), "--database": tmp_path / "new" / "study.db"}
    arguments = [str(argument) for argument in make(tmp_path)]
    given = [str(part) for option, value in base.items() if option not in arguments for part in (option, value)]
    monkeypatch.setattr(sys, "argv", ["study", "run", "--cache", str(tmp_path / "cache"), *given, *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert expected in printed.err
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert not {name for name in left if name.endswith((".part", "report.html", "-wal"))}
    assert not list((tmp_path / "cache").glob("*/train_tokens.npy")) or "corpus" not in case


def test_a_read_only_folder_for_the_database(tmp_path, command) -> None:
    corpus = tiny.write_corpus(tmp_path / "t.npz")
    status, _, errors = command("run", "--database", "/proc/study.db", "--corpus", corpus, "--cache", tmp_path)
    assert status == 2
    assert errors.startswith("error: /proc: expected a place that can be written")
    assert errors.count("\n") == 1


def test_debug_shows_the_traceback(tmp_path) -> None:
    done = call("run", "--profile", "fast", "--debug", cwd=tmp_path)
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "InputError: no profile is called 'fast'" in done.stderr


def test_a_study_can_be_interrupted_and_gone_on_with(tmp_path, command) -> None:
    process = subprocess.Popen(
        [str(STUDY), "run", "--config", str(toml(tmp_path)), "--trials", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "epoch 1 of" in line:
            break
    process.send_signal(2)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors == (
        "\nEnding; once more ends at once.\n"
        "Interrupted. What was finished is kept; the same command goes on from there.\n"
    )
    status, _, errors = command("run", "--config", tmp_path / "study.toml", "--trials", 2)
    assert status == 0, errors
    statuses = sqlite3.connect(tmp_path / "study.db").execute("SELECT exit_status FROM invocations").fetchall()
    assert statuses == [(130,), (0,)]


def test_a_report_that_cannot_be_written_is_one_line_and_keeps_the_study(finished, command) -> None:
    folder, _ = finished
    status, _, errors = command("report", "--database", folder / "study.db", "-o", "/proc/report.html")
    assert status == 2
    assert errors.startswith("error: /proc/report.html: ")  # not the file beside it
    assert errors.endswith("what was finished is kept, and the same command goes on from there\n")
    assert errors.count("\n") == 1


def test_a_full_disk_is_one_line(tmp_path, monkeypatch, capsys) -> None:
    def full(*arguments, **options):
        raise OSError(28, "No space left on device", "runs/states/1.part")

    monkeypatch.setattr("study.driver.ledger.Ledger.record_epoch", full)
    monkeypatch.setattr(sys, "argv", ["study", "run", "--config", str(toml(tmp_path))])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(
        "error: runs/states/1.part: No space left on device; what was finished"
    )
