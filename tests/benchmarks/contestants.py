"""Both ends of the pipe between the benchmark and a contestant: a process of its own that answers questions.

A question is one line of JSON on the contestant's standard input, {"do": method, ...}; so is the answer. Imports
the standard library alone, since a contestant decides for itself when TensorFlow comes in and with what threads.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
FOLDER = Path(__file__).parent


class Contestant:
    """A contestant as the benchmark sees it. It ends with the benchmark, whose death closes the pipe.

    `core` pins it to that processor and gives TensorFlow one thread; None leaves both as in a plain script.
    """

    def __init__(self, name: str, script: str, core: int | None = None, **settings: Any) -> None:
        self.name = name
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the contestant
        with pinned_to(core):  # a child inherits the processors of the thread that starts it
            self._process = subprocess.Popen(
                [sys.executable, str(FOLDER / script), json.dumps(settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                env=_environment(one_thread=core is not None),
            )

    def tell(self, do: str, **question: Any) -> None:
        """Asks without waiting for the answer."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # `answer` says why
            self._process.stdin.write(json.dumps({"do": do, **question}) + "\n")
            self._process.stdin.flush()

    def answer(self) -> Any:
        """The answer to the oldest question. Raises RuntimeError where the contestant failed."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"{self.name} ended:\n{self._log.read().decode(errors='replace')[-4000:]}")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{self.name} failed:\n{answer['error']}")
        return answer

    def ask(self, do: str, **question: Any) -> Any:
        """Asks and waits."""
        self.tell(do, **question)
        return self.answer()

    def close(self) -> None:
        """Closes the pipe and waits for the process to end."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:  # in the middle of an answer that nobody waits for
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


def serve(make: Callable[..., Any]) -> None:
    """The contestant's side: answers with the methods of `make(**settings)` until the pipe is closed."""
    with os.fdopen(os.dup(1), "w") as pipe:
        os.dup2(2, 1)  # what libraries print must not get into the pipe
        contestant = make(**json.loads(sys.argv[1]))
        for line in sys.stdin:
            question = json.loads(line)
            try:
                answer = getattr(contestant, question.pop("do"))(**question)
            except Exception:
                answer = {"error": traceback.format_exc()}
            pipe.write(json.dumps(answer) + "\n")
            pipe.flush()


@contextlib.contextmanager
def pinned_to(core: int | None) -> Iterator[None]:
    """This thread on that processor alone, where the system can; None changes nothing."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _environment(*, one_thread: bool) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    return plain | (dict.fromkeys(THREAD_VARIABLES, "1") if one_thread else {})
