"""What is decided of the questions fixed beforehand: better, worse, practically the same, or undecided.

Two families, each corrected by itself: every network against the best one; what was found against the references,
with every network against the linear baselines. The test is results.statistics.crossed.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from results.statistics import crossed
from results.statistics.comparisons import holm
from results.statistics.intervals import has_spread
from results.statistics.power import ALPHA

VERDICTS = {
    "first": "str",  # configuration
    "second": "str",  # configuration, or kind of a linear baseline
    "n": "int64",  # seeds of the first
    "n_second": "int64",  # 0 for a baseline
    "difference": "float64",  # first minus second, of mean accuracies
    "low": "float64",  # 95 % interval, of this pair alone
    "high": "float64",
    "p": "float64",  # that they do not differ
    "p_holm": "float64",  # corrected for the family
    "p_same": "float64",  # that they differ by the margin or more, corrected for the family
    "chance": "float64",  # that the first is the better one, if nothing was known beforehand
    "over_texts": "bool",  # whether it speaks of other texts too; else of other seeds alone
    "verdict": "str",
    "seeds_needed": "float64",  # a side, where undecided; NaN: more seeds do not help, or it cannot be said
}
BETTER, WORSE, SAME, UNDECIDED = "better", "worse", "practically the same", "undecided"
Hits = Mapping[tuple[str, int], np.ndarray]
COLLAPSED = {
    "configuration": "str",
    "typical": "float64",  # median test accuracy
    "n": "int64",
    "collapsed": "int64",  # runs far below it
    "low": "float64",  # exact 95 % interval of their share
    "high": "float64",
}
COLLAPSE = 0.05
BY_TEXTS = 3  # standard errors of one run over few texts, which is no collapse


class Measured(NamedTuple):
    """One side: what was measured by seed, mostly accuracies. Without `hits` it speaks of other seeds alone."""

    name: str
    accuracies: np.ndarray  # [seeds]
    hits: np.ndarray | None = None  # bool [seeds, texts]
    texts: int = 1  # sides of other texts are not compared
    has_seeds: bool = True

    @property
    def side(self) -> crossed.Side:
        variance = self.accuracies.var(ddof=1) if has_spread(self.accuracies) else 0.0
        return crossed.Side(np.asarray(variance), len(self.accuracies))


def against_best(
    finals: pd.DataFrame,
    correct: Hits,
    best: str | None,
    margin: float = crossed.MARGIN,
    level: float = ALPHA,
) -> pd.DataFrame:
    """The best network against every other one, these by falling means; columns VERDICTS.

    `best` is the one chosen by validation, on which the test part had no say. None: the highest test mean is taken
    and corrected as for all pairs, for it may be any of them. `level`: what this look may spend
    (results.statistics.rounds).
    """
    networks = networks_of(finals, correct)
    if len(networks) < 2:
        return _frame([])
    first = networks.get(best or "") or next(iter(networks.values()))
    others = [network for network in networks.values() if network is not first]
    tests = len(others) if best in networks else math.comb(len(networks), 2)
    return family([(first, other) for other in others], tests, margin, level)


def against_known(
    finals: pd.DataFrame,
    correct: Hits,
    baselines: pd.DataFrame,
    margin: float = crossed.MARGIN,
    level: float = ALPHA,
    best: str | None = None,
) -> pd.DataFrame:
    """What was found against each reference, and every network against each linear baseline; columns VERDICTS.

    First comes the pair of which one is used, a family of its own: `best` against the baseline with the highest
    validation accuracy. No further seeds go by it, so it is looked at once.
    """
    networks = networks_of(finals, correct)
    published = set(finals.loc[finals["reference"] != "", "configuration"])
    pairs = [
        (found, reference)
        for found in networks.values()
        for reference in networks.values()
        if found.name not in published and reference.name in published
    ]
    scored: list[Any] = list(baselines.itertuples(index=False))
    linear = [
        Measured(row.kind, np.array([row.test_accuracy]), row.hits[None], len(row.hits), has_seeds=False)
        for row in scored
    ]
    pairs += [(network, baseline) for network in networks.values() for baseline in linear]
    first = linear[int(baselines["validation_accuracy"].to_numpy().argmax())].name if best and linear else ""
    fixed = [pair for pair in pairs if (pair[0].name, pair[1].name) == (best, first)]
    rest = [pair for pair in pairs if (pair[0].name, pair[1].name) != (best, first)]
    return pd.concat([family(fixed, 1, margin), family(rest, len(rest), margin, level)], ignore_index=True).astype(
        VERDICTS
    )


def judged(
    difference: np.ndarray,
    error: crossed.Error,
    tests: int,
    margin: float | np.ndarray = crossed.MARGIN,
    level: float = ALPHA,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Verdicts with both corrected p values of families [..., comparisons], corrected for `tests` of them and for
    a `level` below .05, so that .05 is what they are held against.

    Each comparison is of at most one false sort, so both kinds of verdict together are wrong in at most `level`.
    """
    p, same = crossed.p_differs(difference, error), crossed.p_same(difference, error, margin)
    more = [(0, 0)] * (p.ndim - 1) + [(0, tests - p.shape[-1])]
    p, same = (
        np.minimum(1, ALPHA / level * holm(np.pad(each, more, constant_values=1.0))[..., : p.shape[-1]])
        for each in (p, same)
    )
    apart = np.where(difference > 0, BETTER, WORSE)
    return np.where(same < ALPHA, SAME, np.where(p < ALPHA, apart, UNDECIDED)), p, same


