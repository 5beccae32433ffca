"""Optuna's samplers and pruners as a study uses them."""

import warnings
from typing import Any

import optuna
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial

from study.config import SearchPart
from study.training.run import derived


class ParameterGroups:
    """The parameters of a study's trials, in groups of those that always come together: TPE draws each at once.

    What Optuna finds by looking at every trial whenever it asks for the next one.
    """

    def __init__(self) -> None:
        self._known: set[frozenset[str]] = set()
        self._groups: list[frozenset[str]] = []
        self._first: dict[str, tuple[int, BaseDistribution]] = {}  # and the number of the trial it comes from

    def add(self, trial: FrozenTrial) -> None:
        """Counts a trial in. The order of the trials makes no difference."""
        for name, distribution in trial.distributions.items():
            if name not in self._first or trial.number < self._first[name][0]:
                self._first[name] = trial.number, distribution
        names = frozenset(trial.distributions)
        if names not in self._known:
            self._known.add(names)
            new = names.difference(*self._groups)
            parts = [part for group in self._groups for part in (group & names, group - names)]
            self._groups = sorted(filter(None, [*parts, new]), key=min)

    @property
    def search_spaces(self) -> list[dict[str, BaseDistribution]]:
        return [{name: self._first[name][1] for name in sorted(group)} for group in self._groups]

    def calculate(self, study: Study, use_cache: bool = False) -> "ParameterGroups":
        """What TPE asks for."""
        return self


def sampler_for(part: SearchPart, seed: int, number: int, groups: ParameterGroups) -> BaseSampler:
    """TPE for the trial of that number. A seed a trial: one for the study would repeat itself after a resume.

    Conditional parameters are grouped, else TPE would sample them independently without a word; the constant
    liar keeps trials in flight apart.
    """
    return _SeededByName(part, derived(seed, "sampler", number), groups)


class _SeededByName(TPESampler):
    """TPE whose draw of one parameter does not depend on how many were drawn before it.

    A driver may die between two parameters of a trial that was enqueued with some of them: the next one finds the
    first, and draws the same second.
    """

    def __init__(self, part: SearchPart, seed: int, groups: ParameterGroups) -> None:
        self._settings: dict[str, Any] = {
            "multivariate": True,
            "group": True,
            "constant_liar": True,
            "n_startup_trials": part.startup_trials,
        }
        self._seed = seed
        super().__init__(seed=seed, **self._settings)
        self._group_decomposed_search_space = groups  # type: ignore[assignment]

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        own = TPESampler(seed=derived(self._seed, param_name), **self._settings)
        return own.sample_independent(study, trial, param_name, param_distribution)


def pruner_for(part: SearchPart) -> BasePruner:
    """The pruner of that name; steps are epochs, from 1."""
    if part.pruner == "median":
        return MedianPruner(
            n_startup_trials=part.pruner_startup_trials,
            n_warmup_steps=part.pruner_warmup_epochs + 1,
            n_min_trials=3,
        )
    if part.pruner == "successive-halving":
        return SuccessiveHalvingPruner(min_resource=part.pruner_warmup_epochs + 1, reduction_factor=2)
    return NopPruner()


def quiet() -> None:
    """The terminal's view reports; Optuna's own lines would say it twice, and call TPE's grouping experimental."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", ExperimentalWarning)
