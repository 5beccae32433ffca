"""Simulated studies: how often each test of a difference raises a false alarm, and what it finds.

    python tests/benchmarks/comparisons.py [SEED]     2,000 studies of each kind; `--smoke`: 100 of a few

Five networks of accuracy .88; the best is chosen as the product does, by one validation score each. Seeds and
texts move the drawn means, which go with their variances through the product's own functions (results.statistics:
verdicts, and a round of further seeds). Prints the percentages of every kind, last a line of JSON with the highest
and with what is found.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from scipy import special, stats

from results.statistics import crossed, rounds
from results.statistics.comparisons import holm
from results.statistics.power import ALPHA
from results.statistics.verdicts import BETTER, UNDECIDED, WORSE, judged

BY_TEXT, RESIDUAL = 0.015, 0.025  # variances between texts, of one network: two of them differ on 8 % of the texts
VALIDATION_TEXTS = 2500
SPREADS = {
    "all .1": [0.1] * 5,
    "all 3.2": [3.2] * 5,
    "constant rate": [3.2, 1.5, 1.5, 1.0, 1.0],
    "falling rate": [0.52, 0.4, 0.4, 0.11, 0.2],
    "one noisy": [3.2, 0.1, 0.1, 0.1, 0.1],
}
POWER = {  # (spreads, seeds, points that the first network is better by)
    "1 point, 5 quiet seeds": ([0.2] * 5, 5, 1.0),
    "half a point, 10 quiet seeds": ([0.2] * 5, 10, 0.5),
    "18 points, 3 seeds of sd 1.5": ([1.5] * 5, 3, 18.0),
    "18 points, 3 seeds of sd 3.2 to 1": (SPREADS["constant rate"], 3, 18.0),
    "18 points, 3 seeds of sd 3.2": ([3.2] * 5, 3, 18.0),
    "1 point, 3 seeds of the falling rate": (SPREADS["falling rate"], 3, 1.0),
    "1 point, 4 seeds of the falling rate": (SPREADS["falling rate"], 4, 1.0),
}
EXTRA = {3: 6, 4: 4, 5: 10, 10: 20}  # further finals, by the seeds a study begins with
SEED = int(next((each for each in sys.argv[1:] if each.isdigit()), 0))
DROP = 0.16  # what a collapsed run loses


class Studies:
    """`count` studies of five networks, the best first: `scores` [studies, networks, seeds], `all_scores` with
    every seed that there could be."""

    def __init__(
        self, count: int, sds: list[float], seeds: int, texts: int, gap: float = 0.0, collapsing: float = 0.0
    ) -> None:
        draw = np.random.default_rng([SEED, seeds, texts, *(round(10 * sd) for sd in sds)])
        shape = (count, len(sds), seeds + EXTRA[seeds])
        level = 0.88 + np.array([gap / 100] + [0.0] * (len(sds) - 1))
        # What two texts leave to chance within one run is part of the spread that was measured over seeds.
        spread = np.sqrt(np.maximum((np.array(sds) / 100) ** 2, RESIDUAL / texts))
        scores = level[:, None] + spread[:, None] * draw.normal(size=shape)
        scores += np.sqrt(BY_TEXT / texts) * draw.normal(size=shape[:2])[..., None]
        scores -= DROP * (draw.random(shape) < collapsing)
        picked = level + spread * draw.normal(size=shape[:2])
        picked += np.sqrt((BY_TEXT + RESIDUAL) / VALIDATION_TEXTS) * draw.normal(size=shape[:2])
        picked -= DROP * (draw.random(shape[:2]) < collapsing)
        order = np.argsort(-picked, axis=1)
        self.all_scores = np.take_along_axis(scores, order[..., None], axis=1)
        self.scores = self.all_scores[..., :seeds]
        self.better = order == 0  # where the truly better network went, if there is one
        self.seeds = seeds
        # 2,000 texts and more pin their own variance down to a few per cent; the draw keeps that uncertainty.
        self.by_text = 2 * BY_TEXT / texts * draw.chisquare(texts - 1, (count, len(sds) - 1)) / (texts - 1)
        self.left = RESIDUAL / texts
        self.texts = self.texts_of(np.full((count, len(sds)), seeds))
        twice = self.left / seeds
        self.against_line = crossed.Texts(np.full((count, len(sds)), 2 * BY_TEXT / texts + twice), np.array(twice))
        self.line = 0.88 + np.sqrt(BY_TEXT / texts) * draw.normal(size=(count, 1))

    def texts_of(self, n: np.ndarray) -> crossed.Texts:
        """What the texts give the differences of the first network; `n` seeds: [studies, networks]."""
        twice = self.left * (1 / n[:, :1] + 1 / n[:, 1:])
        return crossed.Texts(self.by_text + twice, twice)

    def said(self, n: np.ndarray, level: float) -> np.ndarray:
        """The product's verdicts on the first `n` seeds of each network."""
        have = np.arange(self.all_scores.shape[-1]) < n[..., None]
        means = np.where(have, self.all_scores, 0).sum(axis=-1) / n
        variances = np.where(have, (self.all_scores - means[..., None]) ** 2, 0).sum(axis=-1) / (n - 1)
        sides = [crossed.Side(variances[:, part], n[:, part]) for part in (slice(1), slice(1, None))]
        error = crossed.error_of(sides, self.texts_of(n))
        return judged(means[:, :1] - means[:, 1:], error, n.shape[1] - 1, level=level)[0]


