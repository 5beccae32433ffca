"""The terminal's view of a running study: a live panel, or plain lines where the output is no terminal."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from results.presentation.formatting import duration, percent
from search_spaces import in_words
from study.environment import replace_what_cannot_be_shown
from study.progress.watcher import Watcher
from study.training.run import EpochMetrics, Run


@dataclass
class _Line:
    """A trial or final in flight."""

    title: str
    run: Run
    epoch: int = 0
    accuracy: float | None = None


@dataclass
class _Stage:
    """How far a stage is; `at_start` steps were done before this call."""

    name: str
    done: int
    total: int
    at_start: int
    began: float = field(default_factory=time.monotonic)

    def left(self) -> str:
        """The time left at the pace so far, in words."""
        paced = self.done - self.at_start
        if paced == 0:
            return "time left: not known yet"
        return f"about {duration((time.monotonic() - self.began) / paced * (self.total - self.done))} left"


class Lines(Watcher):
    """One plain line a step: for logs, pipes and `make` in the background."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = _Stage("", 0, 0, 0)
        self._best: float | None = None
        self._shares: set[tuple[str, int]] = set()
        self._preparation = _Stage("", 0, 0, 0)

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *ended: object) -> None:
        pass

    def said(self, line: str) -> None:
        self._print(line)

    def prepared(self, done: int, total: int | None, what: str) -> None:
        share = 0 if not total else 4 * done // total
        left = self._left(done, total, what)
        if total and (what, share) not in self._shares:
            self._shares.add((what, share))
            self._print(f"corpus: {what}: {done:,} of {total:,}{left}")

    def _left(self, done: int, total: int | None, what: str) -> str:
        """The time left to prepare these, once it can be told."""
        if self._preparation.name != what:
            self._preparation = _Stage(what, done, total or 0, done)
        self._preparation.done = done
        paced = total is not None and self._preparation.at_start < done < total
        return f", {self._preparation.left()}" if paced else ""

    def stage_began(self, name: str, done: int, total: int, best: float | None = None) -> None:
        self._stage, self._best = _Stage(name, done, total, done), best
        self._print(f"{name}: {done} of {total} done")

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        self._print(f"{title}: {in_words(run.configuration)}")

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        shown = f"validation {percent(metrics.validation_accuracy)}, " if metrics.validation_accuracy else ""
        self._print(
            f"  epoch {epoch} of {run.configuration.recipe.epochs}, seed {run.seed}: {shown}"
            f"training {percent(metrics.train_accuracy)} in {metrics.seconds:.1f} s"
        )

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        self._stage.done += 1
        if score is not None and outcome != "pruned":
            self._best = max(self._best or 0.0, score)
        self._print(
            f"{title} {outcome}: {percent(score)}; {self._stage.done} of {self._stage.total}, "
            f"best so far {percent(self._best)}, {self._stage.left()}"
        )

    def _print(self, line: str) -> None:
        # A terminal would break a long line anywhere; elsewhere a line is one line, for who reads it by line.
        self._console.print(Text(line), soft_wrap=not self._console.is_terminal)


class Panel(Lines):
    """A panel that stays at the foot of the terminal, with each finished step as a line above it."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lines: dict[tuple[str, str], _Line] = {}
        self._preparing = ""
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self._rendered, transient=True)

    def __enter__(self) -> "Panel":
        self._live.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._live.stop()

    def prepared(self, done: int, total: int | None, what: str) -> None:
        of = f" of {total:,}" if total else ""
        self._preparing = f"Preparing the corpus: {what}: {done:,}{of}{self._left(done, total, what)}"

    def stage_began(self, name: str, done: int, total: int, best: float | None = None) -> None:
        self._preparing = ""
        self._stage, self._best = _Stage(name, done, total, done), best

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        line = self._lines[(title, run.key)] = _Line(title, run)
        if known:
            line.epoch, line.accuracy = len(known), known[-1].validation_accuracy

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        for line in self._lines.values():
            if line.run.key == run.key:
                line.epoch, line.accuracy = epoch, metrics.validation_accuracy

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        self._lines.pop((title, run.key), None)
        self._stage.done += 1
        if score is not None and outcome != "pruned":
            self._best = max(self._best or 0.0, score)
        self._print(f"{title} {outcome}: {percent(score)}  {in_words(run.configuration)}")

    def _rendered(self) -> Group:
        if self._preparing:
            return Group(Text(self._preparing))
        stage = self._stage
        if not stage.name:
            return Group(Text("Starting ..."))
        head = Text(
            f"{stage.name}: {stage.done} of {stage.total}, best so far {percent(self._best)}, {stage.left()}",
            style="bold",
        )
        running = Table(box=None, pad_edge=False, header_style="dim")
        for title in ("running", "epoch", "validation", "configuration"):
            running.add_column(title, overflow="fold")
        for line in self._lines.values():
            epochs = f"{line.epoch} of {line.run.configuration.recipe.epochs}"
            running.add_row(line.title, epochs, percent(line.accuracy), in_words(line.run.configuration))
        return Group(head, running)


def standard_console() -> Console:
    """The standard output. Other people's text is shown as it is: brackets and colons mean nothing in it."""
    replace_what_cannot_be_shown()
    return Console(markup=False, emoji=False)


def view_for(console: Console) -> Lines:
    """The panel on a terminal, plain lines elsewhere."""
    return Panel(console) if console.is_terminal else Lines(console)
