"""Drivers and workers killed at random, with a count of the epochs begun: what a kill costs."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from study.training.run import EpochMetrics, Run, State
from study.training.tasks import train

DRIVER = """
import json, sys
from pathlib import Path
import kills
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent

if __name__ == "__main__":
    import study.driver.runs
    study.driver.runs.train = kills.noted
    run_study(load_config(None, json.loads(Path(sys.argv[1]).read_text())), ["study"], Silent())
"""
BEGUN = "KILLS_BEGUN"  # the environment variable that names the file of epochs begun


def noted(run: Run, corpus: Path, epoch: int, state: State | None) -> tuple[State, EpochMetrics]:
    """Trains, and notes before that it begins. Runs on a worker."""
    with open(os.environ[BEGUN], "a", encoding="utf-8") as file:
        file.write(f"{run.key} {epoch}\n")
    return train(run, corpus, epoch, state)


@dataclass
class Killing:
    """A study of the settings in `folder`/settings.json."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def prepared(cls, folder: Path, settings: dict[str, Any]) -> "Killing":
        import json

        script = folder / "driver" / "driver.py"  # apart from tiny.py, the space, which would hide the module tiny
        script.parent.mkdir()
        script.write_text(DRIVER, encoding="utf-8")
        (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        begun = folder / "begun"
        begun.touch()
        paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        (folder / "temporary").mkdir()
        own = {"PYTHONPATH": paths, BEGUN: str(begun), "TMPDIR": str(folder / "temporary")}
        return cls(folder, os.environ | own)

    def temporary(self) -> list[str]:
        """What is in the temporary directory; after the next start, for which `python -c` stands here."""
        start = "import study.workers.scratch as scratch; scratch.own_folder()"
        subprocess.run([sys.executable, "-c", start], env=self.environment, check=True)
        folder = self.folder / "temporary"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))

    def begun(self) -> list[str]:
        """The epochs begun so far, again where they were begun again."""
        return (self.folder / "begun").read_text(encoding="utf-8").splitlines()

    def wait_for_all(self) -> None:
        """Until none of its processes lives, of those too whose driver was killed."""
        psutil.wait_procs([process for process in psutil.process_iter() if self._is_ours(process)])

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(BEGUN) == self.environment[BEGUN]
        except psutil.Error:
            return False

    def start(self) -> subprocess.Popen[bytes]:
        script, settings = self.folder / "driver" / "driver.py", self.folder / "settings.json"
        return subprocess.Popen([sys.executable, str(script), str(settings)], env=self.environment)

    def run(self, kills: int, seed: int, say: Any = None) -> tuple[int, int]:
        """To the study's end, with so many kills on the way at most. Returns those of drivers and of workers."""
        generator = random.Random(seed)
        drivers = workers = 0
        process = self.start()
        while drivers + workers < kills:
            wanted = len(self.begun()) + generator.randint(1, 3)
            while len(self.begun()) < wanted and process.poll() is None:
                time.sleep(0.01)
            time.sleep(generator.uniform(0.0, 0.2))
            if process.poll() is not None:
                break
            found = spawned(process)
            if found and generator.random() < 0.4:
                generator.choice(found).send_signal(signal.SIGKILL)
                workers += 1
            else:
                process.kill()
                process.wait()
                drivers += 1
                process = self.start()
            if say:
                say(drivers, workers, len(self.begun()))
        assert process.wait() == 0
        return drivers, workers


def spawned(process: subprocess.Popen[bytes] | psutil.Process) -> list[psutil.Process]:
    """The workers of a driver."""
    try:
        found = psutil.Process(process.pid).children(recursive=True)
        return [child for child in found if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []
