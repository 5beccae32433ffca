"""The tables behind the search's figures, and the best of it in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from results.evidence.evidence import Evidence, distinct
from results.metrics.objectives import ACCURACY
from results.presentation.style import in_words, records
from results.presentation.table import NONE, Cell, Table, count, duration, in_time, number, percent, table, word
from results.report.scores.networks import BEST_SHOWN, search_seconds
from results.report.search.infos import ImportancesInfo, ParallelInfo, ParetoInfo, SliceInfo

ROWS = 100  # of a table behind a figure


@dataclass(frozen=True)
class Found:
    """One of the best configurations: a sentence, and the commands that show it and that hand it over, trained."""

    title: str
    sentence: str
    commands: tuple[str, str]


def best(evidence: Evidence) -> list[Found]:
    """The ten best distinct configurations of the search, the best first."""
    times, objective = search_seconds(evidence), evidence.objectives[0]
    found = []
    for row in records(distinct(evidence.trials, objective).head(BEST_SHOWN)):
        layers, _, training = str(row.words).partition("; ")
        layers = layers.replace(" → ", ", then ")
        epochs, _, recipe = training.partition(", ")
        how = f" ({recipe})" if recipe else ""
        time = f" in {in_time(times[row.configuration])}" if row.configuration in times else ""
        over = f", the mean over {row.seeds} seeds" if row.seeds > 1 else ""
        value = objective.in_words(getattr(row, objective.column))
        leading = "" if objective == ACCURACY else f"{objective.title} {value}, "
        sentence = (
            f"{layers[:1].upper()}{layers[1:]}; trained for {epochs}{how}{time}: {leading}"
            f"{100 * row.validation_accuracy:.2f}\u00a0% of the validation texts right{over}, "
            f"with {row.parameters:,} parameters."
        )
        found.append(Found(evidence.titles[row.configuration], sentence, _commands(evidence, row.number)))
    return found


def importances(info: ImportancesInfo) -> Table:
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


def parallel(info: ParallelInfo) -> Table:
    kept = info.trials.head(ROWS)
    rows = [[count(row.number), percent(row.accuracy), word(row.kind), word(row.words)] for row in records(kept)]
    return table(rows, "Trial#|Validation accuracy#|Drawn as|Configuration")


def slices(infos: Sequence[SliceInfo]) -> Table:
    rows = [
        [
            word(in_words(info.axis.name)),
            _value(row.value),
            count(row.n),
            *(percent(value) for value in (row.low, row.median, row.high, row.best)),
        ]
        for info in infos
        for row in records(info.by_value)
    ]
    return table(rows, "Parameter|Value|Trials#|Lower quartile#|Median#|Upper quartile#|Best#")


def pareto(seconds: ParetoInfo, parameters: ParetoInfo) -> Table:
    """The two fronts."""
    rows = []
    for info, cost in ((seconds, "seconds"), (parameters, "parameters")):
        for row in records(info.points[info.points["front"]]):
            shown = duration(row.cost) if cost == "seconds" else count(row.cost)
            rows.append([word(f"against {cost}"), word(row.title, row.words), shown, percent(row.accuracy)])
    return table(rows, "Front|Configuration|Cost#|Validation accuracy#")


def _value(value: object) -> Cell:
    if isinstance(value, float):
        return Cell(f"{value:.4g}", value)
    return number(value, 0) if isinstance(value, int) and not isinstance(value, bool) else word(str(value) or NONE)


def _commands(evidence: Evidence, trial: int) -> tuple[str, str]:
    address = evidence.database.removeprefix("sqlite:///")
    where = f"{trial} --name {quote(evidence.study)} --database {quote(address)}"
    return f"study show {where}", f"study export {where} -o trial-{trial}"


__all__ = ["ROWS", "Found", "best", "importances", "parallel", "pareto", "slices"]
