"""A study at a glance, for the terminal: plain values with stable keys, and the same in words.

Starts fast: no TensorFlow, no SciPy but for one quantile where there are finals.
"""

import math
import shlex
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from results.answer.decision import decide
from results.evidence import frames, questions, studies
from results.evidence.evidence import chosen, gather, titles_of
from results.evidence.ranking import best_found, distinct, judged, winner
from results.presentation.table import records
from results.store.database import Store
from results.store.schema import StoreError
from results.store.tables import CorpusRow, FinalRow, StudyTermsRow, TrialRunRow

CONFIDENCE = 0.95
Values = dict[str, Any]


def best(store: Store, name: str | None = None) -> Values:
    """The study's winner. Raises StoreError where there is no such study.

    `study`, `kind` (search, reproduction, questions), `corpus`, `stand_in`; `chosen_by`: what the search was for,
    as `validation accuracy` (among those with finals, where there are any); or None (no trial is complete, or
    nothing is searched), and then no more keys but `notice`, `networks` (what was scored, without a choice:
    `title`, `reference`, `test`) and `answers` (of the open questions, sentences by question). `title`,
    `configuration` (fingerprint), `words`, `reference` (id of the reference network, or None), `parameters`,
    `epochs`, `trials` (their numbers), `validation_accuracy`; `test`: None, or `seeds`, `accuracies`, `mean`,
    `low` and `high` (95 % t interval over seeds, None for one seed or no spread), `texts`. Accuracies are
    fractions. `show`: the command that shows its first trial, or None. `answer`: what to use, maybe a linear
    model (results.answer.decision.Decision.as_values); None where nothing was searched. `decisions`: verdicts
    on the best network against the others, in sentences.
    """
    study = chosen(store, name)
    searched = studies.searched(store, study)
    objective = searched[1][0]
    trials, finals = frames.trials(store, study, searched), frames.finals(store, study)
    ranked_by = judged(store, study, trials)
    begun = studies.terms(store, study)
    card = begun["corpus"]
    found: Values = {
        "study": study,
        "kind": studies.kind_of(begun["terms"]),
        "corpus": card["name"],
        "stand_in": card["stand_in"],
        "notice": card.get("notice") or "",
        "chosen_by": None,
    }
    fingerprint, by = winner(ranked_by, finals, objective), objective.title
    if fingerprint is None:
        return found | {"networks": _networks(trials, finals), "answers": _answers(store, study)}
    scored = finals[finals["configuration"] == fingerprint]
    own = trials[trials["configuration"] == fingerprint]
    first = next(records(scored if len(scored) else own))
    validation = distinct(ranked_by).set_index("configuration")["validation_accuracy"].get(fingerprint)
    numbers = own["number"].tolist()
    return found | {
        "chosen_by": by,
        "title": titles_of(trials, finals, best_found(ranked_by, objective))[fingerprint],
        "configuration": fingerprint,
        "words": first.words,
        "reference": first.reference or None,
        "parameters": int(first.parameters),
        "epochs": int(first.epochs),
        "trials": numbers,
        "validation_accuracy": _plain(validation),
        "test": _test(scored) if len(scored) else None,
        "decisions": _decisions(store, study) if finals["configuration"].nunique() > 1 else [],
        "answer": decision.as_values() if (decision := decide(gather(store, study))) else None,
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
    heard = 0 if pd.isna(row.last_epoch) else row.last_epoch  # its run may have been trained further for another
    own = epochs[(epochs["run"] == row.run) & (epochs["epoch"] <= heard)]
    columns = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    curve = [
        {key: _plain(getattr(epoch, key)) for key in [*columns, "seconds", "worker"]} for epoch in records(own)
    ]
    notice = studies.terms(store, study)["corpus"].get("notice") or ""
    return {"study": study, **values, "notice": notice, "suggested": row.params, "curve": curve}


def listing(store: Store, trials_of: str | None = None, *, with_trials: bool = False) -> list[Values]:
    """Every study of the database, the newest first; of one alone where `trials_of` names it.

    `study`, `kind`, `corpus`, `stand_in`, `begun` (ISO 8601, UTC), `runs` (of a study of questions), `trials` (a
    number by state), `finals` (runs scored), `best_validation_accuracy` (a fraction, or None); `with_trials` adds
    `each`: a list with `number`, `state`, `validation_accuracy`, `epochs`, `parameters`, `words`. Raises
    StoreError for an unknown name.
    """
    names = studies.study_names(store)
    if trials_of is not None or not names:
        names = [chosen(store, trials_of)]
    return [_listed(store, name, with_trials) for name in names]


def _decisions(store: Store, study: str) -> list[str]:
    from results.terminal.summary import decisions  # late: only what was compared needs SciPy

    return decisions(gather(store, study))


def _networks(trials: pd.DataFrame, finals: pd.DataFrame) -> list[Values]:
    """In the order of their titles: the test part has no say in a choice, so there is none."""
    titles = titles_of(trials, finals, None)
    rows = dict(iter(finals.groupby("configuration", sort=False)))
    return [
        {"title": title, "reference": str(rows[name]["reference"].iloc[0]) or None, "test": _test(rows[name])}
        for name, title in titles.items()
        if name in rows
    ]


def _answers(store: Store, study: str) -> dict[str, list[str]]:
    last = questions.last_epoch(store, study)
    if last is None:
        return {}
    from results.statistics import questions as asked  # SciPy, where there is something to answer

    found = asked.contrasts(questions.readings(store, study), last)
    return {each: [asked.said(one) for one in found if one.question == each] for each in asked.QUESTIONS}


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
    """As statistics.intervals.t_interval, without loading scipy.stats, which takes longer than all the rest."""
    n = len(values)
    if n < 2 or max(values) - min(values) <= 1e-12:
        return None, None
    from scipy.special import stdtrit

    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * sd / math.sqrt(n)
    return mean - half, mean + half


def _listed(store: Store, name: str, with_trials: bool) -> Values:
    trials = frames.trials(store, name)
    statement = (
        select(CorpusRow.name, CorpusRow.stand_in, StudyTermsRow.begun, StudyTermsRow.terms)
        .join(CorpusRow, CorpusRow.fingerprint == StudyTermsRow.corpus)
        .where(StudyTermsRow.name == name)
    )
    scored = select(func.count()).where(FinalRow.study == name, FinalRow.kind == "final")
    with store.session() as session:
        corpus, stand_in, begun, terms = session.execute(statement).one()
        finals = session.scalar(scored)
        runs = session.scalar(select(func.count(TrialRunRow.run.distinct())).where(TrialRunRow.study == name))
    kind = studies.kind_of(terms)
    best_score = trials["validation_accuracy"].max()
    values = {
        "study": name,
        "kind": kind,
        "runs": runs if kind == studies.QUESTIONS else 0,
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
