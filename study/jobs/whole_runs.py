"""Runs trained to the last epoch of their configuration, for whoever asks nothing of them but that."""

from collections.abc import Callable, Sequence

from study.driver.durations import Budget
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.progress.watcher import Watcher
from study.training.run import Run


def unended(wanted: Sequence[Run], ledger: Ledger) -> list[Run]:
    """Those that have epochs left to train."""
    return [run for run in wanted if len(ledger.epochs(run)) < run.configuration.recipe.epochs]


def note_plan(study: str, plan: Sequence[Run], ledger: Ledger) -> list[Run]:
    """Notes the runs of a study without Optuna under their places in its plan; returns those still to train."""
    for number, run in enumerate(plan):
        if ledger.trial_configuration(study, number) is None:
            ledger.link_trial(study, number, run)
    return unended(plan, ledger)


def train_whole(
    wanted: Sequence[Run], runs: Runs, watch: Watcher, title: Callable[[Run], str], budget: Budget | None = None
) -> None:
    """As many at once as there are workers, until the budget is spent. Raises what ends a run."""
    waiting, active, budget = list(wanted), set[str](), budget or Budget()
    while (waiting and not budget.spent()) or active:
        while waiting and len(active) < runs.workers and not budget.spent():
            run = waiting.pop(0)
            active.add(run.key)
            watch.run_began(run, title(run), runs.finished_epochs(run))
            runs.train_towards(run, run.configuration.recipe.epochs)
        news = runs.wait()
        if news.error is not None:
            raise news.error
        if news.metrics is not None:
            watch.epoch_done(news.run, news.epoch, news.metrics)
        whole = news.epoch >= news.run.configuration.recipe.epochs
        if not whole and not budget.spent():
            runs.train_towards(news.run, news.run.configuration.recipe.epochs)
            continue
        if whole:
            last = runs.finished_epochs(news.run)[-1]
            watch.step_done(news.run, title(news.run), "trained", last.validation_accuracy)
        active.remove(news.run.key)
        runs.let_go(news.run)
