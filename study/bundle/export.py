"""A network or a linear baseline of a study as a bundle: its weights, and what is known of it."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from results.answer.average import ENSEMBLE
from results.evidence.evidence import Evidence, gather
from results.statistics.intervals import by_configuration, wilson_interval
from results.store.database import Store
from search_spaces import Configuration
from study.bundle import check_place
from study.bundle.choice import Chosen, ChosenBaseline, choose_any
from study.bundle.ensemble.members import as_member, members
from study.bundle.ensemble.members import described as described_average
from study.bundle.folder import Contents, write_bundle, write_ensemble
from study.bundle.linear_export import described, fitted_again
from study.bundle.text_reader import TextReader
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.encoding import FIRST_WORD, Preparation, open_preparation, read_word_index
from study.corpus.prepared.prepared import Card, Corpus, open_prepared
from study.driver.lease import lease
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.environment import NUMERIC, environment
from study.errors import InputError, Refused, TrialError
from study.progress.watcher import Silent, Watcher
from study.training.run import Run, State
from study.workers import start_engine


def export(
    store: Store,
    study: str | None,
    which: str,
    folder: Path,
    *,
    states: Path,
    cache: Path,
    word_index: Path | None = None,
    force: bool = False,
    watch: Watcher | None = None,
) -> Path:
    """Writes a bundle of `which`: best, network, a trial's number, a configuration (id, fingerprint), a linear
    baseline (tf-idf, nb-svm), or ensemble, the average of several. Returns `folder`.

    Weights that are no longer in `states` are trained again. `word_index` names the words of a corpus of ids.
    Raises InputError and its kin, StoreError where there is no such study.
    """
    check_place(folder, force=force)
    watch = watch or Silent()
    evidence = gather(store, study)
    chosen = [(1.0, choose_any(store, evidence, which))] if which != ENSEMBLE else members(store, evidence)
    corpus = open_prepared(folder_of(evidence.card["fingerprint"], cache))
    ledger = Ledger(store, corpus.card, states)

    def contents(one: Chosen | ChosenBaseline) -> Contents:
        if isinstance(one, ChosenBaseline):
            return _linear(evidence, one, corpus, word_index, watch)
        return _network(evidence, one, corpus, word_index, ledger, watch)

    if which == ENSEMBLE:
        whole = _of_the_study(evidence, _reader(corpus, None, word_index)) | described_average(evidence)
        parts = ((weight, as_member(contents(one))) for weight, one in chosen)
        write_ensemble(folder, parts, whole, force=force)
    else:
        write_bundle(folder, contents(chosen[0][1]), force=force)
    return folder


def _linear(
    evidence: Evidence, chosen: ChosenBaseline, corpus: Corpus, word_index: Path | None, watch: Watcher
) -> Contents:
    watch.said(f"Fitting {chosen.kind} again: a linear model is kept by its settings ...")
    weights, now = fitted_again(chosen.kind, chosen.settings, corpus, chosen.split)
    reader = _reader(corpus, None, word_index)
    own = described(evidence, chosen.kind, weights, chosen.split, now)
    description = {**_of_the_study(evidence, reader), **own, "chosen": chosen.why}
    return Contents(None, corpus.card.classes, reader, weights, description)


def _network(
    evidence: Evidence, chosen: Chosen, corpus: Corpus, word_index: Path | None, ledger: Ledger, watch: Watcher
) -> Contents:
    reader = _reader(corpus, chosen.run.configuration, word_index)
    state, trained_again = _state(chosen.run, evidence.study, ledger, corpus.folder, watch)
    return Contents(
        configuration=chosen.run.configuration,
        labels=corpus.card.classes,
        reader=reader,
        network=_stock_network(chosen.run.configuration, corpus.card, state),
        description=_description(evidence, chosen, reader, trained_again),
    )


# -- its weights


def _state(run: Run, study: str, ledger: Ledger, folder: Path, watch: Watcher) -> tuple[State, bool | None]:
    """The state after the run's last epoch; and, where it had to be trained again, whether to the same loss."""
    epochs = run.configuration.recipe.epochs
    epoch, state = ledger.last_state(run, epochs)
    if epoch == epochs and state is not None:
        return state, None
    watch.said(f"The weights are no longer kept: training them again, epochs {epoch + 1} to {epochs} ...")
    runs = Runs(start_engine(folder, workers=1), ledger, folder, keep_states=True)
    with lease(ledger.store, study):
        runs.train_towards(run, epochs)
        news = runs.wait()
    if news.error is not None:
        raise news.error
    epoch, state = ledger.last_state(run, epochs)
    if news.metrics is None or state is None or epoch != epochs:
        raise TrialError(f"expected the state after epoch {epochs}, got that after epoch {epoch}")
    return state, news.metrics.train_loss == runs.finished_epochs(run)[epochs - 1].train_loss


