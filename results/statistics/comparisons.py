"""Every configuration against every other one, seed by seed: who is more accurate, and how sure that is.

One test decides: the paired t test over seeds, corrected by Holm for the number of pairs. The rest stands beside.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from results.statistics.intervals import has_spread, t_interval, t_test
from results.statistics.power import ALPHA, detectable

PAIRWISE = {
    "first": "str",  # configuration with the higher mean
    "second": "str",
    "n": "int64",  # seeds that both were trained with
    "mean_difference": "float64",  # first minus second, over those seeds
    "sd": "float64",  # of the differences, divisor n - 1
    "low": "float64",  # 95 % t interval of the mean difference, of this pair alone
    "high": "float64",
    "p": "float64",  # two-sided, paired t test
    "p_holm": "float64",  # corrected for all pairs of this frame
    "apart": "bool",  # p_holm < .05: the verdict
    "p_signs": "float64",  # sign flips of the differences
    "first_alone": "int64",  # texts that only the first's majority of seeds told right
    "second_alone": "int64",
    "p_texts": "float64",  # McNemar: other texts, these majorities
    "first_wins": "float64",  # probability that the first is the more accurate one on a new seed
    "detectable": "float64",  # true difference that this pair alone would show in 80 % of studies
    "detectable_among_all": "float64",  # the same at the level that Holm asks of the smallest of all p
}
EXACT_BELOW = 25  # discordant texts, below which McNemar's test is binomial
_FLIPS = 2**15  # all sign flips up to 15 seeds


def pairwise(finals: pd.DataFrame, correct: Mapping[tuple[str, int], np.ndarray] | None = None) -> pd.DataFrame:
    """One row a pair, by falling means; columns PAIRWISE. What fewer than two common seeds cannot say is NaN.

    `correct` (results.evidence.predictions.correct) adds what the texts say; without it `p_texts` is NaN.
    """
    by_seed = finals.pivot_table(index="seed", columns="configuration", values="test_accuracy", aggfunc="mean")
    order = finals.groupby("configuration", sort=False)["test_accuracy"].mean()
    names = list(order.sort_values(ascending=False, kind="stable").index)
    pairs = list(combinations(names, 2))
    among_all = ALPHA / max(1, len(pairs))
    rows = [_compared(by_seed[list(pair)].dropna(), correct or {}, among_all) for pair in pairs]
    corrected = holm([row["p"] for row in rows])
    for row, p in zip(rows, corrected, strict=True):
        row |= {"p_holm": p, "apart": bool(p < ALPHA)}
    return pd.DataFrame(rows, columns=list(PAIRWISE)).astype(PAIRWISE)


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """p values corrected for their number along the last axis: [..., tests]. NaN stays NaN and is not counted.

    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6: the
    k-th smallest of m is multiplied by m - k + 1 and is never below a smaller one's; at most 1.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, axis=-1)  # NaN last
    factors = np.isfinite(p).sum(axis=-1, keepdims=True) - np.arange(p.shape[-1])
    rising = np.maximum.accumulate(np.take_along_axis(p, order, axis=-1) * factors, axis=-1)
    corrected = np.empty_like(p)
    np.put_along_axis(corrected, order, np.minimum(rising, 1.0), axis=-1)
    return corrected


def mcnemar(first_alone: int, second_alone: int) -> float:
    """Two-sided p of two classifiers on the same texts, from the texts that only one of them told right.

    McNemar 1947, Psychometrika 12. Below 25 such texts: binomial, b of b + c with probability ½; from there on
    chi² with one degree of freedom, (|b - c| - 1)² / (b + c), the correction being Edwards's (1948, Psychometrika
    13). 1 where they never differ.
    """
    discordant = first_alone + second_alone
    if discordant == 0:
        return 1.0
    if discordant < EXACT_BELOW:
        return float(stats.binomtest(first_alone, discordant).pvalue)
    return float(stats.chi2.sf(max(0, abs(first_alone - second_alone) - 1) ** 2 / discordant, 1))


def majority(runs: Sequence[np.ndarray]) -> np.ndarray:
    """Which texts the vote of an odd number of runs tells right: bool [texts]. An even number drops its last run.

    For two classes this is the vote itself; of more classes, one that wins with less than half does not count.
    """
    odd = list(runs)[: len(runs) - (len(runs) + 1) % 2]
    return np.asarray(2 * np.sum(odd, axis=0) > len(odd))


def sign_flip_p(differences: Sequence[float] | np.ndarray) -> float:
    """Two-sided p of the mean when each difference could as well have had the other sign; NaN for n < 2.

    Fisher 1935, The Design of Experiments, section 21. All 2ⁿ flips up to n = 15, else 32,768 drawn ones. It
    assumes no normal distribution, but with n seeds it cannot fall below 2 / 2ⁿ: .0625 at five.
    """
    if len(differences) < 2:
        return math.nan
    found = stats.permutation_test(
        (np.asarray(differences, dtype=float),),
        lambda flipped, axis: np.mean(flipped, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=_FLIPS,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def wins_on_a_new_seed(differences: Sequence[float] | np.ndarray) -> float:
    """The probability that the difference of one more seed is above 0; NaN for n < 2 and without spread.

    The predictive distribution of a further observation, Student's t with n - 1 degrees of freedom about the mean
    with scale sd √(1 + 1/n) (Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., section 3.2).
    """
    observed = np.asarray(differences, dtype=float)
    if not has_spread(observed):
        return math.nan
    scale = observed.std(ddof=1) * math.sqrt(1 + 1 / len(observed))
    return float(stats.t.cdf(observed.mean() / scale, len(observed) - 1))


def _compared(
    by_seed: pd.DataFrame, correct: Mapping[tuple[str, int], np.ndarray], among_all: float
) -> dict[str, Any]:
    """One pair: `by_seed` has its two columns, and the common seeds as index."""
    first, second = (str(name) for name in by_seed.columns)
    differences = (by_seed[first] - by_seed[second]).to_numpy()
    n = len(differences)
    low, high = t_interval(differences)
    sd = float(differences.std(ddof=1)) if has_spread(differences) else math.nan
    return {
        "first": first,
        "second": second,
        "n": n,
        "mean_difference": float(differences.mean()) if n else math.nan,
        "sd": sd,
        "low": low,
        "high": high,
        "p": t_test(differences),
        "p_signs": sign_flip_p(differences),
        **_on_texts(first, second, sorted(by_seed.index), correct),
        "first_wins": wins_on_a_new_seed(differences),
        "detectable": detectable(sd, n),
        "detectable_among_all": detectable(sd, n, alpha=among_all),
    }


def _on_texts(
    first: str, second: str, seeds: Sequence[int], correct: Mapping[tuple[str, int], np.ndarray]
) -> dict[str, Any]:
    kept = [seed for seed in seeds if (first, seed) in correct and (second, seed) in correct]
    ours, theirs = ([correct[name, seed] for seed in kept] for name in (first, second))
    if len(kept) < 2 or len({len(told) for told in ours + theirs}) > 1:
        return {"first_alone": 0, "second_alone": 0, "p_texts": math.nan}
    right, other = majority(ours), majority(theirs)
    first_alone, second_alone = int((right & ~other).sum()), int((other & ~right).sum())
    return {
        "first_alone": first_alone,
        "second_alone": second_alone,
        "p_texts": mcnemar(first_alone, second_alone),
    }
