"""How long runs will take, by the epochs that were timed: for who hands out the longest first, or has a budget."""

import math
import time
from collections.abc import Sequence

from study.driver.ledger import Ledger
from study.training.run import Run

UNTIMED = 1e-12
"""Seconds a parameter and token where nothing was timed yet: next to nothing, but in proportion."""


class Budget:
    """So many seconds from now, None for no end. Once they are spent no epoch begins; what is unended waits for
    the next call."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._begun = time.monotonic()

    def left(self) -> float:
        """Seconds until it is spent; infinite for no end."""
        return math.inf if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - self._begun))

    def spent(self, reserved: float = 0.0) -> bool:
        """Whether no more than the seconds `reserved` for something else are left."""
        return self.seconds is not None and time.monotonic() - self._begun >= self.seconds - reserved


def expected_seconds(runs: Sequence[Run], ledger: Ledger) -> list[float]:
    """Seconds that all epochs of each run will take on one core.

    By the timed epochs of its configuration, whatever their seed and split (validating takes about as long as the
    texts it leaves out would); a configuration that was never timed is taken to be as fast, a parameter and
    token, as the others.
    """
    timed = ledger.epoch_seconds()
    work = [_work(run, ledger) for run in runs]
    by_time = [
        timed[run.configuration.run_fingerprint] * run.configuration.recipe.epochs
        if run.configuration.run_fingerprint in timed
        else None
        for run in runs
    ]
    pairs = [(seconds, size) for seconds, size in zip(by_time, work, strict=True) if seconds is not None]
    rate = sum(seconds for seconds, _ in pairs) / sum(size for _, size in pairs) if pairs else UNTIMED
    return [rate * size if seconds is None else seconds for seconds, size in zip(by_time, work, strict=True)]


def _work(run: Run, ledger: Ledger) -> float:
    recipe = run.configuration.recipe
    return ledger.parameters_of(run.configuration) * recipe.sequence_length * recipe.epochs
