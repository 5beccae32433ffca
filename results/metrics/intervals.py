"""The 95 % interval of an accuracy, quick to load: one SciPy function, where there is spread over seeds."""

import math

import numpy as np

Z = 1.959963984540054  # 95 %


def interval_of(accuracies: np.ndarray, texts: int) -> tuple[float, float]:
    """The wider 95 % interval of the mean accuracy [seeds]: Wilson's over texts, or Student's over seeds."""
    mean = float(accuracies.mean())
    centre = (mean + Z**2 / (2 * texts)) / (1 + Z**2 / texts)
    half = Z / (1 + Z**2 / texts) * math.sqrt(mean * (1 - mean) / texts + Z**2 / (4 * texts**2))
    low, high = centre - half, centre + half
    over_seeds = _half(accuracies)
    if 2 * over_seeds > high - low:
        low, high = mean - over_seeds, mean + over_seeds
    return max(low, 0.0), min(high, 1.0)


def _half(values: np.ndarray) -> float:
    """Half of Student's 95 % interval of the mean; 0 where one value, or no spread, has none."""
    if len(values) < 2 or float(np.ptp(values)) <= 1e-12:
        return 0.0
    from scipy.special import stdtrit  # scipy.stats takes longer to load than all the rest

    return float(stdtrit(len(values) - 1, 0.975)) * float(values.std(ddof=1)) / math.sqrt(len(values))
