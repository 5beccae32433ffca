"""The learning rate of every step of an epoch."""

from collections.abc import Iterator

from search_spaces.architecture import Recipe


def learning_rates(recipe: Recipe, epoch: int, steps: int) -> Iterator[float]:
    """The rates of the `steps` batches of epoch number `epoch` (from 1), by the recipe's schedule.

    A falling rate begins at `learning_rate` and is one step above 0 at the run's last batch, so that no step is
    lost on a rate of 0. It depends on its arguments alone: a run that was interrupted goes on at the same rates.
    """
    falling = {"constant": 0, "linear": recipe.epochs, "cooldown": 1}[recipe.schedule]  # so many last epochs
    before = epoch - 1 - (recipe.epochs - falling)  # epochs that the rate has been falling for
    for step in range(steps):
        fallen = max(0, before * steps + step) / (falling * steps) if falling else 0.0
        yield recipe.learning_rate * (1 - fallen)
