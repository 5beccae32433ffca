"""When the whole job will be over: asked for as it goes on, and told who watches."""

import time
from collections.abc import Callable, Sequence

from study.progress.watcher import InFront, Watcher
from study.training.run import EpochMetrics, Run

SHARE = 0.02  # of the driver's time, at most: a large study takes a while to be added up


class Outlook(InFront):
    """Tells `watch` all it hears, and how long the job will go on, by `seconds_left`: None where nothing tells."""

    def __init__(self, watch: Watcher, seconds_left: Callable[[], float | None] = lambda: None) -> None:
        super().__init__(watch)
        self.seconds_left = seconds_left
        self._due = 0.0

    def stage_began(self, name: str, done: int, total: int, best: float | None = None) -> None:
        super().stage_began(name, done, total, best)
        self._due = 0.0
        self._look()

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        self._look()
        super().run_began(run, title, known)

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        super().epoch_done(run, epoch, metrics)
        self._look()

    def _look(self) -> None:
        began = time.monotonic()
        if began < self._due:
            return
        seconds = self.seconds_left()
        ended = time.monotonic()
        self._due = ended + (ended - began) / SHARE
        if seconds is not None:
            self._watch.expects(seconds)
