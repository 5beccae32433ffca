"""Configurations by what their trials came to on validation data, and the one that is chosen by it."""

from typing import Any

import pandas as pd
from sqlalchemy import select

from results.evidence import frames
from results.metrics.objectives import ACCURACY, Objective
from results.store.database import Store
from results.store.tables import EpochRow


def judged(store: Store, study: str, known: pd.DataFrame) -> pd.DataFrame:
    """`known`, as frames.trials gave it, and below it a row a leader's run on a further seed: its number is below
    0, its state `semi-final`. These are no trials: they are for `distinct` alone."""
    links = {number: row for number, row in frames.links_of(store, study).items() if number < 0}
    by = {row["run"]: row for row in links.values()}
    of_run: dict[int, list[Any]] = {}
    with store.session() as session:
        for epoch in session.scalars(select(EpochRow).where(EpochRow.run.in_(list(by))).order_by(EpochRow.epoch)):
            values = {name: getattr(epoch, name) for name in frames.EPOCHS if hasattr(epoch, name)}
            of_run.setdefault(epoch.run, []).append(values | (epoch.validation_metrics or {}))
    rows: list[dict[str, Any]] = []
    for number, row in sorted(links.items(), reverse=True):
        trained = of_run.get(row["run"], [])[: row["epochs"]]
        if len(trained) == row["epochs"]:
            metrics = {key: value for key, value in trained[-1].items() if key.startswith("validation_")}
            rows.append({"number": number, "state": "semi-final", **row, **metrics})
    if not rows:
        return known
    dtypes = {str(name): str(dtype) for name, dtype in known.dtypes.items() if name != "params"}
    further: pd.DataFrame = frames.framed(rows, dtypes, extra=("params",))
    return pd.concat([known, further], ignore_index=True)


def distinct(trials: pd.DataFrame, objective: Objective = ACCURACY) -> pd.DataFrame:
    """One row a configuration with complete trials, the best by the objective first.

    `trials`: as frames.trials or `judged` gives them. Columns: configuration, words, reference, parameters,
    epochs, number (its first trial), n (trials that ended there), seeds, and means over them: validation_accuracy
    and the objective's own column. A seed that was asked for twice counts once. Ties go to the older trial. Where
    some were judged on further seeds, no other found one comes before these by one seed's luck.
    """
    complete = trials[trials[objective.column].notna() & (trials["configuration"] != "")]
    once = complete.drop_duplicates(["configuration", "run"])
    same = once.groupby("configuration", sort=False)
    frame = same.agg(
        words=("words", "first"),
        reference=("reference", "first"),
        parameters=("parameters", "first"),
        epochs=("epochs", "first"),
        number=("number", "first"),
        seeds=("run", "size"),
        **{name: (name, "mean") for name in ("validation_accuracy", objective.column)},
    ).reset_index()
    asked = complete.loc[complete["number"] >= 0, "configuration"]
    frame["n"] = frame["configuration"].map(asked.value_counts())
    rising, value = objective.lower_is_better, frame[objective.column]
    anew = frame["configuration"].isin(complete.loc[complete["number"] < 0, "configuration"])
    by_luck = frame["reference"].eq("") & ~anew & bool(anew.any())
    bound = value[anew].max() if rising else value[anew].min()
    bounded = value.clip(lower=bound) if rising else value.clip(upper=bound)
    order = pd.DataFrame({"value": value.where(~by_luck, bounded), "by_luck": by_luck})
    return frame.loc[
        order.sort_values(["value", "by_luck"], ascending=[rising, True], kind="stable").index
    ].reset_index(drop=True)


def leaders(ranked: pd.DataFrame, count: int) -> list[str]:
    """The best `count` of `ranked` that are no references: these have finals without being chosen."""
    return ranked.loc[ranked["reference"] == "", "configuration"].head(count).tolist()


def best_found(trials: pd.DataFrame, objective: Objective = ACCURACY) -> str | None:
    """The best configuration by the objective, None while no trial is complete."""
    ranked = distinct(trials, objective)
    return str(ranked["configuration"].iloc[0]) if len(ranked) else None


def winner(trials: pd.DataFrame, finals: pd.DataFrame, objective: Objective = ACCURACY) -> str | None:
    """The best by the objective, among the configurations with finals where there are any; None while no trial is
    complete. The test part has no say in it: its luck would be chosen too."""
    return winner_of(distinct(trials, objective), finals)


def winner_of(ranked: pd.DataFrame, finals: pd.DataFrame) -> str | None:
    """As `winner`, of what `distinct` gave."""
    names = ranked["configuration"]
    scored = names[names.isin(finals["configuration"])]
    among = scored if len(scored) else names
    return str(among.iloc[0]) if len(among) else None
