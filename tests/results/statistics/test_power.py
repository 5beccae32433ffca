import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from results.statistics.power import detectable, power_of


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30])
@pytest.mark.parametrize("effect", [0.0, 0.3, 1.0])  # of larger ones statsmodels makes NaN
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_power_agrees_with_statsmodels(n, effect, alpha):
    expected = TTestPower().power(effect, n, alpha, alternative="two-sided")
    assert power_of(effect * 1.5, 1.5, n, alpha) == pytest.approx(expected, abs=1e-9)


def test_a_point_at_five_seeds_is_found_in_40_or_21_of_100_studies():
    assert power_of(1.0, 1.0, 5) == pytest.approx(0.401, abs=5e-4)
    assert power_of(1.0, 1.5, 5) == pytest.approx(0.211, abs=5e-4)


def test_power_is_what_simulated_studies_find():
    draws = np.random.default_rng(0).normal(1.0, 1.5, (20_000, 5))
    found = (stats.ttest_1samp(draws, 0, axis=1).pvalue < 0.05).mean()
    assert power_of(1.0, 1.5, 5) == pytest.approx(found, abs=0.01)


def test_the_sign_and_the_unit_of_a_difference_play_no_part():
    assert power_of(-0.01, 0.02, 4) == power_of(0.01, 0.02, 4)
    assert power_of(1, 2, 4) == pytest.approx(power_of(0.01, 0.02, 4))


def test_a_huge_difference_is_always_found():
    assert power_of(100.0, 0.5, 3) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("sd", "n", "alpha"), [(1.0, 5, 0.05), (0.003, 3, 0.05), (2.0, 2, 0.005), (1.0, 40, 0.05)]
)
def test_the_detectable_difference_has_the_power_asked_for(sd, n, alpha):
    assert power_of(detectable(sd, n, alpha=alpha), sd, n, alpha) == pytest.approx(0.8)


def test_the_detectable_difference_agrees_with_statsmodels():
    effect = TTestPower().solve_power(nobs=8, alpha=0.05, power=0.8, alternative="two-sided")
    assert detectable(2.0, 8) == pytest.approx(2.0 * effect, rel=1e-5)


def test_one_seed_or_no_spread_to_go_by_is_nan():
    assert math.isnan(power_of(1.0, 1.0, 1))
    assert math.isnan(power_of(1.0, math.nan, 5))
    assert math.isnan(detectable(1.0, 1))
    assert math.isnan(detectable(math.nan, 5))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"standard deviation above 0, got 0"):
        power_of(1.0, 0.0, 5)
    with pytest.raises(ValueError, match="alpha between 0 and 1, got 1"):
        power_of(1.0, 1.0, 5, alpha=1)
    with pytest.raises(ValueError, match=r"between alpha \(0\.05\) and 1, got 0\.01"):
        detectable(1.0, 5, power=0.01)
