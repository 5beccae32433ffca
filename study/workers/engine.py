"""Where tasks run: in this process or on Dask workers. The driver sees tickets and answers, nothing else of it."""

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Done:
    """A task is over: what its function returned, or raised."""

    ticket: int
    result: Any = None
    error: Exception | None = None


class Engine(Protocol):
    """Runs functions of picklable arguments, `workers` at once."""

    @property
    def workers(self) -> int: ...

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        """Hands a task over and returns its ticket. Tasks of equal `affinity` prefer the same worker."""
        ...

    def next_done(self) -> Done:
        """Waits until a task is over that was not given back yet."""
        ...

    def ready(self) -> bool:
        """Whether a task is over already, so that `next_done` need not wait."""
        ...

    def close(self) -> None:
        """Stops the workers; what they are at is lost."""
        ...


class InProcess:
    """One task at a time, in this process, in the order they were handed over."""

    workers = 1

    def __init__(self) -> None:
        self._tickets = itertools.count()
        self._waiting: deque[tuple[int, Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, affinity: str, function: Callable[..., Any], *arguments: Any) -> int:
        ticket = next(self._tickets)
        self._waiting.append((ticket, function, arguments))
        return ticket

    def next_done(self) -> Done:
        ticket, function, arguments = self._waiting.popleft()
        try:
            return Done(ticket, function(*arguments))
        except Exception as error:
            return Done(ticket, error=error)

    def ready(self) -> bool:
        return False

    def close(self) -> None:
        self._waiting.clear()
