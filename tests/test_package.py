"""What is installed from the wheel or the source archive works without this repository."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import tiny

ROOT = Path(__file__).parents[1]
PACKAGES = ("study", "results", "search_spaces")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with both, built from a copy, so that nothing left by an earlier build gets in."""
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(source / "dist"), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return source / "dist"


def test_both_hold_what_is_no_code(built) -> None:
    (wheel,), (archive,) = built.glob("*.whl"), built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    with tarfile.open(archive) as file:
        packed = {name.partition("/")[2] for name in file.getnames()}
    wanted = {
        *(f"{package}/py.typed" for package in PACKAGES),
        *(str(path.relative_to(ROOT)) for path in ROOT.glob("results/report/templates/*")),
        *(str(path.relative_to(ROOT)) for path in ROOT.glob("study/corpus/published/*.npz")),
    }
    assert wanted <= names
    assert wanted <= packed
    assert not [name for name in names if name.startswith("tests")]


def test_a_study_runs_from_the_wheel_alone(built, tmp_path) -> None:
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "installed")]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    file = tiny.write_toml(
        tmp_path / "study.toml", tiny.settings(tmp_path, trials=1, finals={"seeds": 1, "baselines": False})
    )
    program = "import study.cli, sys; print(study.cli.__file__); study.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "run", "--config", str(file)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "installed"))
    assert (tmp_path / "report.html").stat().st_size > 1_000_000


def test_an_editable_install_is_a_folder_on_the_path(tmp_path) -> None:
    """As any install is; through a finder, folders of our packages' names beside a script would come first."""
    for package in PACKAGES:
        (tmp_path / "source" / package).mkdir(parents=True)
        (tmp_path / "source" / package / "__init__.py").touch()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    place = ["--ignore-installed", "--prefix", str(tmp_path / "installed")]
    done = subprocess.run([*pip, *place, "--editable", str(tmp_path / "source")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (pointer,) = (tmp_path / "installed").rglob("*.pth")
    assert pointer.read_text(encoding="utf-8").strip() == str(tmp_path / "source")
