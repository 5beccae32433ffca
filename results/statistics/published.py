"""What the chapter printed and claimed, held against what was trained here: verdicts with the numbers behind."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.statistics.comparisons import holm
from results.statistics.intervals import one_more_run, t_interval, t_test
from results.statistics.power import ALPHA
from search_spaces import BOOK, REFERENCES, REVIEWS, Published, Reference

HOLDS, FAILS, UNKNOWN = "holds", "does not hold", "cannot tell"
REPRODUCED, HIGHER, LOWER = "reproduced", "higher", "lower"
WIDEST = 0.02  # half an interval that would hold all four test accuracies of the chapter, 82.82 to 86.79 %, alike
MARGIN = 0.01  # accuracies that differ by less are called similar

TEST, TRAINING = "test accuracy", "training accuracy"

FIGURES = {
    "configuration": "str",
    "reference": "str",
    "measured": "str",  # test accuracy, or training accuracy in the last epoch
    "published": "float64",  # of one run
    "n": "int64",  # seeds here
    "mean": "float64",
    "low": "float64",  # 95 % t interval of the mean
    "high": "float64",
    "one_run_low": "float64",  # 95 % prediction interval: where one more run here would fall
    "one_run_high": "float64",
    "verdict": "str",  # reproduced, higher, lower or cannot tell
}
_SIMPLE, _LAYERS, _GATES, _CNN = BOOK
_PAIRED = "paired t test over seeds"
_TOST = "two one-sided t tests over seeds"
_COUNTED = "counting"


@dataclass(frozen=True)
class Verdict:
    """A claim in words and what the seeds say of it.

    `difference` is the mean of `measured` over the `n` seeds that both networks have, with its 95 % t interval for
    this claim alone, in `unit`: accuracy (a fraction), seconds or weights. `p` is of `test`, corrected by Holm for
    all claims that are tested. NaN is what cannot be had, or what counting settles.
    """

    claim: str
    verdict: str
    measured: str
    unit: str
    n: int
    difference: float
    low: float
    high: float
    p: float
    test: str
    published: str
    source: str


@dataclass(frozen=True)
class _Claim:
    """`network` has less of `column` than the simple LSTM; or as much, within MARGIN, where `similar`."""

    words: str
    network: Reference
    column: str
    measured: str
    unit: str
    published: str
    similar: bool = False


_CLAIMS = (
    _Claim(
        "Dropout layers lower the test accuracy at 3 epochs",
        _LAYERS,
        "test_accuracy",
        "test accuracy, with dropout layers minus without",
        "accuracy",
        "85.56 % against 86.79 %",
    ),
    _Claim(
        "Dropout in the gates slows the learning down",
        _GATES,
        "first_epoch",
        "training accuracy after epoch 1, with dropout in the gates minus without",
        "accuracy",
        "59.35 % against 71.49 %",
    ),
    _Claim(
        "Dropout in the gates lowers the test accuracy at 3 epochs",
        _GATES,
        "test_accuracy",
        "test accuracy, with dropout in the gates minus without",
        "accuracy",
        "82.82 % against 86.79 %",
    ),
    _Claim(
        "The CNN and LSTM is about as accurate as the simple LSTM",
        _CNN,
        "test_accuracy",
        "test accuracy, CNN and LSTM minus simple LSTM; similar is within 1 point",
        "accuracy",
        "86.36 % against 86.79 %",
        similar=True,
    ),
    _Claim(
        "The CNN and LSTM takes less time to train",
        _CNN,
        "seconds",
        "seconds an epoch, CNN and LSTM minus simple LSTM",
        "seconds",
        "58 s against 107 s",
    ),
)


def figures(finals: pd.DataFrame, epochs: pd.DataFrame, comparable: bool = True) -> pd.DataFrame:
    """One row a scored configuration and published accuracy of its network; columns FIGURES.

    Like is held against like: a published training accuracy against ours in the configuration's last epoch. The
    published figure is one run, so it is held against where one more run here would fall, not against the interval
    of our mean, which narrows with our seeds while single runs differ as before. Not `comparable` (another corpus,
    or part of it), or not scored on all the test reviews: `cannot tell`. Frames as in results.evidence.frames.
    """
    rows = []
    for configuration, group in finals.groupby("configuration", sort=False):
        reference = str(group["reference"].iloc[0])
        published = next((known.published for known in REFERENCES if known.id == reference), Published())
        alike = comparable and bool((group["test_texts"] == REVIEWS).all())
        for measured, figure, ours in (
            (TEST, published.test_accuracy, group["test_accuracy"]),
            (TRAINING, published.train_accuracy, _last_training(group, epochs)),
        ):
            if figure is None:
                continue
            one_run = one_more_run(ours)
            said = against_published(figure, *one_run) if alike else UNKNOWN
            means = (len(ours), ours.mean(), *t_interval(ours))
            rows.append((configuration, reference, measured, figure, *means, *one_run, said))
    return pd.DataFrame(rows, columns=list(FIGURES)).astype(FIGURES)


def against_published(published: float, low: float, high: float) -> str:
    """The verdict on a published accuracy, given where one more run here would fall; NaN where that is not known.

    Were the published run one of ours, it would fall outside 5 times in 100: then ours are `higher` or `lower`.
    Inside: `reproduced` if the interval reaches at most 2 points either way, since a wide one would hold anything;
    else `cannot tell`.
    """
    if math.isnan(low):
        return UNKNOWN
    if published < low:
        return HIGHER
    if published > high:
        return LOWER
    return REPRODUCED if (high - low) / 2 <= WIDEST else UNKNOWN


def claims(finals: pd.DataFrame, epochs: pd.DataFrame, comparable: bool = True) -> list[Verdict]:
    """The chapter's claims about its networks in its order, each with a verdict. Frames as in evidence.frames.

    Differences are paired by seed. A claimed difference holds where its two-sided p, corrected for all the claims
    tested, is below .05 and it has the claimed sign, and does not hold where it has the other one. Likeness holds
    where `equivalence_p`, corrected, is below .05, and does not where the 95 % interval lies beyond the margin.
    Else, and always where the networks are not `comparable` (another corpus), nobody can tell.
    """
    differences = [_differences(finals, epochs, claim) for claim in _CLAIMS]
    plain = [
        equivalence_p(values) if claim.similar else t_test(values)
        for claim, values in zip(_CLAIMS, differences, strict=True)
    ]
    verdicts = []
    for claim, values, p in zip(_CLAIMS, differences, holm(plain), strict=True):
        low, high = t_interval(values)
        mean = float(values.mean()) if len(values) else math.nan
        said = (_alike(low, high, p) if claim.similar else _less(mean, p)) if comparable else UNKNOWN
        verdicts.append(
            Verdict(
                claim=claim.words,
                verdict=said,
                measured=claim.measured,
                unit=claim.unit,
                n=len(values),
                difference=mean,
                low=low,
                high=high,
                p=float(p),
                test=_TOST if claim.similar else _PAIRED,
                published=claim.published,
                source=claim.network.source,
            )
        )
    return [*verdicts, _fewer_weights()]


def equivalence_p(differences: np.ndarray, margin: float = MARGIN) -> float:
    """p of two one-sided t tests that the mean difference lies within ± `margin`; NaN for n < 2 or no spread.

    Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6): the larger p of 'not above -margin'
    and 'not below margin'. Below .05 exactly where the 90 % t interval lies within the margin.
    """
    return max(t_test(differences, -margin, "greater"), t_test(differences, margin, "less"))


def _last_training(group: pd.DataFrame, epochs: pd.DataFrame) -> pd.Series:
    """Training accuracy in the last epoch of each final of one configuration."""
    last = group[["run", "epochs"]].rename(columns={"epochs": "epoch"})
    return last.merge(epochs[["run", "epoch", "train_accuracy"]], on=["run", "epoch"])["train_accuracy"]


def _differences(finals: pd.DataFrame, epochs: pd.DataFrame, claim: _Claim) -> np.ndarray:
    """What the claim measures, its network minus the simple one, by common seed: [seeds]."""
    ours, simple = (_by_seed(finals, epochs, known.id)[claim.column] for known in (claim.network, _SIMPLE))
    return (ours - simple).dropna().to_numpy(dtype=float)


def _by_seed(finals: pd.DataFrame, epochs: pd.DataFrame, reference: str) -> pd.DataFrame:
    """test_accuracy, first_epoch (training accuracy) and seconds an epoch by seed; the recipe scored first counts,
    where a study has the network under several."""
    own = finals[finals["reference"] == reference]
    own = own[own["configuration"] == own["configuration"].iloc[0]] if len(own) else own
    first = epochs[epochs["epoch"] == 1].set_index("run")["train_accuracy"]
    seconds = own["train_seconds"] / own["epochs"]
    return own.assign(first_epoch=own["run"].map(first), seconds=seconds).set_index("seed")


def _less(mean: float, p: float) -> str:
    if not p < ALPHA:  # NaN too
        return UNKNOWN
    return HOLDS if mean < 0 else FAILS


def _alike(low: float, high: float, p: float) -> str:
    if p < ALPHA:
        return HOLDS
    return FAILS if low > MARGIN or high < -MARGIN else UNKNOWN


def _fewer_weights() -> Verdict:
    """Settled by the networks themselves, trained or not."""
    cnn, simple = (
        known.configuration.architecture.parameter_count(known.configuration.recipe.vocabulary_size or 0)
        for known in (_CNN, _SIMPLE)
    )
    return Verdict(
        claim="The CNN and LSTM has less weights",
        verdict=HOLDS if cnn < simple else FAILS,
        measured=f"weights, CNN and LSTM ({cnn:,}) minus simple LSTM ({simple:,})",
        unit="weights",
        n=0,
        difference=float(cnn - simple),
        low=math.nan,
        high=math.nan,
        p=math.nan,
        test=_COUNTED,
        published="“less weights”",
        source=_CNN.source,
    )
