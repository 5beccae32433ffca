"""What looks may spend, and how a round is shared out."""

import numpy as np
import pytest

from results.statistics import crossed, rounds
from results.statistics.power import ALPHA
from results.statistics.verdicts import BETTER, UNDECIDED, WORSE, judged


@pytest.mark.parametrize("extra", [0, 1, 2, 6, 7, 20])
def test_all_looks_together_spend_what_one_may(extra):
    levels = rounds.levels(extra)
    assert len(levels) == (2 if extra else 1)
    assert sum(levels) == pytest.approx(ALPHA)
    assert levels == sorted(levels)


def test_a_round_is_looked_at_once_it_is_whole():
    first, second = rounds.levels(3)
    assert [rounds.level(3, scored) for scored in range(4)] == [first] * 3 + [second]
    assert rounds.level(0, 0) == ALPHA


def test_a_round_goes_to_the_best_and_the_undecided_the_dearer_fewer():
    seeds = np.array([[5, 5, 5, 5]] * 3)
    undecided = np.array([[True, True, False], [True, False, False], [False, False, False]])
    added = rounds.shared_out(seeds, undecided, np.ones(4), 6)
    assert added[0].tolist() == [3, 2, 1, 0]  # a seed of the best narrows two differences
    assert added[1].tolist() == [3, 3, 0, 0]
    assert added[2].tolist() == [0, 0, 0, 0]
    dear = rounds.shared_out(seeds[0], undecided[0], np.array([1, 4, 1, 1]), 30)
    assert dear[1] < dear[2] < dear[0]


def test_p_values_are_held_against_one_level_whatever_the_look():
    error = crossed.Error(np.array([0.001]), np.array([8.0]))
    said, p, _ = judged(np.array([0.003]), error, 1, 0.0005)
    assert said[0] == BETTER
    said, later, _ = judged(np.array([0.003]), error, 1, 0.0005, level=ALPHA / 10)
    assert said[0] == UNDECIDED
    assert later == pytest.approx(10 * p)


def false_alarms(levels, studies=2000, first=5, extra=10):
    """The share of studies of five equal networks with one called better or worse after all rounds."""
    scores = np.random.default_rng(4).normal(0.88, 0.03, (studies, 5, first + extra))
    n, said = np.full((studies, 5), first), np.full((studies, 4), UNDECIDED)
    for size, level in zip([0, extra], levels, strict=True):
        n = n + rounds.shared_out(n, said == UNDECIDED, np.ones(5), size)
        own = np.where(np.arange(first + extra) < n[..., None], scores, np.nan)
        means, variances = np.nanmean(own, axis=-1), np.nanvar(own, axis=-1, ddof=1)
        sides = [crossed.Side(variances[:, part], n[:, part]) for part in (slice(1), slice(1, None))]
        said, *_ = judged(means[:, :1] - means[:, 1:], crossed.error_of(sides, None), 4, level=level)
    return float(np.isin(said, [BETTER, WORSE]).any(axis=1).mean())


def test_looking_again_raises_no_false_alarms():
    assert false_alarms(rounds.levels(10)) <= 0.05
    assert false_alarms([ALPHA] * 2) > false_alarms(rounds.levels(10)) + 0.01  # what it would cost for nothing
