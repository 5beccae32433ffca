"""Runs trained epoch after epoch on an engine and scored once on the test half, without a database."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contestants import peak_memory_mb

from study.training.run import EpochMetrics, Run, State
from study.training.scoring import score_on_test
from study.training.tasks import train
from study.workers.engine import Engine


@dataclass(frozen=True)
class Scored:
    """A run that is over. Seconds are training and scoring, on its worker; memory in 10^6 bytes, so far."""

    run: Run
    test_accuracy: float
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    worker: str


@dataclass
class _Chain:
    run: Run
    state: State | None = None
    epochs: list[EpochMetrics] = field(default_factory=list)


def train_and_score(
    engine: Engine, corpus: Path, runs: Iterable[Run], test_texts: int | None = None
) -> Iterator[Scored]:
    """Each run as it is over; they begin in the order given, as many at once as there are workers.

    `corpus` is the folder of the prepared corpus; `test_texts` None scores on the whole test half.
    """
    waiting = deque(runs)
    active: dict[int, _Chain] = {}
    while waiting or active:
        while waiting and len(active) < engine.workers:
            begun = _Chain(waiting.popleft())
            active[_submit(engine, corpus, begun, test_texts)] = begun
        done = engine.next_done()
        if done.error is not None:
            raise done.error
        chain = active.pop(done.ticket)
        if isinstance(done.result, _Score):
            yield _scored(chain, done.result)
            continue
        chain.state, metrics = done.result
        chain.epochs.append(metrics)
        active[_submit(engine, corpus, chain, test_texts)] = chain


@dataclass(frozen=True)
class _Score:
    accuracy: float
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


def _submit(engine: Engine, corpus: Path, chain: _Chain, test_texts: int | None) -> int:
    run, epoch = chain.run, len(chain.epochs) + 1
    if epoch > run.configuration.recipe.epochs:
        return engine.submit(run.key, _score, run, corpus, chain.state, test_texts)
    return engine.submit(run.key, train, run, corpus, epoch, chain.state)


def _score(run: Run, corpus: Path, state: State, test_texts: int | None) -> _Score:
    """Runs on a worker."""
    wall, cpu = time.perf_counter(), time.process_time()
    (_, accuracy), *_ = score_on_test(run, corpus, state, test_texts, run.split.seed)
    return _Score(accuracy, time.perf_counter() - wall, time.process_time() - cpu, peak_memory_mb())


def _scored(chain: _Chain, score: _Score) -> Scored:
    parts: list[Any] = [*chain.epochs, score]
    return Scored(
        run=chain.run,
        test_accuracy=score.accuracy,
        seconds=sum(part.seconds for part in parts),
        cpu_seconds=sum(part.cpu_seconds for part in parts),
        peak_memory_mb=score.peak_memory_mb,
        worker=chain.epochs[-1].worker,
    )
