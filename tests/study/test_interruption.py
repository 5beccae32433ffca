"""Ctrl-C as a terminal sends it, to the driver and its workers alike, twice, and SIGTERM."""

import fcntl
import os
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest
import tiny

from study.interruption import Interrupted, held

STUDY = Path(sys.executable).parent / "study"
KEPT = "Interrupted. What was finished is kept; the same command goes on from there."


class Terminal:
    """A command in a terminal of its own: what it shows, and Ctrl-C."""

    def __init__(self, folder: Path, *command: object) -> None:
        self._master, terminal = os.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=os.environ | {"TERM": "xterm", "COLUMNS": "200"},
        )
        os.close(terminal)
        os.set_blocking(self._master, False)

    def read(self) -> str:
        try:
            while chunk := os.read(self._master, 65536):
                self.shown += chunk.decode(errors="replace")
        except OSError:
            pass  # nothing now, or closed
        return self.shown

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def wait_for(self, condition, seconds: float = 1200) -> None:
        for _ in range(int(seconds / 0.05)):
            if condition(self.read()):
                return
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s in vain; the terminal shows: {self.shown[-3000:]}")

    def status(self, seconds: float = 1200) -> int:
        self.wait_for(lambda shown: self.process.poll() is not None, seconds)
        self.read()
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def study_in(folder: Path, workers: int) -> list[object]:
    settings = tiny.settings(folder, workers=workers, trials=200, space=str(folder / "long.py"))
    text = tiny.SPACE.replace('trial.suggest_int("epochs", 1, 4)', "400")
    (folder / "long.py").write_text(text, encoding="utf-8")
    recipe = settings.pop("recipe"), settings.pop("finals")
    lines = [f"{key} = {value!r}" for key, value in settings.items()]
    lines += ["[recipe]", *(f"{key} = {value!r}" for key, value in recipe[0].items())]
    (folder / "study.toml").write_text("\n".join(lines), encoding="utf-8")
    return [STUDY, "run", "--config", folder / "study.toml"]


def epochs_in(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT COUNT(*) FROM epochs").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # not made yet


def begun(folder: Path, workers: int) -> tuple[Terminal, list[psutil.Process]]:
    """A study in a terminal that is at its epochs, and its workers."""
    terminal = Terminal(folder, *study_in(folder, workers))
    terminal.wait_for(lambda shown: epochs_in(folder) > 3)
    return terminal, psutil.Process(terminal.process.pid).children(recursive=True)


PANEL = re.compile(r"search: \d+ of|running +epoch|trial \d+ |[\u2501\u2578\u257a ]+ +\d+ % .* elapsed")


def only_ended(shown: str) -> bool:
    """Whether from the signal on the terminal shows that it is ending, its panel, and how to go on; no more."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown[shown.index("Ending;") :]).replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip() and not PANEL.match(line)]
    assert lines == ["Ending; once more ends at once.", KEPT]
    return True


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_ctrl_c_ends_with_one_line_and_no_workers(tmp_path, workers) -> None:
    terminal, children = begun(tmp_path, workers)
    terminal.type(b"\x03")
    assert terminal.status() == 130
    assert only_ended(terminal.shown)
    psutil.wait_procs(children)
    with sqlite3.connect(tmp_path / "study.db") as connection:
        assert connection.execute("SELECT exit_status FROM invocations").fetchall() == [(130,)]
        assert connection.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)
    terminal.close()


@pytest.mark.slow
def test_a_second_ctrl_c_leaves_at_once(tmp_path) -> None:
    terminal, children = begun(tmp_path, 2)
    terminal.type(b"\x03")
    terminal.wait_for(lambda shown: "Ending;" in shown)
    terminal.type(b"\x03")
    assert terminal.status() == 130
    assert "Traceback" not in terminal.shown
    assert "resource_tracker" not in terminal.shown
    psutil.wait_procs(children)
    terminal.close()


@pytest.mark.slow
def test_sigterm_ends_as_cleanly(tmp_path) -> None:
    terminal, children = begun(tmp_path, 2)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.status() == 143
    assert only_ended(terminal.shown)
    psutil.wait_procs(children)
    terminal.close()


def test_what_is_being_written_is_finished_first() -> None:
    """In a process of its own: the signals are the whole process's."""
    script = (
        "import os, signal, time\n"
        "from study.interruption import *\n"
        "watch_signals()\n"
        "try:\n"
        "    with held():\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(0.2)\n"
        "        print('written')\n"
        "    print('not reached')\n"
        "except Interrupted as ended:\n"
        "    print(ended.status, exit_status())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "written\n143 143\n"


def test_a_second_signal_ends_at_once_whatever_is_being_written() -> None:
    script = (
        "import os, signal\n"
        "from study.interruption import *\n"
        "watch_signals()\n"
        "with held():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('written', flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (143, "")


def test_nothing_is_raised_where_no_signal_came() -> None:
    with held(), held():
        pass
    assert Interrupted(signal.SIGINT).status == 130
