"""What a worker is asked to do: functions of plain values, found by name in the worker's process.

TensorFlow is imported on the first call, so that the driver never loads it for workers of its own.
"""

from functools import lru_cache
from pathlib import Path

from search_spaces.architecture import Configuration
from study.corpus.prepared.prepared import Corpus, open_prepared
from study.errors import InputError, OutOfMemory, TrialError
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
