"""Processor time, to be compared with that of other work done beside it: seconds alone say what machine it was."""

import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
