"""Memory of the process that trains: its peak, and what is said where it runs out."""

import contextlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from study.errors import OutOfMemory


def peak_memory_mb() -> float:
    """The most memory that this process has had so far, in 10^6 bytes.

    Linux's `getrusage` would count what the parent had when it started this process.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


@contextlib.contextmanager
def shortage_told(what: str) -> Iterator[None]:
    """Raises OutOfMemory where the block runs out of memory in Python, NumPy or TensorFlow."""
    try:
        yield
    except Exception as error:
        if not is_shortage(error):
            raise
        raise OutOfMemory(
            f"memory ran out {what} ({_first_line(error)}); a smaller batch_size, sequence_length or network, "
            "or fewer --workers, need less"
        ) from None


def is_shortage(error: BaseException) -> bool:
    """Told by its name, TensorFlow's being imported by nobody who does not train."""
    return isinstance(error, MemoryError) or any(
        kind.__name__ == "ResourceExhaustedError" for kind in type(error).__mro__
    )


def _first_line(error: Exception) -> str:
    """What was too much, without the graph's names that TensorFlow goes on with."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = next((line for line in lines if "OOM" in line), lines[0] if lines else "")
    return told[told.find("OOM") :][:200] if "OOM" in told else told[:200] or type(error).__name__
