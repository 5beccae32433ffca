"""Early stopping: a trial ends once its validation gets no better, and counts as one that had only the best epoch.

At the constant learning rate that is the very same run: its configuration is the one with so many epochs, and its
finals are trained for these. A rate that falls over the run knows its length beforehand and cannot stop early.
"""

from collections.abc import Sequence

from results.metrics.objectives import Objective
from search_spaces import Configuration


def best_epoch(values: Sequence[float], objective: Objective) -> int:
    """The first of the epochs, from 1, with the best of these values."""
    return values.index(min(values) if objective.lower_is_better else max(values)) + 1


def stopped(
    configuration: Configuration, values: Sequence[float], objective: Objective, patience: int | None
) -> Configuration | None:
    """What the configuration is once its last epoch, or `patience` epochs without a better value, are behind it:
    the same with the best number of epochs. None where it goes on, or does not stop early at all.

    `values`: of the objective that leads, after each epoch so far.
    """
    epochs = configuration.recipe.epochs
    if patience is None or not values or configuration.recipe.schedule != "constant":
        return None
    best = best_epoch(values, objective)
    if len(values) < epochs and len(values) - best < patience:
        return None
    return configuration.with_recipe(epochs=best)
