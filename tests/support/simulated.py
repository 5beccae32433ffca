"""Searches without TensorFlow: workers that only pretend to train, metrics derived from run and epoch."""

import heapq
import itertools
import math
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import tiny

from results.store.database import Store, open_store
from search_spaces import load_space
from study.config import StudyConfig, load_config
from study.corpus.prepared.prepared import Card
from study.corpus.prepared.splits import Split
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.jobs.study import open_study
from study.progress.watcher import Silent
from study.search.sampling import quiet
from study.search.search import Search
from study.training.run import EpochMetrics, Run, State, generator
from study.workers.engine import Done

CARD = Card("made-up", "nowhere", "f" * 64, ("no", "yes"), False, 100, 50, 40, 10.0, 10.0, 20.0)

SPACE = """
from search_spaces import Architecture, Configuration

def suggest(trial, recipe):
    units = trial.suggest_int("units", 2, 64)
    rate = trial.suggest_float("rate", 0.0, 0.5)
    learning_rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
    layers = {"embedding_size": 4, "embedding_dropout": rate, "recurrent": [{"units": units}]}
    if trial.suggest_categorical("head", ["wide", "plain"]) == "wide":
        layers["recurrent"].append({"units": trial.suggest_int("second", 2, 64)})
    architecture = Architecture.model_validate(layers)
    return Configuration(architecture=architecture, recipe=recipe).with_recipe(
        epochs=EPOCHS, learning_rate=learning_rate
    )
"""


def pretended(run: Run, corpus: Path, epoch: int, state: State | None) -> tuple[State, EpochMetrics]:
    """Metrics that depend on the run and the epoch alone, and a state of one number."""
    architecture = run.configuration.architecture
    noise = generator(run.seed, run.key, epoch).normal(0, 0.03)
    distance = abs(architecture.recurrent[0].units - 40) / 64 + abs(architecture.embedding_dropout - 0.2)
    accuracy = float(np.clip(0.6 + 0.05 * math.log(1 + epoch) - 0.3 * distance + noise, 0.05, 0.99))
    metrics = EpochMetrics(1 - accuracy, accuracy, 1 - accuracy, accuracy, 0.1, 0.1, 1.0, "pretended")
    return {"000": np.array([float(epoch)])}, metrics


class Scrambled:
    """As many workers as wanted, whose answers come in any order."""

    def __init__(self, workers: int, seed: int) -> None:
        self.workers = workers
        self._random = random.Random(seed)
        self._tickets = itertools.count()
        self._tasks: list[tuple[int, Callable, tuple]] = []

    def submit(self, affinity: str, function: Callable, *arguments: object) -> int:
        ticket = next(self._tickets)
        self._tasks.append((ticket, function, arguments))
        return ticket

    def next_done(self) -> Done:
        at_work = self._tasks[: self.workers]
        task = self._random.choice(at_work)
        self._tasks.remove(task)
        ticket, function, arguments = task
        return Done(ticket, function(*arguments))

    def ready(self) -> bool:
        return bool(self._tasks)

    def close(self) -> None:
        self._tasks.clear()


class Sleeping:
    """Workers whose tasks take `seconds` each and no processor time. Counts the seconds that they were busy."""

    def __init__(self, workers: int, seconds: float) -> None:
        self.workers = workers
        self.busy = 0.0
        self.tasks = 0
        self._seconds = seconds
        self._tickets = itertools.count()
        self._free = [0.0] * workers  # when each of them has done what it was given
        self._ends: list[tuple[float, int, Callable, tuple]] = []

    def submit(self, affinity: str, function: Callable, *arguments: object) -> int:
        ticket = next(self._tickets)
        begins = max(heapq.heappop(self._free), time.perf_counter())
        heapq.heappush(self._free, begins + self._seconds)
        heapq.heappush(self._ends, (begins + self._seconds, ticket, function, arguments))
        return ticket

    def next_done(self) -> Done:
        end, ticket, function, arguments = heapq.heappop(self._ends)
        time.sleep(max(0.0, end - time.perf_counter()))
        self.busy += self._seconds
        self.tasks += 1
        return Done(ticket, function(*arguments))

    def ready(self) -> bool:
        return bool(self._ends) and self._ends[0][0] <= time.perf_counter()

    def close(self) -> None:
        self._ends.clear()


def settings(folder: Path, epochs: str = 'trial.suggest_int("epochs", 1, 4)', **changes: object) -> StudyConfig:
    """Of a search in `folder`."""
    space = folder / "made_up.py"
    space.write_text(SPACE.replace("EPOCHS", epochs), encoding="utf-8")
    return load_config(None, tiny.settings(folder, **{"space": str(space)} | changes))


def search(config: StudyConfig, engine: object) -> tuple[Store, optuna.Study, Search, Runs]:
    """A search on `engine`, ready to run. `study.driver.runs.train` is to be patched to `pretended`."""
    quiet()
    store = open_store(config.database, create=True)
    ledger = Ledger(store, CARD, config.states)
    ledger.begin("test")
    space, split = load_space(config.space, config.recipe), Split(0.2, 0)
    study = open_study("made-up", config, space, split, ledger, store)
    return store, study, Search(study, space, split, config, ledger, Silent()), Runs(engine, ledger, Path())


def table(study: optuna.Study) -> list[tuple[object, ...]]:
    """All that a search found, trial by trial."""
    return [(t.number, t.state.name, t.params, t.values, t.intermediate_values) for t in study.get_trials()]
