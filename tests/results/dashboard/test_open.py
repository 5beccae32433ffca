"""The dashboard open on the file all the while: it neither disturbs the driver nor is it disturbed."""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import tiny

from results.evidence import frames
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

STUDY_COMMAND = Path(sys.executable).with_name("study")
NAME = "tiny-tiny-standard"


def run(folder, **changes):
    run_study(load_config(None, tiny.settings(folder, **changes)), ["study", "run"], Silent())


def table(folder):
    with open_store(folder / "study.db") as store:
        assert store.integrity() == "ok"
        trials, epochs = frames.trials(store, NAME), frames.epochs(store, NAME)
        finals = frames.finals(store, NAME)
    return [
        trials[["number", "state", "words", "validation_accuracy"]].to_numpy().tolist(),
        epochs[["run", "epoch", "train_loss"]].to_numpy().tolist(),
        finals[["configuration", "seed", "test_loss"]].to_numpy().tolist(),
    ]


class Reader(threading.Thread):
    """Asks a dashboard for everything it shows, over and over."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.answers: list[tuple[str, int]] = []
        self.seen: set[int] = set()
        self.ended = threading.Event()

    def get(self, path: str) -> bytes:
        try:
            with urllib.request.urlopen(self.address + path, timeout=300) as answer:
                body = answer.read()
                self.answers.append((path, answer.status))
        except urllib.error.HTTPError as error:
            body = error.read()
            self.answers.append((path, error.code))
        return body

    def run(self) -> None:
        while not self.ended.is_set():
            studies = json.loads(self.get("/api/studies"))["study_summaries"]
            number = studies[0]["study_id"]
            self.seen.add(len(json.loads(self.get(f"/api/studies/{number}?after=0"))["trials"]))
            self.get(f"/csv/{number}")
            self.get("/dashboard/")


@pytest.fixture
def dashboard(tmp_path):
    """The address of a dashboard on a study of one trial, in a process of its own."""
    run(tmp_path, trials=1, finals={"seeds": 0})
    command = [str(STUDY_COMMAND), "dashboard", "--database", str(tmp_path / "study.db")]
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        address = process.stdout.readline().split()[1].partition("/dashboard")[0]
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}/api/meta", timeout=300).close()
                break
            except urllib.error.URLError:
                time.sleep(0.5)  # it names its address before it listens there
        yield address
        process.terminate()
        process.wait()
        process.stdout.close()


def test_a_reader_disturbs_nobody_and_is_not_disturbed(dashboard, tmp_path, tmp_path_factory) -> None:
    reader = Reader(dashboard)
    reader.start()
    run(tmp_path, trials=5)
    reader.ended.set()
    reader.join()
    assert len(reader.answers) >= 8
    assert {status for _, status in reader.answers} == {200}
    assert len(reader.seen) > 1  # it saw the study grow
    assert "locked" not in (tmp_path / "errors").read_text()
    alone = tmp_path_factory.mktemp("alone")
    run(alone, trials=5)
    assert table(tmp_path) == table(alone)
