"""The chapter's open questions, answered on validation data: readings, curves, contrasts fixed beforehand.

A study of questions trains the networks of search_spaces.questions on equal seeds and reads each off after every
epoch. Which differences are tested, and at which epochs, is written here and does not depend on what comes out.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.presentation.table import signed
from results.statistics.comparisons import holm, sign_flip_p
from results.statistics.intervals import has_spread, t_interval, t_test
from results.statistics.power import ALPHA, detectable
from search_spaces.questions import NETWORKS, PUBLISHED_EPOCHS

YES, NO, UNKNOWN = "yes", "no", "cannot tell"
MARGIN = 0.01  # differences within it are called small, as in results.statistics.published

CURVES = {
    "network": "str",
    "title": "str",
    "epoch": "int64",
    "n": "int64",  # seeds
    "mean": "float64",  # validation accuracy over the seeds
    "low": "float64",  # 95 % t interval of the mean
    "high": "float64",
    "train_mean": "float64",
    "seconds": "float64",  # mean of one epoch
}
_TITLES = {network.id: network.title for network in NETWORKS}
_SIMPLE, _LAYERS, _GATES, _CNN, _CNN_DROPOUT = (network.id for network in NETWORKS)
_LONGER = "Would the two networks with dropout do better with more epochs?"
_WHERE = "Is dropout in the gates better than dropout layers when trained longer?"
_CNN_TOO = "Would the CNN and LSTM improve with dropout?"
QUESTIONS = (_LONGER, _WHERE, _CNN_TOO)


@dataclass(frozen=True)
class _Asked:
    """`first` after the last epoch minus `second`: another network then, or the same one after the third epoch."""

    question: str
    short: str
    first: str
    second: str

    @property
    def is_longer(self) -> bool:
        return self.first == self.second


_ASKED = (
    _Asked(_LONGER, "more epochs help the LSTM with dropout layers", _LAYERS, _LAYERS),
    _Asked(_LONGER, "more epochs help the LSTM with dropout in the gates", _GATES, _GATES),
    _Asked(_WHERE, "dropout in the gates beats dropout layers", _GATES, _LAYERS),
    _Asked(_CNN_TOO, "dropout helps the CNN and LSTM", _CNN_DROPOUT, _CNN),
)


@dataclass(frozen=True)
class Contrast:
    """One difference of validation accuracies by seed, first minus second, and what it says of a question.

    `short` is what a yes would say. `low` to `high` is the 95 % t interval of this contrast alone; `p` is of the
    paired t test, `p_holm` the same corrected for all contrasts, `p_signs` of sign flips. `detectable`: the true
    difference that is found in 80 % of studies at the level that Holm asks of the smallest p. NaN is what cannot
    be had. `verdict`: yes, no or cannot tell; `small` where the whole interval lies within MARGIN of 0.
    """

    question: str
    short: str
    measured: str
    n: int
    difference: float
    sd: float
    low: float
    high: float
    p: float
    p_holm: float
    p_signs: float
    detectable: float
    verdict: str
    small: bool


def curves(observed: pd.DataFrame) -> pd.DataFrame:
    """Validation accuracy by network and epoch over the seeds; columns CURVES, in the order of the networks."""
    rows = []
    for network in NETWORKS:
        own = observed[observed["network"] == network.id]
        for epoch, group in own.groupby("epoch"):
            accuracy = group["validation_accuracy"]
            train, seconds = group["train_accuracy"].mean(), group["seconds"].mean()
            interval = t_interval(accuracy)
            row = (network.id, network.title, epoch, len(group), accuracy.mean(), *interval, train, seconds)
            rows.append(row)
    return pd.DataFrame(rows, columns=list(CURVES)).astype(CURVES)


def best_epochs(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of `curves` with each network's highest mean; the earlier epoch where two are level.

    To be looked at, not tested: the best of many epochs is picked by the same texts that it is measured on.
    """
    places = found.groupby("network", sort=False)["mean"].idxmax()
    return found.loc[places].reset_index(drop=True)


def contrasts(observed: pd.DataFrame, last: int) -> list[Contrast]:
    """The four contrasts, in the order of the questions, on the seeds that both sides have.

    `yes` where the paired t test, corrected by Holm for the four, is below .05 and the difference above 0; `no`
    where it is below 0; else nobody can tell.
    """
    by_seed = observed.pivot_table(
        index="seed", columns=["network", "epoch"], values="validation_accuracy", aggfunc="first"
    )
    differences = [
        _at(by_seed, asked.first, last, asked.second, PUBLISHED_EPOCHS if asked.is_longer else last)
        for asked in _ASKED
    ]
    corrected = holm([t_test(values) for values in differences])
    return [
        _contrast(asked, last, values, float(p))
        for asked, values, p in zip(_ASKED, differences, corrected, strict=True)
    ]


def said(contrast: Contrast) -> str:
    """The verdict on one contrast as a sentence or two, with its interval."""
    measured = contrast.measured
    if contrast.n < 2 or math.isnan(contrast.low):
        have = f"{contrast.n} common seed{'' if contrast.n == 1 else 's'}"
        why = "at least two are needed" if contrast.n < 2 else "without any spread between them"
        return f"Cannot tell. {measured}: {have}, {why}."
    points = f"{signed(100 * contrast.difference, 2)} points"
    low, high = (signed(100 * end, 2) for end in (contrast.low, contrast.high))
    interval = f"95\u00a0% interval {low} to {high}, {contrast.n} seeds"
    verdict = "Cannot tell which is better" if contrast.verdict == UNKNOWN else contrast.verdict.capitalize()
    sentence = f"{verdict}. {measured}: {points} ({interval})."
    if contrast.small:
        most = math.ceil(1e4 * max(abs(contrast.low), abs(contrast.high))) / 100
        return sentence + f" By this interval they did not differ by more than {most:.2f} points."
    if contrast.verdict == UNKNOWN and contrast.detectable < 1:
        found = f"{100 * contrast.detectable:.2f} points in 80\u00a0% of studies"
        sentence += f" Seeds that differ as much as these show a true difference of {found}."
    return sentence


def _at(by_seed: pd.DataFrame, first: str, late: int, second: str, then: int) -> np.ndarray:
    """First minus second by common seed: [seeds]."""
    sides = [(first, late), (second, then)]
    if not all(side in by_seed.columns for side in sides):
        return np.empty(0)
    ours, theirs = (by_seed[side] for side in sides)
    return (ours - theirs).dropna().to_numpy(dtype=float)


def _contrast(asked: _Asked, last: int, values: np.ndarray, p_holm: float) -> Contrast:
    low, high = t_interval(values)
    mean = float(values.mean()) if len(values) else math.nan
    sd = float(values.std(ddof=1)) if has_spread(values) else math.nan
    return Contrast(
        question=asked.question,
        short=asked.short,
        measured=_measured(asked, last),
        n=len(values),
        difference=mean,
        sd=sd,
        low=low,
        high=high,
        p=t_test(values),
        p_holm=p_holm,
        p_signs=sign_flip_p(values),
        detectable=detectable(sd, len(values), alpha=ALPHA / len(_ASKED)),
        verdict=(YES if mean > 0 else NO) if p_holm < ALPHA else UNKNOWN,  # NaN is below nothing
        small=low > -MARGIN and high < MARGIN,
    )


def _measured(asked: _Asked, last: int) -> str:
    if asked.is_longer:
        return f"{_TITLES[asked.first]}, after epoch {last} minus after epoch {PUBLISHED_EPOCHS}"
    return f"{_TITLES[asked.first]} minus {_TITLES[asked.second]}, after epoch {last}"
