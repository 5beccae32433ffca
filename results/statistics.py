"""From frames to frames: spread over seeds, intervals, paired differences. SciPy computes, nothing is remembered.

Frames come in and go out as in `results.frames`: fixed columns, also when empty; accuracies are fractions. An
interval that cannot be had - one observation, or several without any spread - is NaN, never zero wide.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

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
PAIRED = {
    "configuration": "str",
    "n": "int64",  # seeds that both were trained with
    "mean_difference": "float64",  # this one minus the baseline; positive: this one is better
    "low": "float64",  # t interval of the mean difference
    "high": "float64",
    "p": "float64",  # two-sided, paired t test
}
BEST_SO_FAR = {"number": "int64", "validation_accuracy": "float64", "best": "float64"}


def by_configuration(finals: pd.DataFrame) -> pd.DataFrame:
    """One row a configuration, in the order they first appear; columns BY_CONFIGURATION.

    `mean_low` to `mean_high` is the 95 % t interval of the mean over seeds, mean ± t(n-1) sd / √n (Student 1908):
    it covers seeds, on these test texts. `one_seed_over_texts_*` is the 95 % Wilson interval (Wilson 1927, JASA
    22) of a single run that gets the mean share of `test_texts` right: it covers other test texts, and says
    nothing of other seeds. Both can matter; neither stands for the other.
    """
    rows = [_summary(group) for _, group in finals.groupby("configuration", sort=False)]
    return _typed(rows, BY_CONFIGURATION)


def best_so_far(trials: pd.DataFrame) -> pd.DataFrame:
    """The complete trials by number with the best validation accuracy up to each; columns BEST_SO_FAR."""
    complete = trials[trials["validation_accuracy"].notna()].sort_values("number")
    frame = complete[["number", "validation_accuracy"]].reset_index(drop=True)
    return frame.assign(best=frame["validation_accuracy"].cummax()).astype(BEST_SO_FAR)


def paired_differences(finals: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Every other configuration's test accuracy minus the baseline's, seed by seed; columns PAIRED.

    Only seeds that both have count, so what a seed does to both cancels. The interval is Student's t of the mean
    difference, `p` is scipy.stats.ttest_rel; both are NaN for fewer than two common seeds and where all the
    differences are equal. They are not adjusted for how many pairs are looked at. Raises ValueError where the
    baseline has no finals.
    """
    by_seed = finals.pivot_table(index="seed", columns="configuration", values="test_accuracy", aggfunc="mean")
    if baseline not in by_seed:
        known = ", ".join(sorted(finals["configuration"].unique())) or "none"
        raise ValueError(f"expected a baseline that has finals, got {baseline!r}; these have: {known}")
    others = [name for name in finals["configuration"].unique() if name != baseline]
    return _typed([_paired(name, by_seed[name], by_seed[baseline]) for name in others], PAIRED)


def t_interval(values: Sequence[float] | pd.Series) -> tuple[float, float]:
    """The 95 % t interval of the mean of `values`; NaN for fewer than two, or where they have no spread."""
    observed = np.asarray(values, dtype=float)
    if not _has_spread(observed):
        return float("nan"), float("nan")
    low, high = stats.t.interval(CONFIDENCE, len(observed) - 1, loc=observed.mean(), scale=stats.sem(observed))
    return float(low), float(high)


def wilson_interval(accuracy: float, texts: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of `texts`; `accuracy` is rounded to a whole number of texts."""
    interval = stats.binomtest(round(accuracy * texts), texts).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


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


def _paired(name: str, scores: pd.Series, baseline: pd.Series) -> dict[str, Any]:
    both = scores.notna() & baseline.notna()
    ours, theirs = scores[both].to_numpy(), baseline[both].to_numpy()
    differences = ours - theirs
    low, high = t_interval(differences)
    return {
        "configuration": name,
        "n": len(differences),
        "mean_difference": differences.mean() if len(differences) else float("nan"),
        "low": low,
        "high": high,
        "p": float(stats.ttest_rel(ours, theirs).pvalue) if _has_spread(differences) else float("nan"),
    }


def _has_spread(values: np.ndarray) -> bool:
    """Differences of equal accuracies differ in the last bit: that is no spread, and SciPy would warn of it."""
    return len(values) > 1 and bool(np.ptp(values) > 1e-12)


def _typed(rows: list[dict[str, Any]], dtypes: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


__all__ = ["best_so_far", "by_configuration", "paired_differences", "t_interval", "wilson_interval"]
