"""Finals: configurations trained anew on several seeds on the whole training half, and scored on the test part.

Every reading of the test part is written down before it happens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from search_spaces import in_words
from study.config import FinalsPart
from study.corpus.prepared.splits import Split
from study.driver.durations import Budget, expected_seconds
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.driver.scores import Scores
from study.driver.titles import title_of
from study.errors import StudyError, TrialError
from study.interruption import held
from study.progress.watcher import Watcher
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
        configuration, reading = final.run.configuration, final.kind == "reading"
        name = title_of(configuration, self._study, self._ledger, on_the_way=reading)
        name = f"best found ({name})" if name.startswith("trial") else name
        after = f" after epoch {configuration.recipe.epochs}" if reading else ""
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


def _of_final(title: str, final: Final, error: Exception) -> Exception:
    """A final's error as the user is to read it: a lost final cannot be left out of a comparison."""
    if isinstance(error, TrialError):
        return StudyError(f"{title}, of {in_words(final.run.configuration)}: {error}")
    return error
