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
from study.seeds import derived


def sampler_for(part: SearchPart, seed: int, number: int) -> BaseSampler:
    """TPE for the trial of that number. A seed a trial: one for the study would repeat itself after a resume.

    Conditional parameters are grouped, else TPE would sample them independently without a word; the constant
    liar keeps trials in flight apart.
    """
    return _SeededByName(part, derived(seed, "sampler", number))


class _SeededByName(TPESampler):
    """TPE whose draw of one parameter does not depend on how many were drawn before it.

    A driver may die between two parameters of a trial: the next one finds the first, and draws the same second.
    """

    def __init__(self, part: SearchPart, seed: int) -> None:
        self._settings: dict[str, Any] = {
            "multivariate": True,
            "group": True,
            "constant_liar": True,
            "n_startup_trials": part.startup_trials,
        }
        self._seed = seed
        super().__init__(seed=seed, **self._settings)

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
