"""What every job begins with: a prepared corpus, settings that suit it, the study's lease and ledger, workers."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from results.evidence.studies import begun_with, split_of
from results.store.database import open_store
from search_spaces import Recipe
from study.config import FINALS_ONCE, PROFILES, QUIET, Part, StudyConfig
from study.corpus.obtain import obtain
from study.corpus.own.columns import Reading
from study.corpus.own.findings import defaults_for
from study.corpus.prepared.cache import default_cache
from study.corpus.prepared.prepared import Corpus
from study.corpus.prepared.splits import Split
from study.driver.lease import lease
from study.driver.ledger import Ledger
from study.errors import StudyError
from study.jobs.unused import given_in
from study.progress.watcher import Watcher
from study.workers import start_engine
from study.workers.engine import Engine


@contextlib.contextmanager
def session(
    config: StudyConfig, name: str, corpus: Corpus, command: Sequence[str], watch: Watcher
) -> Iterator[Ledger]:
    """The ledger of the settings' database, while this process alone drives the study and the command is noted."""
    with open_store(config.database, create=True) as store, lease(store, name, watch.said):
        ledger = Ledger(store, corpus.card, config.states, config.recipe.epochs)
        with invocation(ledger, command):
            yield ledger


@contextlib.contextmanager
def invocation(ledger: Ledger, command: Sequence[str]) -> Iterator[None]:
    """Notes a command's beginning and its end, whatever the end."""
    ledger.begin(" ".join(command))
    try:
        yield
    except KeyboardInterrupt as ended:
        ledger.end(getattr(ended, "status", 130))
        raise
    except StudyError:
        ledger.end(2)
        raise
    except BaseException:
        ledger.end(1)
        raise
    ledger.end(0)


@contextlib.contextmanager
def workers(config: StudyConfig, corpus: Corpus, watch: Watcher) -> Iterator[Engine]:
    """The workers of the settings, stopped at the end."""
    engine = start_engine(corpus.folder, config.workers, config.memory_limit, config.scheduler, said=watch.said)
    try:
        yield engine
    finally:
        engine.close()


def obtained(config: StudyConfig, watch: Watcher) -> Corpus:
    """The corpus, prepared, with what there is to say of it said."""
    found = obtain(
        config.corpus,
        reading_of(config),
        cache=config.cache or default_cache(),
        word_index=config.word_index,
        progress=watch.prepared,
    )
    for line in found.lines():
        watch.said(line)
    return found.corpus


def reading_of(config: StudyConfig) -> Reading:
    """How the settings say that a corpus of one's own is to be read."""
    return Reading(**{field.name: getattr(config, field.name) for field in fields(Reading)})


def fitted(
    config: StudyConfig, corpus: Corpus, watch: Watcher, *names: str, leaving: Sequence[str] = ()
) -> StudyConfig:
    """The settings with a recipe for a corpus of one's own, but for its fields in `leaving`.

    What was set, by a profile too, stays as it is. The rest is what the first of these studies that is there was
    begun with, so that it goes on as it began, and what suits the corpus where all is new.
    """
    given = {*config.recipe.model_fields_set, *leaving}
    suited = {key: value for key, value in defaults_for(corpus.card).items() if key not in given}
    if not suited:
        return config
    begun = _recipe_begun_with(config, names)
    chosen = {key: begun.get(key, value) for key, value in suited.items()}
    words = ", ".join(f"{key} {'all' if value is None else f'{value:,}'}" for key, value in chosen.items())
    watch.said(f"Recipe for {corpus.card.name}: {words}; other values go into [recipe] of a TOML file.")
    return config.model_copy(update={"recipe": config.recipe.model_copy(update=chosen)})


def _recipe_begun_with(config: StudyConfig, names: Sequence[str]) -> dict[str, Any]:
    """The recipe that the first of these studies was begun with; empty where there is none of them. Of one begun
    before its recipe was kept, what then was the same whatever the corpus."""
    if not names:
        return {}
    with open_store(config.database, create=True) as store:
        begun = next((terms for name in names if (terms := begun_with(store, name)) is not None), None)
    if begun is None:
        return {}
    book, kept = Recipe().model_dump(mode="json"), begun.get("recipe")
    return book | kept if isinstance(kept, dict) else {key: book[key] for key in ("batch_size", "epochs")}


def as_begun(config: StudyConfig, corpus: Corpus, *names: str) -> tuple[StudyConfig, Split]:
    """The settings, and the split of as many texts as there are, in the ways of the first of these studies that is
    there: what it was begun without, because there was no choice then, stays so, and so do its seeds where its
    profile has others now. What the settings name themselves is left. Where all is new, QUIET and the defaults."""
    with open_store(config.database, create=True) as store:
        name = next((name for name in names if begun_with(store, name) is not None), None)
        begun = {} if name is None else begun_with(store, name) or {}
        cut = {"by_text": True} if name is None else split_of(store, name) or {}
    wanted = config.split.training_texts
    fewer = wanted if wanted is not None and wanted < corpus.card.training_texts else None
    split = Split(config.split.validation_fraction, config.split.seed, fewer, cut.get("by_text", False))
    kept = begun.get("trained", begun.get("recipe")) if begun else {"schedule": QUIET}
    schedule = (kept if isinstance(kept, dict) else {}).get("schedule", Recipe().schedule)
    told = begun.get("finals", {})  # not of a search alone, nor of a study from before they were terms
    before = bool(begun) and not split.by_text
    once: dict[str, object] = {}
    if told or before:
        of_profile = PROFILES[config.profile].get("finals", {})
        once = {key: value for key, value in FINALS_ONCE.items() if key not in of_profile}
        once |= {key: told[key] for key in FINALS_ONCE if key in told}
    parts = {"recipe": {"schedule": schedule}, "finals": once}
    return config.model_copy(update={key: _unless_named(config, key, parts[key]) for key in parts}), split


def _unless_named(config: StudyConfig, key: str, values: dict[str, object]) -> Part:
    """That part of the settings with these values, but for what the user set."""
    part: Part = getattr(config, key)
    named = given_in(config, key)
    return part.model_copy(update={k: v for k, v in values.items() if k not in named})
