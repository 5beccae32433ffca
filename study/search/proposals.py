"""The search's next trials: drawn by Optuna in this process, or in one beside it.

TPE takes 5 to 50 ms a suggestion, by the parameters of the space. Where many trials are in flight that would hold
up all that the driver has to do, so another process draws. It has the driver's view of the trials and hears with
each request what has changed in it, so it draws what the driver would draw at that moment.
"""

import contextlib
import multiprocessing
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

import optuna
from optuna.study import StudyDirection

from search_spaces import Configuration, SearchSpace, for_classes, in_words, load_space
from search_spaces.architecture import Recipe
from study.config import SearchPart, StudyConfig
from study.errors import StudyError
from study.interruption import blocked_for_children, start_resource_tracker
from study.search.sampling import ParameterGroups, quiet, sampler_for
from study.search.trials_in_view import Mirror, RecentTrials

MANY = 16
"""Workers from which on another process draws."""

AHEAD = 4
"""Requests that it has at most."""


@dataclass(frozen=True)
class Asked:
    """A new trial and the configuration that the space made of it; None and the reason where it made none."""

    trial: optuna.Trial
    configuration: Configuration | None
    reason: str = ""


class Asking(Protocol):
    """Trials in the order they were requested."""

    @property
    def pending(self) -> int:
        """How many were requested and not taken yet."""
        ...

    def request(self, number: int) -> None:
        """Asks for the trial of that number."""
        ...

    def ready(self) -> bool:
        """Whether `take` need not wait for another process."""
        ...

    def take(self) -> Asked: ...

    def close(self) -> None: ...


class Here:
    """Draws a trial when it is taken."""

    def __init__(
        self, study: optuna.Study, space: SearchSpace, config: StudyConfig, groups: ParameterGroups
    ) -> None:
        self._study = study
        self._space = space
        self._config = config
        self._groups = groups
        self._requested: deque[int] = deque()

    @property
    def pending(self) -> int:
        return len(self._requested)

    def request(self, number: int) -> None:
        self._requested.append(number)

    def ready(self) -> bool:
        return True

    def take(self) -> Asked:
        self._sample_as(self._requested.popleft())
        trial = self._study.ask()
        return Asked(trial, *_drawn(self._space, trial))

    def drawn(self, trial: optuna.Trial) -> Asked:
        """A trial that is there, perhaps with some of its parameters."""
        self._sample_as(trial.number)
        return Asked(trial, *_drawn(self._space, trial))

    def _sample_as(self, number: int) -> None:
        self._study.sampler = sampler_for(self._config.search, self._config.seed, number, self._groups)

    def close(self) -> None:
        self._requested.clear()


class Beside:
    """Trials drawn in another process while this one does other things; `here` draws those that were enqueued.

    Raises StudyError where that process dies, and what the search space raises there.
    """

    def __init__(
        self, study: optuna.Study, recent: RecentTrials, config: StudyConfig, classes: int, here: Here
    ) -> None:
        self._study = study
        self._recent = recent
        self._here = here
        self._requested: deque[int] = deque()
        self._sent: deque[bool] = deque()  # of the first of these: whether the other process draws it
        start_resource_tracker()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        work = (theirs, study.directions, config.space, config.recipe, classes, config.search, config.seed)
        self._process = context.Process(target=_draw, args=(*work, recent.groups), daemon=True)
        with blocked_for_children():
            self._process.start()
        theirs.close()

    @property
    def pending(self) -> int:
        return len(self._requested)

    def request(self, number: int) -> None:
        self._requested.append(number)
        self._send()

    def ready(self) -> bool:
        return not self._sent[0] or self._pipe.poll()

    def take(self) -> Asked:
        number = self._requested.popleft()
        if self._sent.popleft():
            asked = self._drawn()
        else:
            self._here.request(number)
            asked = self._here.take()
        self._send()
        return asked

    def _send(self) -> None:
        """Hands over what is next, a few at a time: later ones are drawn knowing more, and no pipe runs full."""
        while len(self._sent) < min(AHEAD, len(self._requested)):
            number = self._requested[len(self._sent)]
            self._sent.append(not self._recent.is_enqueued(number))
            if self._sent[-1]:
                # Where nobody hears it, the answer tells.
                with contextlib.suppress(ConnectionError):
                    self._pipe.send((number, self._recent.changes()))

    def _drawn(self) -> Asked:
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionError) as error:
            raise StudyError(
                "the process that draws the next trials ended; everything is kept, and the same command goes on"
            ) from error
        if isinstance(answer, Exception):
            raise answer
        frozen, configuration, reason = answer
        trial_id = self._recent.create_new_trial(self._study._study_id, frozen)
        return Asked(optuna.Trial(self._study, trial_id), configuration, reason)

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()


def _drawn(space: SearchSpace, trial: optuna.Trial) -> tuple[Configuration | None, str]:
    """The configuration that the space makes of the trial, or None and why it makes none."""
    try:
        configuration = space.suggest(trial)
    except ValueError as error:
        return None, " ".join(str(error).split())
    trial.set_user_attr("configuration", in_words(configuration))
    return configuration, ""


def _draw(
    pipe: Connection,
    directions: Sequence[StudyDirection],
    space: str,
    recipe: Recipe,
    classes: int,
    part: SearchPart,
    seed: int,
    groups: ParameterGroups,
) -> None:
    """Answers requests until the driver is gone."""
    try:
        quiet()
        made_from = for_classes(load_space(space, recipe), classes)
        mirror = Mirror(directions, groups)
        study = optuna.load_study(study_name=mirror.name, storage=mirror)
        while True:
            number, changes = pipe.recv()
            mirror.put(number, changes)
            study.sampler = sampler_for(part, seed, number, mirror.groups)
            configuration, reason = _drawn(made_from, study.ask())
            pipe.send((mirror.take_new(), configuration, reason))
    except (EOFError, ConnectionError):
        return
    except Exception as error:
        error.add_note(traceback.format_exc())
        pipe.send(error)
