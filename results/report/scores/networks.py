"""The tables and lists of a report: frames in, rows of text out."""

import math
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence, distinct
from results.presentation.style import records
from results.presentation.table import (
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
from results.report.scores.infos import ComparisonInfo, CurvesInfo, HistoryInfo
from results.statistics.intervals import by_configuration
from results.statistics.published import TEST, figures
from search_spaces import BOOK, Recipe

BEST_SHOWN = 10
HISTORY_ROWS = 200
REASONS = 12  # kinds of ends that are told apart


def networks(evidence: Evidence) -> Table:
    """The published networks, as printed and as trained here; one row a recipe they were trained with."""
    scored = {row.configuration: row for row in records(by_configuration(evidence.finals))}
    searched = distinct(evidence.trials).set_index("configuration")
    against = figures(evidence.finals, evidence.epochs, evidence.on_the_reviews)
    verdicts = {row.configuration: row for row in records(against[against["measured"] == TEST])}
    times = seconds(evidence)
    rows = []
    for reference, fingerprint in _trained_as_published(evidence):
        row = scored.get(fingerprint)
        per_epoch, whole = times.get(fingerprint, (math.nan, math.nan))
        rows.append(
            [
                word(evidence.titles.get(fingerprint, reference.title)),
                percent(reference.published.test_accuracy if evidence.beside_published else None),
                mean_cell(row),
                interval_cell(row),
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
        "Network|Published test accuracy#|Test accuracy here#|95 % t interval#|Verdict|Validation accuracy#|"
        "Parameters#|Seconds an epoch#|Seconds to train#|Epochs#",
    )


def departures(evidence: Evidence) -> list[str]:
    """How the recipes here differ from the published ones, one sentence a difference."""
    found: dict[str, list[str]] = {}
    for reference, fingerprint in _trained_as_published(evidence):
        if not fingerprint:
            continue
        ours = Recipe().model_dump() | evidence.recipes.get(fingerprint, {})
        for name, published in reference.configuration.recipe.model_dump().items():
            if ours[name] != published:
                words = f"{name.replace('_', ' ')} {_said(ours[name])} here, {_said(published)} as published"
                found.setdefault(words, []).append(evidence.titles[fingerprint])
    every = len({fingerprint for _, fingerprint in _trained_as_published(evidence) if fingerprint})
    return [
        words[0].upper() + words[1:] + ("." if len(titles) == every else f" ({', '.join(titles)}).")
        for words, titles in found.items()
    ]


def reasons(trials: pd.DataFrame) -> Table:
    """Why trials were pruned or failed: one row a reason, which figures in it do not tell apart; the commonest
    first."""
    ended = trials[trials["state"].isin(["pruned", "fail"])]
    kinds = ended.assign(kind=ended["reason"].str.replace(r"[\d.]+", "…", regex=True))
    groups = sorted(kinds.groupby(["state", "kind"], sort=False), key=lambda each: -len(each[1]))
    rows = []
    for (state, kind), group in groups[:REASONS]:
        numbers = ", ".join(str(trial) for trial in group["number"].head(12)) + (" …" if len(group) > 12 else "")
        said = str(group["reason"].iloc[0] if group["reason"].nunique() == 1 else kind) or "no reason was kept"
        rows.append(
            [word("failed" if state == "fail" else "pruned"), word(said), count(len(group)), word(numbers)]
        )
    if len(groups) > REASONS:
        rest = sum(len(group) for _, group in groups[REASONS:])
        rows.append([word("either"), word(f"{len(groups) - REASONS} other reasons"), count(rest), Cell(NONE)])
    return table(rows, "State|Reason|Trials#|Numbers")


def comparison(info: ComparisonInfo) -> Table:
    """The figures behind the comparison: a row a scored configuration, then published ones."""
    seeds = info.seeds.groupby("title")["test_accuracy"].agg(list)
    published = dict(zip(info.published["title"], info.published["test_accuracy"], strict=True))
    rows = [
        [
            word(row.title),
            count(row.n),
            mean_cell(row),
            interval_cell(row),
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
    rows = [[*_point(row), *_spread(row, "validation")] for row in records(info.curves)]
    return table(rows, "Network|Epoch#|Seeds#|Validation accuracy#|Lowest seed#|Highest seed#")


def training(info: CurvesInfo) -> Table:
    """The figures behind the training curves."""
    published = {(row.title, row.epoch): row.train_accuracy for row in records(info.published)}
    rows = [
        [*_point(row), *_spread(row, "train"), percent(published.get((row.title, row.epoch)))]
        for row in records(info.curves)
    ]
    return table(rows, "Network|Epoch#|Seeds#|Training accuracy#|Lowest seed#|Highest seed#|Published#")


def _point(row: Any) -> list[Cell]:
    return [word(row.title), count(row.epoch), count(row.n)]


def _spread(row: Any, part: str) -> list[Cell]:
    return [percent(getattr(row, f"{part}_{each}")) for each in ("mean", "low", "high")]


def history(info: HistoryInfo) -> Table:
    """The figures behind the search history: every trial, or of very many those that raised the best so far."""
    shown = info.trials
    if len(shown) > HISTORY_ROWS:
        raised = info.best.loc[info.best["best"] != info.best["best"].shift(), "number"]
        shown = shown[shown["number"].isin(raised)]
    rows = [
        [
            count(row.number),
            word(row.kind),
            value_of(info.objective, row.value),
            count(row.epoch),
            word(row.words or NONE),
        ]
        for row in records(shown)
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
    return _seconds(evidence, evidence.trials) | _seconds(evidence, evidence.finals)


def search_seconds(evidence: Evidence) -> dict[str, float]:
    """Seconds to train in the search, by configuration, so that all are of the same texts."""
    return {name: whole for name, (_, whole) in _seconds(evidence, evidence.trials).items()}


def _seconds(evidence: Evidence, frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    runs = frame.loc[frame["run"].notna(), ["configuration", "run", "epochs"]].drop_duplicates()
    own = runs.merge(evidence.epochs[["run", "epoch", "seconds"]], on="run")
    own = own[own["epoch"] <= own["epochs"]]
    by_run = own.groupby(["configuration", "run", "epochs"])["seconds"].agg(["mean", "sum", "size"])
    whole = by_run.reset_index().query("size == epochs")  # a pruned run's sum is no training time
    means = whole.groupby("configuration", sort=False)[["mean", "sum"]].mean()
    return {str(name): (float(mean), float(total)) for name, mean, total in means.itertuples()}


def mean_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    spread = "" if row.n == 1 else f" ± {100 * row.sd:.2f}"
    return Cell(f"{100 * row.mean:.2f}{spread} %", row.mean, "1 seed" if row.n == 1 else f"{row.n} seeds")


def _verdict_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    one_run = interval(row.one_run_low, row.one_run_high, "")
    return word(row.verdict, f"one run: {one_run.text}" if one_run.text else "")


def interval_cell(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    return interval(row.mean_low, row.mean_high, "none" if row.n == 1 else "none: no spread")


def _trained_as_published(evidence: Evidence) -> list[tuple[Any, str]]:
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
    "comparison",
    "curves",
    "departures",
    "history",
    "invocations",
    "networks",
    "reasons",
    "search_seconds",
    "seconds",
    "training",
]
