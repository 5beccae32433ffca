"""Optuna's samplers and pruners as a study uses them."""

import warnings

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, TPESampler

from study.config import SearchPart
from study.seeds import derived


def sampler_for(part: SearchPart, seed: int, number: int) -> BaseSampler:
    """TPE for the trial of that number. A seed a trial: one for the study would repeat itself after a resume.

    Conditional parameters are grouped, else TPE would sample them independently without a word; the constant
    liar keeps trials in flight apart.
    """
    return TPESampler(
        seed=derived(seed, "sampler", number),
        multivariate=True,
        group=True,
        constant_liar=True,
        n_startup_trials=part.startup_trials,
    )


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
