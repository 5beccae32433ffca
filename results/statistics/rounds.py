"""Further seeds in rounds: what each look at the verdicts may cost, and which networks a round goes to.

Arrays in, arrays out, as in results.statistics.crossed: the product and the simulated studies run the same lines.
"""

import numpy as np

from results.statistics.power import ALPHA

LOOKS = 3  # after the first seeds, and after each of two rounds
GROWTH = 2.0  # the later a look, the more it may spend


def sizes(extra: int) -> list[int]:
    """How many finals each round has, of `extra` in all; no round is empty."""
    return [len(part) for part in np.array_split(np.arange(extra), LOOKS - 1) if len(part)]


def levels(extra: int) -> list[float]:
    """The level that each look judges at, in their order: ALPHA in all, so no correlation of looks is relied on.

    By look k of K, ALPHA (k / K)² is spent (Kim and DeMets 1987, Biometrika 74(1): the power family); a look has
    what was not spent before it. A study without further seeds looks once, at ALPHA.
    """
    looks = len(sizes(extra)) + 1
    return [float(each) for each in np.diff(ALPHA * (np.arange(looks + 1) / looks) ** GROWTH)]


def level(extra: int, scored: int) -> float:
    """The level after `scored` of the `extra` finals: that of the last round that is complete."""
    return levels(extra)[int((np.cumsum(sizes(extra)) <= scored).sum())]


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
