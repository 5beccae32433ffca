"""An engine over Dask workers, whoever runs them: tasks out, answers back, and what became of a dead worker."""

import contextlib
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from study.errors import WorkerDied
from study.workers.engine import Done

ATTEMPTS = 2  # of a task whose worker dies under it, the first one included
LOOKS_EVERY = 5.0  # seconds between two looks after the workers, while nothing is over
ROUNDS = 3  # of so many attempts, where memory was not why: who kills from outside says little of a task

CONFIG = {
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    # What a worker holds is TensorFlow's, not Dask's: nothing could be spilled, and a paused worker never goes on.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    # A killed worker is started again, however long a busy machine takes for it: by default it is given up.
    "distributed.deploy.lost-worker-timeout": "30 days",
    # Dask's own MALLOC_TRIM_THRESHOLD_ is not among these: the allocator would give memory back all the time, and
    # each training step fetch it again, at 1.3 to 1.6 times the CPU time.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    "distributed.admin.large-graph-warning-threshold": "4GB",  # a state travels with its task, on purpose
}


def configure_dask(**more: str) -> None:
    """Sets Dask up for this process: `CONFIG` and `more`, and nothing of its own in the log.

    For good: nannies hand the settings on when they start a worker, also later; and a connection that ends after
    its cluster was closed would be logged with a stack trace. Engines tell of a lost one themselves.
    """
    import dask
    import distributed  # noqa: F401 - which sets its loggers' levels

    dask.config.set(CONFIG | more)
    for name in ("distributed", "distributed.client", "distributed.gc"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Task:
    """What was handed over. Tasks of equal `affinity` prefer the same worker."""

    ticket: int
    affinity: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    round: int = 1


class DaskWorkers:
    """Runs tasks on the workers that `client` leads to; see `study.workers.engine.Engine`."""

    def __init__(self, client: Any) -> None:
        self._tickets = itertools.count()
        self._homes: dict[str, str] = {}  # affinity -> address of the worker that had its last task
        self._use(client)

    def _use(self, client: Any) -> None:
        from distributed import as_completed

        self._client = client
        self._done = as_completed(loop=client.loop)
        self._pending: dict[Any, Task] = {}

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        task = Task(next(self._tickets), affinity, function, arguments)
        self._hand_over(task)
        return task.ticket

    def next_done(self) -> Done:
        while True:
            future, task = self._next_over()
            error = future.exception()
            if error is None:
                self._homes[task.affinity], result = future.result()
                return Done(task.ticket, result)
            if done := self._over(task, error):
                return done

    def ready(self) -> bool:
        return bool(self._done.has_ready())

    def _next_over(self) -> tuple[Any, Task]:
        """Waits for a task that is over, and looks after the workers meanwhile."""
        while True:
            with self._done.thread_condition:
                ready = self.ready() or self._done.thread_condition.wait(LOOKS_EVERY)
            if not ready:
                with contextlib.suppress(
                    OSError
                ):  # a lost connection ends what is pending, which is heard of here
                    self._look_after_workers()
            elif self.ready():
                future = next(self._done)
                if (task := self._pending.pop(future, None)) is not None:  # else it was handed over again
                    return future, task

    def _look_after_workers(self) -> None:
        """Hands over again what waits for a worker that is gone.

        Dask gives a task that prefers a dead worker to any other that is there. Where none is, the task waits for
        the dead one, whose successor has another address.
        """
        if self._client.status != "running" or not (present := set(self._workers_now())):
            return
        homes = {future: self._homes.get(task.affinity) for future, task in self._pending.items()}
        waiting = [future for future, home in homes.items() if home is not None and home not in present]
        if not waiting:
            return
        at_work = {key for keys in self._client.processing().values() for key in keys}
        for future in waiting:
            if future.key not in at_work and not future.done():
                task = self._pending.pop(future)
                self._homes.pop(task.affinity, None)
                try:
                    self._hand_over(task)
                except BaseException:
                    self._pending[future] = task
                    raise
                future.cancel()

    def _workers_now(self) -> dict[str, Any]:
        """What the scheduler knows of each worker that is there, by address."""
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def _hand_over(self, task: Task) -> None:
        home = self._homes.get(task.affinity)
        preferred = {"workers": [home], "allow_other_workers": True} if home else {}
        future = self._client.submit(_with_address, task.function, *task.arguments, pure=False, **preferred)
        self._pending[future] = task
        self._done.add(future)

    def _over(self, task: Task, error: Exception) -> Done | None:
        """The task is over with this error; or is handed over again: its workers were killed from outside."""
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            return Done(task.ticket, error=error)
        worker, attempts = error.last_worker.address, error.allowed_failures + 1  # another's cluster has its own
        restarts = self._client.get_events("worker-restart-memory")
        peaks = [event["rss"] for _, event in restarts if event["worker"] == worker]
        if peaks:
            died = WorkerDied(
                f"its worker ran out of memory {attempts} times: it had reached {peaks[-1] / 1e9:.2f} GB "
                "(a larger limit: memory_limit in the settings, or fewer --workers)"
            )
        elif task.round < ROUNDS:
            self._hand_over(replace(task, round=task.round + 1))
            return None
        else:
            times = attempts * task.round
            died = WorkerDied(f"its worker died {times} times at this epoch, killed from outside or by a crash")
        return Done(task.ticket, error=died)


def _with_address(function: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    from distributed import get_worker

    return get_worker().address, function(*arguments)
