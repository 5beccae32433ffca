"""Made-up studies: a database filled through SQLAlchemy and Optuna's API, the same for the same arguments."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from sqlalchemy import MetaData, func, insert, select, text

from results.evidence import frames
from results.store.database import Store, open_store
from results.store.tables import (
    ConfigurationRow,
    CorpusRow,
    EpochRow,
    FinalRow,
    InvocationRow,
    PredictionRow,
    RunRow,
    SplitRow,
    StudyTermsRow,
    TestOpeningRow,
    TrialRunRow,
)
from search_spaces import BOOK, BookSpace, Configuration, RandomTrial, Recipe, in_words, name_of

_OPTUNA = ["trials", "trial_params", "trial_values", "trial_intermediate_values", "trial_user_attributes"]
STUDY = "made-up"
NOTICE = "These figures rest on generated texts, not on reviews."
BEGUN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SEARCH, FINAL = "split-search", "split-final"
BUCKETED = Recipe(batching="bucketed")

CARD: dict[str, Any] = {
    "name": "IMDB movie reviews",
    "source": "imdb.npz",
    "fingerprint": "c0ffee" * 10 + "c0ff",
    "classes": ["negative", "positive"],
    "stand_in": False,
    "training_texts": 25_000,
    "test_texts": 25_000,
    "vocabulary_size": 88_588,
    "mean_length": 238.7,
    "median_length": 178.0,
    "p95_length": 598.0,
    "notice": "",
}
ENVIRONMENT = {
    "python": "3.11.2",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "optuna": "5.0.0",
    "platform": "Linux-6.1-x86_64",
    "processor": "an invented processor",
    "cores": 2,
    "git_commit": "0123abc",
}


def known(session, table, **key):
    """The row of `table` with these column values, or None."""
    return session.scalar(select(table).filter_by(**key))


def begin(store: Store, study: str = STUDY, **card: Any) -> None:
    """A study without trials: corpus, splits, terms, one invocation and Optuna's empty study."""
    card = CARD | card
    with store.session() as session:
        if known(session, CorpusRow, fingerprint=card["fingerprint"]) is None:
            corpus = CorpusRow(
                fingerprint=card["fingerprint"], name=card["name"], stand_in=card["stand_in"], card=card
            )
            searched = "20,000 to train, 5,000 to validate (seed 7), 25,000 sealed for the test"
            session.add_all(
                [
                    corpus,
                    SplitRow(fingerprint=SEARCH, words=searched, split={"seed": 7}),
                    SplitRow(fingerprint=FINAL, words="25,000 to train, 25,000 for the test", split={"seed": 7}),
                ]
            )
        session.flush()
        terms = {
            "seed": 7,
            "space": "book",
            "space_fingerprint": "5pace",
            "profile": "quick",
            "versions": {"keras": "3.15.1", "optuna": "5.0.0"},
        }
        session.add(StudyTermsRow(name=study, corpus=card["fingerprint"], split=SEARCH, terms=terms, begun=BEGUN))
        session.add(
            InvocationRow(
                command=f"study run --name {study}",
                host="there",
                pid=1,
                environment=ENVIRONMENT,
                started=BEGUN,
                ended=BEGUN + timedelta(hours=2),
                exit_status=0,
            )
        )
    storage = store.optuna_storage()
    optuna.create_study(study_name=study, storage=storage, direction="maximize")
    storage.remove_session()


