"""Watchers for tests."""

from study.progress.watcher import Silent


class Listening(Silent):
    """Remembers what was said, what each run was called, and which epochs were trained."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.titles: list[str] = []
        self.epochs: list[tuple[str, int]] = []

    def said(self, line: str) -> None:
        self.lines.append(line)

    def run_began(self, run, title, known=()) -> None:
        self.titles.append(title)

    def epoch_done(self, run, epoch, metrics) -> None:
        self.epochs.append((run.key, epoch))
