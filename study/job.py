"""The main job: corpus, search, finals, report. Each part goes on from where an earlier call stopped."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
from rich.console import Console

from results.report import build_report
from results.store import Store, open_store
from search_spaces import SearchSpace, load_space, space_fingerprint
from study.config import StudyConfig
from study.corpus.cache import default_cache, folder_of
from study.corpus.choose import obtain_corpus
from study.corpus.prepared import Corpus
from study.corpus.splits import Split
from study.engine import cores, start_engine
from study.environment import NUMERIC, environment
from study.errors import Refused
from study.finals import missing, plan_finals, run_finals
from study.ledger import Ledger, invocation
from study.runs import Runs
from study.sampling import pruner_for, quiet
from study.search import METRIC, Search
from study.summary import print_summary
from study.view import Lines
from study.watch import Watcher


def run_and_report(config: StudyConfig, command: Sequence[str], view: Lines, console: Console) -> None:
    """The study under a view, then its summary on the console and its report in a file."""
    with view:
        name = run_study(config, command, view)
    with open_store(config.database) as store:
        print_summary(store, name, console)
        console.print(f"Report: {build_report(store, name, config.report)}", soft_wrap=True)


def run_study(config: StudyConfig, command: Sequence[str], watch: Watcher) -> str:
    """Brings the study to its end, from wherever it is. Returns its name.

    Raises InputError and its kin for bad input, and Refused where the study was begun with other terms.
    """
    quiet()
    space = load_space(config.space, config.recipe)
    cache = config.cache or default_cache()
    corpus, notice = obtain_corpus(
        config.corpus, cache=cache, word_index=config.word_index, progress=watch.prepared
    )
    for line in (notice, corpus.card.notice):
        if line:
            watch.said(line)
    name = config.study_name(corpus.card.name)
    split = _search_split(config, corpus)
    with open_store(config.database, create=True) as store:
        ledger = Ledger(store, corpus.card, config.states)
        with invocation(ledger, command):
            study = _open_study(name, config, space, split, ledger, store)
            search = Search(study, space, split, config, ledger, watch)
            folder = folder_of(corpus.card.fingerprint, cache)
            if not _train(search, study, space, split, config, ledger, watch, folder):
                watch.said(f"Nothing to do: study {name} has its {config.trials} trials and all its finals.")
    return name


def _train(
    search: Search,
    study: optuna.Study,
    space: SearchSpace,
    split: Split,
    config: StudyConfig,
    ledger: Ledger,
    watch: Watcher,
    folder: Path,
) -> bool:
    """Search, then finals, on workers that are only started where there is something to do. Returns whether."""
    name = study.study_name
    finals = plan_finals(study, space, split, config.finals, config.seed, ledger)
    if not search.remaining() and not missing(finals, name, ledger):
        return False
    engine = start_engine(config.workers or len(cores()))
    try:
        search.run(Runs(engine, ledger, folder))
        finals = plan_finals(study, space, split, config.finals, config.seed, ledger)
        run_finals(finals, name, Runs(engine, ledger, folder, keep_states=True), ledger, watch)
    finally:
        engine.close()
    return True


def _search_split(config: StudyConfig, corpus: Corpus) -> Split:
    wanted = config.split.training_texts
    fewer = wanted if wanted is not None and wanted < corpus.card.training_texts else None
    return Split(config.split.validation_fraction, config.split.seed, fewer)


def _open_study(
    name: str, config: StudyConfig, space: SearchSpace, split: Split, ledger: Ledger, store: Store
) -> optuna.Study:
    """The study of that name, begun where there is none. Raises Refused where it was begun with other terms."""
    terms = _terms(config, space)
    begun = ledger.terms(name)
    if begun is None:
        ledger.begin_study(name, split, terms)
    else:
        _check_terms(name, begun, {"corpus": ledger.card.fingerprint, "split": split.fingerprint, **terms})
    study = optuna.create_study(
        study_name=name,
        storage=store.optuna_storage(),
        direction="maximize",
        pruner=pruner_for(config.search),
        load_if_exists=True,
    )
    if begun is None:
        study.set_metric_names([METRIC])
        study.set_user_attr("corpus", asdict(ledger.card)["name"])
        study.set_user_attr("stand-in", ledger.card.stand_in)
    return study


def _terms(config: StudyConfig, space: SearchSpace) -> dict[str, Any]:
    """What decides a study's numbers beside corpus and split."""
    versions = environment()
    return {
        "space": space.name,
        "space_fingerprint": space_fingerprint(space),
        "seed": config.seed,
        "profile": config.profile,
        "search": config.search.model_dump(mode="json"),
        "versions": {package: versions.get(package) for package in NUMERIC},
    }


def _check_terms(name: str, begun: dict[str, Any], now: dict[str, Any]) -> None:
    changed = [f"{key} was {begun.get(key)}, is {now[key]}" for key in now if begun.get(key) != now[key]]
    if changed:
        raise Refused(
            f"study {name} was begun with other terms: {'; '.join(changed)}. "
            "Go on with the old ones, or start a study of another name: --name NEW_NAME"
        )
