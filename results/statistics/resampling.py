"""Bootstrap over seeds and texts at once: how a mean accuracy would move with other seeds and other test texts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from results.statistics.intervals import CONFIDENCE

RESAMPLES = 2000
BOTH = {
    "configuration": "str",
    "n": "int64",  # seeds
    "both_low": "float64",  # percentile interval of the mean accuracy
    "both_high": "float64",
}
_CHUNK = 100  # resamples at a time: [100, 25,000] weights are 10 MB


def over_seeds_and_texts(
    correct: Mapping[tuple[str, int], np.ndarray], resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """One row a configuration of results.evidence.predictions.correct, in its order; columns BOTH.

    The pigeonhole bootstrap (Owen 2007, The pigeonhole bootstrap, Annals of Applied Statistics 1(2)): seeds and
    texts are drawn with replacement, independently of each other, and the 2.5th and 97.5th percentile of the
    resampled mean accuracies are the interval. NaN for a single seed, which cannot be drawn otherwise. With few
    seeds it is too narrow: n drawn with replacement spread (n - 1)/n as much as they should. A resample draws the
    same texts for all configurations; the same `seed` gives the same intervals, whatever else is in `correct`.
    """
    hits: dict[str, list[np.ndarray]] = {}
    for (configuration, _), told in correct.items():
        hits.setdefault(configuration, []).append(told)
    means: dict[str, np.ndarray] = {}
    for texts in {len(told[0]) for told in hits.values()}:
        same = {name: told for name, told in hits.items() if len(told[0]) == texts}
        means |= _resampled(same, resamples, seed)
    tails = (0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2)
    rows = [
        (name, len(told), *(np.quantile(means[name], tails) if len(told) > 1 else (np.nan, np.nan)))
        for name, told in hits.items()
    ]
    return pd.DataFrame(rows, columns=list(BOTH)).astype(BOTH)


def _resampled(hits: Mapping[str, list[np.ndarray]], resamples: int, seed: int) -> dict[str, np.ndarray]:
    """The mean accuracies [resamples] of configurations scored on the same texts."""
    columns = np.stack([told for seeds in hits.values() for told in seeds]).T.astype(np.float32)  # [texts, runs]
    counts = _text_weights(columns, resamples, seed)  # [resamples, runs]
    means, begin = {}, 0
    for name, seeds in hits.items():
        n = len(seeds)
        # Begun anew for each configuration: its interval does not depend on which others there are.
        draw = np.random.default_rng([seed, 1])
        weights = draw.multinomial(n, np.full(n, 1 / n), size=resamples)  # [resamples, n]
        means[name] = (counts[:, begin : begin + n] * weights).sum(axis=1) / (n * len(columns))
        begin += n
    return means


def _text_weights(columns: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Right answers of every run among texts drawn with replacement: [resamples, runs]."""
    texts = len(columns)
    draw = np.random.default_rng([seed, 0])
    parts = []
    for begin in range(0, resamples, _CHUNK):
        weights = np.empty((min(_CHUNK, resamples - begin), texts), np.float32)
        for row in weights:
            row[:] = np.bincount(draw.integers(0, texts, texts), minlength=texts)
        parts.append(weights @ columns)  # whole numbers below 2**24: exact in float32
    return np.concatenate(parts).astype(np.float64)
