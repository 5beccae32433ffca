"""The test over seeds and texts against sums done by hand, and against studies drawn text by text."""

import numpy as np
import pytest
from scipy import stats

from results.statistics import crossed
from results.statistics.crossed import Error, Side, Texts, error_of, on_texts, p_differs, p_same, seeds_needed


def test_over_seeds_alone_it_is_welchs_test():
    first, second = np.array([0.87, 0.88, 0.891, 0.86]), np.array([0.80, 0.83, 0.82])
    error = error_of([Side(np.asarray(each.var(ddof=1)), len(each)) for each in (first, second)], None)
    expected = stats.ttest_ind(first, second, equal_var=False)
    assert p_differs(first.mean() - second.mean(), error) == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert crossed.interval(first.mean() - second.mean(), error) == pytest.approx((interval.low, interval.high))


def test_what_the_texts_move_by_hand():
    first = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], bool)
    second = np.array([[1, 1, 1, 0]], bool)
    texts = on_texts([first, second])
    # differences by text 0, -.5, -1, 0: mean -.375, squares .140625 + .015625 + .390625 + .140625 = .6875
    assert texts.part == pytest.approx(0.6875 / 3 / 4)
    # of the first, mean .375: total 8 × .375 × .625 = 1.875; seeds 4 × 2 × .125² = .125; texts 2 × .6875 = 1.375;
    # .375 is left over 1 × 3 degrees of freedom; of 8 told
    assert texts.twice == pytest.approx(0.125 / 8)


def test_the_texts_widen_the_error_and_never_raise_the_degrees_of_freedom():
    side = Side(np.array(4e-4), 5)
    alone = error_of([side, side], None)
    both = error_of([side, side], Texts(np.array(1e-4), np.array(2e-5)))
    assert both.error**2 == pytest.approx(2 * 4e-4 / 5 + 1e-4 - 2e-5)
    assert both.freedom == alone.freedom == pytest.approx(8)


def test_no_false_alarms_in_studies_drawn_text_by_text():
    """Networks that differ on these texts, and would not on all: one study in 20; by seeds alone, many."""
    draw = np.random.default_rng(7)
    alarms = np.zeros(2)
    for _ in range(300):
        easy = 0.88 + 0.1 * draw.choice([-1, 1], size=(2, 1, 500))
        hits = list(draw.random((2, 8, 500)) < easy)
        means = [told.mean(axis=1) for told in hits]
        sides = [Side(np.asarray(mean.var(ddof=1)), 8) for mean in means]
        difference = np.asarray(means[0].mean() - means[1].mean())
        alarms += [p_differs(difference, error_of(sides, texts)) < 0.05 for texts in (None, on_texts(hits))]
    assert alarms[1] <= 0.08 * 300 < alarms[0]


def test_sameness_is_two_one_sided_tests():
    error = Error(np.array(0.001), np.array(10.0))
    larger = max(stats.t.sf((0.002 + 0.005) / 0.001, 10), stats.t.cdf((0.002 - 0.005) / 0.001, 10))
    assert p_same(np.array(0.002), error) == pytest.approx(larger)
    assert p_same(np.array(0.006), error) > 0.5


def test_what_it_takes():
    sides = [Side(np.array(0.005**2), 3)] * 2
    needed = seeds_needed(0.01, sides, None, 0.05)
    assert needed is not None
    assert 4 <= needed <= 8
    # t(.975, n - 1) + .84 standard errors, each .005 √(2 / n)
    assert (stats.t.isf(0.025, needed - 1) + 0.8416) * 0.005 * np.sqrt(2 / needed) <= 0.01
    assert seeds_needed(0.0025, sides, Texts(np.array(1e-4), np.array(0.0)), 0.05) is None
