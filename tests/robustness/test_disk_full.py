"""A disk that runs full in the middle of a study: one line, nothing corrupt; with space again it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest
import tiny

from results.store.database import open_store

STUDY = Path(sys.executable).parent / "study"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 6 MB; skips where none may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_stops_the_study_and_space_lets_it_go_on(small_disk, tmp_path, command) -> None:
    settings = tiny.settings(tmp_path, trials=4) | {
        "database": str(small_disk / "study.db"),
        "states": str(small_disk / "states"),
    }
    settings["finals"] = {"seeds": 2, "baselines": False}
    tiny.write_toml(tmp_path / "study.toml", settings)
    run = ["run", "--config", str(tmp_path / "study.toml")]

    with open_store(small_disk / "study.db", create=True):
        pass
    filler = small_disk / "filler"
    free = 6 * 2**20 - sum(path.stat().st_size for path in small_disk.iterdir())
    filler.write_bytes(b"x" * (free - 350_000))
    done = subprocess.run([STUDY, *run], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert "full" in line or "No space left" in line
    assert "what was finished is kept, and the same command goes on from there" in line

    filler.unlink()
    with open_store(small_disk / "study.db") as store:
        assert store.integrity() == "ok"
    status, _, errors = command(*run)
    assert status == 0, errors
    with open_store(small_disk / "study.db") as store:
        assert store.integrity() == "ok"
