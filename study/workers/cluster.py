"""Workers of a Dask cluster that somebody else runs, on machines that share no files with the driver's.

A worker must run the same versions as the driver, with one thread: else its numbers would be others. It keeps the
corpus in a cache of its own, and is sent what is missing there, once a machine.
"""

import contextlib
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.corpus.prepared.cache import default_cache
from study.corpus.prepared.prepared import MissingHalf, packed, unpack
from study.environment import environment
from study.errors import Refused, StudyError
from study.workers.dask_engine import LOOKS_EVERY, DaskWorkers, Task, configure_dask
from study.workers.engine import Done

ANSWERS_WITHIN = 10  # seconds, that a scheduler has
COMES_BACK_WITHIN = 180  # seconds, that one has that was lost
SILENT_FOR = 30.0  # seconds without a word of any worker, after which that is told
_WORKER = "dask worker --nthreads 1"
COMPARED = ("python", "tensorflow", "keras", "numpy", "architecture_study")
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class _Missing:
    """A worker's answer where its machine lacks a half of the corpus."""

    half: str


@dataclass(frozen=True)
class _Unlike:
    """A worker's answer where it would not compute what the driver would."""

    why: str


class Cluster(DaskWorkers):
    """The workers of the scheduler at `address`, as many as there are at the time.

    `corpus` is the prepared corpus on this machine. What becomes of the cluster is told to `said`, a line each.
    Raises StudyError where nobody answers, Refused where a worker runs other versions.
    """

    def __init__(self, address: str, corpus: Path, said: Callable[[str], None] = lambda line: None) -> None:
        self._said = said
        self._address = address
        self._corpus = corpus
        self._sent: set[tuple[str, str]] = set()  # (machine, half)
        self._asked: set[tuple[str, str]] = set()  # (worker, half)
        self._refused: set[str] = set()
        self._heard_of: dict[str, float] = {}  # worker -> when the scheduler last heard of it, by its own clock
        self._heard_at = 0.0
        self._silent = False
        super().__init__(_connected(address))
        try:
            self._check_workers()
        except BaseException:
            self._client.close()
            raise

    @property
    def workers(self) -> int:
        """How many there are now; 1 where none is, so that a task waits for the first."""
        return max(1, len(self._present()))

    def next_done(self) -> Done:
        from concurrent.futures import CancelledError

        while True:
            self._heard_at = time.monotonic()
            future, task = self._next_over()
            try:
                if done := self._heard(task, future):
                    return done
            except (CancelledError, OSError) as error:
                if isinstance(error, OSError) and error.filename is not None:
                    raise  # a file's error; a lost connection has no name
                self._hand_over(task)

    def _heard(self, task: Task, future: Any) -> Done | None:
        """What the task came to; None where it is handed over again. Raises where the connection was lost."""
        from concurrent.futures import CancelledError

        if future.status in ("cancelled", "lost"):
            raise CancelledError
        if future.status == "error":
            error = future.exception()
            if isinstance(error, CancelledError):
                raise error
            return self._over(task, error)
        worker, answer = future.result()
        if isinstance(answer, _Missing):
            self._send(worker, answer.half)
        elif isinstance(answer, _Unlike):
            self._leave_out(worker, answer.why)
        else:
            self._homes[task.affinity] = worker
            return Done(task.ticket, answer)
        self._hand_over(task)
        return None

    def close(self) -> None:
        """Leaves the cluster as it was; what it is at for this driver is dropped."""
        self._client.cancel(list(self._pending))
        self._client.close()

    def _check_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=ANSWERS_WITHIN)
            answers = self._client.run(_unlike, expected())
        except TimeoutError as error:
            raise StudyError(
                f"the scheduler at {self._address} has no workers; start some with `{_WORKER} {self._address}`"
            ) from error
        except ImportError as error:
            raise Refused(
                f"a worker of {self._address} cannot import {error.name}: install this package there"
            ) from error
        for worker, why in answers.items():
            if why:
                raise Refused(f"worker {worker}: {why}")

    def _hand_over(self, task: Task) -> None:
        self._reconnect()
        preferred: dict[str, Any] = {}
        home = self._homes.get(task.affinity)
        if home and home not in self._refused:
            preferred = {"workers": [home], "allow_other_workers": True}
        elif self._refused:
            allowed = sorted(self._present() - self._refused)
            preferred = {"workers": allowed, "allow_other_workers": True} if allowed else {}
        arguments = tuple(_CORPUS if argument == self._corpus else argument for argument in task.arguments)
        call = (expected(), self._corpus.name, task.function, arguments)
        future = self._client.submit(_on_worker, *call, pure=False, **preferred)
        self._pending[future] = task
        self._done.add(future)

    def _send(self, worker: str, half: str) -> None:
        """Brings the half to the worker's machine, unless that was done and the worker has not asked again."""
        machine = worker.rsplit(":", 1)[0]
        if (machine, half) in self._sent and (worker, half) not in self._asked:
            self._asked.add((worker, half))
            return
        files = packed(self._corpus, half)
        sent = self._client.submit(_receive, self._corpus.name, files, pure=False, workers=[worker])
        while not sent.done():
            try:
                sent.result(timeout=LOOKS_EVERY)
            except TimeoutError:
                self._look_after_workers()
                if worker not in self._present():
                    sent.cancel()
                    return
        sent.result()
        self._sent.add((machine, half))
        self._asked.add((worker, half))

    def _leave_out(self, worker: str, why: str) -> None:
        """A worker that joined later is not given anything more; alone, it is no help."""
        if worker not in self._refused:
            self._refused.add(worker)
            self._said(f"worker {worker} joined and is left out: {why}")
        if self._present() <= self._refused:
            raise Refused(f"worker {worker}: {why}")

    def _reconnect(self) -> None:
        """Waits for the client to find its scheduler again. Raises StudyError where it does not."""
        if self._client.status == "running":
            return
        self._said(f"the scheduler at {self._address} was lost; waiting for it, {COMES_BACK_WITHIN} s at most")
        ends = time.monotonic() + COMES_BACK_WITHIN
        while self._client.status != "running":
            if time.monotonic() > ends:
                raise StudyError(
                    f"the scheduler at {self._address} went away and did not come back in "
                    f"{COMES_BACK_WITHIN} s; what was finished is kept, and the same command goes on from there"
                )
            if self._client.status == "closed":
                with contextlib.suppress(StudyError):
                    self._begin_anew(_connected(self._address))
            else:
                time.sleep(0.2)
        lacks = "" if self._present() else f"; it has no workers, start some with `{_WORKER} {self._address}`"
        self._said(f"the scheduler at {self._address} is back{lacks}")

    def _look_after_workers(self) -> None:
        """Tells of workers that are all gone, or that nothing was heard of, and of the first one that is back."""
        super()._look_after_workers()
        if self._client.status != "running":
            return
        now = {worker: known["last_seen"] for worker, known in self._workers_now().items()}
        if any(seen > self._heard_of.get(worker, 0.0) for worker, seen in now.items()):
            if self._silent:
                self._said(f"the scheduler at {self._address} has workers again")
            self._silent, self._heard_at = False, time.monotonic()
        elif not self._silent and time.monotonic() - self._heard_at >= SILENT_FOR:
            self._silent = True
            self._said(
                f"nothing was heard of any worker of {self._address} for {SILENT_FOR:.0f} s; the study waits for "
                f"one: start some with `{_WORKER} {self._address}`"
            )
        self._heard_of = now

    def _present(self) -> set[str]:
        """The addresses of the workers that are there now."""
        return set(self._workers_now())

    def _begin_anew(self, client: Any) -> None:
        """Hands over again, through another client, what is not back."""
        pending = list(self._pending.values())
        self._use(client)
        for task in pending:
            self._hand_over(task)


