"""A study at a glance, for the terminal: plain values with stable keys, and the same in words.

Starts fast: no TensorFlow, no SciPy but for one quantile where there are finals.
"""

import math
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from results import frames
from results.drawing import records
from results.evidence import best_found, chosen, distinct, titles_of, winner
from results.store import Store, StoreError
from results.tables import CorpusRow, FinalRow, StudyTermsRow

CONFIDENCE = 0.95
Values = dict[str, Any]


def best(store: Store, name: str | None = None) -> Values:
    """The study's winner. Raises StoreError where there is no such study.

    `study`, `corpus`, `stand_in`; `chosen_by`: what the search was for, as `validation accuracy` (among those with
    finals, where there are any); `test accuracy` where nothing was searched, as in a reproduction; or None (no
    trial is complete), and then no more keys but `notice`. `title`,
    `configuration` (fingerprint), `words`, `reference` (id of the published network, or None), `parameters`,
    `epochs`, `trials` (their numbers), `validation_accuracy`; `test`: None, or `seeds`, `accuracies`, `mean`,
    `low` and `high` (95 % t interval over seeds, None for one seed or no spread), `texts`. Accuracies are
    fractions. `show`: the command that shows its first trial, or None.
    """
    study = chosen(store, name)
    searched = frames.searched(store, study)
    objective = searched[1][0]
    trials, finals = frames.trials(store, study, searched), frames.finals(store, study)
    card = frames.terms(store, study)["corpus"]
    found: Values = {
        "study": study,
        "corpus": card["name"],
        "stand_in": card["stand_in"],
        "notice": card.get("notice") or "",
        "chosen_by": None,
    }
    fingerprint, by = winner(trials, finals, objective), objective.title
    if fingerprint is None:
        if finals.empty:
            return found
        by = "test accuracy"
        fingerprint = str(finals.groupby("configuration", sort=False)["test_accuracy"].mean().idxmax())
    scored = finals[finals["configuration"] == fingerprint]
    own = trials[trials["configuration"] == fingerprint]
    first = next(records(scored if len(scored) else own))
    validation = distinct(trials).set_index("configuration")["validation_accuracy"].get(fingerprint)
    numbers = own["number"].tolist()
    return found | {
        "chosen_by": by,
        "title": titles_of(trials, finals, best_found(trials, objective))[fingerprint],
        "configuration": fingerprint,
        "words": first.words,
        "reference": first.reference or None,
        "parameters": int(first.parameters),
        "epochs": int(first.epochs),
        "trials": numbers,
        "validation_accuracy": _plain(validation),
        "test": _test(scored) if len(scored) else None,
        "show": f"study show {numbers[0]} --name {shlex.quote(study)}" if numbers else None,
    }


def show(store: Store, number: int, name: str | None = None) -> Values:
    """One trial. Raises StoreError where there is no such study or trial.

    `study`, `number`, `state` (complete, pruned, fail, running or waiting), `validation_accuracy`,
    `validation_loss`, `validation_balanced_accuracy`, `validation_macro_f1` (after its last epoch; None unless
    complete), `cpu_seconds_an_epoch` (where that was searched for), `last_epoch` (the last reported), `reason`
    (why it was pruned or failed, or None), `configuration`, `words`, `reference`, `parameters`, `epochs`
    (planned), `epochs_trained` (for this trial; the others were there), `seed`, `run`, `started`, `completed`
    (ISO 8601, UTC), `notice` (of a stand-in corpus, or empty), `suggested` (the search's parameters), `curve`: a
    list with `epoch`, `train_loss`, `train_accuracy`, `validation_loss`, `validation_accuracy`, `seconds`,
    `worker`.
    """
    study = chosen(store, name)
    trials = frames.trials(store, study)
    row = next((row for row in records(trials) if row.number == number), None)
    if row is None:
        known = f"trials 0 to {trials['number'].max()}" if len(trials) else "no trial yet"
        raise StoreError(f"study {study} has {known}; expected one of them, got {number}")
    values = {key: _plain(getattr(row, key)) for key in frames.TRIALS}
    for key in ("reason", "configuration", "words", "reference"):
        values[key] = values[key] or None
    epochs = frames.epochs(store, study)
    own = epochs[(epochs["run"] == row.run) & (epochs["epoch"] <= _heard(store, study, row))]
    columns = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    curve = [
        {key: _plain(getattr(epoch, key)) for key in [*columns, "seconds", "worker"]} for epoch in records(own)
    ]
    notice = frames.terms(store, study)["corpus"].get("notice") or ""
    return {"study": study, **values, "notice": notice, "suggested": row.params, "curve": curve}


