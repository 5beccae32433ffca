"""The plain numbers behind the figures: frames in, one info a figure out. Accuracies are fractions."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from results.metrics.objectives import ACCURACY, Objective
from results.statistics.intervals import best_so_far, by_configuration
from search_spaces import BOOK, MARKS, REFERENCES

BOOK_IDS = [reference.id for reference in BOOK]


@dataclass(frozen=True)
class ComparisonInfo:
    """`configurations`: columns of by_configuration and `title`, in the order shown, then `seeds`: title, seed,
    test_accuracy; `baselines`: title, test_accuracy, note; `published`: title, test_accuracy, source; `rows`: all
    titles from the top."""

    configurations: pd.DataFrame
    seeds: pd.DataFrame
    baselines: pd.DataFrame
    published: pd.DataFrame
    rows: list[str]


@dataclass(frozen=True)
class CurvesInfo:
    """`curves`: title, reference, epoch, n (seeds) and mean, low, high of validation and training accuracy;
    low and high are the lowest and highest seed. `published`: title, reference, epoch, train_accuracy."""

    curves: pd.DataFrame
    published: pd.DataFrame


@dataclass(frozen=True)
class HistoryInfo:
    """`trials`: number, state, kind (complete, published network, pruned or failed), value (the objective's, NaN
    where none was reported), epoch, title and words, without waiting trials; `best`: columns of best_so_far."""

    trials: pd.DataFrame
    best: pd.DataFrame
    objective: Objective = ACCURACY


def comparison_info(
    finals: pd.DataFrame,
    titles: Mapping[str, str],
    linear: pd.DataFrame | None = None,
    *,
    beside_published: bool = True,
) -> ComparisonInfo:
    """Test accuracy by configuration, in the order of `titles` (fingerprint → title), with the published figures
    where the study stands beside them. `linear` is the frame of the linear baselines."""
    order = {configuration: place for place, configuration in enumerate(titles)}
    summary = by_configuration(finals).sort_values("configuration", key=lambda names: names.map(order))
    summary = summary.assign(title=summary["configuration"].map(titles)).reset_index(drop=True)
    seeds = finals.assign(title=finals["configuration"].map(titles))[["title", "seed", "test_accuracy"]]
    scored = dict(zip(summary["reference"][::-1], summary["title"][::-1], strict=True))  # the first of each wins
    marks = [
        (scored.get(known.id, known.title), known.published.test_accuracy, known.source)
        for known in REFERENCES
        if known.published.test_accuracy is not None and (known.id in scored or known in BOOK)
    ]
    marks += [(f"{mark.title} (published)", mark.test_accuracy, mark.source) for mark in MARKS]
    published = pd.DataFrame(marks if beside_published else [], columns=["title", "test_accuracy", "source"])
    baselines = pd.DataFrame(columns=["title", "test_accuracy", "note"])
    if linear is not None and len(linear):
        baselines = linear[["title", "test_accuracy"]].assign(note="linear, on the same texts")
    rows = list(dict.fromkeys([*summary["title"], *baselines["title"], *published["title"]]))
    return ComparisonInfo(summary, seeds.reset_index(drop=True), baselines, published, rows)


def curves_info(
    trials: pd.DataFrame, epochs: pd.DataFrame, titles: Mapping[str, str], *, beside_published: bool = True
) -> CurvesInfo:
    """Accuracy by epoch of the configurations in `titles` (fingerprint → title), averaged over their seeds.

    Only epochs that belong to the configuration count; its run may have been trained further for another one.
    """
    runs = trials[trials["configuration"].isin(list(titles))].drop_duplicates(["configuration", "run"])
    own = runs[["configuration", "reference", "run", "epochs"]].merge(epochs, on="run")
    own = own[own["epoch"] <= own["epochs"]]
    curves = (
        own.groupby(["configuration", "reference", "epoch"], sort=False)
        .agg(
            n=("run", "size"),
            validation_mean=("validation_accuracy", "mean"),
            validation_low=("validation_accuracy", "min"),
            validation_high=("validation_accuracy", "max"),
            train_mean=("train_accuracy", "mean"),
            train_low=("train_accuracy", "min"),
            train_high=("train_accuracy", "max"),
        )
        .reset_index()
    )
    curves.insert(0, "title", curves["configuration"].map(dict(titles)).astype("str"))
    shown = dict(zip(curves["reference"][::-1], curves["title"][::-1], strict=True))
    points = [
        (shown[known.id], known.id, epoch, accuracy)
        for known in BOOK
        if beside_published and known.id in shown
        for epoch, (_, accuracy) in enumerate(known.published.training_curve, start=1)
    ]
    published = pd.DataFrame(points, columns=["title", "reference", "epoch", "train_accuracy"])
    place = {title: number for number, title in enumerate(titles.values())}
    curves = curves.sort_values(["title", "epoch"], key=lambda c: c.map(place) if c.name == "title" else c)
    return CurvesInfo(curves.drop(columns="configuration").reset_index(drop=True), published)


def history_info(
    trials: pd.DataFrame, reported: pd.DataFrame, titles: Mapping[str, str], objective: Objective = ACCURACY
) -> HistoryInfo:
    """Every trial that was begun, with what it last reported of the objective, and the best so far."""
    begun = trials[trials["state"] != "waiting"]
    last = begun[["number", "state", "words", objective.column]].merge(
        reported.rename(columns={objective.column: "last"}), on="number", how="left"
    )
    last["value"] = last.pop(objective.column).fillna(last.pop("last"))
    last["title"] = [titles.get(configuration, "") for configuration in begun["configuration"]]
    published = (last["state"] == "complete") & begun["reference"].isin(BOOK_IDS).to_numpy()
    last["kind"] = last["state"].replace({"fail": "failed"}).where(~published, "published network")
    columns = ["number", "state", "kind", "value", "epoch", "title", "words"]
    return HistoryInfo(last[columns].reset_index(drop=True), best_so_far(trials, objective), objective)


__all__ = ["ComparisonInfo", "CurvesInfo", "HistoryInfo", "comparison_info", "curves_info", "history_info"]