def add_trials(store: Store, count: int, study: str = STUDY, states: Sequence[str] = (), seed: int = 7) -> None:
    """The four networks of the book, then random points of the book's space, up to `count` trials.

    `states` names the state of each trial; where it ends, about one in six is pruned and one in twelve failed.
    """
    draw = random.Random(seed)
    space = BookSpace(BUCKETED)
    search = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=seed))
    for reference in BOOK[:count]:
        search.enqueue_trial(space.params_of(reference.under({"batching": "bucketed"})))
    planned = []
    for number in range(count):
        trial = search.ask()
        configuration = space.suggest(trial)
        chance = draw.random()
        drawn = "pruned" if chance < 1 / 6 else "fail" if chance < 1 / 4 else "complete"
        state = states[number] if number < len(states) else "complete" if number < len(BOOK) else drawn
        planned.append((configuration, *_told(search, trial, configuration, state, draw)))
    storage = store.optuna_storage()
    optuna.load_study(study_name=study, storage=storage).add_trials(search.get_trials(deepcopy=False))
    storage.remove_session()
    with store.session() as session:
        for number, (configuration, curve, trained) in enumerate(planned):
            run = _run(session, configuration, seed, SEARCH)
            _epochs(session, run, configuration, curve[:trained], draw)
            fingerprint = configuration.fingerprint
            session.add(
                TrialRunRow(study=study, number=number, configuration=fingerprint, run=run.id, trained=trained)
            )


def add_many_trials(store: Store, count: int, study: str = STUDY, seed: int = 7) -> None:
    """`count` trials behind those there are, written row by row past Optuna's API, which takes minutes for 10,000.

    One in six is pruned after its first epoch, one in twelve failed; each configuration has one run.
    """
    space, draw = BookSpace(BUCKETED), random.Random(seed)
    distributions = _distributions(space)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _OPTUNA}
    ours: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (ConfigurationRow, RunRow, EpochRow, TrialRunRow)
    }
    with store.session() as session:
        tables = MetaData()
        tables.reflect(session.connection(), only=_OPTUNA)
        its_id = session.scalar(text("SELECT study_id FROM studies WHERE study_name = :name"), {"name": study})
        first = session.scalar(text("SELECT coalesce(max(trial_id), 0) FROM trials")) + 1
        number = session.scalar(text("SELECT count(*) FROM trials WHERE study_id = :id"), {"id": its_id})
        corpus = known(session, StudyTermsRow, name=study).corpus
        configurations = set(session.scalars(select(ConfigurationRow.fingerprint)))
        runs = {run.run_fingerprint: run.id for run in session.scalars(select(RunRow).where(RunRow.seed == seed))}
        epochs = {(epoch.run, epoch.epoch) for epoch in session.scalars(select(EpochRow))}
        free = (session.scalar(select(func.max(RunRow.id))) or 0) + 1
    for place in range(count):
        configuration = space.suggest(RandomTrial(draw))
        curve, chance = _curve(configuration, draw), draw.random()
        state = "PRUNED" if chance < 1 / 6 else "FAIL" if chance < 1 / 4 else "COMPLETE"
        trained = {"PRUNED": 1, "FAIL": 0, "COMPLETE": len(curve)}[state]
        trial = {"trial_id": first + place}
        moment = BEGUN.replace(tzinfo=None) + timedelta(seconds=place)
        times = {"datetime_start": moment, "datetime_complete": moment + timedelta(seconds=9)}
        rows["trials"].append(trial | {"number": number + place, "study_id": its_id, "state": state} | times)
        for name, value in space.params_of(configuration).items():
            kept, json = distributions[name]
            inner = kept.to_internal_repr(value)
            rows["trial_params"].append(
                trial | {"param_name": name, "param_value": inner, "distribution_json": json}
            )
        for step, accuracy in enumerate(curve[:trained], start=1):
            told = {"step": step, "intermediate_value": accuracy, "intermediate_value_type": "FINITE"}
            rows["trial_intermediate_values"].append(trial | told)
        if state == "COMPLETE":
            rows["trial_values"].append(trial | {"objective": 0, "value": curve[-1], "value_type": "FINITE"})
        else:
            said = f"pruned after epoch 1 at {curve[0]}" if state == "PRUNED" else "the loss became NaN"
            rows["trial_user_attributes"].append(trial | {"key": "reason", "value_json": f'"{said}"'})
        fingerprint, shared = configuration.fingerprint, configuration.run_fingerprint
        if fingerprint not in configurations:
            configurations.add(fingerprint)
            ours[ConfigurationRow].append(_configuration(configuration))
        if shared not in runs:
            runs[shared] = free
            key = {"run_fingerprint": shared, "seed": seed, "corpus": corpus, "split": SEARCH}
            ours[RunRow].append({"id": free} | key)
            free += 1
        for epoch, accuracy in enumerate(curve[:trained], start=1):
            if (runs[shared], epoch) not in epochs:
                epochs.add((runs[shared], epoch))
                ours[EpochRow].append(_epoch(runs[shared], epoch, accuracy, 30.0, validated=True))
        link = {"study": study, "number": number + place, "configuration": fingerprint}
        ours[TrialRunRow].append(link | {"run": runs[shared], "trained": trained})
    with store.session() as session:
        for name in _OPTUNA:
            session.execute(insert(tables.tables[name]), rows[name])
        for table, made in ours.items():
            session.execute(insert(table), made)