def listing(store: Store, trials_of: str | None = None, *, with_trials: bool = False) -> list[Values]:
    """Every study of the database, the newest first; of one alone where `trials_of` names it.

    `study`, `corpus`, `stand_in`, `begun` (ISO 8601, UTC), `trials` (a number by state), `finals` (runs scored),
    `best_validation_accuracy` (a fraction, or None); `with_trials` adds `each`: a list with `number`, `state`,
    `validation_accuracy`, `epochs`, `parameters`, `words`. Raises StoreError for an unknown name.
    """
    names = frames.study_names(store)
    if trials_of is not None or not names:
        names = [chosen(store, trials_of)]
    return [_listed(store, name, with_trials) for name in names]


def best_in_words(values: Values) -> str:
    """`best` for reading."""
    head = f"Study {values['study']} on {values['corpus']}"
    if values["chosen_by"] is None:
        return f"{head}: no trial has ended with a score yet."
    lines = [f"{head}: {values['title']}", f"  {values['words']}", f"  {values['parameters']:,} parameters"]
    test, validation = values["test"], values["validation_accuracy"]
    if test:
        seeds = test["seeds"]
        interval = f", 95 % t interval {_range(test['low'], test['high'])}" if test["low"] is not None else ""
        each = ", ".join(f"{100 * accuracy:.2f}" for accuracy in test["accuracies"])
        lines.append(
            f"  test accuracy {_percent(test['mean'])}, mean of {_some(len(seeds), 'seed')} ({each}){interval}"
        )
    if validation is not None:
        chosen_for_it = "" if values["reference"] else " (optimistic: it was chosen for it)"
        lines.append(f"  validation accuracy {_percent(validation)}{chosen_for_it}")
    if not test:
        lines.append("  nothing is scored on the test part yet: `study finals` does that")
    else:
        lines.append(
            f"  chosen by {values['chosen_by']}; whether it is told apart from the others is in `study report`"
        )
    if values["show"]:
        lines.append(f"Show it: {values['show']}")
    return "\n".join([*lines, *([values["notice"]] if values["notice"] else [])])


def trial_in_words(values: Values) -> str:
    """`show` for reading."""
    state = "failed" if values["state"] == "fail" else values["state"]
    score = values["validation_accuracy"]
    said = f": validation accuracy {_percent(score)}" if score is not None else ""
    lines = [f"Trial {values['number']} of study {values['study']}, {state}{said}"]
    if values["words"]:
        lines.append(f"  {values['words']}")
        reference = f", published network {values['reference']}" if values["reference"] else ""
        lines.append(
            f"  {values['parameters']:,} parameters, seed {values['seed']}, run {values['run']}{reference}"
        )
    if values["reason"]:
        lines.append(f"  why: {values['reason']}")
    if values["started"]:
        lines.append(f"  {values['started'][:19]} to {(values['completed'] or 'now')[:19]} UTC")
    if values["curve"]:
        workers = ", ".join(dict.fromkeys(str(epoch["worker"]) for epoch in values["curve"]))
        lines += ["", *_columns(_CURVE, values["curve"]), f"Trained by {workers}."]
    if values["notice"]:
        lines.append(values["notice"])
    return "\n".join(lines)


def listing_in_words(studies: list[Values]) -> str:
    """`listing` for reading."""
    lines: list[str] = []
    for values in studies:
        states = ", ".join(f"{number} {state}" for state, number in values["trials"].items()) or "no trials"
        best = values["best_validation_accuracy"]
        lines.append(
            f"{values['study']}  ({values['corpus']}, begun {values['begun'][:16].replace('T', ' ')} UTC)\n"
            f"  {states}; {_some(values['finals'], 'run')} scored on the test part"
            + (f"; best validation accuracy {_percent(best)}" if best is not None else "")
        )
        if values.get("each"):
            lines += ["", *_columns(_TRIAL, values["each"]), ""]
    return "\n".join(lines)


