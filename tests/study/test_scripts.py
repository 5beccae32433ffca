"""Scripts as they come: beside folders and files of our packages' names, by the standard input, as an argument."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny

ROOT = Path(__file__).parents[2]
NEITHER_GUARD_NOR_FILE = """
import math, sys
from pathlib import Path
import study
from study.workers import start_engine
engine = start_engine(Path(), workers=2)
try:
    for argument in sys.argv[1:]:
        engine.submit(argument, math.sqrt, int(argument))
    print(sorted(engine.next_done().result for _ in sys.argv[1:]), sys.modules["results"].__path__[0])
finally:
    engine.close()
"""
WHOLE = """
import json, sys
from study import Study
Study(**json.load(open(sys.argv[1]))).run(quiet=True)
print("done", "search_spaces" in sys.modules and sys.modules["results"].__path__[0])
"""


@pytest.fixture
def beside(tmp_path):
    """Runs Python in a folder that has, of our packages' names, two folders and a file."""
    for name in ("study", "search_spaces"):
        (tmp_path / name).mkdir()
    (tmp_path / "results.py").write_text("TABLE = []\n", encoding="utf-8")

    def python(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=environment, input=given, capture_output=True, text=True)

    return python


@pytest.mark.parametrize("how", ["-", "-c"])
def test_a_script_without_a_file_has_several_workers(beside, how) -> None:
    if how == "-":
        done = beside("-", "4", "9", given=NEITHER_GUARD_NOR_FILE)
    else:
        done = beside("-c", NEITHER_GUARD_NOR_FILE, "4", "9")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"[2.0, 3.0] {ROOT / 'results'}\n"


@pytest.mark.slow
def test_a_study_from_the_standard_input_has_several_workers(beside, tmp_path) -> None:
    settings = tiny.settings(tmp_path, workers=2, trials=2, finals={"seeds": 0})
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    done = beside("-", "settings.json", given=WHOLE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"done {ROOT / 'results'}\n"


def test_a_script_that_has_imported_its_own_module_of_our_name_is_told(beside) -> None:
    done = beside("-c", "import results; import study")
    assert done.returncode == 1
    *_, line = done.stderr.splitlines()
    assert line.startswith(
        "study.errors.InputError: expected 'results' to be the package of architecture-study, got "
    )
    assert line.endswith("results.py, which was imported before; rename that one")


def test_one_that_has_imported_ours_is_not(beside) -> None:
    done = beside("-c", "import sys; sys.path.pop(0); import results; sys.path.insert(0, ''); import study")
    assert done.returncode == 0, done.stderr
