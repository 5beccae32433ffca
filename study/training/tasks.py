"""What a worker is asked to do: functions of plain values, found by name in the worker's process.

TensorFlow is imported on the first call, so that the driver never loads it for workers of its own.
"""

import time
from functools import lru_cache
from pathlib import Path

import numpy as np

from search_spaces.architecture import Configuration
from study.corpus.prepared.prepared import Corpus, open_prepared
from study.corpus.prepared.splits import Split
from study.errors import InputError, OutOfMemory, TrialError
from study.training.linear.baselines import Settings, validation_probabilities
from study.training.memory import shortage_told
from study.training.run import EpochMetrics, Run, State


@lru_cache(maxsize=4)
def _corpus(folder: Path) -> Corpus:
    return open_prepared(folder)


def check_network(configuration: Configuration, corpus: Path) -> str | None:
    """Builds a user's network once, before the first trial; see `study.training.own.check_own`."""
    from study.training.own import check_own

    card = _corpus(corpus).card
    rows = configuration.recipe.vocabulary_size or card.vocabulary_size
    try:
        return check_own(configuration, rows, len(card.classes))
    except TrialError as error:
        raise InputError(str(error)) from error


def train(run: Run, corpus: Path, epoch: int, state: State | None) -> tuple[State, EpochMetrics]:
    """Trains one epoch on the prepared corpus in that folder; see `study.training.epoch.train_epoch`."""
    from study.training.epoch import forget_networks, train_epoch

    try:
        with shortage_told(f"in epoch {epoch}"):
            return train_epoch(run, _corpus(corpus), epoch, state)
    except OutOfMemory:
        forget_networks()  # those of other runs must not be in the next one's way
        raise


def predict_validation(run: Run, corpus: Path, state: State) -> tuple[np.ndarray, float]:
    """Class probabilities of the validation part, float32 [texts, 1 or classes], of the run at `state`; and the
    CPU seconds that 1,000 texts take, the network being there."""
    from study.training.epoch import predict

    opened = _corpus(corpus)
    _, chosen = run.split.parts(opened.training)
    with shortage_told("while it predicted the validation part"):
        predict(run, opened.card, opened.training, chosen[:1], state)  # builds and traces
        began = time.process_time()
        found = predict(run, opened.card, opened.training, chosen, state)
    return found, 1000 * (time.process_time() - began) / len(chosen)


def predict_validation_linear(
    kind: str, corpus: Path, split: Split, settings: Settings, seed: int
) -> tuple[np.ndarray, float]:
    """The same of a linear baseline fitted on the training part, float64 [texts, classes]."""
    with shortage_told(f"over baseline {kind}"):
        return validation_probabilities(kind, _corpus(corpus).training, split, settings, seed)
