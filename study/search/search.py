"""The search: ask Optuna, train epoch by epoch, report, prune, tell. Sees validation data alone.

Optuna is used by ask-and-tell, since the driver owns the loop: several trials are in flight, several may point
to one run, and a run that the store knows already is answered without training.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial, TrialState

from results.metrics.objectives import ACCURACY, reported, searched_for
from search_spaces import BOOK, SearchSpace
from study.config import StudyConfig
from study.corpus.prepared.splits import Split
from study.driver.ledger import Ledger
from study.driver.runs import Finished, Runs
from study.errors import TrialError
from study.progress.watcher import Watcher
from study.search import deterministic_order as waves
from study.search.early_stopping import stopped
from study.search.proposals import Proposals, Proposed, enqueue_starts
from study.search.pruning import report, should_prune, values_of
from study.search.stopping import Failures
from study.search.trials_in_view import RecentTrials, in_memory
from study.training.run import EpochMetrics, Run

_TITLES = {reference.id: reference.title for reference in BOOK}
AT_ONCE = 8  # trials in flight where the order of everything is to be the same on any number of workers


@dataclass
class _Active:
    """A trial in flight, the run that answers it, and how many of the run's epochs it has heard of."""

    trial: optuna.Trial
    run: Run
    wave: int  # see `study.search.deterministic_order`
    reported: int = 0
    known: int = 0  # what Optuna heard of before this process: a dead driver's last report

    @property
    def turn(self) -> tuple[int, int]:
        """Where hearing of its next epoch stands in the order of a deterministic search."""
        return self.wave + self.reported, self.trial.number

    @property
    def title(self) -> str:
        known = _TITLES.get(self.trial.user_attrs.get("reference", ""))
        return f"trial {self.trial.number}" + (f", {known}" if known else "")


