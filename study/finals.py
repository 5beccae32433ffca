"""Finals: configurations trained anew on several seeds on the whole training half, and scored on the test part.

The only place that leads to the test part; every reading of it is written down before it happens.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import TrialState

from search_spaces import BOOK, Configuration, OutsideSpace, SearchSpace, name_of
from study.config import FinalsPart
from study.corpus.splits import Split, subset
from study.ledger import Ledger
from study.run import Run, State
from study.runs import Runs
from study.search import reference_in
from study.watch import Watcher


@dataclass(frozen=True)
class Finals:
    """What is to be scored: one run a configuration and seed, all on one split without a validation part."""

    runs: tuple[Run, ...]
    test_texts: int | None
    seed: int


def plan_finals(
    study: optuna.Study, space: SearchSpace, search_split: Split, part: FinalsPart, seed: int, ledger: Ledger
) -> Finals:
    """The references in the study's recipe and the best found, each on `part.seeds` seeds."""
    split = Split(validation_fraction=0.0, seed=search_split.seed, training_texts=search_split.training_texts)
    chosen = references_of(space) + best_found(study, part.best, ledger)
    runs = [Run(configuration, seed + offset, split) for offset in range(part.seeds) for configuration in chosen]
    return Finals(tuple(runs), part.test_texts, search_split.seed)


def references_of(space: SearchSpace) -> list[Configuration]:
    """The chapter's networks that are points of the space."""
    points = []
    for reference in BOOK:
        configuration = reference_in(reference, space)
        try:
            space.params_of(configuration)
        except OutsideSpace:
            continue
        points.append(configuration)
    return points


def best_found(study: optuna.Study, count: int, ledger: Ledger) -> list[Configuration]:
    """The configurations of the highest validation accuracies that are no references, best first."""
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found: dict[str, Configuration] = {}
    for trial in sorted(ended, key=lambda trial: (-(trial.value or 0.0), trial.number)):
        configuration = ledger.trial_configuration(study.study_name, trial.number)
        if configuration and len(found) < count and name_of(configuration) is None:
            found.setdefault(configuration.fingerprint, configuration)
    return list(found.values())


def missing(finals: Finals, study: str, ledger: Ledger) -> list[Run]:
    """The runs that have no score yet."""
    return [run for run in finals.runs if not ledger.is_scored(study, run)]


def run_finals(finals: Finals, study: str, runs: Runs, ledger: Ledger, watch: Watcher) -> None:
    """Trains and scores what is missing; what was trained before is not trained again."""
    waiting = missing(finals, study, ledger)
    watch.stage_began("finals", len(finals.runs) - len(waiting), len(finals.runs))
    active: dict[str, Run] = {}
    while waiting or active:
        while waiting and len(active) < runs.workers:
            # Configurations that differ in epochs alone share a run: one of them at a time.
            free = next((run for run in waiting if run.key not in active), None)
            if free is None:
                break
            waiting.remove(free)
            active[free.key] = free
            watch.run_began(free, _title(free))
            _go_on(free, finals, runs, ledger)
        news = runs.wait()
        run = active[news.run.key]
        if news.error is not None:
            raise news.error
        if news.applied is not None:
            (loss, accuracy), probabilities = news.applied
            ledger.record_final(study, run, (loss, accuracy), probabilities)
            watch.step_done(run, _title(run), "scored", accuracy)
            del active[run.key]
            runs.let_go(run)
            continue
        if news.metrics is not None:
            watch.epoch_done(run, news.epoch, news.metrics)
        _go_on(run, finals, runs, ledger)


def score_on_test(
    run: Run, corpus: Path, state: State, test_texts: int | None, seed: int
) -> tuple[tuple[float, float], np.ndarray]:
    """Loss and accuracy on the test part, and the probabilities [texts, 1 or classes]. Runs on a worker."""
    from study.corpus.prepared import open_prepared
    from study.corpus.sealed import open_test_part
    from study.epoch import predict, score

    card = open_prepared(corpus).card
    texts = open_test_part(card.fingerprint, corpus.parent)
    chosen = (
        np.arange(len(texts)) if test_texts is None else subset(texts.labels, min(test_texts, len(texts)), seed)
    )
    probabilities = predict(run, card, texts, chosen, state)
    return score(probabilities, texts.labels[chosen]), probabilities


def _go_on(run: Run, finals: Finals, runs: Runs, ledger: Ledger) -> None:
    """Trains the next epoch, or scores the run where its configuration's last epoch is done."""
    wanted = run.configuration.recipe.epochs
    if len(runs.finished_epochs(run)) >= wanted and runs.has_state(run, wanted):
        ledger.record_opening(run, "final")
        runs.apply(run, wanted, score_on_test, finals.test_texts, finals.seed)
    else:
        runs.train_towards(run, wanted)


def _title(run: Run) -> str:
    return f"final of seed {run.seed}"
