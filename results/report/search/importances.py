"""Which parameters of the search mattered."""

import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.evidence.studies import new_study
from results.metrics.objectives import ACCURACY, Objective
from results.presentation.table import Table
from results.report.page import drawn
from results.report.search.axes import asked_names

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

from results.presentation.style import (
    BLUE,
    GREY,
    in_words,
    lay_out,
    percents,
    safe,
)
from results.presentation.table import count, percent, records, table, word

LEAST = 8  # below which there are none


MOST_ASSESSED = 1000  # trials that importances are taken from: the newest


SHUFFLES = 20  # of the scores, to see what chance gives
MOST_SHUFFLED = 200  # trials, the newest: as much as more of them show, in a fraction of the time


IMPORTANCES = {"parameter": "str", "importance": "float64", "n": "int64", "conditional": "bool"}


@dataclass(frozen=True)
class ImportancesInfo:
    """`importances`: columns IMPORTANCES, the largest first; `n` are the trials that a row rests on, `trials` all
    that are complete. `chance`: the largest share that any parameter has in 19 of 20 studies whose scores are
    shuffled, a fraction; what is below it may be noise. NaN where there is nothing to tell."""

    importances: pd.DataFrame
    trials: int
    chance: float = math.nan


def importances_info(
    trials: pd.DataFrame, asked: "Sequence[FrozenTrial]", objective: Objective = ACCURACY
) -> ImportancesInfo:
    """Optuna's importances (its default, PED-ANOVA) for the leading objective of complete trials; they add
    up to 1.

    A conditional parameter, which only some trials were asked for, rests on `n` trials and is weighed by how often
    the best have it (https://arxiv.org/abs/2601.20800).
    """
    numbers = set(trials.loc[trials["validation_accuracy"].notna(), "number"])
    complete = [trial for trial in asked if trial.number in numbers][-MOST_ASSESSED:]
    found, chance = _importances(complete, objective)
    having = Counter(name for trial in complete for name in trial.params)
    rows = [(name, share, having[name], having[name] < len(complete)) for name, share in found.items()]
    frame = pd.DataFrame(rows, columns=list(IMPORTANCES)).astype(IMPORTANCES)
    frame = frame[frame["importance"].notna()]
    frame = frame.sort_values(["importance", "parameter"], ascending=[False, True], ignore_index=True)
    return ImportancesInfo(frame, len(numbers), chance)


def _importances(trials: "Sequence[FrozenTrial]", objective: Objective) -> tuple[Mapping[str, float], float]:
    """Of each parameter, and by chance. Nothing where there are too few trials, no parameter that varies, or equal
    values."""
    varying = [
        name for name in asked_names(trials) if len({t.params[name] for t in trials if name in t.params}) > 1
    ]
    if len(trials) < LEAST or not varying or len({trial.values[0] for trial in trials}) < 2:
        return {}, math.nan
    import optuna

    study = new_study(direction=objective.direction)
    study.add_trials(
        [
            optuna.trial.create_trial(
                params=trial.params, distributions=trial.distributions, value=trial.values[0]
            )
            for trial in trials
        ]
    )
    found = optuna.importance.get_param_importances(study, params=sorted(varying))
    if any(math.isnan(share) for share in found.values()):
        return {}, math.nan
    return found, _by_chance(study, sorted(varying), objective)


def _by_chance(study: "optuna.Study", names: list[str], objective: Objective) -> float:
    """The second largest of SHUFFLES largest shares, each of the study with its scores in another order."""
    import optuna

    trials = study.get_trials(deepcopy=False)[-MOST_SHUFFLED:]
    shuffled = new_study()
    shuffled.add_trials(trials)
    sign = 1.0 if objective.lower_is_better else -1.0  # of a target of its own the lower is taken to be better
    values = sign * np.array([trial.values[0] for trial in trials])
    random, largest = np.random.RandomState(0), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which it would say each time
        for _ in range(SHUFFLES):
            drawn = dict(enumerate(random.permutation(values)))

            def target(trial: "FrozenTrial", drawn: dict[int, float] = drawn) -> float:
                return drawn[trial.number]

            shares = optuna.importance.get_param_importances(shuffled, params=names, target=target)
            largest.append(max(shares.values()))
    return float(np.sort(largest)[-2])


def importances_figure(info: ImportancesInfo) -> go.Figure:
    """A bar a parameter, hollow where it is conditional."""
    rows = info.importances.iloc[::-1]
    figure = go.Figure()
    for conditional, name in (
        (False, "asked for in every trial"),
        (True, "asked for in some trials"),
    ):
        own = rows[rows["conditional"] == conditional]
        if own.empty:
            continue
        figure.add_bar(
            x=percents(own["importance"]),
            y=[safe(in_words(parameter)) for parameter in own["parameter"]],
            orientation="h",
            marker={
                "color": "rgba(0,0,0,0)" if conditional else BLUE,
                "line": {"color": BLUE, "width": 1.5},
            },
            hoverinfo="text",
            hovertext=[
                f"{safe(in_words(row.parameter))}<br>{row.importance:.0%} over {row.n:,} trials"
                for row in records(own)
            ],
            name=name,
        )
    lay_out(figure, height=24 * max(3, len(rows)) + 110, x_title="share of what the parameters explain (%)")
    if not math.isnan(info.chance):
        figure.add_vrect(x0=0, x1=100 * info.chance, fillcolor=GREY, opacity=0.15, line_width=0, layer="below")
    names = [safe(in_words(parameter)) for parameter in rows["parameter"]]
    figure.update_yaxes(categoryorder="array", categoryarray=names, showgrid=False)
    figure.update_xaxes(rangemode="tozero")
    figure.update_layout(bargap=0.35, barmode="overlay")
    return figure


def importances_table(info: ImportancesInfo) -> Table:
    rows = [
        [
            word(in_words(row.parameter)),
            percent(row.importance),
            count(row.n),
            word("only some trials" if row.conditional else "every trial"),
        ]
        for row in records(info.importances)
    ]
    return table(rows, "Parameter|Share#|Trials#|Asked for in")


def what_mattered(info: ImportancesInfo) -> dict[str, Any] | None:
    """The figure with its table; None where there are too few trials."""
    if not len(info.importances):
        return None
    return drawn(
        importances_figure(info),
        importances_table(info),
        trials=info.trials,
        chance=None if math.isnan(info.chance) else f"{info.chance:.0%}",
        above=[in_words(row.parameter) for row in records(info.importances) if row.importance > info.chance],
        least=LEAST,
        assessed=min(info.trials, MOST_ASSESSED),
        conditional=bool(info.importances["conditional"].any()),
    )