def difference_of(studies: Studies) -> tuple[np.ndarray, list[crossed.Side]]:
    scores = studies.scores
    means, variances = scores.mean(axis=-1), scores.var(axis=-1, ddof=1)
    sides = [crossed.Side(variances[:, :1], studies.seeds), crossed.Side(variances[:, 1:], studies.seeds)]
    return means[:, :1] - means[:, 1:], sides


def paired(studies: Studies) -> np.ndarray:
    """All pairs by the paired t test, corrected for all ten; those of the best alone are looked at."""
    first, second = np.triu_indices(5, 1)
    p = holm(stats.ttest_1samp(studies.scores[:, first] - studies.scores[:, second], 0, axis=-1).pvalue)
    return np.asarray(p[:, first == 0] < ALPHA)


def welch(studies: Studies) -> np.ndarray:
    difference, sides = difference_of(studies)
    return np.asarray(holm(crossed.p_differs(difference, crossed.error_of(sides, None))) < ALPHA)


def product(studies: Studies) -> np.ndarray:
    return apart(studies.said(np.full(studies.scores.shape[:2], studies.seeds), ALPHA))


def in_rounds(studies: Studies, levels: list[float] | None = None) -> np.ndarray:
    return apart(in_the_end(studies, levels)[0])


def unpaid(studies: Studies) -> np.ndarray:
    """In rounds, every look at .05."""
    return in_rounds(studies, [ALPHA] * 2)


