"""Our folder in the temporary directory: what dead processes left is removed, what living ones have stays."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from study.workers import scratch

OWNER = """
import sys, tempfile
from study.workers.scratch import put_temporary_files_there

put_temporary_files_there()
tempfile.mkdtemp()
print(tempfile.gettempdir(), flush=True)
sys.stdin.readline()
"""


class Owner:
    """A process with its own folder."""

    def __init__(self, temporary: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", OWNER],
            env=os.environ | {"TMPDIR": str(temporary)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.folder = Path(self._process.stdout.readline().strip())

    def end(self) -> None:
        self._process.communicate("\n")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def test_what_a_killed_process_left_is_removed_by_the_next_one_alone(tmp_path) -> None:
    living, killed = Owner(tmp_path), Owner(tmp_path)
    users = tmp_path / f"architecture-study-{os.getuid()}"
    assert {living.folder.parent, killed.folder.parent} == {users}
    killed.kill()
    assert len(list(killed.folder.iterdir())) == 1
    following = Owner(tmp_path)
    assert sorted(users.iterdir()) == sorted([living.folder, following.folder])
    assert len(list(living.folder.iterdir())) == 1
    for owner in (living, following):
        owner.end()
    assert not list(users.iterdir())
    assert [users] == list(tmp_path.iterdir())


def test_where_nothing_can_be_made_there_is_none(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    monkeypatch.setattr(scratch, "users_folder", scratch.users_folder.__wrapped__)
    monkeypatch.setattr(scratch, "_own_folder", scratch._own_folder.__wrapped__)
    assert scratch.own_folder() is None
    scratch.put_temporary_files_there()
    assert tempfile.tempdir == str(tmp_path / "file")


def test_a_folder_that_is_not_ours_is_not_used(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(scratch, "users_folder", scratch.users_folder.__wrapped__)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"architecture-study-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="is somebody else's"):
        scratch.users_folder()
