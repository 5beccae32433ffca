"""A round of further seeds: what each look at the verdicts may cost, and which networks it goes to.

Arrays in, arrays out, as in results.statistics.crossed: the product and the simulated studies run the same lines.
"""

import functools

import numpy as np
from scipy import stats

from results.statistics.power import ALPHA

FIRST_LOOK = 0.25  # of ALPHA: after the first seeds; the rest after the further ones
AT = 0.01  # about what one of a family of four or five is held against
UNKNOWN = 1e9  # the squared width of an interval that cannot be computed


def levels(extra: int) -> list[float]:
    """The level that each look judges at, in their order: ALPHA in all, so no correlation of looks is relied on.

    By look k of 2, ALPHA (k / 2)² is spent (Kim and DeMets 1987, Biometrika 74(1): the power family). A study
    without `extra` further finals looks once, at ALPHA.
    """
    return [FIRST_LOOK * ALPHA, (1 - FIRST_LOOK) * ALPHA] if extra else [ALPHA]


def level(extra: int, scored: int) -> float:
    """The level after `scored` of the `extra` finals: a round that is cut short is not looked at."""
    return levels(extra)[-1 if scored >= extra else 0]


def shared_out(seeds: np.ndarray, undecided: np.ndarray, seconds: np.ndarray, count: int) -> np.ndarray:
    """How many of `count` finals each network gets: [..., networks], the best network first; `undecided` is bool
    [..., networks - 1], which of the others are undecided against it. `seconds` is what a final of each takes.

    One after the other, each to where it takes most off the squared widths of the undecided differences' intervals
    for the root of its time. Where nothing is undecided nobody gets any.
    """
    have, table = seeds + np.zeros_like(undecided[..., :1], dtype=int), _squared_widths(int(seeds.max()) + count)
    begun, worth = have, 1 / np.sqrt(seconds)
    for _ in range(count):
        best, others = have[..., :1], have[..., 1:]
        width = table[best, others]
        of_best = np.where(undecided, width - table[best + 1, others], 0).sum(axis=-1, keepdims=True)
        of_others = np.where(undecided, width - table[best, others + 1], 0)
        gain = worth * np.concatenate([of_best, of_others], axis=-1)
        chosen = np.arange(gain.shape[-1]) == gain.argmax(axis=-1)[..., None]
        have = have + (chosen & (gain > 0))
    return np.asarray(have - begun)


@functools.cache
def _squared_widths(most: int) -> np.ndarray:
    """[seeds of one, seeds of the other], up to `most`: of the interval of a difference, as if all runs spread
    alike, by Welch's degrees of freedom. Of one seed and fewer nothing is known."""
    n = np.arange(most + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = 1 / n[:, None], 1 / n[None, :]
        freedom = (one + other) ** 2 / (one**2 / (n[:, None] - 1) + other**2 / (n[None, :] - 1))
        found = stats.t.ppf(1 - AT / 2, freedom) ** 2 * (one + other)
    found[:2], found[:, :2] = UNKNOWN, UNKNOWN
    return np.asarray(found)
