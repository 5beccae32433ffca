"""The machine's physical cores, as far as this process may use them, and a worker's place on one of them."""

import contextlib
import os
from pathlib import Path

from study.workers.scratch import locked

_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def cores() -> list[int]:
    """The processors this process may use, one a physical core: two threads of a core train no faster than one."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(_physical_cores()))
    usable = sorted(os.sched_getaffinity(0))
    first_of_core = {_siblings(processor): processor for processor in reversed(usable)}
    return sorted(first_of_core.values())


def take_core(number: int, own_cores: list[int], locks: Path | None) -> None:
    """Puts worker `number`, this process, on a core that no other one is on, until it ends.

    Workers of other studies count where `locks` is a folder that they share. Where all cores are taken the worker
    is on none in particular: the system then moves it to whichever idles.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    first = number % len(own_cores)
    chosen = own_cores[first]
    if locks is not None:
        try:
            free = next(c for c in own_cores[first:] + own_cores[:first] if _taken(c, locks))
        except StopIteration:
            return
        except OSError:
            free = chosen  # no locks there: as if no other study ran
        chosen = free
    with contextlib.suppress(OSError):  # the container's set of processors may have changed
        os.sched_setaffinity(0, {chosen})


def _taken(processor: int, locks: Path) -> bool:
    """Whether its core was free, and is this process's from here on."""
    lock = locks / f"core-{_siblings(processor)}"
    lock.touch(mode=0o600)
    try:
        locked(lock)
    except BlockingIOError:
        return False
    return True


def _siblings(processor: int) -> str:
    """The processors of the same core, as the system writes them; just itself where it does not tell."""
    try:
        return Path(_TOPOLOGY.format(processor)).read_text(encoding="ascii").strip()
    except OSError:
        return str(processor)


def _physical_cores() -> int:
    import psutil  # type: ignore[import-untyped]

    return psutil.cpu_count(logical=False) or os.cpu_count() or 1
