"""What the driver tells whoever watches. The terminal's view is one watcher; silence is another."""

from collections.abc import Sequence

from study.training.run import EpochMetrics, Run


class Watcher:
    """Hears of each step as it happens, and does nothing of it: who watches says what it does of which.

    Nothing a watcher does changes the study.
    """

    def said(self, line: str) -> None:
        """Something worth a line of its own."""

    def prepared(self, done: int, total: int | None, what: str) -> None:
        """So much of the corpus is prepared."""

    def stage_began(self, name: str, done: int, total: int, best: float | None = None) -> None:
        """A stage of the study began (search, finals), with so many of its steps done already, the best of them
        at that accuracy."""

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        """A trial or a final began on the run, of which these epochs are known already."""

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        """An epoch was trained."""

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        """A trial or a final ended; `score` is its accuracy, None where it has none."""

    def expects(self, seconds: float) -> None:
        """The job is expected to be at its end in so many seconds, all its stages included."""


class Silent(Watcher):
    """Watches without a word."""


class InFront(Watcher):
    """Tells `watch` all it hears."""

    def __init__(self, watch: Watcher) -> None:
        self._watch = watch

    def said(self, line: str) -> None:
        self._watch.said(line)

    def prepared(self, done: int, total: int | None, what: str) -> None:
        self._watch.prepared(done, total, what)

    def stage_began(self, name: str, done: int, total: int, best: float | None = None) -> None:
        self._watch.stage_began(name, done, total, best)

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        self._watch.run_began(run, title, known)

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        self._watch.epoch_done(run, epoch, metrics)

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        self._watch.step_done(run, title, outcome, score)

    def expects(self, seconds: float) -> None:
        self._watch.expects(seconds)
