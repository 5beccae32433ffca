"""The search: ask Optuna, train epoch by epoch, report, prune, tell. Sees validation data alone.

Optuna is used by ask-and-tell, since the driver owns the loop: several trials are in flight, several may point
to one run, and a run that the store knows already is answered without training.
"""

import time
from dataclasses import dataclass

import optuna
from optuna.trial import TrialState

from results.objectives import ACCURACY, reported, searched_for
from search_spaces import BOOK, Configuration, OutsideSpace, Reference, SearchSpace, in_words
from study.config import StudyConfig
from study.corpus.splits import Split
from study.errors import TrialError
from study.ledger import Ledger
from study.objectives import is_reached, report, should_prune, values_of
from study.run import Run
from study.runs import Finished, Runs
from study.sampling import sampler_for
from study.watch import Watcher


@dataclass
class _Active:
    """A trial in flight, the run that answers it, and how many of the run's epochs it has heard of."""

    trial: optuna.Trial
    run: Run
    reported: int = 0
    known: int = 0  # what Optuna heard of before this process: a dead driver's last report

    @property
    def title(self) -> str:
        return f"trial {self.trial.number}"


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
        self._active: list[_Active] = []
        self._ends = float("inf")

    def remaining(self) -> int:
        """How many trials are still to be asked or ended; 0 once the target is reached."""
        trials = self._study.get_trials(deepcopy=False)
        unended = sum(trial.state == TrialState.RUNNING for trial in trials)
        if self._target_reached():
            return unended
        begun = sum(trial.state != TrialState.WAITING for trial in trials)
        return max(0, self._config.trials - begun) + unended

    def run(self, runs: Runs) -> None:
        """Searches until a stopping rule holds. Trials in flight then are trained to their end."""
        self._ends = time.monotonic() + (self._config.budget or float("inf"))
        self._enqueue_references()
        self._watch.stage_began("search", self._config.trials - self.remaining(), self._config.trials)
        for unended in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._sample_as(unended.number)
            known = max(reported(unended), default=0)
            self._begin(optuna.Trial(self._study, unended._trial_id), runs, known)
        while True:
            while len(self._active) < runs.workers and self._may_ask():
                self._begin(self._ask(), runs)
            if not self._active:
                return
            if runs.in_flight:
                self._hear(runs.wait(), runs)

    # -- asking

    def _enqueue_references(self) -> None:
        """The chapter's networks come first, in this study's recipe, whatever the sampler would like."""
        known = {trial.user_attrs.get("reference") for trial in self._study.get_trials(deepcopy=False)}
        classes = len(self._ledger.card.classes)
        for reference in BOOK:
            if reference.id in known:
                continue
            try:
                parameters = self._space.params_of(reference_in(reference, self._space, classes))
            except OutsideSpace as error:
                self._watch.said(f"{reference.id} is left out of the search: {error}")
                continue
            self._study.enqueue_trial(parameters, user_attrs={"reference": reference.id})

    def _may_ask(self) -> bool:
        begun = sum(trial.state != TrialState.WAITING for trial in self._study.get_trials(deepcopy=False))
        return begun < self._config.trials and time.monotonic() < self._ends and not self._target_reached()

    def _target_reached(self) -> bool:
        if self._config.target is None:
            return False
        done = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return is_reached(done, self._objectives[0], self._config.target)

    def _ask(self) -> optuna.Trial:
        trials = self._study.get_trials(deepcopy=False)
        waiting = [trial.number for trial in trials if trial.state == TrialState.WAITING]
        self._sample_as(min(waiting, default=len(trials)))
        return self._study.ask()

    def _sample_as(self, number: int) -> None:
        self._study.sampler = sampler_for(self._config.search, self._config.seed, number)

    # -- one trial

    def _begin(self, trial: optuna.Trial, runs: Runs, known: int = 0) -> None:
        """Finds or makes the trial's run, and hears of the epochs that the run has already."""
        configuration = self._ledger.trial_configuration(self._study.study_name, trial.number)
        if configuration is None:
            try:
                configuration = self._space.suggest(trial)
            except ValueError as error:
                self._fail(trial, f"the search space made no valid configuration: {' '.join(str(error).split())}")
                return
            run = Run(configuration, self._config.seed, self._split)
            self._ledger.link_trial(self._study.study_name, trial.number, run)
            trial.set_user_attr("configuration", in_words(configuration))
        active = _Active(trial, Run(configuration, self._config.seed, self._split), known=known)
        self._active.append(active)
        self._watch.run_began(active.run, active.title)
        self._advance(active, runs)

    def _hear(self, news: Finished, runs: Runs) -> None:
        sharing = [active for active in self._active if active.run.key == news.run.key]
        if news.error is not None:
            if not isinstance(news.error, TrialError):
                raise news.error
            for active in sharing:
                self._leave(active, runs)
                self._fail(active.trial, str(news.error))
            return
        if news.metrics is not None:
            self._watch.epoch_done(news.run, news.epoch, news.metrics)
        for active in sharing[:1]:
            self._ledger.count_trained(self._study.study_name, active.trial.number)
        for active in sharing:
            self._advance(active, runs)

    def _advance(self, active: _Active, runs: Runs) -> None:
        """Reports the run's new epochs to Optuna; then the trial ends, or its next epoch is handed over."""
        wanted = active.run.configuration.recipe.epochs
        parameters = self._ledger.parameters_of(active.run.configuration)
        finished = runs.finished_epochs(active.run)[:wanted]
        for epoch, metrics in enumerate(finished, start=1):
            if epoch <= active.reported:
                continue
            accuracy = metrics.validation_accuracy
            if accuracy is None:
                raise ValueError("expected a split with a validation part for a search")
            values = values_of(self._objectives, finished[:epoch], parameters)
            active.reported = epoch
            if epoch < active.known:
                continue  # reported before, and not pruned then
            if epoch > active.known:
                report(self._study, active.trial, epoch, values[0])
            if epoch == wanted:
                self._study.tell(active.trial, list(values))
                self._end(active, runs, f"complete{self._in_words(values)}", accuracy)
                return
            if self._is_pruned(active.trial):
                reason = f"pruned after epoch {epoch} of {wanted} at {self._objectives[0].title} {values[0]:.4f}"
                active.trial.set_user_attr("reason", reason)
                self._study.tell(active.trial, state=TrialState.PRUNED)
                self._end(active, runs, "pruned", accuracy)
                return
        runs.train_towards(active.run, active.reported + 1)

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

    def _end(self, active: _Active, runs: Runs, outcome: str, accuracy: float) -> None:
        self._leave(active, runs)
        self._watch.step_done(active.run, active.title, outcome, accuracy)

    def _leave(self, active: _Active, runs: Runs) -> None:
        self._active.remove(active)
        if not any(other.run.key == active.run.key for other in self._active):
            runs.let_go(active.run)


def reference_in(reference: Reference, space: SearchSpace, classes: int) -> Configuration:
    """The reference's network and epochs in the recipe of the study, with the head for so many classes."""
    return reference.under(space.recipe.model_dump(exclude={"epochs"})).for_classes(classes)
