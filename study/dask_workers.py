"""An engine over Dask workers, whoever runs them: tasks out, answers back, and what became of a dead worker."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from study.engine import Done
from study.errors import WorkerDied

ATTEMPTS = 2  # of a task whose worker dies under it, the first one included

CONFIG = {
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    # What a worker holds is TensorFlow's, not Dask's: nothing could be spilled, and a paused worker never goes on.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.large-graph-warning-threshold": "4GB",  # a state travels with its task, on purpose
}


@dataclass(frozen=True)
class Task:
    """What was handed over. Tasks of equal `affinity` prefer the same worker."""

    ticket: int
    affinity: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class DaskWorkers:
    """Runs tasks on the workers that `client` leads to; see `study.engine.Engine`."""

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
        future = next(self._done)
        task = self._pending.pop(future)
        error = future.exception()
        if error is not None:
            return Done(task.ticket, error=self._explained(error))
        self._homes[task.affinity], result = future.result()
        return Done(task.ticket, result)

    def _hand_over(self, task: Task) -> None:
        home = self._homes.get(task.affinity)
        preferred = {"workers": [home], "allow_other_workers": True} if home else {}
        future = self._client.submit(_with_address, task.function, *task.arguments, pure=False, **preferred)
        self._pending[future] = task
        self._done.add(future)

    def _explained(self, error: Exception) -> Exception:
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            return error
        worker, attempts = error.last_worker.address, error.allowed_failures + 1  # another's cluster has its own
        restarts = self._client.get_events("worker-restart-memory")
        peaks = [event["rss"] for _, event in restarts if event["worker"] == worker]
        if not peaks:
            return WorkerDied(f"its worker died {attempts} times at this epoch, killed from outside or by a crash")
        return WorkerDied(
            f"its worker ran out of memory {attempts} times: it had reached {peaks[-1] / 1e9:.2f} GB "
            "(a larger limit: memory_limit in the settings, or fewer --workers)"
        )


def _with_address(function: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    from distributed import get_worker

    return get_worker().address, function(*arguments)
