"""A round of further seeds: what each look at the verdicts may cost, and which networks it goes to.

Arrays in, arrays out, as in results.statistics.crossed: the product and the simulated studies run the same lines.
"""

import numpy as np

from results.statistics.power import ALPHA

FIRST_LOOK = 0.25  # of ALPHA: after the first seeds; the rest after the further ones


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

    One after the other, each to where it takes most off the variances of the undecided differences for its time,
    as if runs of all networks spread alike: the best is in all of these, a network that takes four times as long
    ends with about half the seeds. Where nothing is undecided nobody gets any.
    """
    weight = np.concatenate([undecided.sum(axis=-1, keepdims=True), undecided], axis=-1) / seconds
    added = np.zeros(weight.shape, dtype=int)
    for _ in range(count):
        have = seeds + added
        gain = weight / (have * (have + 1))
        chosen = np.arange(weight.shape[-1]) == gain.argmax(axis=-1)[..., None]
        added += chosen & (weight > 0)
    return added
