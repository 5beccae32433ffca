"""Workers on this machine: one process, one thread and one core each, and none that outlives the driver; and how
many of them the machine has memory and processor time for, as far as this process may use them.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from study.interruption import blocked_for_children, start_resource_tracker
from study.workers.cores import cores, take_core
from study.workers.dask_engine import DaskWorkers, configure_dask
from study.workers.scratch import locked, own_folder

WORKER_MEMORY = 2_000_000_000
"""Bytes that a worker is given at least: one that trained many large networks was seen at 1.55 GB."""


class LocalWorkers(DaskWorkers):
    """A Dask cluster of so many processes; one that grows past `memory_limit` bytes is ended."""

    def __init__(self, workers: int, memory_limit: int) -> None:
        from distributed import Client, LocalCluster

        start_resource_tracker()
        self.workers = workers
        self._unreadable = _hide_unreadable_script()
        folder = own_folder()
        configure_dask(**({"temporary-directory": str(folder)} if folder else {}))
        with blocked_for_children():
            self._cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=memory_limit,
                dashboard_address="127.0.0.1:0",  # any free port: two studies may run side by side
                silence_logs="CRITICAL",
                **({"env": {"TMPDIR": str(folder)}} if folder else {}),
            )
            client = Client(self._cluster)
        client.register_plugin(_worker_plugin(cores(), folder))
        super().__init__(client)

    def close(self) -> None:
        """Ends the workers without waiting for what they are at."""
        for nanny in self._cluster.workers.values():
            nanny.auto_restart = False
            if nanny.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(nanny.pid, signal.SIGKILL)
        self._client.close()
        self._cluster.close()
        if self._unreadable is not None:
            sys.modules["__main__"].__file__ = self._unreadable


def _hide_unreadable_script() -> str | None:
    """Takes the script's name from `__main__` where no such file is, and returns it.

    Processes begin by reading the script, and would end over one that came by the standard input or was deleted.
    """
    main = sys.modules["__main__"]
    name: str | None = getattr(main, "__file__", None)
    if name is None or os.path.exists(name):
        return None
    del main.__file__
    return name


def _worker_plugin(own_cores: list[int], folder: Path | None) -> Any:
    """Pins each worker to a core of its own, and ends it when the driver is gone, however it went. `folder` is the
    driver's own in the temporary directory."""
    from distributed import WorkerPlugin

    class OneCoreEach(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:
            take_core(int(worker.name), own_cores, folder.parent if folder else None)
            if folder is not None:
                with contextlib.suppress(OSError):
                    locked(folder, shared=True)  # it may live a moment longer than the driver
            threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()

    return OneCoreEach()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def default_workers() -> int:
    """One worker a core, fewer where a container's quota of processor time or the memory allows fewer."""
    from dask.system import CPU_COUNT  # minds cgroups and affinity

    return max(1, min(len(cores()), CPU_COUNT, memory() // WORKER_MEMORY))


def memory() -> int:
    """Bytes of memory this process may use: the machine's, or a container's or a process limit below that."""
    from distributed.system import MEMORY_LIMIT

    return int(MEMORY_LIMIT)


def worker_memory(workers: int) -> int:
    """The limit of each of so many workers, in bytes: its share, but no less than an honest run may need."""
    return max(memory() // workers, WORKER_MEMORY)
