"""Runs going on epoch by epoch on an engine, each epoch written down as it comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.driver.ledger import Ledger
from study.interruption import held
from study.training.run import EpochMetrics, Run, State
from study.training.tasks import train
from study.workers.engine import Done, Engine


@dataclass
class _Progress:
    """How far a run is: its finished epochs, and the state after `state_epoch` of them."""

    run: Run
    metrics: list[EpochMetrics]
    state_epoch: int = 0
    state: State | None = None
    busy: bool = False


@dataclass(frozen=True)
class Finished:
    """News of a run: the metrics of its next epoch, the result of something applied to it, or an error."""

    run: Run
    epoch: int
    metrics: EpochMetrics | None = None
    applied: Any = None
    error: Exception | None = None


class Runs:
    """Every run in flight. Whoever wants epochs of the same run shares them."""

    def __init__(self, engine: Engine, ledger: Ledger, corpus: Path, *, keep_states: bool = False) -> None:
        self._engine = engine
        self._ledger = ledger
        self._corpus = corpus
        self._keep_states = keep_states
        self._progress: dict[str, _Progress] = {}
        self._answers: dict[int, Callable[[Done], Finished | None]] = {}

    @property
    def workers(self) -> int:
        """How many tasks the engine runs at once."""
        return self._engine.workers

    def finished_epochs(self, run: Run) -> list[EpochMetrics]:
        """The run's finished epochs, in order."""
        return self._of(run).metrics

    def train_towards(self, run: Run, epoch: int) -> None:
        """Hands over the next epoch on the way to the state after `epoch`, unless one is under way.

        That is the epoch behind the finished ones, or an earlier one where a state file was lost: it is then
        trained again, to the same numbers, and not told of.
        """
        progress = self._of(run)
        if not progress.busy:
            if progress.state_epoch >= epoch or progress.state_epoch < len(progress.metrics):
                self._load(progress, min(epoch - 1, len(progress.metrics)))
            self._submit(progress, epoch)

    def has_state(self, run: Run, epoch: int) -> bool:
        """Whether the state after that finished epoch is at hand; loads it."""
        progress = self._of(run)
        self._load(progress, epoch)
        return progress.state_epoch == epoch

    def apply(self, run: Run, epoch: int, function: Callable[..., Any], *arguments: Any) -> None:
        """Hands over `function(run, corpus folder, state, *arguments)` on the state after that epoch."""
        progress = self._of(run)
        self._load(progress, epoch)
        ticket = self._engine.submit(run.key, function, run, self._corpus, progress.state, *arguments)
        self._answers[ticket] = lambda done: Finished(run, epoch, applied=done.result, error=done.error)

    def wait(self) -> Finished:
        """Waits for the next news. A finished epoch is written down before it is told."""
        while True:
            done = self._engine.next_done()
            news = self._answers.pop(done.ticket)(done)
            if news is not None:
                return news

    @property
    def busy(self) -> bool:
        """Whether any task is under way."""
        return bool(self._answers)

    def ready(self) -> bool:
        """Whether a task is over already, so that `wait` need not wait for one."""
        return self._engine.ready()

    def let_go(self, run: Run) -> None:
        """Drops the run from memory; the store still has it."""
        progress = self._progress.get(run.key)
        if progress and not progress.busy:
            del self._progress[run.key]

    def _of(self, run: Run) -> _Progress:
        if run.key not in self._progress:
            self._progress[run.key] = _Progress(run, self._ledger.epochs(run))
        return self._progress[run.key]

    def _load(self, progress: _Progress, epoch: int) -> None:
        if progress.state_epoch != epoch:
            progress.state_epoch, progress.state = self._ledger.last_state(progress.run, epoch)

    def _submit(self, progress: _Progress, target: int) -> None:
        epoch = progress.state_epoch + 1
        ticket = self._engine.submit(progress.run.key, train, progress.run, self._corpus, epoch, progress.state)
        progress.busy = True
        self._answers[ticket] = lambda done: self._trained(progress, epoch, target, done)

    def _trained(self, progress: _Progress, epoch: int, target: int, done: Done) -> Finished | None:
        progress.busy = False
        if done.error is not None:
            return Finished(progress.run, epoch, error=done.error)
        progress.state, metrics = done.result
        progress.state_epoch = epoch
        with held():
            self._ledger.record_epoch(progress.run, epoch, metrics, progress.state, keep=self._keep_states)
        is_new = epoch > len(progress.metrics)
        if is_new:
            progress.metrics.append(metrics)
        elif epoch < target:
            self._submit(progress, target)
            return None
        return Finished(progress.run, epoch, metrics)
