"""What each element of a study's chosen network brings: trained without it, judged on the validation part."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from results.evidence.evidence import gather
from results.store.database import open_store
from search_spaces import Configuration
from study.bundle.choice import choose, search_split
from study.config import StudyConfig
from study.corpus.prepared.cache import default_cache, folder_of
from study.corpus.prepared.prepared import open_prepared
from study.driver.runs import Runs
from study.driver.terms import hold_to_terms
from study.environment import numeric_versions
from study.errors import InputError
from study.jobs.session import session, workers
from study.jobs.whole_runs import note_plan, train_whole
from study.progress.watcher import Watcher
from study.training.run import Run


def run_ablation(config: StudyConfig, which: str, seeds: int, command: Sequence[str], watch: Watcher) -> str:
    """Trains what is missing of the network `which` (as `study export` names it) and of it without each element,
    on `seeds` seeds and the training part of the search. Returns the study's name.

    Runs that the search trained already are shared. Raises InputError and its kin, StoreError where there is no
    such study.
    """
    with open_store(config.database) as store:
        evidence = gather(store, config.name)
        study = evidence.study
        whole = choose(store, evidence, which).run.configuration
        split = search_split(store, study)
        seed = int(evidence.terms.get("seed", 0))
    elements = without_each(whole)
    words = evidence.titles[whole.fingerprint]
    if not elements:
        raise InputError(f"{words} has no element that could be left out; name another network")
    corpus = open_prepared(folder_of(evidence.card["fingerprint"], config.cache or default_cache()))
    plan = [
        Run(each, number, split) for number in range(seed, seed + seeds) for each in (whole, *elements.values())
    ]
    titles = {each.fingerprint: title for title, each in elements.items()}
    asked = {"configuration": whole.fingerprint, "seeds": seeds, "elements": titles}
    terms = {"ablation": asked, "seed": seed, "versions": numeric_versions()}
    name = f"ablation-{whole.fingerprint}-{corpus.card.fingerprint[:8]}-{split.fingerprint[:8]}-{seed}-{seeds}"
    with session(config, name, corpus, command, watch) as ledger:
        hold_to_terms(name, split, terms, ledger, "another number of --seeds")
        missing = note_plan(name, plan, ledger)
        if not missing:
            watch.said(f"Nothing to do: all {len(plan)} runs of this ablation are trained.")
            return study
        watch.said(f"{words} and without each of {len(elements)} elements, {seeds} seeds; {split.words()}")
        watch.stage_began("runs", len(plan) - len(missing), len(plan))
        with workers(config, corpus, watch) as engine:

            def title(run: Run) -> str:
                left_out = titles.get(run.configuration.fingerprint)
                return f"{f'without {left_out}' if left_out else 'whole'}, seed {run.seed}"

            train_whole(missing, Runs(engine, ledger, corpus.folder), watch, title)
    return study


# -- without each element: put to its neutral value, all else as it was

_NOTHING_ELSE: dict[str, Any] = {
    "embedding_size": 0,
    "word_dropout": 0.0,
    "embedding_dropout": 0.0,
    "conv": (),
    "recurrent": (),
    "readout": "last",
    "dense": (),
}


def without_each(configuration: Configuration) -> dict[str, Configuration]:
    """By the name of the element, the configuration without it; only what is a network of its own."""
    found: dict[str, Configuration] = {}
    known = {configuration.fingerprint}
    for title, architecture, recipe in _changes(configuration):
        plain = configuration.model_dump()
        try:
            other = Configuration.model_validate(
                {"architecture": plain["architecture"] | architecture, "recipe": plain["recipe"] | recipe}
            )
        except ValidationError:
            continue  # the rest cannot stand without it
        if other.fingerprint not in known:
            known.add(other.fingerprint)
            found[title] = other
    return found


def _changes(configuration: Configuration) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Names of elements with what changes in the architecture and in the recipe; some change nothing."""
    layers = configuration.architecture
    yield "dropping words", {"word_dropout": 0.0}, {}
    yield "dropout behind the embedding", {"embedding_dropout": 0.0}, {}
    yield "the convolutions", {"conv": ()}, {}
    yield "convolutions of several widths", {"conv": _each(layers.conv, beside=())}, {}
    yield "pooling", {"conv": _each(layers.conv, pooling=1)}, {}
    yield "the recurrent layers", {"recurrent": ()}, {}
    yield "the second direction", {"recurrent": _each(layers.recurrent, bidirectional=False)}, {}
    yield "pieces side by side", {"recurrent": _each(layers.recurrent, piece=0)}, {}
    inside = {"input_dropout": 0.0, "recurrent_dropout": 0.0}
    yield "dropout in the gates", {"recurrent": _each(layers.recurrent, **inside)}, {}
    yield "dropout behind the recurrent layers", {"recurrent": _each(layers.recurrent, output_dropout=0.0)}, {}
    plain = "last" if layers.recurrent else "mean"
    yield f"the readout {layers.readout}, in place of {plain}", {"readout": plain}, {}
    yield "the dense layers", {"dense": ()}, {}
    yield "dropout behind the dense layers", {"dense": _each(layers.dense, dropout=0.0)}, {}
    if layers.ngrams:
        ngrams = layers.ngrams.model_dump()
        yield "n-grams", {"ngrams": None}, {}
        yield "all but the n-grams", _NOTHING_ELSE, {}
        yield "log-count ratios", {"ngrams": ngrams | {"by_ratios": False}}, {}
        yield "runs of several words", {"ngrams": ngrams | {"longest": 1}}, {}
    yield "weight decay", {}, {"weight_decay": 0.0}
    yield "label smoothing", {}, {"label_smoothing": 0.0}
    yield "token dropout", {}, {"token_dropout": 0.0}
    yield "the bound on gradients", {}, {"clip_norm": 0.0}
    yield "the falling learning rate", {}, {"schedule": "constant"}


def _each(parts: tuple[Any, ...], **changes: Any) -> tuple[dict[str, Any], ...]:
    return tuple(part.model_dump() | changes for part in parts)
