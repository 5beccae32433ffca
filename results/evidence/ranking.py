"""Configurations by what their trials came to on validation data, and the one that is chosen by it."""

import pandas as pd

from results.metrics.objectives import ACCURACY, Objective


def distinct(trials: pd.DataFrame, objective: Objective = ACCURACY) -> pd.DataFrame:
    """One row a configuration with complete trials, the best by the objective first.

    Columns: configuration, words, reference, parameters, epochs, number (its first trial), n (trials that ended
    there), seeds, and means over them: validation_accuracy and the objective's own column. A seed that was asked
    for twice counts once. Ties go to the older trial.
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
    frame["n"] = frame["configuration"].map(complete["configuration"].value_counts())
    rising = objective.lower_is_better
    return frame.sort_values(objective.column, ascending=rising, kind="stable", ignore_index=True)


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
