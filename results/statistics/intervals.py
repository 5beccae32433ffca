"""From frames to frames: spread over seeds, intervals. SciPy computes, nothing is remembered.

Frames come in and go out as in `evidence.frames`: fixed columns, also when empty; accuracies are fractions. An
interval that cannot be had - one observation, or several without any spread - is NaN, never zero wide.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from results.metrics.objectives import ACCURACY, Objective

CONFIDENCE = 0.95

BY_CONFIGURATION = {
    "configuration": "str",  # fingerprint
    "words": "str",
    "reference": "str",
    "parameters": "int64",
    "epochs": "int64",
    "n": "int64",  # seeds
    "mean": "float64",  # test accuracy, over the seeds
    "sd": "float64",  # over the seeds, divisor n - 1
    "min": "float64",
    "max": "float64",
    "mean_low": "float64",  # t interval of the mean over seeds
    "mean_high": "float64",
    "test_texts": "int64",
    "one_seed_over_texts_low": "float64",  # binomial: ONE seed, other test texts of the same kind
    "one_seed_over_texts_high": "float64",
    "train_seconds": "float64",  # mean over the seeds
}
BEST_SO_FAR = {"number": "int64", "validation_accuracy": "float64", "best": "float64"}  # the objective's column


def by_configuration(finals: pd.DataFrame) -> pd.DataFrame:
    """One row a configuration, in the order they first appear; columns BY_CONFIGURATION.

    `mean_low` to `mean_high` is the 95 % t interval of the mean over seeds, mean ± t(n-1) sd / √n (Student 1908):
    it covers seeds, on these test texts. `one_seed_over_texts_*` is the 95 % Wilson interval (Wilson 1927, JASA
    22) of a single run that gets the mean share of `test_texts` right: it covers other test texts, and says
    nothing of other seeds. Both can matter; neither stands for the other.
    """
    rows = [_summary(group) for _, group in finals.groupby("configuration", sort=False)]
    return _typed(rows, BY_CONFIGURATION)


def best_so_far(trials: pd.DataFrame, objective: Objective = ACCURACY) -> pd.DataFrame:
    """The complete trials by number with the best value of the objective up to each; columns BEST_SO_FAR, with the
    objective's own in place of the validation accuracy."""
    column = objective.column
    complete = trials[trials[column].notna()].sort_values("number")
    frame = complete[["number", column]].reset_index(drop=True)
    best = frame[column].cummin() if objective.lower_is_better else frame[column].cummax()
    dtypes = {"number": "int64", column: "float64", "best": "float64"}
    return frame.assign(best=best).astype(dtypes)


def t_interval(values: Sequence[float] | np.ndarray | pd.Series) -> tuple[float, float]:
    """The 95 % t interval of the mean of `values`; NaN for fewer than two, or where they have no spread."""
    observed = np.asarray(values, dtype=float)
    if not has_spread(observed):
        return float("nan"), float("nan")
    low, high = stats.t.interval(CONFIDENCE, len(observed) - 1, loc=observed.mean(), scale=stats.sem(observed))
    return float(low), float(high)


def one_more_run(values: Sequence[float] | np.ndarray | pd.Series) -> tuple[float, float]:
    """Where one more value would fall, in 95 of 100 cases: mean ± t(n-1) sd √(1 + 1/n); NaN as `t_interval`.

    The prediction interval of a normal sample (Hahn and Meeker 1991, Statistical Intervals, section 4.7).
    """
    observed = np.asarray(values, dtype=float)
    low, high = t_interval(observed)
    wider = np.sqrt(len(observed) + 1)  # √(1 + 1/n) is √(n + 1) times the √(1/n) of the mean
    middle, half = (low + high) / 2, (high - low) / 2
    return float(middle - wider * half), float(middle + wider * half)


def t_test(values: Sequence[float] | np.ndarray, expected: float = 0.0, alternative: str = "two-sided") -> float:
    """p of Student's t test that the mean of `values` is `expected`; NaN for fewer than two, or without spread.

    Of paired differences it is the paired t test. `alternative` as in scipy.stats.ttest_1samp.
    """
    observed = np.asarray(values, dtype=float)
    if not has_spread(observed):
        return float("nan")
    return float(stats.ttest_1samp(observed, expected, alternative=alternative).pvalue)


def wilson_interval(accuracy: float, texts: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of `texts`; `accuracy` is rounded to a whole number of texts."""
    interval = stats.binomtest(round(accuracy * texts), texts).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def has_spread(values: np.ndarray) -> bool:
    """Whether there are two values or more that differ. Differences of equal accuracies differ in the last bit:
    that is no spread, and SciPy would warn of it."""
    return len(values) > 1 and bool(np.ptp(values) > 1e-12)


def _summary(group: pd.DataFrame) -> dict[str, Any]:
    accuracy = group["test_accuracy"]
    first = group.iloc[0]
    texts = int(first["test_texts"])
    mean_low, mean_high = t_interval(accuracy)
    texts_low, texts_high = wilson_interval(float(accuracy.mean()), texts)
    return {
        **{name: first[name] for name in ("configuration", "words", "reference", "parameters", "epochs")},
        "n": len(group),
        "mean": accuracy.mean(),
        "sd": accuracy.std(ddof=1),
        "min": accuracy.min(),
        "max": accuracy.max(),
        "mean_low": mean_low,
        "mean_high": mean_high,
        "test_texts": texts,
        "one_seed_over_texts_low": texts_low,
        "one_seed_over_texts_high": texts_high,
        "train_seconds": group["train_seconds"].mean(),
    }


def _typed(rows: list[dict[str, Any]], dtypes: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)
