"""Which finals a study wants, and how long it will go on for them.

The chapter's networks and the best found, each on several seeds; then further ones for those that are undecided.
"""

import contextlib
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd
from optuna.trial import TrialState

from results.evidence import frames, predictions
from results.evidence.ranking import distinct, judged, winner
from results.metrics.objectives import searched_for
from results.presentation.formatting import duration
from results.statistics import rounds
from results.statistics.verdicts import UNDECIDED, Hits, against_best
from search_spaces import BOOK, Configuration, OutsideSpace, SearchSpace, beside_of, name_of
from study.config import FinalsPart, StudyConfig
from study.corpus.prepared.splits import Split
from study.driver.durations import Budget, expected_seconds
from study.driver.ledger import Ledger
from study.driver.titles import title_of
from study.jobs.finals import Final, Finals
from study.jobs.semi_final import semi_final
from study.jobs.whole_runs import unended
from study.search.pruning import best_of
from study.search.search import Search
from study.training.run import Run


def whole(split: Split) -> Split:
    """The same texts without a validation part."""
    return Split(validation_fraction=0.0, seed=split.seed, training_texts=split.training_texts)


def further_round(
    first: list[Final],
    scored: pd.DataFrame,
    correct: Hits,
    best: str | None,
    part: FinalsPart,
) -> list[Final]:
    """The round of further seeds, for the best network and those that are undecided against it, by the verdicts
    themselves (statistics.verdicts, statistics.rounds), but for what is scored of it already.

    Empty once all is decided or `part.extra_seeds` are spent, and of networks with one seed. `scored`, `correct`:
    as in results.evidence, `best`: the one chosen by validation. It goes by the scores of the first seeds alone,
    so a study that was killed plans the same one.
    """
    runs = {final.run.configuration.fingerprint: final.run for final in first}
    planned = {(final.run.configuration.fingerprint, final.run.seed) for final in first}
    last = {name: max(seed for other, seed in planned if other == name) for name in runs}
    keys = pd.Series(list(zip(scored["configuration"], scored["seed"], strict=True)), dtype=object)
    there = scored[keys.isin(planned).to_numpy()]
    if not part.extra_seeds or len(there) < len(planned):
        return []
    found = against_best(there, correct, best, part.margin / 100, rounds.levels(part.extra_seeds)[0])
    more = [
        (name, last[name] + number)
        for name, count in _shared_out(there, found, part.extra_seeds)
        for number in range(1, count + 1)
    ]
    there_already = set(keys)
    missing = [each for each in sorted(more, key=lambda each: each[1]) if each not in there_already]
    return [Final(Run(runs[name].configuration, seed, runs[name].split)) for name, seed in missing]


def _shared_out(scored: pd.DataFrame, found: pd.DataFrame, count: int) -> list[tuple[str, int]]:
    """Of `count` finals, how many each network of the family `found` gets."""
    undecided = (found["verdict"].eq(UNDECIDED) & found["low"].notna()).to_numpy()
    if not undecided.any():
        return []
    names = [found["first"].iloc[0], *found["second"]]
    own = scored.groupby("configuration")["train_cpu_seconds"]
    # In powers of two, so that a machine's noise seldom moves the plan.
    seconds = np.exp2(np.rint(np.log2(own.mean()[names].to_numpy().clip(1e-3))))
    added = rounds.shared_out(own.size()[names].to_numpy(), undecided, seconds, count)
    return [(name, int(number)) for name, number in zip(names, added, strict=True)]


