"""A run and its epochs as values: what a worker is told and what it answers. Imports no TensorFlow.

All randomness of a run comes from numbers derived from its seed and words that say what for.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from search_spaces.architecture import Configuration
from study.corpus.prepared.splits import Split

State = dict[str, np.ndarray]
"""All that a run's next epoch needs: weights and optimizer variables by position. Where there can be no next one,
the weights alone."""


@dataclass(frozen=True)
class Run:
    """One configuration x one seed x one split of a corpus. `configuration.recipe.epochs` has no part in it where
    the learning rate is constant."""

    configuration: Configuration
    seed: int
    split: Split

    @cached_property
    def key(self) -> str:
        """The same for equal runs; see `Configuration.run_fingerprint` for the number of epochs."""
        return f"{self.configuration.run_fingerprint}-{self.seed}-{self.split.fingerprint}"


@dataclass(frozen=True)
class EpochMetrics:
    """What one epoch came to. Losses are means a text, accuracies fractions; validation is None without that part.

    `validation_metrics` has by column what else can be searched for and a confusion matrix decides
    (results.metrics.objectives). It, balanced accuracy and macro F1 are also None where an older version kept
    none.
    `own_parameters`: how many trainable parameters a user's network has; None of ours, and where it was read back.
    `seconds` and `cpu_seconds` include the validation; `peak_memory_mb` is the process's so far (10^6 bytes).
    """

    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    worker: str
    validation_balanced_accuracy: float | None = None
    validation_macro_f1: float | None = None
    validation_metrics: Mapping[str, float] | None = None
    own_parameters: int | None = field(default=None, compare=False)

    def value_of(self, column: str) -> float | None:
        """The metric of that name in frames; None where it was not kept."""
        if column in {each.name for each in fields(self)}:
            found: float | None = getattr(self, column)
            return found
        return (self.validation_metrics or {}).get(column)


def derived(seed: int, *purpose: int | str) -> int:
    """A number in [0, 2**31) that depends on `seed` and `purpose` alone, in every process and on every machine."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def generator(seed: int, *purpose: int | str) -> np.random.Generator:
    """NumPy's generator with a derived seed."""
    return np.random.default_rng(derived(seed, *purpose))
