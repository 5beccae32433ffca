"""How small a difference between two configurations the seeds can show: the power of the paired t test.

Numbers in, a number out. A difference and its standard deviation are in one unit, whichever.
"""

import math

from scipy import optimize, stats

ALPHA = 0.05
POWER = 0.8


def power_of(difference: float, sd: float, n: int, alpha: float = ALPHA) -> float:
    """The share of studies with `n` common seeds that find a true `difference`, from 0 to 1; NaN for n < 2.

    `sd` is the standard deviation of the paired differences. Under a true difference δ the t statistic follows
    the noncentral t distribution with n - 1 degrees of freedom and noncentrality δ√n / sd; found is what lies
    beyond ± t(1 - α/2) (Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 2).
    Raises ValueError unless 0 < alpha < 1 and sd is above 0 (NaN in, NaN out).
    """
    if not 0 < alpha < 1:
        raise ValueError(f"expected alpha between 0 and 1, got {alpha}")
    if n < 2 or math.isnan(sd) or math.isnan(difference):
        return math.nan
    if sd <= 0:
        raise ValueError(f"expected a standard deviation above 0, got {sd}; without spread there is no t test")
    freedom = n - 1
    noncentrality = abs(difference) / sd * math.sqrt(n)
    critical = float(stats.t.isf(alpha / 2, freedom))
    wrong_side = float(stats.nct.cdf(-critical, freedom, noncentrality)) if noncentrality < 5 else 0.0
    return min(1.0, float(stats.nct.sf(critical, freedom, noncentrality)) + wrong_side)


def detectable(sd: float, n: int, power: float = POWER, alpha: float = ALPHA) -> float:
    """The smallest true difference that `n` common seeds find with probability `power`; NaN for n < 2.

    The difference at which `power_of` is `power`, found by Brent's method. `sd` as there; it is itself estimated
    from few seeds as a rule, and the answer is as uncertain as it is.
    """
    if not alpha < power < 1:
        raise ValueError(f"expected a power between alpha ({alpha}) and 1, got {power}")
    if n < 2 or math.isnan(sd):
        return math.nan
    far = sd
    while power_of(far, sd, n, alpha) < power:
        far *= 2
    return float(optimize.brentq(lambda difference: power_of(difference, sd, n, alpha) - power, 0.0, far))
