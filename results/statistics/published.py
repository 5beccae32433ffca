"""What the chapter printed and claimed, held against what was trained here: verdicts with the numbers behind."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.statistics import crossed, verdicts
from results.statistics.intervals import one_more_run, t_interval
from results.statistics.power import ALPHA
from search_spaces import BOOK, REFERENCES, REVIEWS, Published, Reference

HOLDS, FAILS, UNKNOWN = "holds", "does not hold", "cannot tell"
REPRODUCED, HIGHER, LOWER = "reproduced", "higher", "lower"
WIDEST = 0.02  # half an interval that would hold all four test accuracies of the chapter, 82.82 to 86.79 %, alike

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
_TEXTS = "over seeds and texts"
_SEEDS = "over seeds"
_COUNTED = "counting"


@dataclass(frozen=True)
class Verdict:
    """A claim in words and what the seeds say of it.

    `difference` is that of the means of `measured`, over `n` seeds of one network at least, with its 95 % interval
    for this claim alone, in `unit`: accuracy (a fraction), seconds or weights. `p` is of `test`, corrected by Holm
    for all claims that are tested. NaN is what cannot be had, or what counting settles.
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
    """`network` has less of `column` than the simple LSTM; or practically as much, where `similar`."""

    words: str
    network: Reference
    column: str  # test_accuracy, first_epoch (training accuracy then) or seconds (of CPU, an epoch)
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
        "test accuracy, CNN and LSTM minus simple LSTM",
        "accuracy",
        "86.36 % against 86.79 %",
        similar=True,
    ),
    _Claim(
        "The CNN and LSTM takes less time to train",
        _CNN,
        "seconds",
        "CPU seconds an epoch, CNN and LSTM minus simple LSTM",
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


def claims(
    finals: pd.DataFrame,
    epochs: pd.DataFrame,
    comparable: bool = True,
    correct: verdicts.Hits | None = None,
    margin: float = crossed.MARGIN,
    level: float = ALPHA,
) -> list[Verdict]:
    """The chapter's claims about its networks in its order, each with a verdict. Frames as in evidence.frames.

    By results.statistics.verdicts, as one family: a claimed difference holds where the network has less, and does
    not where it has more or practically the same; likeness holds where it has practically the same, and does not
    where it has less or more. Test accuracies over seeds and, with `correct`, texts; other figures over seeds, and
    seconds have no margin. Else, and always where the networks are not `comparable` (another corpus), nobody can
    tell.
    """
    pairs = [
        (
            _measured(finals, epochs, claim.network, claim, correct or {}),
            _measured(finals, epochs, _SIMPLE, claim, correct or {}),
        )
        for claim in _CLAIMS
    ]
    margins = [0.0 if claim.unit == "seconds" else margin for claim in _CLAIMS]
    found = verdicts.family(pairs, len(pairs), margins, level)
    return [
        *(_said(claim, row, comparable) for claim, row in zip(_CLAIMS, found.itertuples(), strict=True)),
        _fewer_weights(),
    ]


def _said(claim: _Claim, row: Any, comparable: bool) -> Verdict:
    right = verdicts.SAME if claim.similar else verdicts.WORSE
    told = (
        UNKNOWN
        if row.verdict == verdicts.UNDECIDED or not comparable
        else HOLDS
        if row.verdict == right
        else FAILS
    )
    return Verdict(
        claim=claim.words,
        verdict=told,
        measured=claim.measured,
        unit=claim.unit,
        n=min(row.n, row.n_second),
        difference=row.difference,
        low=row.low,
        high=row.high,
        p=row.p_same if row.verdict == verdicts.SAME else row.p_holm,
        test=_TEXTS if row.over_texts else _SEEDS,
        published=claim.published,
        source=claim.network.source,
    )


def _last_training(group: pd.DataFrame, epochs: pd.DataFrame) -> pd.Series:
    """Training accuracy in the last epoch of each final of one configuration."""
    last = group[["run", "epochs"]].rename(columns={"epochs": "epoch"})
    return last.merge(epochs[["run", "epoch", "train_accuracy"]], on=["run", "epoch"])["train_accuracy"]


def _measured(
    finals: pd.DataFrame, epochs: pd.DataFrame, known: Reference, claim: _Claim, correct: verdicts.Hits
) -> verdicts.Measured:
    """What the claim measures of a network, by seed; the recipe scored first counts, where a study has several."""
    own = finals[finals["reference"] == known.id]
    own = own[own["configuration"] == own["configuration"].iloc[0]] if len(own) else own
    if claim.column == "test_accuracy" and len(own):
        return next(iter(verdicts.networks_of(own, correct).values()))
    if claim.column == "seconds":
        values = own["train_cpu_seconds"] / own["epochs"]
    else:
        first = epochs[epochs["epoch"] == 1].set_index("run")["train_accuracy"]
        values = own["run"].map(first).dropna()
    return verdicts.Measured(known.id, values.to_numpy(dtype=float))


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
