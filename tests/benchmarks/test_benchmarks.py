"""Benchmarks do not rot: each runs in a form of seconds and gives figures, however large they are."""

import ast
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FILES = {path.name: path for path in FOLDER.glob("*.py") if path != Path(__file__)}


def strings(name: str) -> set[str]:
    nodes = ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def used_by(name: str) -> set[str]:
    """Files of this folder that the file imports, or names as a process to start."""
    nodes = list(ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return ({f"{module}.py" for module in modules} | strings(name)) & FILES.keys()


RUN = sorted(name for name in FILES if "--smoke" in strings(name))


def figures(found: object) -> Iterator[float]:
    """Every leaf; what is empty has none to give."""
    assert found != {}
    assert found != []
    if isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from figures(each)
    else:
        assert isinstance(found, int | float), found
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_gives_figures(name: str) -> None:
    done = subprocess.run([sys.executable, FILES[name], "--smoke"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = list(figures(json.loads(done.stdout.splitlines()[-1])))
    assert len(found) > 2
    assert all(math.isfinite(figure) and figure > 0 for figure in found), found


def test_every_file_is_run() -> None:
    """By the test above, or by one that it runs."""
    reached, new = set[str](), set(RUN)
    while new:
        reached |= new
        new = {used for name in new for used in used_by(name)} - reached
    assert sorted(FILES.keys() - reached) == []
