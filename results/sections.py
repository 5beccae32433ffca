"""The tables and lists of a report: frames in, rows of text out."""

import math
from typing import Any

import pandas as pd

from results.cells import (
    NONE,
    Cell,
    Table,
    count,
    interval,
    number,
    percent,
    sentence_case,
    table,
    value_of,
    word,
)
from results.claims import TEST, figures
from results.drawing import records
from results.evidence import Evidence, distinct
from results.infos import ComparisonInfo, CurvesInfo, HistoryInfo
from results.objectives import ACCURACY
from results.statistics import by_configuration
from search_spaces import BOOK, Recipe

BEST_SHOWN = 10


def networks(evidence: Evidence) -> Table:
    """The published networks, as printed and as trained here; one row a recipe they were trained with."""
    scored = {row.configuration: row for row in records(by_configuration(evidence.finals))}
    searched = distinct(evidence.trials).set_index("configuration")
    against = figures(evidence.finals, evidence.epochs, evidence.on_the_reviews)
    verdicts = {row.configuration: row for row in records(against[against["measured"] == TEST])}
    times = seconds(evidence)
    rows = []
    for reference, fingerprint in _trained_on_the_reviews(evidence):
        layers = str(_first(evidence, fingerprint, "words") or "").partition("; ")[0]
        row = scored.get(fingerprint)
        per_epoch, whole = times.get(fingerprint, (math.nan, math.nan))
        rows.append(
            [
                word(evidence.titles.get(fingerprint, reference.title), layers),
                percent(reference.published.test_accuracy),
                _mean_cell(row),
                _interval_cell(row),
                _verdict_cell(verdicts.get(fingerprint)),
                percent(searched["validation_accuracy"].get(fingerprint)),
                count(_first(evidence, fingerprint, "parameters")),
                number(per_epoch, 1),
                number(whole, 0),
                count(_first(evidence, fingerprint, "epochs")),
            ]
        )
    return table(
        rows,
        "Network|Published test accuracy#|Test accuracy here#|95 % t interval|Verdict|Validation accuracy#|"
        "Parameters#|Seconds an epoch#|Seconds to train#|Epochs#",
    )


def departures(evidence: Evidence) -> list[str]:
    """How the recipes here differ from the published ones, one sentence a difference."""
    found: dict[str, list[str]] = {}
    for reference, fingerprint in _trained_on_the_reviews(evidence):
        if not fingerprint:
            continue
        ours = Recipe().model_dump() | evidence.recipes.get(fingerprint, {})
        for name, published in reference.configuration.recipe.model_dump().items():
            if ours[name] != published:
                words = f"{name.replace('_', ' ')} {_said(ours[name])} here, {_said(published)} as published"
                found.setdefault(words, []).append(evidence.titles[fingerprint])
    every = len({fingerprint for _, fingerprint in _trained_on_the_reviews(evidence) if fingerprint})
    return [
        words[0].upper() + words[1:] + ("." if len(titles) == every else f" ({', '.join(titles)}).")
        for words, titles in found.items()
    ]


def best(evidence: Evidence) -> Table:
    """The ten best distinct configurations of the search, by its leading objective."""
    times, objective = seconds(evidence), evidence.objectives[0]
    others = [] if objective == ACCURACY else [objective]
    rows = [
        [
            word(evidence.titles[row.configuration], row.words),
            *[value_of(each, getattr(row, each.column)) for each in others],
            percent(row.validation_accuracy),
            count(row.seeds),
            count(row.n),
            count(row.epochs),
            count(row.parameters),
            number(times.get(row.configuration, (math.nan, math.nan))[1], 0),
        ]
        for row in records(distinct(evidence.trials, objective).head(BEST_SHOWN))
    ]
    before = "".join(f"{sentence_case(each.title)}#|" for each in others)
    return table(
        rows, f"Configuration|{before}Validation accuracy#|Seeds#|Trials#|Epochs#|Parameters#|Seconds to train#"
    )


def reasons(trials: pd.DataFrame) -> Table:
    """Why trials were pruned or failed: one row a reason."""
    ended = trials[trials["state"].isin(["pruned", "fail"])]
    rows = []
    for (state, reason), group in ended.groupby(["state", "reason"], sort=False):
        numbers = ", ".join(str(trial) for trial in group["number"].head(12)) + (" …" if len(group) > 12 else "")
        said = word(str(reason) or "no reason was kept")
        rows.append([word("failed" if state == "fail" else "pruned"), said, count(len(group)), word(numbers)])
    return table(rows, "State|Reason|Trials#|Numbers")


