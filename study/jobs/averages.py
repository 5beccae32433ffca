"""The average of a study's finals and linear baselines: weights chosen on the validation part, scored once.

The finals learnt from the validation texts too, so the search's runs of the same configurations, which did not,
say what the weights are to be; in the average a network's weight is shared by all seeds of its finals.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from results.evidence import frames, predictions, studies
from results.metrics.averaging import greedy_weights, of_each_class, weighted
from results.metrics.classes import predicted_classes
from results.metrics.objectives import Objective
from results.presentation.table import records
from search_spaces import fingerprint_of
from study.config import FinalsPart
from study.corpus.prepared.prepared import Corpus
from study.corpus.prepared.splits import Split
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.driver.scores import Scores
from study.interruption import held
from study.progress.watcher import Watcher
from study.training.run import Run
from study.training.scoring import score_average_on_test
from study.training.tasks import predict_validation, predict_validation_linear
from study.workers.engine import Engine


@dataclass(frozen=True)
class _Candidates:
    """What can be averaged: the seeds of each scored configuration, the settings of each linear baseline, and the
    run of the search that stands for a configuration on the validation part."""

    seeds: dict[str, list[int]]
    linear: dict[str, dict[str, float]]
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same for the same scores to choose among, whatever states are still kept."""
        return fingerprint_of(json.dumps([self.seeds, self.linear], sort_keys=True))

    @property
    def usable(self) -> list[str]:
        """Configurations and kinds whose probabilities on the validation part can be had."""
        return [*self.runs, *self.linear]


class Averages:
    """Chooses and scores the average of one study; once for the same finals and baselines."""

    def __init__(
        self, study: str, ledger: Ledger, watch: Watcher, part: FinalsPart, split: Split, corpus: Corpus
    ) -> None:
        self._study = study
        self._ledger = ledger
        self._watch = watch
        self._part = part
        self._split = split
        self._corpus = corpus
        self._scores = Scores(study, ledger)

    def missing(self) -> bool:
        """Whether there is an average to choose that was not scored yet.

        A network whose state of the search is no longer kept cannot be chosen: to train it again would cost more
        than an average is worth.
        """
        if not (self._part.average and self._part.seeds):
            return False
        scored = self._scored()
        if not scored.seeds or self._scores.has_average(scored.fingerprint):
            return False
        found = self._with_runs(scored)
        return bool(found.runs) and len(found.usable) > 1

    def run(self, engine: Engine) -> None:
        """Chooses the weights and scores the average. `engine` is at nothing else. Raises what ends a task."""
        found = self._with_runs(self._scored())
        self._watch.said(f"average: choosing weights of {len(found.usable)} models on the validation part")
        predicted = self._predicted(found, engine)
        _, places = self._split.parts(self._corpus.training)
        labels = self._corpus.training.labels[places].astype(np.int64)
        told = {name: of_each_class(predicted[name][0]) for name in found.usable if name in predicted}
        weights = dict(zip(told, greedy_weights([*told.values()], labels, self._measure()), strict=True))
        mean = weighted([*told.values()], [*weights.values()])
        validated = float((predicted_classes(mean) == labels).mean())
        members = _members(found, weights)

        self._scores.record_opening(None, f"average {found.fingerprint}")
        scored = partial(predictions.mean_of, self._ledger.store, self._study)
        networks = [(scored(each["configuration"], each["seeds"]), each["weight"]) for each in members["networks"]]
        linear = [(each["kind"], each["settings"], each["weight"]) for each in members["linear"]]
        arguments = (self._corpus.folder, networks, linear, self._split, self._part.test_texts, self._split.seed)
        engine.submit("average", score_average_on_test, *arguments)
        done = engine.next_done()
        if done.error is not None:
            raise done.error
        hits, counts = done.result
        costs = {name: seconds for name, (_, seconds) in predicted.items()}
        with held():
            self._scores.record_average(found.fingerprint, members, costs, validated, hits, counts)
        self._watch.said(f"average scored: {100 * hits.mean():.2f} %")

    def _predicted(self, found: _Candidates, engine: Engine) -> dict[str, tuple[np.ndarray, float]]:
        """Of each candidate its probabilities on the validation part and the CPU seconds of 1,000 texts; none of
        one whose state turns out to be damaged."""
        runs = Runs(engine, self._ledger, self._corpus.folder)
        predicted: dict[str, tuple[np.ndarray, float]] = {}
        names = {(run.key, run.configuration.recipe.epochs): name for name, run in found.runs.items()}
        for run in found.runs.values():
            if runs.has_state(run, run.configuration.recipe.epochs):
                runs.apply(run, run.configuration.recipe.epochs, predict_validation)
            runs.let_go(run)
        while runs.busy:
            news = runs.wait()
            if news.error is not None:
                raise news.error
            predicted[names[news.run.key, news.epoch]] = news.applied
        tickets = {}
        for kind, settings in found.linear.items():
            arguments = (kind, self._corpus.folder, self._split, settings, self._split.seed)
            tickets[engine.submit(f"baseline {kind}", predict_validation_linear, *arguments)] = kind
        for _ in found.linear:
            done = engine.next_done()
            if done.error is not None:
                raise done.error
            predicted[tickets[done.ticket]] = done.result
        return predicted

    def _scored(self) -> _Candidates:
        """What has a score, without runs."""
        store = self._ledger.store
        seeds: dict[str, list[int]] = {}
        for configuration, seed in sorted(predictions.correct(store, self._study)):
            seeds.setdefault(configuration, []).append(seed)
        linear = {row.kind: dict(row.settings) for row in records(frames.baselines(store, self._study))}
        return _Candidates(seeds, linear)

    def _with_runs(self, scored: _Candidates) -> _Candidates:
        trials = frames.trials(self._ledger.store, self._study)
        complete = trials[(trials["state"] == "complete") & trials["configuration"].isin(scored.seeds)]
        runs: dict[str, Run] = {}
        for row in records(complete.drop_duplicates("configuration")):
            kept = self._ledger.trial_configuration(self._study, int(row.number))
            run = None if kept is None else Run(kept, int(row.seed), self._split)
            if run is not None and self._ledger.has_state(run, run.configuration.recipe.epochs):
                runs[row.configuration] = run
        return replace(scored, runs=runs)

    def _measure(self) -> Callable[[np.ndarray], float]:
        objective: Objective = studies.searched(self._ledger.store, self._study)[1][0]
        return objective.of or _accuracy


def _accuracy(counts: np.ndarray) -> float:
    return float(np.trace(counts) / counts.sum())


def _members(found: _Candidates, weights: dict[str, float]) -> dict[str, Any]:
    """As store.tables.AverageRow has them, the heaviest first."""
    chosen = sorted((name for name in weights if weights[name]), key=lambda name: -weights[name])
    return {
        "networks": [
            {"configuration": name, "seeds": found.seeds[name], "weight": weights[name]}
            for name in chosen
            if name in found.seeds
        ],
        "linear": [
            {"kind": name, "settings": found.linear[name], "weight": weights[name]}
            for name in chosen
            if name in found.linear
        ],
    }
