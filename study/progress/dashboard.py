"""Keeps a study's pages in the dashboard up to date while it runs: a watcher in front of another one."""

import time
from typing import TYPE_CHECKING

from results.store.database import Store
from study.errors import LeaseLost
from study.progress.watcher import InFront, Watcher
from study.training.run import Run

if TYPE_CHECKING:
    from results.dashboard.publisher import Publisher

EVERY = 15.0  # seconds between two refreshes, at least
SHARE = 0.02  # of the driver's time, at most: publishing a large study takes seconds


class Board(InFront):
    """Tells `watch` all it hears. As steps end, it publishes what the store says; never more than SHARE allows.

    The driver alone writes the database, so it is here and not in the dashboard that a running study is published.
    """

    def __init__(self, watch: Watcher, store: Store, study: str) -> None:
        super().__init__(watch)
        self._store = store
        self._study = study
        self._due = time.monotonic() + EVERY
        self._behind = False
        self._broken = False
        self._publisher: Publisher | None = None

    def step_done(self, run: Run, title: str, outcome: str, score: float | None) -> None:
        super().step_done(run, title, outcome, score)
        self._behind = True
        if time.monotonic() >= self._due:
            self._publish(final=False)

    def finish(self) -> None:
        """The study is at its end, or at the end of this call: publishes what is not published yet."""
        if self._behind:
            self._publish(final=True)

    def _publish(self, *, final: bool) -> None:
        from results.dashboard.publisher import NOTES_AT_ONCE, Publisher, artifacts_beside

        began = time.monotonic()
        try:
            if self._publisher is None:
                self._publisher = Publisher(self._store, self._study, artifacts_beside(self._store))
            self._publisher.publish(None if final else NOTES_AT_ONCE)
            self._behind = False
        except LeaseLost:
            raise
        except Exception as error:  # pages are a help: nothing about them may end a study
            if not self._broken:
                self._watch.said(f"the dashboard's notes could not be refreshed: {error}")
            self._broken = True
        ended = time.monotonic()
        self._due = ended + max(EVERY, (ended - began) / SHARE)
