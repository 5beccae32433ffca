"""What this machine has for workers: physical cores and memory, as far as this process may use them."""

import os
from pathlib import Path

WORKER_MEMORY = 2_000_000_000
"""Bytes that a worker is given at least: one that trained many large networks was seen at 1.55 GB."""

_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def cores() -> list[int]:
    """The processors this process may use, one a physical core: two threads of a core train no faster than one."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(_physical_cores()))
    usable = sorted(os.sched_getaffinity(0))
    first_of_core = {_siblings(processor): processor for processor in reversed(usable)}
    return sorted(first_of_core.values())


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


def _siblings(processor: int) -> str:
    """The processors of the same core, as the system writes them; just itself where it does not tell."""
    try:
        return Path(_TOPOLOGY.format(processor)).read_text(encoding="ascii").strip()
    except OSError:
        return str(processor)


def _physical_cores() -> int:
    import psutil  # type: ignore[import-untyped]

    return psutil.cpu_count(logical=False) or os.cpu_count() or 1
