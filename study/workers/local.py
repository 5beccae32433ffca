"""Workers on this machine: one process, one thread and one core each, and none that outlives the driver."""

import contextlib
import os
import signal
import threading
import time
from typing import Any

from study.interruption import blocked_for_children, start_resource_tracker
from study.workers.dask_engine import CONFIG, DaskWorkers
from study.workers.machine import cores


class LocalWorkers(DaskWorkers):
    """A Dask cluster of so many processes; one that grows past `memory_limit` bytes is ended."""

    def __init__(self, workers: int, memory_limit: int) -> None:
        import dask
        from distributed import Client, LocalCluster

        start_resource_tracker()
        self.workers = workers
        # Nannies hand the settings on when they start a worker, also later: they stay for this process.
        dask.config.set(CONFIG)
        with blocked_for_children():
            self._cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=memory_limit,
                dashboard_address="127.0.0.1:0",  # any free port: two studies may run side by side
                silence_logs="CRITICAL",
            )
            client = Client(self._cluster)
        client.register_plugin(_worker_plugin(cores()))
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
