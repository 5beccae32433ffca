"""SIGKILL of the driver at any instant, and of a worker: the study ends with the numbers it would have had."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import tiny
from kills import Killing, spawned

from results.evidence import frames
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent

STUDY = "tiny-tiny-standard"
FOLDER = f"architecture-study-{os.getuid()}"  # ours in the temporary directory


def study_of(folder: Path, workers: int) -> Killing:
    return Killing.prepared(folder, tiny.settings(folder, workers=workers, trials=6))


def table(folder: Path, study: str = STUDY) -> list[list[object]]:
    """Everything a study found, but for times."""
    with open_store(folder / "study.db") as store:
        trials = frames.trials(store, study)
        epochs = frames.epochs(store, study).sort_values(["run_fingerprint", "split", "seed", "epoch"])
        finals = frames.finals(store, study)
        assert store.integrity() == "ok"
    return [
        trials[["number", "state", "words", "epochs"]].to_numpy().tolist(),
        epochs[["run_fingerprint", "split", "seed", "epoch", "train_loss"]].to_numpy().tolist(),
        epochs["validation_loss"].fillna(-1).tolist(),
        finals.sort_values(["configuration", "seed"])[["configuration", "seed", "test_loss"]].to_numpy().tolist(),
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    run_study(load_config(None, tiny.settings(folder, trials=6)), ["study"], Silent())
    return table(folder)


def wait_for_epochs(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Until that many epochs are written down, or the driver is through."""
    while process.poll() is None:
        try:
            with sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True) as connection:
                if connection.execute("SELECT COUNT(*) FROM epochs").fetchone()[0] >= count:
                    return
        except sqlite3.OperationalError:
            pass  # not made yet
        time.sleep(0.02)


def test_a_killed_driver_goes_on_to_the_same_table(undisturbed, tmp_path) -> None:
    killing = study_of(tmp_path, workers=1)
    assert killing.run(2, seed=0) == (2, 0)
    assert table(tmp_path) == undisturbed
    assert killing.temporary() == [FOLDER]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_fifty_kills_change_nothing_and_leave_nothing(tmp_path, tmp_path_factory) -> None:
    """Drivers and workers of a study of generated reviews, with two workers and with one."""
    whole = tmp_path_factory.mktemp("whole")
    settings = {
        "corpus": "stand-in",
        "trials": 24,
        "deterministic": True,
        "split": {"training_texts": 200},
        "finals": {"seeds": 2, "test_texts": 100, "extra_seeds": 0, "baselines": False, "average": False},
    }
    run_study(load_config(None, tiny.settings(whole, **settings, workers=1)), ["study"], Silent())
    own = tiny.settings(tmp_path, **settings, workers=2, cache=str(whole / "cache"))
    killing = Killing.prepared(tmp_path, own)
    drivers, workers = killing.run(50, seed=1)
    assert drivers + workers == 50
    assert min(drivers, workers) >= 10
    assert table(tmp_path, "tiny-stand-in-standard") == table(whole, "tiny-stand-in-standard")
    begun = killing.begun()
    assert len(begun) - len(set(begun)) <= 2 * drivers + workers  # no kill costs more than what was at work then
    killing.wait_for_all()
    assert [path for path in killing.temporary() if "core-" not in path] == [FOLDER]


@pytest.mark.slow
def test_a_killed_worker_costs_time_alone(undisturbed, tmp_path) -> None:
    process = study_of(tmp_path, workers=2).start()
    wait_for_epochs(tmp_path, 1, process)
    workers = spawned(process)
    assert len(workers) == 2
    workers[0].send_signal(signal.SIGKILL)
    assert process.wait() == 0
    *_, finals = table(tmp_path)
    trials, epochs, _, _ = table(tmp_path)
    assert len(trials) == 6
    assert {state for _, state, *_ in trials} <= {"complete", "pruned"}
    assert as_undisturbed(epochs, undisturbed) >= 3
    assert finals


def as_undisturbed(epochs: list[list[object]], undisturbed: list[list[list[object]]]) -> int:
    """How many of the epochs one process trains as well; with the same numbers, on whichever worker."""
    known = {tuple(row[:4]): row[4] for row in undisturbed[1]}
    shared = [row for row in epochs if tuple(row[:4]) in known]
    assert all(row[4] == known[tuple(row[:4])] for row in shared)
    return len(shared)


