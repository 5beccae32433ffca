"""Finals: configurations trained anew on several seeds on the whole training half, and scored on the test part.

Every reading of the test part is written down before it happens.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
from search_spaces import BOOK, Configuration, OutsideSpace, SearchSpace, beside_of, in_words, name_of
from study.config import FinalsPart
from study.corpus.prepared.splits import Split
from study.driver.durations import Budget, expected_seconds
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.driver.scores import Scores
from study.driver.titles import title_of
from study.errors import StudyError, TrialError
from study.interruption import held
from study.jobs.semi_final import semi_final
from study.jobs.whole_runs import unended
from study.progress.watcher import Watcher
from study.search.pruning import best_of
from study.training.linear.baselines import BASELINES
from study.training.run import Run
from study.training.scoring import score_baseline_on_test, score_on_test
from study.workers.engine import Engine


@dataclass(frozen=True)
class Final:
    """A run to be scored after its configuration's last epoch. A `reading` is scored for its curve alone."""

    run: Run
    kind: str = "final"


class Finals:
    """Trains and scores finals of one study; what was trained or scored before is not done again.

    `test_texts`: how many of the test part are scored, a stratified choice by `seed`; None scores them all.
    """

    def __init__(self, study: str, ledger: Ledger, watch: Watcher, test_texts: int | None, seed: int) -> None:
        self._study = study
        self._scores = Scores(study, ledger)
        self._ledger = ledger
        self._watch = watch
        self._test_texts = test_texts
        self._seed = seed

    def missing(self, wanted: Iterable[Final]) -> list[Final]:
        """Those that have no score yet."""
        return [final for final in wanted if not self._scores.is_scored(final.run)]

    def run(self, wanted: Iterable[Final], runs: Runs, budget: Budget | None = None) -> None:
        """Trains and scores what is missing, until the budget is spent: seed by seed, and of each seed the longest
        first, so that no core is idle for long at the end. Raises what ends a final: it is no trial that could
        fail."""
        everything, budget = list(wanted), budget or Budget()
        waiting = self.missing(everything)
        best = self._scores.best_score()
        self._watch.stage_began("finals", len(everything) - len(waiting), len(everything), best)
        active: dict[str, Final] = {}
        while waiting or active:
            while len(active) < runs.workers and not budget.spent():
                # Configurations that differ in epochs alone may share a run: one of them at a time.
                free = self._longest([final for final in waiting if final.run.key not in active])
                if free is None:
                    break
                waiting.remove(free)
                active[free.run.key] = free
                self._watch.run_began(free.run, self._title(free), runs.finished_epochs(free.run))
                self._go_on(free, runs)
            if not runs.busy:
                return  # the budget is spent
            news = runs.wait()
            final = active[news.run.key]
            if news.error is not None:
                raise _of_final(self._title(final), final, news.error)
            if news.applied is not None:
                scores, *told = news.applied
                with held():
                    self._scores.record_final(final.run, final.kind, scores, *told)
                self._watch.step_done(final.run, self._title(final), "scored", scores[1])
                del active[final.run.key]
                runs.let_go(final.run)
                left = {each.run.configuration.recipe.epochs for each in waiting if each.run.key == final.run.key}
                self._ledger.keep_last_state(final.run, left)
                continue
            if news.metrics is not None:
                self._watch.epoch_done(final.run, news.epoch, news.metrics)
            if not budget.spent() or news.epoch == final.run.configuration.recipe.epochs:
                self._go_on(final, runs)

    def missing_baselines(self, part: FinalsPart) -> list[str]:
        """The linear baselines that are wanted and have no score yet."""
        wanted = BASELINES if part.baselines and part.seeds else ()
        return [kind for kind in wanted if not self._scores.has_baseline(kind)]

    def run_baselines(self, kinds: list[str], engine: Engine, corpus: Path, split: Split) -> None:
        """Fits these on the search's split and scores them. `engine` is at nothing else. Raises what ends one."""
        for kind in kinds:
            self._watch.said(f"baseline {kind}: choosing its settings on the validation part")
            self._scores.record_opening(None, f"baseline {kind}")
            arguments = (kind, corpus, split, self._test_texts, self._seed)
            engine.submit(f"baseline {kind}", score_baseline_on_test, *arguments)
        for _ in kinds:
            done = engine.next_done()
            if done.error is not None:
                raise done.error
            self._scores.record_baseline(done.result)
            self._watch.said(f"baseline {done.result.kind} scored: {100 * done.result.test_accuracy:.2f} %")

    def _longest(self, waiting: list[Final]) -> Final | None:
        """Of the first seed that is waited for, the one that is expected to take the longest; of those that share
        a run the first."""
        same: dict[str, Final] = {}
        for final in waiting:
            if final.run.seed == waiting[0].run.seed:
                same.setdefault(final.run.key, final)
        expected = expected_seconds([final.run for final in same.values()], self._ledger)
        return max(zip(expected, same.values(), strict=True), key=lambda each: each[0], default=(0, None))[1]

    def _title(self, final: Final) -> str:
        name = title_of(final.run.configuration, self._study, self._ledger)
        name = f"best found ({name})" if name.startswith("trial") else name
        after = f" after {final.run.configuration.recipe.epochs} epochs" if final.kind == "reading" else ""
        return f"{name}{after}, seed {final.run.seed}"

    def _go_on(self, final: Final, runs: Runs) -> None:
        """Trains the next epoch, or scores the run where its configuration's last epoch is done."""
        run = final.run
        wanted = run.configuration.recipe.epochs
        if len(runs.finished_epochs(run)) >= wanted and runs.has_state(run, wanted):
            self._scores.record_opening(run, final.kind)
            runs.apply(run, wanted, score_on_test, self._test_texts, self._seed)
        else:
            runs.train_towards(run, wanted)


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
    """The next round of further seeds, for the best network and those that are undecided against it, by the
    verdicts themselves (statistics.verdicts, statistics.rounds), but for what is scored of it already.

    Empty once all is decided or `part.extra_seeds` are spent, and of networks with one seed. `scored`, `correct`:
    as in results.evidence, `best`: the one chosen by validation. The rounds are gone through from the first, each
    on the scores of those before it alone, so a study that was killed plans the same ones.
    """
    runs = {final.run.configuration.fingerprint: final.run for final in first}
    planned = {(final.run.configuration.fingerprint, final.run.seed) for final in first}
    last = {name: max(seed for other, seed in planned if other == name) for name in runs}
    keys = pd.Series(list(zip(scored["configuration"], scored["seed"], strict=True)), dtype=object)
    levels, margin = rounds.levels(part.extra_seeds), part.margin / 100
    for size, level in zip(rounds.sizes(part.extra_seeds), levels[:-1], strict=True):
        there = scored[keys.isin(planned).to_numpy()]
        if len(there) < len(planned):
            return []
        more = [
            (name, last[name] + number)
            for name, count in _shared_out(there, against_best(there, correct, best, margin, level), size)
            for number in range(1, count + 1)
        ]
        last |= {name: max(last[name], seed) for name, seed in more}
        missing = sorted(set(more) - set(keys), key=lambda each: each[1])
        if missing:
            return [Final(Run(runs[name].configuration, seed, runs[name].split)) for name, seed in missing]
        planned |= set(more)
    return []


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
        """The next round of further seeds; see `further_round`."""
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


def _of_final(title: str, final: Final, error: Exception) -> Exception:
    """A final's error as the user is to read it: a lost final cannot be left out of a comparison."""
    if isinstance(error, TrialError):
        return StudyError(f"{title}, of {in_words(final.run.configuration)}: {error}")
    return error
