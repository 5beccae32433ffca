"""The house stays as docs/house.md says: which folder may import which, who loads TensorFlow, who opens the test
part, and how much stands in a folder."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("search_spaces", "results", "study")

# The picture of the house: a room imports from rows above its own, never from its own row or from below.
STACK = """
search_spaces
results.store  results.metrics
results.presentation
results.statistics
results.evidence
results.answer
results.report
results.dashboard  results.side_by_side  results.terminal
results
study.errors  study.environment  study.interruption
study.config  study.corpus
study.training
study.workers
study.driver
study.progress
study.search  study.bundle
study.jobs
study.api
study.cli
study
"""
LEVELS = {name: level for level, row in enumerate(STACK.strip().splitlines()) for name in row.split()}
MOST_ENTRIES = 12  # modules and folders in a folder, its face not counted
MOST_AT_THE_TOP = 14  # study/: nine folders, and five files that all of them share
MOST_LINES = 300

FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


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


def room(name: str) -> str:
    """The room of the stack that a module or a name of a face is in: `results.store` of `results.store.tables`."""
    first_two = ".".join(name.split(".")[:2])
    return first_two if first_two in LEVELS else name.split(".")[0]


def test_every_room_imports_from_above_alone() -> None:
    against = []
    for path in FILES:
        own = room(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        others = {room(name) for name in imports(path) if name.split(".")[0] in PACKAGES and "." in name}
        against += [
            f"{path.relative_to(ROOT)} imports {other}"
            for other in sorted(others - {own})
            if LEVELS[other] >= LEVELS[own] and other not in PACKAGES
        ]
        against += [
            f"{path.relative_to(ROOT)} imports {other}"
            for other in sorted(others - {own})
            if other in PACKAGES and PACKAGES.index(other) > PACKAGES.index(own.split(".")[0])
        ]
    assert not against, "\n".join(against)


def test_every_room_is_in_the_stack() -> None:
    for package in PACKAGES[1:]:
        for path in (ROOT / package).iterdir():
            if (path.is_dir() and path.name != "__pycache__") or (
                path.suffix == ".py" and path.stem != "__init__"
            ):
                assert f"{package}.{path.stem}" in LEVELS, f"{path.relative_to(ROOT)} has no row in STACK"


def test_a_folder_is_small_and_says_what_lives_there() -> None:
    for folder in {path.parent for path in FILES}:
        if "migrations" in folder.parts:
            continue
        entries = [
            path for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__", "py.typed")
        ]
        most = MOST_AT_THE_TOP if folder == ROOT / "study" else MOST_ENTRIES
        assert len(entries) <= most, f"{folder.relative_to(ROOT)} has {len(entries)} entries"
        face = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(face), f"{folder.relative_to(ROOT)} does not say what lives there"


def test_a_module_is_one_thing() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= MOST_LINES, f"{path.relative_to(ROOT)} has {lines} lines: which second noun lives there?"


def test_names_are_handed_out_by_faces_alone() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        is_face = path.name in ("__init__.py", "backend.py")  # backend.py hands TensorFlow out
        assert is_face or not any(line.startswith("__all__") for line in lines), path.relative_to(ROOT)


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
    assert importers("study.training.scoring") == {"study/jobs/averages.py", "study/jobs/finals.py"}


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
    tree, folders = set(), []
    for line in page[page.index("    search_spaces/") :].splitlines():
        if line.strip() and not line.startswith("    "):
            break
        if not (name := line.split("  ")[0] if line.strip() == line else line.lstrip().split(" ")[0]):
            continue
        depth = (len(line) - len(line.lstrip()) - 4) // 2
        folders = [*folders[:depth], name.rstrip("/")]
        tree.add("/".join(folders))
    for path in FILES:
        if path.name != "__init__.py" and "migrations" not in path.parts:
            assert str(path.relative_to(ROOT)) in tree, f"{path.relative_to(ROOT)} is missing in docs/house.md"
