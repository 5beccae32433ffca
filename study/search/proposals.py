"""The search's next trials: drawn by Optuna, made into configurations by the search space."""

from dataclasses import dataclass

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from search_spaces import (
    BOOK,
    BadParameter,
    Configuration,
    Kind,
    OutsideSpace,
    SearchSpace,
    SteadyTrial,
    in_words,
    space_names,
    starts_of,
)
from search_spaces.registry import in_one_line
from study.config import StudyConfig
from study.errors import InputError
from study.progress.watcher import Watcher
from study.search.sampling import ParameterGroups, sampler_for

# Of whoever wrote the space; what goes wrong in the database is none of them.
_MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RecursionError, TypeError)


@dataclass(frozen=True)
class Proposed:
    """A trial and the configuration that the space made of it; None and the reason where it made none."""

    trial: optuna.Trial
    configuration: Configuration | None
    reason: str = ""


class Proposals:
    """Draws trials, each with a sampler of its own number."""

    def __init__(
        self, study: optuna.Study, space: SearchSpace, config: StudyConfig, groups: ParameterGroups
    ) -> None:
        self._study = study
        self._space = space
        self._named = f"the search space {space.name!r}"
        self._config = config
        self._groups = groups
        self._kinds = {
            name: _kind_of(distribution)
            for trial in study.get_trials(deepcopy=False)
            for name, distribution in trial.distributions.items()
        }

    def new(self, number: int) -> Proposed:
        """The trial of that number: an enqueued one, or the study's next."""
        self._sample_as(number)
        return self._drawn(self._study.ask())

    def begun(self, trial: optuna.Trial) -> Proposed:
        """A trial that is there, perhaps with some of its parameters."""
        self._sample_as(trial.number)
        return self._drawn(trial)

    def _sample_as(self, number: int) -> None:
        self._study.sampler = sampler_for(self._config.search, self._config.seed, number, self._groups)

    def _drawn(self, trial: optuna.Trial) -> Proposed:
        """Raises InputError for a parameter that is not what it was in earlier trials: Optuna cannot keep it."""
        try:
            configuration = self._space.suggest(SteadyTrial(trial, self._kinds))
        except BadParameter as bad:
            raise InputError(f"{self._named}: {bad}") from bad
        except ValueError as error:
            return Proposed(trial, None, " ".join(str(error).split()))
        except _MISTAKES as error:
            if self._space.name in space_names():
                raise
            said = in_one_line(error, str(self._config.space))
            raise InputError(f"{self._named}: suggest failed in trial {trial.number}: {said}") from error
        if not isinstance(configuration, Configuration):
            raise InputError(
                f"{self._named}: expected suggest to return a Configuration at every trial, "
                f"got {type(configuration).__name__}"
            )
        trial.set_user_attr("configuration", in_words(configuration))
        return Proposed(trial, configuration)


def _kind_of(distribution: BaseDistribution) -> Kind:
    if isinstance(distribution, CategoricalDistribution):
        return "one of", distribution.choices
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return "int" if isinstance(distribution, IntDistribution) else "float", distribution.log


def enqueue_starts(study: optuna.Study, space: SearchSpace, classes: int, watch: Watcher) -> None:
    """Puts in the queue what was not yet there: the chapter's networks come first, in this study's recipe, then
    what the space starts from."""
    known = {trial.user_attrs.get("reference") for trial in study.get_trials(deepcopy=False)}
    left_out: dict[str, list[str]] = {}
    for reference in (each for each in BOOK if each.id not in known):
        try:
            parameters = space.params_of(reference.inside(space, classes))
        except OutsideSpace as error:
            left_out.setdefault(str(error), []).append(reference.id)
            continue
        study.enqueue_trial(parameters, user_attrs={"reference": reference.id})
    for name, parameters in starts_of(space).items():
        if name not in known:
            study.enqueue_trial(dict(parameters), user_attrs={"reference": name})
    for reason, names in left_out.items():
        watch.said(f"left out of the search: {', '.join(names)}: {reason}")