def test_a_killed_driver_leaves_neither_workers_nor_temporary_files_behind(undisturbed, tmp_path) -> None:
    killing = study_of(tmp_path, workers=2)
    process = killing.start()
    wait_for_epochs(tmp_path, 4, process)
    workers = spawned(process)
    process.kill()
    process.wait()
    (own,) = (tmp_path / "temporary" / FOLDER).glob("run-*")
    assert {path.name for path in own.iterdir()} == {"dask-scratch-space"}
    psutil.wait_procs(workers)
    assert len(workers) == 2
    assert [path for path in killing.temporary() if "core-" not in path] == [FOLDER]
    assert as_undisturbed(table(tmp_path)[1], undisturbed) >= 2


FINALS_DRIVER = """
import os, signal, sys
from pathlib import Path
import tiny
import study.jobs.finals, study.driver.scores
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    folder, moment = Path(sys.argv[1]), sys.argv[2]
    if moment == "opened":  # noted, and about to be read
        study.jobs.finals.score_on_test = die
    elif moment == "half written":  # the score is in an open transaction, its predictions are not
        study.driver.scores.PredictionRow = die
    finals = {"seeds": 2, "best": 2, "extra_seeds": 0, "baselines": False, "average": False}
    run_study(load_config(None, tiny.settings(folder, finals=finals)), ["study"], Silent(), search_too=False)
"""


def finals_driver(folder: Path, moment: str) -> subprocess.Popen[bytes]:
    script = folder / "driver" / "finals.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(FINALS_DRIVER, encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": f"{Path(__file__).parents[2]}{os.pathsep}{Path(__file__).parents[1] / 'support'}"
    }
    return subprocess.Popen([sys.executable, str(script), str(folder), moment], env=environment)


def search_alone(folder: Path) -> None:
    run_study(load_config(None, tiny.settings(folder, finals={"seeds": 0})), ["study"], Silent())


def finals_alone(folder: Path) -> None:
    finals = {"seeds": 2, "best": 2, "extra_seeds": 0, "baselines": False, "average": False}
    run_study(load_config(None, tiny.settings(folder, finals=finals)), ["study"], Silent(), search_too=False)


def scores(folder: Path) -> list[tuple[object, ...]]:
    """Every final with its score and its predictions, to the last bit."""
    query = (
        "SELECT f.configuration, r.seed, f.test_loss, f.test_accuracy, p.probabilities, p.hits FROM finals f "
        "JOIN runs r ON r.id = f.run JOIN predictions p ON p.final = f.id ORDER BY f.configuration, r.seed"
    )
    with sqlite3.connect(folder / "study.db") as connection:
        return connection.execute(query).fetchall()


def openings(folder: Path) -> list[tuple[int, int]]:
    """By command: how often it opened the test part, and how often of these for a run that had been opened for."""
    with open_store(folder / "study.db") as store:
        commands = frames.invocations(store)
    return list(zip(commands["test_openings"], commands["test_openings_again"], strict=True))


def written_down(folder: Path) -> tuple[int, ...]:
    """How many epochs, openings and finals there are."""
    with sqlite3.connect(folder / "study.db", timeout=300) as connection:
        tables = ("epochs", "test_openings", "finals")
        return tuple(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables)


@pytest.fixture(scope="module")
def undisturbed_finals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finals")
    search_alone(folder)
    finals_alone(folder)
    assert openings(folder) == [(0, 0), (4, 0)]
    return scores(folder)


def test_finals_killed_while_they_score_end_with_the_same_scores_and_count_every_opening(
    undisturbed_finals, tmp_path
) -> None:
    search_alone(tmp_path)
    for moment in ("opened", "half written"):
        assert finals_driver(tmp_path, moment).wait() == -signal.SIGKILL
        assert scores(tmp_path) == []
    finals_alone(tmp_path)
    assert len(undisturbed_finals) == 4
    assert scores(tmp_path) == undisturbed_finals
    _, first, second, third = openings(tmp_path)
    assert (first, second[0], third[0]) == ((1, 0), 1, 4)
    assert second[1] + third[1] == 2  # the longest is scored first, and which that is depends on the clock


@pytest.mark.slow
def test_finals_killed_at_ten_instants_end_with_the_same_scores(undisturbed_finals, tmp_path) -> None:
    search_alone(tmp_path)
    generator = random.Random(2)
    for _ in range(10):
        noted = written_down(tmp_path)
        process = finals_driver(tmp_path, "whenever")
        while written_down(tmp_path) == noted and process.poll() is None:
            time.sleep(0.01)
        time.sleep(generator.uniform(0.0, 0.2))
        process.kill()
        process.wait()
    finals_alone(tmp_path)
    assert scores(tmp_path) == undisturbed_finals
    total, again = (sum(column) for column in zip(*openings(tmp_path), strict=True))
    assert total - again == len(undisturbed_finals)  # every final was opened for, and what is more is told
