"""The house stays as docs/house.md says: which way imports go, who loads TensorFlow, who opens the test part."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ["search_spaces", "results", "study"]
FILES = sorted(path for package in ORDER for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that the file names in an import, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: expected absolute imports"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def importers(prefix: str) -> set[str]:
    names = {path: imports(path) for path in FILES}
    return {
        str(path.relative_to(ROOT))
        for path, found in names.items()
        if any(name == prefix or name.startswith(prefix + ".") for name in found)
    }


@pytest.mark.parametrize("package", ORDER)
def test_imports_go_one_way(package) -> None:
    forbidden = ORDER[ORDER.index(package) + 1 :]
    for path in (ROOT / package).rglob("*.py"):
        against = {name for name in imports(path) if name.split(".")[0] in forbidden}
        assert not against, f"{path.relative_to(ROOT)} imports {against}"


def test_tensorflow_and_keras_come_in_through_one_door() -> None:
    assert importers("tensorflow") - {"study/bundle/predict.py"} == {
        "study/training/backend.py"
    }  # goes with bundles
    assert importers("study.bundle.predict") == set()
    assert importers("keras") - {"study/corpus/published/keras_sets.py"} == {
        "study/training/backend.py"
    }  # for a download, when needed


def test_the_test_part_is_opened_for_finals_alone() -> None:
    assert importers("study.corpus.prepared.sealed") == {"study/training/scoring.py"}
    assert importers("study.training.scoring") == {"study/jobs/finals.py"}


def test_the_search_leads_nowhere_near_the_test_part() -> None:
    code = (
        "import sys; import study.search.search, study.training.tasks, study.driver.runs, study.training.epoch; "
        "print([name for name in sys.modules if name in ('corpus.prepared.sealed', 'training.scoring')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_search_spaces_load_neither_keras_nor_optuna() -> None:
    heavy = ("keras", "tensorflow", "optuna")
    code = f"import sys; import search_spaces; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_module_is_on_the_page_about_the_house() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    for path in FILES:
        inner = path.parent.name in ("migrations", "versions", "corpus") or path.name == "__init__.py"
        assert inner or path.name in page, f"{path.name} is missing in docs/house.md"
