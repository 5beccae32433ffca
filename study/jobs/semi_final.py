"""The semi-final: the search's leaders on two further seeds, before any is chosen.

The best of many scores is best by luck as well; another seed of the same network has none of it. All of it is of
the validation part: the test part stays shut.
"""

from collections.abc import Sequence

import optuna

from results.evidence import frames
from results.evidence.ranking import distinct, leaders
from results.metrics.objectives import searched_for
from search_spaces import Configuration
from study.config import FinalsPart
from study.corpus.prepared.splits import Split
from study.driver.ledger import Ledger
from study.training.run import Run

FURTHER_SEEDS = 2


def semi_final(study: optuna.Study, split: Split, part: FinalsPart, seed: int, ledger: Ledger) -> list[Run]:
    """The leaders' runs on the seeds behind the search's; none where one seed decides, nobody is to be chosen, or
    a front was searched for."""
    objectives = searched_for(study)
    if not (part.leaders and part.seeds and part.best) or len(objectives) > 1:
        return []
    trials = frames.trials(ledger.store, study.study_name)
    ranked = distinct(trials, objectives[0])
    found = leaders(ranked, max(part.leaders, part.best))
    if len(found) < 2:
        return []  # there is nothing to choose
    numbers = ranked.set_index("configuration")["number"]
    known = [ledger.trial_configuration(study.study_name, int(numbers[name])) for name in found]
    chosen: Sequence[Configuration] = [each for each in known if each is not None]
    seeds = range(seed + 1, seed + 1 + FURTHER_SEEDS)
    return [Run(configuration, further, split) for further in seeds for configuration in chosen]


def unnoted(study: str, wanted: Sequence[Run], ledger: Ledger) -> list[Run]:
    """Those that are not noted yet as judging the study's leaders: another study may have trained them."""
    there = ledger.judging(study)
    return [run for run in wanted if (run.configuration.fingerprint, ledger.run_id(run)) not in there]


def note(study: str, wanted: Sequence[Run], ledger: Ledger) -> None:
    """Notes that these judge the study's leaders; once each."""
    count = len(ledger.judging(study))
    for place, run in enumerate(unnoted(study, wanted, ledger), start=count + 1):
        ledger.link_trial(study, -place, run)