def _distributions(space: BookSpace) -> dict[str, tuple[Any, str]]:
    """How Optuna keeps each parameter of the space: its distribution, and that as JSON."""
    search = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    found: dict[str, Any] = {}
    for _ in range(60):
        trial = search.ask()
        space.suggest(trial)
        found |= trial.distributions
    return {name: (each, optuna.distributions.distribution_to_json(each)) for name, each in found.items()}


def add_finals(
    store: Store, configurations: Sequence[Configuration], seeds: Sequence[int] = (1, 2, 3), study: str = STUDY
) -> None:
    """Each configuration scored with each seed; the further down the list, the worse by half a point."""
    draw = random.Random(11)
    with store.session() as session:
        invocation = session.query(InvocationRow).order_by(InvocationRow.id.desc()).first()
        assert invocation is not None
        texts = known(session, StudyTermsRow, name=study)
        card = known(session, CorpusRow, fingerprint=texts.corpus).card
        for place, configuration in enumerate(configurations):
            for seed in seeds:
                run = _run(session, configuration, seed, FINAL)
                curve = _curve(configuration, draw)
                _epochs(session, run, configuration, curve, draw, validated=False)
                accuracy = 0.87 - 0.005 * place + draw.gauss(0, 0.002)
                session.add(
                    TestOpeningRow(
                        invocation=invocation.id,
                        configuration=configuration.fingerprint,
                        run=run.id,
                        purpose="final",
                        opened=BEGUN + timedelta(hours=1),
                    )
                )
                right = round(accuracy * card["test_texts"])
                final = FinalRow(
                    study=study,
                    configuration=configuration.fingerprint,
                    run=run.id,
                    test_texts=card["test_texts"],
                    test_loss=0.31,
                    test_accuracy=right / card["test_texts"],
                    scored=BEGUN + timedelta(hours=1),
                )
                session.add(final)
                session.flush()
                session.add(_predictions(final, right))


def book_and_found(store: Store, study: str = STUDY) -> list[Configuration]:
    """What a study scores in the end: the book's four networks as trained here, and the best other one."""
    configurations = [reference.under({"batching": "bucketed"}) for reference in BOOK]
    trials = frames.trials(store, study).query("state == 'complete' and reference == ''")
    if trials.empty:
        return configurations
    found = trials.sort_values("validation_accuracy")["configuration"].iloc[-1]
    with store.session() as session:
        row = known(session, ConfigurationRow, fingerprint=found)
        return [*configurations, Configuration.model_validate(row.configuration)]


def filled(path: Path, trials: int = 30, seeds: Sequence[int] = (1, 2, 3), **card: Any) -> Store:
    """A new database at `path` with one study that searched and scored."""
    store = open_store(path, create=True)
    begin(store, **card)
    add_trials(store, trials)
    if seeds:
        add_finals(store, book_and_found(store), seeds)
    return store