def _stock_network(configuration: Configuration, card: Card, state: State) -> Any:
    from study.bundle.stock_layers import as_keras, foreign_layers
    from study.training.epoch import LiveNetwork  # TensorFlow, where it is needed at last
    from study.training.own import written

    network = LiveNetwork(configuration, card)
    own = configuration.architecture.own
    if own and (foreign := foreign_layers(written(network.model))):
        raise Refused(
            f"{own.file}: expected stock Keras layers and keras.ops alone, since predicting with a bundle runs no "
            f"code of anybody's; its network has {', '.join(foreign)} and cannot be exported"
        )
    network.restore(state)
    return as_keras(network.model)


def _reader(corpus: Corpus, configuration: Configuration | None, word_index: Path | None) -> TextReader:
    card = corpus.card
    size = (configuration.recipe.vocabulary_size if configuration else None) or card.vocabulary_size
    preparation = open_preparation(corpus.folder)
    if preparation is None and word_index is not None:
        words = read_word_index(word_index)
        if len(words) < card.vocabulary_size - FIRST_WORD:
            raise InputError(
                f"word index {word_index}: expected a word for each of the corpus's "
                f"{card.vocabulary_size - FIRST_WORD:,} ids, got {len(words):,}; it belongs to another corpus"
            )
        preparation = Preparation(words)
    return TextReader(preparation, size)


# -- what is known of it


def _description(
    evidence: Evidence, chosen: Chosen, reader: TextReader, trained_again: bool | None
) -> dict[str, Any]:
    """What `study.bundle.model_card` asks for."""
    ranked = evidence.by_objective
    own = ranked[ranked["configuration"] == chosen.fingerprint]
    of_finals = evidence.finals[evidence.finals["configuration"] == chosen.fingerprint]
    known = pd.concat([evidence.trials, of_finals])
    row = known[known["configuration"] == chosen.fingerprint].iloc[0]
    return _of_the_study(evidence, reader) | {
        "trial": chosen.trial,
        "title": evidence.titles[chosen.fingerprint],
        "words": str(row["words"]),
        "fingerprint": chosen.fingerprint,
        "parameters": int(row["parameters"]),
        "seed": chosen.run.seed,
        "epochs": chosen.run.configuration.recipe.epochs,
        "chosen": chosen.why,
        "trained_on": chosen.run.split.words(),
        "trained_again": trained_again,
        "test": _test_scores(of_finals, chosen.run.seed) if len(of_finals) else None,
        "validation": _validation(own, len(ranked)) if len(own) else None,
        "baselines": evidence.baselines[["title", "test_accuracy"]].to_dict("records") if len(of_finals) else [],
    }


def _of_the_study(evidence: Evidence, reader: TextReader) -> dict[str, Any]:
    """What is the same of each of its models."""
    now = environment()
    return {
        "made": datetime.now(UTC).strftime("%Y-%m-%d"),
        "made_by": f"architecture-study {now.get('architecture_study', '')}".strip(),
        "study": evidence.study,
        "corpus": evidence.card,
        "reads_words": reader.preparation is not None,
        "trained_with": evidence.terms.get("versions", {}),
        "exported_with": {name: now[name] for name in NUMERIC if name in now},
    }


def _validation(own: pd.DataFrame, configurations: int) -> dict[str, Any]:
    return {"accuracy": float(own["validation_accuracy"].iloc[0]), "configurations": configurations}


def _test_scores(finals: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Of one configuration's finals, and of the seed's own."""
    over_seeds = by_configuration(finals).iloc[0]
    own = finals[finals["seed"] == seed].iloc[0]
    low, high = wilson_interval(float(own["test_accuracy"]), int(own["test_texts"]))
    return {
        "seeds": int(over_seeds["n"]),
        "mean": float(over_seeds["mean"]),
        "low": _or_none(over_seeds["mean_low"]),
        "high": _or_none(over_seeds["mean_high"]),
        "smallest": float(over_seeds["min"]),
        "largest": float(over_seeds["max"]),
        "own": float(own["test_accuracy"]),
        "own_low": low,
        "own_high": high,
        "texts": int(own["test_texts"]),
    }


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