class Search:
    """One study's search on one split, within the rules of `config`."""

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        split: Split,
        config: StudyConfig,
        ledger: Ledger,
        watch: Watcher,
    ) -> None:
        self._study = study
        self._space = space
        self._split = split
        self._config = config
        self._ledger = ledger
        self._watch = watch
        self._objectives = searched_for(study)
        self._recent = RecentTrials(ledger.store.optuna_storage())
        self._active: list[_Active] = []
        self._errors: dict[str, TrialError] = {}  # of runs in flight, until their trials have heard of it
        self._failures = Failures()
        self._spent: Callable[[], bool] = lambda: False
        self._begun = 0
        self._reached = False
        self._numbers: deque[int] = deque()  # of trials enqueued
        self._wave = -1  # of what was heard last

    def remaining(self) -> int:
        """How many trials are still to be asked or ended; 0 once the target is reached."""
        trials = self._study.get_trials(deepcopy=False)
        unended = sum(trial.state == TrialState.RUNNING for trial in trials)
        if any(self._reaches_target(trial) for trial in trials):
            return unended
        begun = sum(trial.state != TrialState.WAITING for trial in trials)
        return max(0, self._config.trials - begun) + unended

    def run(self, runs: Runs, spent: Callable[[], bool] = lambda: False) -> None:
        """Searches until a stopping rule holds. Trials in flight then are trained to their end; where the budget
        is `spent` to the end of their epoch, and the next call goes on with them."""
        self._spent = spent
        enqueue_starts(self._study, self._space, len(self._ledger.card.classes), self._watch)
        trials = self._study.get_trials(deepcopy=False)
        done = self._config.trials - self.remaining()
        self._watch.stage_began("search", done, self._config.trials, self._best(trials))
        self._study = in_memory(self._study, self._recent)
        proposals = Proposals(self._study, self._space, self._config, self._recent.groups)
        self._go_on(trials, runs, proposals)
        at_once = AT_ONCE if self._config.deterministic else runs.workers
        while True:
            if len(self._active) < at_once and self._may_ask():
                self._begin(proposals.new(self._next_number()), runs)
            elif not self._active:
                return
            elif not self._step(runs):
                if not runs.busy:
                    return
                self._hear(runs.wait())

    def _go_on(self, trials: Sequence[FrozenTrial], runs: Runs, proposals: Proposals) -> None:
        """Takes up the trials that another process left, and where it stood. `trials` are all in the database."""
        self._begun = sum(trial.state != TrialState.WAITING for trial in trials)
        self._reached = any(self._reaches_target(trial) for trial in trials)
        self._numbers.extend(trial.number for trial in trials if trial.state == TrialState.WAITING)
        self._numbers.append(len(trials))
        self._wave, last_heard = waves.last_heard(trials)
        for unended in trials:
            if unended.state == TrialState.RUNNING:
                # A dead driver's last word may have been a report that it did not act on any more.
                doubtful = not self._config.deterministic or unended.number == last_heard
                trial = optuna.Trial(self._study, unended._trial_id)
                noted = self._ledger.trial_configuration(self._study.study_name, unended.number)
                proposed = Proposed(trial, noted) if noted else proposals.begun(trial)
                self._begin(proposed, runs, unended, doubtful=doubtful)

    def _step(self, runs: Runs) -> bool:
        """Lets one trial hear of one more epoch of its run. False where none has news (or not the one in turn)."""
        in_turn = self._active
        if self._config.deterministic:
            in_turn = [min(self._active, key=lambda active: active.turn)]
        for active in in_turn:
            epochs = runs.finished_epochs(active.run)
            if len(epochs) > active.reported:
                self._wave = active.turn[0]
                self._report(active, epochs[: active.reported + 1], runs)
                return True
            if error := self._errors.get(active.run.key):
                self._wave = active.turn[0]
                self._leave(active, runs)
                self._fail(active.trial, str(error))
                self._failures.one(active.run.key, error)
                return True
        return False

    # -- asking

    def _may_ask(self) -> bool:
        return self._begun < self._config.trials and not self._reached and not self._spent()

    def _best(self, trials: Sequence[FrozenTrial]) -> float | None:
        """The highest validation accuracy of a complete trial, where that leads the search."""
        if self._objectives[0] != ACCURACY:
            return None
        complete = (trial.values for trial in trials if trial.state == TrialState.COMPLETE)
        return max((values[0] for values in complete), default=None)

    def _reaches_target(self, trial: FrozenTrial) -> bool:
        return trial.state == TrialState.COMPLETE and self._is_enough(trial.values[0])

    def _is_enough(self, value: float) -> bool:
        target = self._config.target
        return target is not None and self._objectives[0].reaches(value, target)

    def _next_number(self) -> int:
        number = self._numbers.popleft()
        if not self._numbers:
            self._numbers.append(number + 1)
        self._begun += 1
        return number

    # -- one trial

    def _begin(
        self, proposed: Proposed, runs: Runs, left: FrozenTrial | None = None, *, doubtful: bool = False
    ) -> None:
        """Finds or makes the trial's run, and hands over its next epoch.

        `left` is how another process left the trial; where its last report is `doubtful`, it is judged again.
        """
        trial, configuration = proposed.trial, proposed.configuration
        if configuration is None:
            self._fail(trial, f"the search space made no valid configuration: {proposed.reason}")
            return
        wave = trial.user_attrs.get(waves.ATTRIBUTE, self._wave + 1)
        if self._config.deterministic and waves.ATTRIBUTE not in trial.user_attrs:
            trial.set_user_attr(waves.ATTRIBUTE, wave)
        run = Run(configuration, self._config.seed, self._split)
        self._recent.write_new()  # before the note, which goes without saying for trials that are new
        self._ledger.link_trial(self._study.study_name, trial.number, run)
        active = _Active(trial, run, wave)
        if left is not None:
            active.known = max(reported(left), default=0)
            # One that was to end early was noted with fewer epochs than it had heard of.
            active.reported = max(0, min(active.known - doubtful, configuration.recipe.epochs - 1))
        self._active.append(active)
        there = runs.finished_epochs(active.run)[: configuration.recipe.epochs]
        self._watch.run_began(active.run, active.title, there)
        self._train_on(active, runs)

    def _hear(self, news: Finished) -> None:
        if news.error is not None:
            if not isinstance(news.error, TrialError):
                raise news.error
            self._errors[news.run.key] = news.error
            return
        if news.metrics is not None:
            self._watch.epoch_done(news.run, news.epoch, news.metrics)
        sharing = [active for active in self._active if active.run.key == news.run.key]
        for active in sharing[:1]:
            self._ledger.count_trained(self._study.study_name, active.trial.number)

    def _train_on(self, active: _Active, runs: Runs) -> None:
        known = len(runs.finished_epochs(active.run)) > active.reported or active.run.key in self._errors
        if not (known or self._spent()):
            runs.train_towards(active.run, active.reported + 1)

    def _report(self, active: _Active, epochs: Sequence[EpochMetrics], runs: Runs) -> None:
        """Reports the last of these epochs to Optuna; then the trial ends, or the next one is handed over."""
        wanted = active.run.configuration.recipe.epochs
        if epochs[-1].validation_accuracy is None:
            raise ValueError("expected a split with a validation part for a search")
        values, epoch = self._values(active, epochs), len(epochs)
        active.reported = epoch
        if epoch > active.known:
            report(self._study, active.trial, epoch, values[0])
        if best := self._stopped(active, epochs):
            epoch = wanted = best
            values = self._values(active, epochs[:best])
        outcome = self._outcome(active.trial, epoch, wanted, values)
        if outcome is None:
            self._train_on(active, runs)
        else:
            self._reached |= epoch == wanted and self._is_enough(values[0])
            self._end(active, runs, outcome, epochs[epoch - 1].validation_accuracy)

    def _values(self, active: _Active, epochs: Sequence[EpochMetrics]) -> tuple[float, ...]:
        return values_of(self._objectives, epochs, self._ledger.parameters_of(active.run.configuration))

    def _stopped(self, active: _Active, epochs: Sequence[EpochMetrics]) -> int | None:
        """The epoch that a trial which stops here counts with, and notes that it does; None where it goes on."""
        patience = self._config.search.early_stopping
        if patience is None or "reference" in active.trial.user_attrs:
            return None
        by_epoch = [self._values(active, epochs[:count])[0] for count in range(1, len(epochs) + 1)]
        found = stopped(active.run.configuration, by_epoch, self._objectives[0], patience)
        if found is None:
            return None
        self._ledger.end_trial_with(self._study.study_name, active.trial.number, found)
        return found.recipe.epochs

    def _outcome(self, trial: optuna.Trial, epoch: int, wanted: int, values: tuple[float, ...]) -> str | None:
        """Tells Optuna of the trial's end with that epoch, and returns it in words; None where it goes on."""
        if epoch == wanted:
            self._study.tell(trial, list(values))
            return f"complete{self._in_words(values)}"
        if self._is_pruned(trial):
            reason = f"pruned after epoch {epoch} of {wanted} at {self._objectives[0].title} {values[0]:.4f}"
            trial.set_user_attr("reason", reason)
            self._study.tell(trial, state=TrialState.PRUNED)
            return "pruned"
        return None

    def _in_words(self, values: tuple[float, ...]) -> str:
        """What the trial came to, where that is not the accuracy alone, which every watcher hears of."""
        pairs = zip(self._objectives, values, strict=True)
        said = [f"{each.title} {each.in_words(value)}" for each, value in pairs if each != ACCURACY]
        return f" at {', '.join(said)}; accuracy" if said else ""

    def _is_pruned(self, trial: optuna.Trial) -> bool:
        """References are what the others are compared with: they are trained to their end."""
        first = self._objectives[0]
        is_reference = "reference" in trial.user_attrs
        return not is_reference and should_prune(self._study, trial, first, self._config.search)

    def _fail(self, trial: optuna.Trial, reason: str) -> None:
        trial.set_user_attr("reason", reason)
        self._study.tell(trial, state=TrialState.FAIL)
        self._watch.said(f"trial {trial.number} failed: {reason}")

    def _end(self, active: _Active, runs: Runs, outcome: str, accuracy: float | None) -> None:
        self._leave(active, runs)
        self._failures.none()
        self._watch.step_done(active.run, active.title, outcome, accuracy)

    def _leave(self, active: _Active, runs: Runs) -> None:
        self._active.remove(active)
        if not any(other.run.key == active.run.key for other in self._active):
            self._errors.pop(active.run.key, None)
            runs.let_go(active.run)
