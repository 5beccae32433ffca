"""The chapter's open questions, answered on validation data: readings, curves, contrasts fixed beforehand.

A study of questions trains the networks of search_spaces.questions on equal seeds and reads each off after every
epoch. Which differences are tested, and at which epochs, is written here and does not depend on what comes out.
"""

import math
from dataclasses import dataclass

import pandas as pd

from results.presentation.table import records, signed
from results.statistics.intervals import t_interval
from results.statistics.verdicts import UNDECIDED, Measured, family
from search_spaces.questions import NETWORKS, PUBLISHED_EPOCHS

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
    """One difference of mean validation accuracies, first minus second, and what it says of a question.

    `short` is what *better* would say; `n` the fewer seeds of the two. `low` to `high` is the 95 % interval of
    this contrast alone; `p` is that they do not differ, `p_same` that they differ by the margin, both
    corrected for all contrasts. `seeds_needed` to decide it, where undecided. NaN is what cannot be had. `verdict`
    is one of results.statistics.verdicts.
    """

    question: str
    short: str
    measured: str
    n: int
    difference: float
    low: float
    high: float
    p: float
    p_same: float
    seeds_needed: float
    verdict: str


def asked_for(last: int) -> set[tuple[str, int]]:
    """What the contrasts rest on: ids of networks, each with the epochs that it is read off after."""
    return {
        end
        for asked in _ASKED
        for end in ((asked.first, last), (asked.second, PUBLISHED_EPOCHS if asked.is_longer else last))
    }


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
    """The four contrasts, in the order of the questions: one family of results.statistics.verdicts, over seeds."""
    pairs = [
        (
            _seeds(observed, asked.first, last),
            _seeds(observed, asked.second, PUBLISHED_EPOCHS if asked.is_longer else last),
        )
        for asked in _ASKED
    ]
    found = family(pairs, len(pairs))
    return [
        Contrast(
            question=asked.question,
            short=asked.short,
            measured=_measured(asked, last),
            n=min(row.n, row.n_second),
            difference=row.difference,
            low=row.low,
            high=row.high,
            p=row.p_holm,
            p_same=row.p_same,
            seeds_needed=row.seeds_needed,
            verdict=row.verdict,
        )
        for asked, row in zip(_ASKED, records(found), strict=True)
    ]


def said(contrast: Contrast) -> str:
    """The verdict on one contrast as a sentence or two, the effect first."""
    if contrast.n < 2 or math.isnan(contrast.low):
        have = f"{contrast.n} seed{'' if contrast.n == 1 else 's'}"
        why = "at least two are needed" if contrast.n < 2 else "without any spread between them"
        return f"Undecided. {contrast.measured}: {have}, {why}."
    points = f"{signed(100 * contrast.difference, 2)} points"
    low, high = (signed(100 * end, 2) for end in (contrast.low, contrast.high))
    sentence = (
        f"{contrast.verdict.capitalize()}. {contrast.measured}: {points} "
        f"(95\u00a0% interval {low} to {high}, {contrast.n} seeds)."
    )
    if contrast.verdict != UNDECIDED:
        return sentence
    if math.isnan(contrast.seeds_needed):
        return f"{sentence} More seeds would hardly decide."
    return f"{sentence} About {contrast.seeds_needed:.0f} seeds would decide in 80\u00a0% of studies."


def _seeds(observed: pd.DataFrame, network: str, epoch: int) -> Measured:
    own = observed[(observed["network"] == network) & (observed["epoch"] == epoch)]
    return Measured(network, own["validation_accuracy"].to_numpy(dtype=float))


def _measured(asked: _Asked, last: int) -> str:
    if asked.is_longer:
        return f"{_TITLES[asked.first]}, after epoch {last} minus after epoch {PUBLISHED_EPOCHS}"
    return f"{_TITLES[asked.first]} minus {_TITLES[asked.second]}, after epoch {last}"