def comparison(info: ComparisonInfo) -> Table:
    """The figures behind the comparison: a row a scored configuration, then published ones."""
    seeds = info.seeds.groupby("title")["test_accuracy"].agg(list)
    published = dict(zip(info.published["title"], info.published["test_accuracy"], strict=True))
    rows = [
        [
            word(row.title),
            count(row.n),
            _mean_cell(row),
            _interval_cell(row),
            interval(row.one_seed_over_texts_low, row.one_seed_over_texts_high),
            word(", ".join(f"{100 * value:.2f}" for value in seeds[row.title])),
            percent(published.pop(row.title, None)),
        ]
        for row in records(info.configurations)
    ]
    rows += [
        [word(row.title), Cell(NONE), percent(row.test_accuracy), *[Cell(NONE)] * 3, percent(None)]
        for row in records(info.baselines)
    ]
    rows += [[word(title), *[Cell(NONE)] * 5, percent(accuracy)] for title, accuracy in published.items()]
    return table(
        rows,
        "Configuration|Seeds#|Test accuracy#|95 % t interval over seeds|95 % Wilson interval of one run "
        "over texts|Each seed (%)|Published#",
    )


def curves(info: CurvesInfo) -> Table:
    """The figures behind the learning curves."""
    published = {(row.title, row.epoch): row.train_accuracy for row in records(info.published)}
    rows = [
        [
            word(row.title),
            count(row.epoch),
            count(row.n),
            percent(row.validation_mean),
            percent(row.train_mean),
            percent(published.get((row.title, row.epoch))),
        ]
        for row in records(info.curves)
    ]
    return table(rows, "Network|Epoch#|Seeds#|Validation accuracy#|Training accuracy#|Training, published#")


def history(info: HistoryInfo) -> Table:
    """The figures behind the search history."""
    rows = [
        [
            count(row.number),
            word(row.kind),
            value_of(info.objective, row.value),
            count(row.epoch),
            word(row.words or NONE),
        ]
        for row in records(info.trials)
    ]
    return table(rows, f"Trial#|State|{sentence_case(info.objective.title)}#|Last reported epoch#|Configuration")


def invocations(frame: pd.DataFrame) -> Table:
    """Every command that wrote to the database."""
    rows = [
        [
            count(row.id),
            word(row.command),
            word(row.host),
            word(_time(row.started)),
            word(_time(row.ended)),
            count(row.exit_status),
            count(row.test_openings),
            word(str((row.environment or {}).get("git_commit") or NONE)),
        ]
        for row in records(frame)
    ]
    return table(rows, "Id#|Command|Host|Started (UTC)|Ended (UTC)|Exit status#|Test openings#|Commit")


def seconds(evidence: Evidence) -> dict[str, tuple[float, float]]:
    """Seconds an epoch and to train, by configuration: the mean over its finals' runs, else its trials' runs."""
    columns = ["configuration", "run", "epochs"]
    runs = pd.concat([evidence.trials[columns], evidence.finals[columns]], keys=["search", "final"])
    runs = runs[runs["run"].notna()].reset_index(level=0, names="part").drop_duplicates()
    own = runs.merge(evidence.epochs[["run", "epoch", "seconds"]], on="run")
    own = own[own["epoch"] <= own["epochs"]]
    by_run = own.groupby(["configuration", "part", "run", "epochs"])["seconds"].agg(["mean", "sum", "size"])
    whole = by_run.reset_index().query("size == epochs")  # a pruned run's sum is no training time
    means = whole.groupby(["configuration", "part"])[["mean", "sum"]].mean()
    times: dict[str, tuple[float, float]] = {}
    for part in ("search", "final"):  # finals last: they win
        chosen = means[means.index.get_level_values("part") == part]
        times |= {index[0]: (row["mean"], row["sum"]) for index, row in chosen.iterrows()}  # type: ignore[index]
    return times


def _mean_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    spread = "" if row.n == 1 else f" ± {100 * row.sd:.2f}"
    return Cell(f"{100 * row.mean:.2f}{spread} %", row.mean, "1 seed" if row.n == 1 else f"{row.n} seeds")


def _verdict_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    one_run = interval(row.one_run_low, row.one_run_high, "")
    return word(row.verdict, f"one run here: {one_run.text}" if one_run.text else "")


def _interval_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    return interval(row.mean_low, row.mean_high, "none" if row.n == 1 else "none: no spread")


def _trained_on_the_reviews(evidence: Evidence) -> list[tuple[Any, str]]:
    """The book's references, each with the fingerprints it was trained to the end under, or with an empty one."""
    columns = ["configuration", "reference"]
    complete = evidence.trials[evidence.trials["state"] == "complete"]
    known = pd.concat([complete[columns], evidence.finals[columns]]).drop_duplicates()
    pairs = []
    for reference in BOOK:
        trained = list(known.loc[known["reference"] == reference.id, "configuration"]) or [""]
        pairs += [(reference, fingerprint) for fingerprint in trained]
    return pairs


def _first(evidence: Evidence, fingerprint: str, column: str) -> Any:
    for frame in (evidence.finals, evidence.trials):
        found = frame.loc[frame["configuration"] == fingerprint, column]
        if fingerprint and len(found):
            return found.iloc[0]
    return None


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "none" if value is None else str(value)


def _time(moment: Any) -> str:
    return NONE if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


__all__ = [
    "best",
    "comparison",
    "curves",
    "departures",
    "history",
    "invocations",
    "networks",
    "reasons",
    "seconds",
]
