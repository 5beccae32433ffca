"""Processor time, to be compared with that of other work done beside it: seconds alone say what machine it was."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def cpu_seconds_of(*arguments: object) -> float:
    """Of a Python process with these arguments, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *map(str, arguments)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
