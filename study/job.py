"""The main job: corpus, search, finals, report. Each part goes on from where an earlier call stopped."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
from rich.console import Console

from results.report import build_report
from results.store import Store, open_store
from search_spaces import SearchSpace, load_space, space_fingerprint
from study.board import Board
from study.config import StudyConfig
from study.corpus.cache import default_cache, folder_of
from study.corpus.choose import obtain_corpus
from study.corpus.prepared import Corpus
from study.corpus.splits import Split
from study.engine import cores, start_engine
from study.environment import NUMERIC, environment
from study.errors import Refused
from study.finals import Finals, Plan
from study.lease import lease
from study.ledger import Ledger, invocation
from study.runs import Runs
from study.sampling import pruner_for, quiet
from study.search import METRIC, Search
from study.summary import print_summary
from study.view import view_for
from study.watch import Watcher


def run_and_report(config: StudyConfig, job: Callable[[Watcher], str], console: Console) -> None:
    """A job under a view, then the summary of its study on the console and its report in a file."""
    with view_for(console) as view:
        name = job(view)
    with open_store(config.database) as store:
        print_summary(store, name, console)
        console.print(f"Report: {build_report(store, name, config.report)}", soft_wrap=True)


def run_study(config: StudyConfig, command: Sequence[str], watch: Watcher, *, search_too: bool = True) -> str:
    """Brings the study to its end, from wherever it is. Returns its name.

    Without `search_too` only its finals are run, with the best found so far.
    Raises InputError and its kin for bad input, and Refused where the study was begun with other terms.
    """
    quiet()
    space = load_space(config.space, config.recipe)
    corpus, cache = obtained(config, watch)
    name = config.study_name(corpus.card.name)
    split = search_split(config, corpus)
    with open_store(config.database, create=True) as store, lease(store, name):
        ledger = Ledger(store, corpus.card, config.states)
        with invocation(ledger, command):
            study = _open_study(name, config, space, split, ledger, store)
            watch = board = Board(watch, store, name)
            watch.said(_opening(name, corpus, split))
            search = Search(study, space, split, config, ledger, watch)
            plan = Plan(study, space, split, config.finals, config.seed, ledger)
            finals = Finals(name, ledger, watch, config.finals.test_texts, split.seed)
            folder = folder_of(corpus.card.fingerprint, cache)
            if not _train(search if search_too else None, plan, finals, folder, config.workers):
                watch.said(f"Nothing to do: study {name} has its {config.trials} trials and all its finals.")
            board.finish()
    return name


def _opening(name: str, corpus: Corpus, split: Split) -> str:
    card = corpus.card
    return f"Study {name}: {card.training_texts:,} + {card.test_texts:,} texts of {card.name}; {split.words()}"


def obtained(config: StudyConfig, watch: Watcher) -> tuple[Corpus, Path]:
    """The corpus, prepared, with what there is to say of it said; and the cache it is in."""
    cache = config.cache or default_cache()
    corpus, notice = obtain_corpus(
        config.corpus, cache=cache, word_index=config.word_index, progress=watch.prepared
    )
    for line in (notice, corpus.card.notice):
        if line:
            watch.said(line)
    return corpus, cache


def _train(search: Search | None, plan: Plan, finals: Finals, folder: Path, workers: int | None) -> bool:
    """Search, then finals, on workers that are only started where there is something to do. Returns whether."""

    def unscored() -> bool:
        return bool(finals.missing(plan.first()) or plan.further() or finals.missing_baselines(plan.part))

    if not (search and search.remaining()) and not unscored():
        return False
    engine = start_engine(workers or len(cores()))
    try:
        if search:
            search.run(Runs(engine, plan.ledger, folder))
        scored = Runs(engine, plan.ledger, folder, keep_states=True)
        finals.run(plan.first(), scored)
        while more := plan.further():
            finals.run(more, scored)
        finals.run_baselines(finals.missing_baselines(plan.part), engine, folder, plan.split)
    finally:
        engine.close()
    return True


def search_split(config: StudyConfig, corpus: Corpus) -> Split:
    """The split of the settings, of as many texts as there are."""
    wanted = config.split.training_texts
    fewer = wanted if wanted is not None and wanted < corpus.card.training_texts else None
    return Split(config.split.validation_fraction, config.split.seed, fewer)


def _open_study(
    name: str, config: StudyConfig, space: SearchSpace, split: Split, ledger: Ledger, store: Store
) -> optuna.Study:
    """The study of that name, begun where there is none. Raises Refused where it was begun with other terms."""
    check_terms(name, split, _terms(config, space), ledger)
    study = optuna.create_study(
        study_name=name,
        storage=store.optuna_storage(),
        direction="maximize",
        pruner=pruner_for(config.search),
        load_if_exists=True,
    )
    if study.metric_names is None:
        study.set_metric_names([METRIC])
        study.set_user_attr("corpus", asdict(ledger.card)["name"])
        study.set_user_attr("stand-in", ledger.card.stand_in)
    return study


def _terms(config: StudyConfig, space: SearchSpace) -> dict[str, Any]:
    """What decides a study's numbers beside corpus and split."""
    return {
        "space": space.name,
        "space_fingerprint": space_fingerprint(space),
        "seed": config.seed,
        "profile": config.profile,
        "search": config.search.model_dump(mode="json"),
        "versions": numeric_versions(),
    }


def numeric_versions() -> dict[str, Any]:
    """The versions that may change an epoch's numbers."""
    return {package: environment().get(package) for package in NUMERIC}


def check_terms(name: str, split: Split, terms: dict[str, Any], ledger: Ledger) -> None:
    """Begins the study of that name where there is none.

    Raises Refused, with what differs, where it was begun with other terms.
    """
    begun = ledger.terms(name)
    if begun is None:
        ledger.begin_study(name, split, terms)
        return
    now = {"corpus": ledger.card.fingerprint, "split": split.fingerprint, **terms}
    changed = [f"{key} was {begun.get(key)}, is {now[key]}" for key in now if begun.get(key) != now[key]]
    if changed:
        raise Refused(
            f"study {name} was begun with other terms: {'; '.join(changed)}. "
            "Go on with the old ones, or start a study of another name: --name NEW_NAME"
        )
