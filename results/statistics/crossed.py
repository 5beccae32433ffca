"""One test of a difference in mean accuracy, over other seeds and other test texts at once.

Arrays in, arrays out: the product and the simulated studies of tests/benchmarks/comparisons.py run the same lines.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from results.statistics.power import ALPHA, POWER

MARGIN = 0.005  # half a point: within it two networks are practically the same
MOST_SEEDS = 200  # beyond that nobody is told how many more it would take


class Side(NamedTuple):
    """One side of a comparison: `variance` of a run's accuracy over its `n` seeds, divisor n - 1, [...]."""

    variance: np.ndarray
    n: int | np.ndarray


class Texts(NamedTuple):
    """What the texts move: `part` is the variance that they give the difference of the means, [...]; `twice` is
    how much of it the seeds' variances hold too, [...]."""

    part: np.ndarray
    twice: np.ndarray


class Error(NamedTuple):
    """Of a difference: its standard error and the degrees of freedom of that, [...]."""

    error: np.ndarray
    freedom: np.ndarray


def on_texts(hits: Sequence[np.ndarray]) -> Texts:
    """Of one or two sides, whose `hits` are bool [seeds, texts] of the same texts.

    Two-way analysis of variance with both factors random: the mean square of what neither seed nor text explains
    is in both of the others (Searle, Casella and McCulloch 1992, Variance Components, section 4.3).
    """
    count = hits[0].shape[1]
    means = [told.mean(axis=0) for told in hits]
    difference = means[0] - means[1] if len(means) == 2 else means[0]
    return Texts(difference.var(ddof=1) / count, np.asarray(sum(_left(told) for told in hits)))


def error_of(sides: Sequence[Side], texts: Texts | None) -> Error:
    """The error of a difference of mean accuracies; a side without seeds of its own, as a baseline, is left out.

    Variances add up, with what is in both taken off once, but never below the larger of the two. The degrees of
    freedom are the seeds', by Welch (1947, Biometrika 34): the texts' many do not raise them, for where few seeds
    happen to lie close together they would count as if the seeds' spread were known (docs/statistics.md has the
    figures). `texts` None: over seeds alone.
    """
    parts = [np.asarray(side.variance / side.n) for side in sides]
    seeds = np.asarray(sum(parts))
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = seeds**2 / sum(part**2 / (side.n - 1) for part, side in zip(parts, sides, strict=True))
    if texts is None:
        return Error(np.sqrt(seeds), np.asarray(freedom))
    # Seeds without any spread have the fewest degrees of freedom that they can have.
    fewest = np.min(np.broadcast_arrays(*(side.n for side in sides)), axis=0)
    freedom = np.where(seeds > 0, freedom, fewest - 1)
    total = np.maximum(seeds + texts.part - texts.twice, np.maximum(seeds, texts.part))
    return Error(np.sqrt(total), freedom)


def p_differs(difference: np.ndarray, error: Error) -> np.ndarray:
    """Two-sided p that there is no difference; NaN without any spread."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * stats.t.sf(np.abs(difference) / error.error, error.freedom))


def p_same(difference: np.ndarray, error: Error, margin: float | np.ndarray = MARGIN) -> np.ndarray:
    """The larger p of two one-sided tests that the difference lies outside ± `margin` (Schuirmann 1987)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(stats.t.sf((margin - np.abs(difference)) / error.error, error.freedom))


def interval(difference: float, error: Error) -> tuple[float, float]:
    """The 95 % interval of one difference, not corrected; NaN without any spread."""
    if not error.error > 0:
        return math.nan, math.nan
    reach = float(stats.t.isf(ALPHA / 2, error.freedom) * error.error)
    return difference - reach, difference + reach


def seeds_needed(
    difference: float, sides: Sequence[Side], texts: Texts | None, alpha: float, margin: float = MARGIN
) -> int | None:
    """How many seeds a side would decide it in 80 % of studies, if difference and spreads stay what they are.

    The nearest of both ways out, better or practically the same, by normal power; None where the texts alone leave
    more open than that, or beyond MOST_SEEDS.
    """
    kept = 0.0 if texts is None else max(0.0, float(texts.part - texts.twice))
    over_seeds = sum(float(side.variance) for side in sides)
    more = max(side.n for side in sides) + 1
    gap = abs(difference)
    far = max(gap, margin - gap)
    for n in range(more, MOST_SEEDS + 1):
        needed = stats.t.isf(alpha / 2, n - 1) + stats.norm.ppf(POWER)
        if far >= needed * math.sqrt(over_seeds / n + kept):
            return n
    return None


def _left(told: np.ndarray) -> float:
    n, count = told.shape
    if n < 2:
        return 0.0
    by_text, by_seed = told.mean(axis=0), told.mean(axis=1)
    mean = by_seed.mean()
    # Right answers are 0 or 1, so their squares add up to their sum.
    squares = n * count * mean * (1 - mean)
    squares -= count * ((by_seed - mean) ** 2).sum() + n * ((by_text - mean) ** 2).sum()
    return float(squares / ((n - 1) * (count - 1)) / (n * count))