@dataclass(frozen=True)
class Plan:
    """Which finals a study wants: the chapter's networks and the best found, each on several seeds.

    Best found is by the study's objectives; with several, finals go to members of the front (search.pruning).
    """

    study: optuna.Study
    space: SearchSpace
    split: Split
    part: FinalsPart
    seed: int
    ledger: Ledger

    def first(self) -> list[Final]:
        """Every configuration on `part.seeds` seeds, seed by seed."""
        chosen, split = [*self._references(), *self._best_found()], whole(self.split)
        first = self.seed + self.part.first_seed
        seeds = range(first, first + self.part.seeds)
        return [Final(Run(configuration, seed, split)) for seed in seeds for configuration in chosen]

    def size(self) -> int:
        """How many finals the first round will have, also before the search found a best."""
        return self.part.seeds * (len(self._references()) + self.part.best)

    def seconds(self) -> float:
        """What the semi-final and the first round are expected to take on one core."""
        judging = unended(self.semi_final(), self.ledger)
        return sum(expected_seconds([*judging, *(final.run for final in self.first())], self.ledger))

    def semi_final(self) -> list[Run]:
        """The runs that judge the search's leaders: study.jobs.semi_final."""
        return semi_final(self.study, self.split, self.part, self.seed, self.ledger)

    def judging(self, run: Run) -> str:
        """'leader trial 6, seed 1': what such a run is called."""
        return f"leader {title_of(run.configuration, self.study.study_name, self.ledger)}, seed {run.seed}"

    def further(self) -> list[Final]:
        """The round of further seeds; see `further_round`."""
        if not self.part.extra_seeds:
            return []
        store, name = self.ledger.store, self.study.study_name
        scored, correct = frames.finals(store, name), predictions.correct(store, name)
        best = winner(self._judged(), scored, searched_for(self.study)[0])
        return further_round(self.first(), scored, correct, best, self.part)

    def in_words(self, finals: list[Final], workers: int) -> str:
        """'3 further finals of 2 networks, about 4 min'."""
        networks = len({final.run.configuration.fingerprint for final in finals})
        seconds = sum(expected_seconds([final.run for final in finals], self.ledger)) / workers
        found = f"{len(finals)} further final{'' if len(finals) == 1 else 's'}"
        return f"{found} of {networks} network{'' if networks == 1 else 's'}, about {duration(seconds)}"

    def _references(self) -> list[Configuration]:
        """Those that are points of the space or stand beside it, in the study's recipe."""
        found = []
        for reference in BOOK:
            configuration = reference.inside(self.space, len(self.ledger.card.classes))
            with contextlib.suppress(OutsideSpace):
                if reference.id not in beside_of(self.space):
                    self.space.params_of(configuration)
                found.append(configuration)
        return found

    def _best_found(self) -> list[Configuration]:
        """The configurations that did best in the search and are no references, best first: by the mean over their
        seeds where the leaders were judged on further ones."""
        if len(searched_for(self.study)) == 1:
            ranked = distinct(self._judged(), searched_for(self.study)[0])
            numbers = ranked.loc[ranked["reference"] == "", "number"].head(self.part.best)
            name = self.study.study_name
            best = (self.ledger.trial_configuration(name, int(number)) for number in numbers)
            return [each for each in best if each is not None]
        classes = len(self.ledger.card.classes)
        found: dict[str, tuple[Configuration, list[float]]] = {}
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            configuration = self.ledger.trial_configuration(self.study.study_name, trial.number)
            if configuration and name_of(configuration, classes, self.space.recipe.epochs) is None:
                found.setdefault(configuration.fingerprint, (configuration, trial.values))
        known = list(found.values())
        chosen = best_of([values for _, values in known], searched_for(self.study), self.part.best)
        return [known[place][0] for place in chosen]

    def _judged(self) -> pd.DataFrame:
        store, name = self.ledger.store, self.study.study_name
        return judged(store, name, frames.trials(store, name))


def seconds_left(
    search: Search | None, plan: Plan, finals: Finals, config: StudyConfig, workers: int, budget: Budget
) -> float | None:
    """Until the search and the first round of finals are at their end, or the budget is: by the epochs that were
    timed, a trial taken to have as many as the recipe. None where none was. A further round is not foreseen."""
    timed = plan.ledger.epoch_seconds()
    if not timed:
        return None
    a_trial = sum(timed.values()) / len(timed) * config.recipe.epochs
    first = plan.first()
    runs = [*unended(plan.semi_final(), plan.ledger), *(final.run for final in finals.missing(first))]
    unknown = (search.remaining() if search else 0) + max(0, plan.size() - len(first))
    seconds = (unknown * a_trial + sum(expected_seconds(runs, plan.ledger))) / workers
    return min(seconds, budget.left())
