"""Every scored network against every linear baseline on the same test texts: what the networks must beat.

A baseline has no seed, so there is nothing to pair: the network's seeds are held against its one accuracy, and the
texts that only one of the two told right against each other. A verdict needs both.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from results.statistics.comparisons import holm, majority, mcnemar
from results.statistics.intervals import t_interval, t_test
from results.statistics.power import ALPHA

AGAINST_BASELINES = {
    "configuration": "str",
    "baseline": "str",  # kind
    "n": "int64",  # seeds of the network
    "mean_difference": "float64",  # its mean accuracy over the seeds minus the baseline's
    "low": "float64",  # 95 % t interval, of this pair alone
    "high": "float64",
    "p_seeds": "float64",  # one-sample t test of the seeds' accuracies against the baseline's
    "network_alone": "int64",  # texts that only the majority of the network's seeds told right
    "baseline_alone": "int64",
    "p_texts": "float64",  # McNemar
    "p_holm": "float64",  # the larger of the two, corrected for all rows
    "better": "str",  # network, baseline or cannot tell: the verdict
}
NETWORK, BASELINE, UNKNOWN = "network", "baseline", "cannot tell"


def against_baselines(
    finals: pd.DataFrame, correct: Mapping[tuple[str, int], np.ndarray], baselines: pd.DataFrame
) -> pd.DataFrame:
    """One row a network and baseline, the networks by falling means; columns AGAINST_BASELINES.

    Frames and `correct` as in evidence.frames. The larger of the two p values tests that both, seeds and texts,
    tell the two apart (an intersection-union test: Berger 1982, Technometrics 24(4)). They are corrected by Holm
    for all rows, so the choice of the best network needs no further correction. A verdict also needs that seeds
    and texts favour the same side. Of fewer than two seeds, or other texts, there is none.
    """
    means = finals.groupby("configuration", sort=False)["test_accuracy"].mean()
    names = means.sort_values(ascending=False, kind="stable").index
    rows = [
        _compared(str(name), finals[finals["configuration"] == name], correct, baseline)
        for name in names
        for baseline in baselines.itertuples(index=False)
    ]
    corrected = holm([_larger(row["p_seeds"], row["p_texts"]) for row in rows])
    for row, p in zip(rows, corrected, strict=True):
        row |= {"p_holm": p, "better": _better(row, p)}
    return pd.DataFrame(rows, columns=list(AGAINST_BASELINES)).astype(AGAINST_BASELINES)


def _compared(
    name: str, own: pd.DataFrame, correct: Mapping[tuple[str, int], np.ndarray], baseline: Any
) -> dict[str, Any]:
    differences = own["test_accuracy"].to_numpy() - baseline.test_accuracy
    told = [correct[name, seed] for seed in sorted(own["seed"]) if (name, seed) in correct]
    same_texts = len(told) == len(own) and all(len(right) == len(baseline.hits) for right in told)
    low, high = t_interval(differences)
    row = {
        "configuration": name,
        "baseline": baseline.kind,
        "n": len(own),
        "mean_difference": float(differences.mean()),
        "low": low,
        "high": high,
        "p_seeds": t_test(differences) if same_texts else math.nan,
        "network_alone": 0,
        "baseline_alone": 0,
        "p_texts": math.nan,
    }
    if same_texts:
        right = majority(told)
        alone, other = int((right & ~baseline.hits).sum()), int((baseline.hits & ~right).sum())
        row |= {"network_alone": alone, "baseline_alone": other, "p_texts": mcnemar(alone, other)}
    return row


def _larger(first: float, second: float) -> float:
    return math.nan if math.isnan(first) or math.isnan(second) else max(first, second)


def _better(row: Mapping[str, Any], p: float) -> str:
    by_texts = row["network_alone"] - row["baseline_alone"]
    if not (p < ALPHA and by_texts * row["mean_difference"] > 0):  # NaN is below nothing
        return UNKNOWN
    return NETWORK if by_texts > 0 else BASELINE
