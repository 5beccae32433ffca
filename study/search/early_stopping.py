"""Early stopping: a trial ends once its validation gets no better, and counts as one that had only the best epoch.

At the constant learning rate that is the very same run: its configuration is the one with so many epochs, and its
finals are trained for these. A rate that falls over the run knows its length beforehand and cannot stop early.
"""

from collections.abc import Sequence

from results.metrics.objectives import Objective
from search_spaces import Configuration


def stopped(
    configuration: Configuration, values: Sequence[float], objective: Objective, patience: int
) -> Configuration | None:
    """What the configuration is once its last epoch, or `patience` epochs without a better value, are behind it:
    the same with the best number of epochs. None where it goes on, or knows its length beforehand.

    `values`: of the objective that leads, after each epoch so far, at least one.
    """
    epochs = configuration.recipe.epochs
    if configuration.recipe.schedule != "constant":
        return None
    best = values.index(min(values) if objective.lower_is_better else max(values)) + 1  # the first of the best
    if len(values) < epochs and len(values) - best < patience:
        return None
    return configuration.with_recipe(epochs=best)