class _CorpusHere:
    """Stands for the corpus's folder, which is another one on each machine."""

    def __reduce__(self) -> str:
        return "_CORPUS"


_CORPUS = _CorpusHere()


def expected() -> dict[str, str]:
    """The versions that a worker must have, which are this process's."""
    found = environment() | {"python": platform.python_version()}
    return {name: str(found[name]) for name in COMPARED if name in found}


def _connected(address: str) -> Any:
    from distributed import Client

    from study.interruption import blocked_for_children

    configure_dask()
    try:
        with blocked_for_children():
            return Client(address, timeout=ANSWERS_WITHIN)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"no Dask scheduler answers at {address}; start one with `dask scheduler` and workers with "
            f"`{_WORKER} {address}`, or check the address"
        ) from error


def _unlike(wanted: dict[str, str], dask_worker: Any) -> str:
    """What makes this worker's numbers others than the driver's; empty where nothing does."""
    here = expected()
    for name, version in wanted.items():
        if here.get(name) != version:
            shown = name.replace("_", "-")
            return f"expected {shown} {version} as the driver has, got {here.get(name)}; install the same there"
    if dask_worker.state.nthreads != 1:
        return f"expected one thread, got {dask_worker.state.nthreads}; start it with `{_WORKER}`"
    return "" if all(os.environ.get(name) == "1" for name in THREADS) else "expected TensorFlow on one thread"


def _on_worker(
    wanted: dict[str, str], corpus: str, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[str, Any]:
    """Does a task, or answers why it cannot be done here."""
    from distributed import get_worker

    worker = get_worker()
    if why := _unlike(wanted, worker):
        return worker.address, _Unlike(why)
    folder = default_cache() / corpus
    try:
        return worker.address, function(*(folder if each is _CORPUS else each for each in arguments))
    except MissingHalf as missing:
        return worker.address, _Missing(missing.half)


def _receive(corpus: str, files: dict[str, tuple[bytes, str]]) -> None:
    unpack(default_cache() / corpus, files)
