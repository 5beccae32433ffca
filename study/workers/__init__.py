"""Where tasks run: in this process, on processes of this machine, or on a Dask cluster that somebody else runs.

The driver sees an `Engine` and nothing of what is behind it; `start_engine` chooses one.
"""

from collections.abc import Callable
from pathlib import Path

from study.workers.engine import Engine, InProcess


def start_engine(
    corpus: Path,
    workers: int | None = None,
    memory_limit: int | None = None,
    scheduler: str | None = None,
    *,
    said: Callable[[str], None] = lambda line: None,
) -> Engine:
    """One worker is this process; more are processes of their own. By default as many as the machine is good for.

    `memory_limit`: of each of several workers, in bytes; by default its share of the machine's. `scheduler`: the
    address of a Dask cluster to use instead, which is sent the prepared corpus in the folder `corpus`; `said` is
    told what becomes of it, a line each.
    """
    if scheduler is not None:
        from study.workers.cluster import Cluster

        return Cluster(scheduler, corpus, said)
    from study.workers.local import LocalWorkers, default_workers, worker_memory

    workers = workers or default_workers()
    if workers == 1:
        return InProcess()
    return LocalWorkers(workers, memory_limit or worker_memory(workers))
