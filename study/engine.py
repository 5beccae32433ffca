"""Where tasks run: in this process or on Dask workers. The driver sees tickets and answers, nothing else of it."""

import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from study.errors import TrialError


@dataclass(frozen=True)
class Done:
    """A task is over: what its function returned, or raised."""

    ticket: int
    result: Any = None
    error: Exception | None = None


class Engine(Protocol):
    """Runs functions of picklable arguments, `workers` at once."""

    @property
    def workers(self) -> int: ...

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        """Hands a task over and returns its ticket. Tasks of equal `affinity` prefer the same worker."""
        ...

    def next_done(self) -> Done:
        """Waits until a task is over that was not given back yet."""
        ...

    def close(self) -> None:
        """Stops the workers; what they are at is lost."""
        ...


def start_engine(workers: int) -> Engine:
    """One worker is this process; more are processes of their own."""
    return InProcess() if workers == 1 else LocalWorkers(workers)


def cores() -> list[int]:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class InProcess:
    """One task at a time, in this process, in the order they were handed over."""

    workers = 1

    def __init__(self) -> None:
        self._tickets = itertools.count()
        self._waiting: deque[tuple[int, Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        ticket = next(self._tickets)
        self._waiting.append((ticket, function, arguments))
        return ticket

    def next_done(self) -> Done:
        ticket, function, arguments = self._waiting.popleft()
        try:
            return Done(ticket, function(*arguments))
        except Exception as error:
            return Done(ticket, error=error)

    def close(self) -> None:
        self._waiting.clear()


class LocalWorkers:
    """A Dask cluster on this machine: one process, one thread and one core a worker."""

    def __init__(self, workers: int) -> None:
        from distributed import Client, LocalCluster, as_completed

        self.workers = workers
        self._cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # any free port: two studies may run side by side
            silence_logs="CRITICAL",
        )
        self._client = Client(self._cluster)
        self._client.register_plugin(_worker_plugin(cores()))
        self._done = as_completed()
        self._tickets = itertools.count()
        self._pending: dict[Any, tuple[int, str]] = {}
        self._homes: dict[str, str] = {}  # affinity -> address of the worker that had its last task

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        ticket = next(self._tickets)
        home = self._homes.get(affinity)
        preferred = {"workers": [home], "allow_other_workers": True} if home else {}
        future = self._client.submit(_with_address, function, *arguments, pure=False, **preferred)
        self._pending[future] = (ticket, affinity)
        self._done.add(future)
        return ticket

    def next_done(self) -> Done:
        future = next(self._done)
        ticket, affinity = self._pending.pop(future)
        error = future.exception()
        if error is not None:
            return Done(ticket, error=_explained(error))
        self._homes[affinity], result = future.result()
        return Done(ticket, result)

    def close(self) -> None:
        self._client.close()
        self._cluster.close()


def _with_address(function: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    from distributed import get_worker

    return get_worker().address, function(*arguments)


def _explained(error: Exception) -> Exception:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return TrialError("the worker died again and again at this epoch; most likely it ran out of memory")
    return error


def _worker_plugin(own_cores: list[int]) -> Any:
    """Pins each worker to a core of its own, and ends it when the driver is gone, however it went."""
    from distributed import WorkerPlugin

    class OneCoreEach(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(0, {own_cores[int(worker.name) % len(own_cores)]})
            threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()

    return OneCoreEach()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
