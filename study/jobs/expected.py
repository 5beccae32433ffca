"""How long a study will go on."""

from study.config import StudyConfig
from study.driver.durations import Budget, expected_seconds
from study.jobs.finals import Finals, Plan
from study.jobs.whole_runs import unended
from study.search.search import Search


def seconds_left(
    search: Search | None, plan: Plan, finals: Finals, config: StudyConfig, workers: int, budget: Budget
) -> float | None:
    """Until the search and the first round of finals are at their end, or the budget is: by the epochs that were
    timed, a trial taken to have as many as the recipe. None where none was. Further rounds are not foreseen."""
    timed = plan.ledger.epoch_seconds()
    if not timed:
        return None
    a_trial = sum(timed.values()) / len(timed) * config.recipe.epochs
    first = plan.first()
    runs = [*unended(plan.semi_final(), plan.ledger), *(final.run for final in finals.missing(first))]
    unknown = (search.remaining() if search else 0) + max(0, plan.size() - len(first))
    seconds = (unknown * a_trial + sum(expected_seconds(runs, plan.ledger))) / workers
    return min(seconds, budget.left())