def collapsed(finals: pd.DataFrame) -> pd.DataFrame:
    """How many runs of each configuration fell far below its median, by more than few test texts could make;
    columns COLLAPSED.

    The interval is Clopper and Pearson's (1934, Biometrika 26). No test of means sees a tail that it has not met.
    """
    rows = []
    for name, group in finals.groupby("configuration", sort=False):
        own, typical = group["test_accuracy"], group["test_accuracy"].median()
        by_texts = np.sqrt(typical * (1 - typical) / group["test_texts"].min())
        count = int((own < typical - max(COLLAPSE, BY_TEXTS * by_texts)).sum())
        interval = stats.binomtest(count, len(own)).proportion_ci(method="exact")
        rows.append((name, typical, len(own), count, interval.low, interval.high))
    return pd.DataFrame(rows, columns=list(COLLAPSED)).astype(COLLAPSED)


def networks_of(finals: pd.DataFrame, correct: Hits) -> dict[str, Measured]:
    """Every scored configuration, by falling means."""
    found = []
    for name, own in finals.groupby("configuration", sort=False):
        told = [correct[str(name), seed] for seed in own["seed"] if (str(name), seed) in correct]
        whole = len(told) == len(own) and len({len(each) for each in told}) == 1
        sizes = own["test_texts"].unique()
        texts = int(sizes[0]) if len(sizes) == 1 else -1
        found.append(
            Measured(str(name), own["test_accuracy"].to_numpy(), np.stack(told) if whole else None, texts)
        )
    found.sort(key=lambda network: -network.accuracies.mean())
    return {network.name: network for network in found}


def family(
    pairs: Sequence[tuple[Measured, Measured]],
    tests: int,
    margin: float | Sequence[float] = crossed.MARGIN,
    level: float = ALPHA,
) -> pd.DataFrame:
    """First against second of each pair, corrected for `tests` of them; columns VERDICTS. A `margin` of 0, for all
    or for each pair: nothing is practically the same."""
    margins = np.broadcast_to(np.asarray(margin, dtype=float), len(pairs))
    rows: list[dict[str, Any]] = []
    errors, known = [], []
    for first, second in pairs:
        sides = [each for each in (first, second) if each.has_seeds]
        means = [float(each.accuracies.mean()) if len(each.accuracies) else math.nan for each in (first, second)]
        difference = means[0] - means[1]
        comparable = first.texts == second.texts > 0 and all(len(each.accuracies) > 1 for each in sides)
        texts, error = None, crossed.Error(np.array(math.nan), np.array(math.nan))
        if comparable:
            if first.hits is not None and second.hits is not None:
                texts = crossed.on_texts([first.hits, second.hits])
            error = crossed.error_of([each.side for each in sides], texts)
        low, high = crossed.interval(difference, error)
        rows.append(
            {
                "first": first.name,
                "second": second.name,
                "n": len(first.accuracies),
                "n_second": len(second.accuracies) if second.has_seeds else 0,
                "difference": difference,
                "low": low,
                "high": high,
                "p": float(crossed.p_differs(np.array(difference), error)),
                "over_texts": texts is not None,
            }
        )
        errors.append(error)
        known.append((sides, texts) if comparable else None)
    if not rows:
        return _frame([])
    stacked = crossed.Error(
        *(np.array([float(getattr(each, part)) for each in errors]) for part in ("error", "freedom"))
    )
    said, p, same = judged(np.array([row["difference"] for row in rows]), stacked, tests, margins, level)
    for place, row in enumerate(rows):
        row |= {"p_holm": p[place], "p_same": same[place], "verdict": said[place], "seeds_needed": math.nan}
        half = row["p"] / 2
        row["chance"] = 1 - half if row["difference"] > 0 else half
        measured = known[place]
        if said[place] == UNDECIDED and measured is not None:
            sides, texts = measured
            needed = crossed.seeds_needed(
                row["difference"], [each.side for each in sides], texts, level / tests, float(margins[place])
            )
            row["seeds_needed"] = math.nan if needed is None else needed
    return _frame(rows)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(VERDICTS)).astype(VERDICTS)