def in_the_end(studies: Studies, levels: list[float] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The verdicts after the further seeds, and how many seeds each network has by then."""
    extra = EXTRA[studies.seeds]
    levels = levels or rounds.levels(extra)
    n = np.full(studies.scores.shape[:2], studies.seeds)
    said = studies.said(n, levels[0])
    undecided = said == UNDECIDED
    n = n + rounds.shared_out(n, undecided, np.ones(n.shape[1]), extra)
    return np.where(undecided.any(axis=1, keepdims=True), studies.said(n, levels[1]), said), n


def apart(said: np.ndarray) -> np.ndarray:
    return np.asarray((said == BETTER) | (said == WORSE))


def moderated(studies: Studies) -> np.ndarray:
    """The product's, each variance drawn towards those of the other networks (Smyth 2004, equations 9 and 10)."""
    difference, _ = difference_of(studies)
    variances, freedom = studies.scores.var(axis=-1, ddof=1), studies.seeds - 1
    logs = np.log(variances)
    excess = logs.var(axis=1, ddof=1, keepdims=True) - trigamma(freedom / 2)
    grid = np.geomspace(0.1, 1000, 400)
    prior = np.interp(-np.maximum(excess, 1e-3), -trigamma(grid / 2), grid)  # trigamma falls, so both signs turn
    middle = logs.mean(axis=1, keepdims=True) - special.digamma(freedom / 2) + special.digamma(prior / 2)
    centre = np.exp(middle + np.log(freedom) - np.log(prior))
    shrunk = (prior * centre + freedom * variances) / (prior + freedom)
    total = (shrunk[:, :1] + shrunk[:, 1:]) / studies.seeds + studies.texts.part - studies.texts.twice
    error = crossed.Error(np.sqrt(np.maximum(total, studies.texts.part)), 2 * (prior + freedom) + 0 * total)
    return np.asarray(holm(crossed.p_differs(difference, error)) < ALPHA)


def trigamma(x: np.ndarray | float) -> np.ndarray:
    return np.asarray(special.polygamma(1, x))


def lines(studies: Studies) -> np.ndarray:
    """Every network against one linear baseline."""
    side = crossed.Side(studies.scores.var(axis=-1, ddof=1), studies.seeds)
    error = crossed.error_of([side], studies.against_line)
    return apart(judged(studies.scores.mean(axis=-1) - studies.line, error, 5)[0])


TESTS: dict[str, Callable[[Studies], np.ndarray]] = {
    "paired": paired,
    "Welch": welch,
    "moderated": moderated,
    "crossed": product,
    "in rounds": in_rounds,
    "unpaid": unpaid,
    "baselines": lines,
}


def kinds(smoke: bool) -> Iterator[tuple[str, list[float], int, int, float]]:
    for seeds in (3,) if smoke else (3, 4, 5, 10):
        for texts in (400,) if smoke else (400, 2000, 25000):
            for name, sds in SPREADS.items():
                for collapsing in (0.0, 0.1):
                    tail = ", one in ten collapses" if collapsing else ""
                    yield f"{seeds} seeds, {texts} texts, {name}{tail}", sds, seeds, texts, collapsing


def main() -> None:
    smoke = "--smoke" in sys.argv
    count = 100 if smoke else 2000
    found: dict[str, dict[str, float]] = {"studies": {"a kind": count}}
    print(f"{'false alarms, % of studies':58}", *(f"{name:>10}" for name in TESTS))
    worst = dict.fromkeys(TESTS, 0.0)
    for kind, sds, seeds, texts, collapsing in kinds(smoke):
        studies = Studies(count, sds, seeds, texts, collapsing=collapsing)
        shares = {name: 100 * float(test(studies).any(axis=1).mean()) for name, test in TESTS.items()}
        print(f"{kind:58}", *(f"{share:10.1f}" for share in shares.values()))
        worst = {name: max(worst[name], share) for name, share in shares.items()}
    found["highest share of false alarms"] = {name: max(share, 1e-9) for name, share in worst.items()}
    print(f"{'found, % of studies and pairs':58}", *(f"{name:>10}" for name in list(TESTS)[:-1]))
    for kind, (sds, seeds, gap) in POWER.items():
        studies = Studies(count, sds, seeds, 25000, gap=gap)
        right = studies.better[:, 0]  # validation took the better one
        shares = {name: 100 * float(test(studies)[right].mean()) for name, test in list(TESTS.items())[:-1]}
        more = in_the_end(studies)[1][right].mean()
        print(f"{kind:58}", *(f"{share:10.1f}" for share in shares.values()), f"  {more:.1f} seeds in the end")
        found[kind] = {name: max(share, 1e-9) for name, share in shares.items()}
    equal = Studies(count, [0.2] * 5, 10, 25000)
    told = {"crossed": equal.said(np.full(equal.scores.shape[:2], 10), ALPHA), "in rounds": in_the_end(equal)[0]}
    shares = {name: max(1e-9, 100 * float((said != UNDECIDED).mean())) for name, said in told.items()}
    found["equal networks decided, 10 quiet seeds"] = shares
    print(json.dumps(found))


if __name__ == "__main__":
    main()
