"""The terminal's view of a running study: a live panel, or plain lines where the output is no terminal."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from results.presentation.formatting import duration, percent
from search_spaces import in_words, layers_in_words
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
    began: float = field(default_factory=lambda: time.monotonic())

    def seconds_left(self) -> float | None:
        """At the pace so far; None where nothing tells."""
        paced = self.done - self.at_start
        return (time.monotonic() - self.began) / paced * (self.total - self.done) if paced else None

    def left(self) -> str:
        """The time left at the pace so far, in words."""
        return _left(self.seconds_left())


@dataclass
class _Job:
    """When a job began to train, and when it will be over, as last told; times are of the monotonic clock."""

    began: float | None = None
    over: float | None = None

    def begin(self) -> None:
        """Called as each stage begins: the first one counts."""
        self.began = time.monotonic() if self.began is None else self.began

    def elapsed(self) -> float:
        return 0.0 if self.began is None else time.monotonic() - self.began

    def seconds_left(self, stage: _Stage) -> float | None:
        """Of the whole job where that was told, else of its stage; below 0 where it takes longer than foreseen."""
        return stage.seconds_left() if self.over is None else self.over - time.monotonic()


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "time left: not known yet"
    return "longer than foreseen" if seconds < 0 else f"about {duration(seconds)} left"


def _layers(run: Run) -> str:
    """The network without what the whole study has of the recipe."""
    epochs = run.configuration.recipe.epochs
    layers = " → ".join(layers_in_words(run.configuration.architecture))
    return f"{layers}; {epochs} epoch{'' if epochs == 1 else 's'}"


class Lines(Watcher):
    """One plain line a step: for logs, pipes and `make` in the background."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = _Stage("", 0, 0, 0)
        self._best: float | None = None
        self._shares: set[tuple[str, int]] = set()
        self._preparation = _Stage("", 0, 0, 0)
        self._job = _Job()
        self._titles: dict[str, list[str]] = {}  # of what is in flight, by run

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
        self._job.begin()
        self._stage, self._best = _Stage(name, done, total, done), best
        self._print(f"{name}: {done} of {total} done")

    def expects(self, seconds: float) -> None:
        self._job.over = time.monotonic() + seconds

    def run_began(self, run: Run, title: str, known: Sequence[EpochMetrics] = ()) -> None:
        self._titles.setdefault(run.key, []).append(title)
        self._print(f"{title}: {in_words(run.configuration)}")

    def epoch_done(self, run: Run, epoch: int, metrics: EpochMetrics) -> None:
        titles = "; ".join(self._titles.get(run.key, ["again"]))
        shown = f"validation {percent(metrics.validation_accuracy)}, " if metrics.validation_accuracy else ""
        self._print(
            f"{titles}: epoch {epoch} of {run.configuration.recipe.epochs}: {shown}"
            f"training {percent(metrics.train_accuracy)} in {metrics.seconds:.1f} s"
        )

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        self._count(score, outcome)
        titles = self._titles.get(run.key, [])
        if title in titles:
            titles.remove(title)
        self._print(
            f"{title} {outcome}: {percent(score)}; {self._stage.done} of {self._stage.total}, "
            f"best so far {percent(self._best)}, {_left(self._job.seconds_left(self._stage))}"
        )

    def _count(self, score: float | None, outcome: str) -> None:
        self._stage.done += 1
        if score is not None and outcome != "pruned":
            self._best = max(self._best or 0.0, score)

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
        self._job.begin()
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
        self._count(score, outcome)
        self._print(f"{title} {outcome}: {percent(score)}  {_layers(run)}")

    def _rendered(self) -> Group:
        if self._preparing:
            return Group(Text(self._preparing))
        stage = self._stage
        if not stage.name:
            return Group(Text("Starting ..."))
        head = Text(
            f"{stage.name}: {stage.done} of {stage.total}, best so far {percent(self._best)}", style="bold"
        )
        running = Table(box=None, pad_edge=False, header_style="dim")
        for title in ("running", "epoch", "validation", "layers"):
            running.add_column(title, overflow="fold")
        for line in self._lines.values():
            epochs = f"{line.epoch} of {line.run.configuration.recipe.epochs}"
            layers = " → ".join(layers_in_words(line.run.configuration.architecture))
            running.add_row(line.title, epochs, percent(line.accuracy), layers)
        return Group(head, self._bar(), running)

    def _bar(self) -> Table:
        """How much of the whole job's time is over."""
        elapsed, left = self._job.elapsed(), self._job.seconds_left(self._stage)
        whole = elapsed + max(left or 0.0, 0.0)
        share = 0.0 if left is None else elapsed / whole if whole else 1.0
        row = Table.grid(padding=(0, 1))
        row.add_row(
            ProgressBar(total=1.0, completed=share, width=30),
            f"{100 * share:.0f} %" if left is not None else "",
            f"{duration(elapsed)} elapsed, {_left(left)}",
        )
        return row


def standard_console() -> Console:
    """The standard output. Other people's text is shown as it is: brackets and colons mean nothing in it."""
    replace_what_cannot_be_shown()
    return Console(markup=False, emoji=False)


def view_for(console: Console) -> Lines:
    """The panel on a terminal, plain lines elsewhere."""
    return Panel(console) if console.is_terminal else Lines(console)