def _told(
    search: optuna.Study, trial: optuna.Trial, configuration: Configuration, state: str, draw: random.Random
) -> tuple[list[float], int]:
    """The validation accuracy of each epoch, and how many of them were trained."""
    curve = _curve(configuration, draw)
    trained = {"complete": len(curve), "running": 1, "pruned": 1, "fail": 0}[state]
    for epoch, accuracy in enumerate(curve[:trained], start=1):
        trial.report(accuracy, epoch)
    if state == "complete":
        search.tell(trial, curve[-1])
    elif state == "pruned":
        trial.set_user_attr("reason", "below the median of the other trials at epoch 1")
        search.tell(trial, state=optuna.trial.TrialState.PRUNED)
    elif state == "fail":
        trial.set_user_attr("reason", "the loss became NaN in epoch 1")
        search.tell(trial, state=optuna.trial.TrialState.FAIL)
    return curve, trained


def _curve(configuration: Configuration, draw: random.Random) -> list[float]:
    units = configuration.architecture.recurrent[0].units
    ceiling = 0.86 + 0.02 * math.tanh(units / 100) + draw.gauss(0, 0.01)
    return [round(ceiling - 0.15 * math.exp(-0.9 * e), 4) for e in range(1, configuration.recipe.epochs + 1)]


def _predictions(final: FinalRow, right: int) -> PredictionRow:
    """So many texts told right; the hard ones are the same for all finals, up to noise."""
    texts = final.test_texts
    hardness = np.random.default_rng(0).random(texts) + 0.2 * np.random.default_rng(final.id).random(texts)
    hits = np.zeros(texts, bool)
    hits[np.argsort(hardness)[:right]] = True
    labels = np.arange(texts) % 2
    found = np.where(labels == hits, 0.9, 0.1).astype("<f4")  # right about a 1, or wrong about a 0
    return PredictionRow(final=final.id, probabilities=found.tobytes(), hits=np.packbits(hits).tobytes())


def _run(session: Any, configuration: Configuration, seed: int, split: str) -> RunRow:
    if known(session, ConfigurationRow, fingerprint=configuration.fingerprint) is None:
        session.add(ConfigurationRow(**_configuration(configuration)))
    corpus = session.query(CorpusRow.fingerprint).limit(1).scalar()
    key = {"run_fingerprint": configuration.run_fingerprint, "seed": seed, "corpus": corpus, "split": split}
    run: RunRow = known(session, RunRow, **key) or RunRow(**key)
    session.add(run)
    session.flush()
    return run


def _epochs(
    session: Any,
    run: RunRow,
    configuration: Configuration,
    curve: Sequence[float],
    draw: random.Random,
    *,
    validated: bool = True,
) -> None:
    seconds = 20 + 0.2 * configuration.architecture.recurrent[0].units
    for epoch, accuracy in enumerate(curve, start=1):
        if known(session, EpochRow, run=run.id, epoch=epoch) is None:
            row = _epoch(run.id, epoch, accuracy, seconds + draw.random(), validated=validated)
            session.add(EpochRow(**row | {"cpu_seconds": seconds}))


def _configuration(configuration: Configuration) -> dict[str, Any]:
    """A row of configurations."""
    return {
        "fingerprint": configuration.fingerprint,
        "run_fingerprint": configuration.run_fingerprint,
        "configuration": configuration.model_dump(mode="json"),
        "words": in_words(configuration),
        "reference": name_of(configuration),
        "parameters": configuration.architecture.parameter_count(5000),
    }


def _epoch(run: int, epoch: int, accuracy: float, seconds: float, *, validated: bool) -> dict[str, Any]:
    """A row of epochs."""
    return {
        "run": run,
        "epoch": epoch,
        "train_loss": 0.6 / epoch,
        "train_accuracy": min(0.99, accuracy + 0.02 * (epoch - 1)),
        "validation_loss": 0.4 if validated else None,
        "validation_accuracy": accuracy if validated else None,
        "seconds": seconds,
        "cpu_seconds": seconds,
        "peak_memory_mb": 900.0,
        "worker": "here",
        "finished": BEGUN + timedelta(minutes=epoch),
    }