def _test(scored: pd.DataFrame) -> Values:
    accuracies = scored["test_accuracy"].tolist()
    low, high = _t_interval(accuracies)
    return {
        "seeds": scored["seed"].tolist(),
        "accuracies": accuracies,
        "mean": math.fsum(accuracies) / len(accuracies),
        "low": low,
        "high": high,
        "texts": int(scored["test_texts"].max()),
    }


def _t_interval(values: list[float]) -> tuple[float | None, float | None]:
    """As results.statistics.t_interval, without loading scipy.stats, which takes longer than all the rest."""
    n = len(values)
    if n < 2 or max(values) - min(values) <= 1e-12:
        return None, None
    from scipy.special import stdtrit

    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * sd / math.sqrt(n)
    return mean - half, mean + half


def _heard(store: Store, study: str, row: Any) -> int:
    """How many epochs the trial heard of: its run may have been trained further for another one."""
    storage = store.optuna_storage()
    try:
        trial = storage.get_trial(
            storage.get_trial_id_from_study_id_trial_number(storage.get_study_id_from_name(study), int(row.number))
        )
        return max(trial.intermediate_values, default=0)
    finally:
        storage.remove_session()


def _listed(store: Store, name: str, with_trials: bool) -> Values:
    trials = frames.trials(store, name)
    statement = (
        select(CorpusRow.name, CorpusRow.stand_in, StudyTermsRow.begun)
        .join(CorpusRow, CorpusRow.fingerprint == StudyTermsRow.corpus)
        .where(StudyTermsRow.name == name)
    )
    scored = select(func.count()).where(FinalRow.study == name, FinalRow.kind == "final")
    with store.session() as session:
        corpus, stand_in, begun = session.execute(statement).one()
        finals = session.scalar(scored)
    best_score = trials["validation_accuracy"].max()
    values = {
        "study": name,
        "corpus": corpus,
        "stand_in": stand_in,
        "begun": begun.isoformat(),
        "trials": {str(state): int(number) for state, number in trials["state"].value_counts().items()},
        "finals": finals,
        "best_validation_accuracy": _plain(best_score),
    }
    if with_trials:
        keys = ("number", "state", "validation_accuracy", "epochs", "parameters", "words")
        values["each"] = [{key: _plain(getattr(row, key)) for key in keys} for row in records(trials)]
    return values


def _plain(value: Any) -> Any:
    """A frame's value as JSON has it: missing is None, a time ISO 8601."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _range(low: float, high: float) -> str:
    return f"{100 * low:.2f} to {100 * high:.2f} %"


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _share(value: Any) -> str:
    return "–" if value is None else _percent(value)


def _real(digits: int) -> Callable[[Any], str]:
    return lambda value: "–" if value is None else f"{value:,.{digits}f}"


def _text(value: Any) -> str:
    return "–" if value in (None, "") else f"{value}"


_CURVE: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "epoch": ("epoch", _text),
    "validation_accuracy": ("validation", _share),
    "train_accuracy": ("training", _share),
    "validation_loss": ("val. loss", _real(4)),
    "train_loss": ("loss", _real(4)),
    "seconds": ("seconds", _real(1)),
}
_TRIAL: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "number": ("trial", _text),
    "state": ("state", _text),
    "validation_accuracy": ("validation", _share),
    "parameters": ("parameters", _real(0)),
    "words": ("configuration", _text),
}


def _columns(shape: Mapping[str, tuple[str, Callable[[Any], str]]], rows: list[Values]) -> list[str]:
    """Rows as aligned lines under their titles; text to the left, numbers to the right."""
    cells = [[title for title, _ in shape.values()]]
    cells += [[shown(row[key]) for key, (_, shown) in shape.items()] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(shape))]
    left = [key in ("state", "words") for key in shape]
    return [
        "  "
        + "  ".join(
            text.ljust(width) if is_left else text.rjust(width)
            for text, width, is_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in cells
    ]


__all__ = ["best", "best_in_words", "listing", "listing_in_words", "show", "trial_in_words"]
