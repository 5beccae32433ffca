"""The main job: corpus, search, finals, report. Each part goes on from where an earlier call stopped."""

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import optuna
from optuna.trial import TrialState
from rich.console import Console

from results.metrics.objectives import OBJECTIVES
from results.presentation.formatting import duration
from results.report.report import build_report
from results.store.database import Store, open_store
from results.terminal.summary import print_summary
from search_spaces import OwnSpace, SearchSpace, for_classes, load_space, random_trials
from study.bundle.stock_layers import foreign_layers
from study.config import StudyConfig
from study.corpus.prepared.prepared import Corpus
from study.corpus.prepared.splits import Split
from study.driver.cleaning import in_bytes, size_of
from study.driver.durations import Budget
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.driver.terms import begin_fork, hold_to_terms, study_terms
from study.errors import InputError
from study.jobs.averages import Averages
from study.jobs.finals import Finals
from study.jobs.plan import Plan, seconds_left
from study.jobs.semi_final import note, unnoted
from study.jobs.session import as_begun, fitted, obtained, session, workers
from study.jobs.unused import refuse_unused
from study.jobs.whole_runs import train_whole, unended
from study.progress.dashboard import Board
from study.progress.outlook import Outlook
from study.progress.status import PLAN
from study.progress.terminal import view_for
from study.progress.watcher import Watcher
from study.search.sampling import pruner_for, quiet
from study.search.search import Search
from study.training.tasks import check_network
from study.workers.engine import Engine


def run_and_report(config: StudyConfig, job: Callable[[Watcher], str], console: Console) -> None:
    """A job under a view, then the summary of its study on the console and its report in a file.

    Raises InputError, before anything else is done, where the report could not be written in the end.
    """
    _check_writable(config.report)
    with view_for(console) as view:
        name = job(view)
    with open_store(config.database) as store:
        print_summary(store, name, console)
        console.print(f"Report: {build_report(store, name, config.report)}", soft_wrap=True)
    states = in_bytes(size_of(config.states.glob("*")))
    console.print(
        f"States of networks: {states} in {config.states}; `study clean` frees what is not needed", soft_wrap=True
    )


def _check_writable(report: Path) -> None:
    """Asks by doing: root may write where modes say no."""
    try:
        if report.is_dir():
            raise IsADirectoryError(21, "a folder")
        there = next(folder for folder in report.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(
            f"{report}: expected a place where the report can be written, got: {error.strerror}; "
            "name another with --report"
        ) from error


def run_study(config: StudyConfig, command: Sequence[str], watch: Watcher, *, search_too: bool = True) -> str:
    """Brings the study to its end, from wherever it is. Returns its name.

    Without `search_too` only its finals are run, with the best found so far.
    Raises InputError and its kin for bad input, and Refused where the study was begun with other terms.
    """
    quiet()
    load_space(config.space, config.recipe)  # a space that cannot be is found out before the corpus is prepared
    refuse_unused(config)
    corpus = obtained(config, watch)
    names = [*([config.fork] if config.fork else []), config.study_name(corpus.card.name)]
    name = names[0]
    config, split = as_begun(fitted(config, corpus, watch, *names), corpus, *names)
    space = for_classes(load_space(config.space, config.recipe), len(corpus.card.classes))
    with session(config, name, corpus, command, watch) as ledger, contextlib.ExitStack() as started:
        engine = None
        if isinstance(space, OwnSpace) and ledger.terms(name) is None:
            engine = started.enter_context(workers(config, corpus, watch))
            _check_network(space, engine, corpus, watch)
        study = open_study(name, config, space, split, ledger, ledger.store)
        outlook = Outlook(watch)
        watch = board = Board(outlook, ledger.store, name)
        watch.said(_opening(name, corpus, split))
        if config.fork:
            fork = (ledger.terms(name) or {})["forked_from"]
            watch.said(f"It is a fork of {fork['study']}: {'; '.join(fork['changed']) or 'on the same terms'}")
        search = Search(study, space, split, config, ledger, watch)
        plan = Plan(study, space, split, config.finals, config.seed, ledger)
        study.set_user_attr(PLAN, {"trials": config.trials, "finals": plan.size()})
        finals = Finals(name, ledger, watch, config.finals.test_texts, split.seed)
        averages = Averages(name, ledger, watch, config.finals, split, corpus)
        how = (corpus, config, watch, outlook, engine)
        if not _train(search if search_too else None, plan, finals, averages, *how):
            begun = len(study.get_trials(deepcopy=False)) - len(study.get_trials(False, (TrialState.WAITING,)))
            watch.said(f"Nothing to do: study {name} has {_trials(begun, config.trials)} and all its finals.")
        board.finish()
    return name


def _trials(begun: int, wanted: int) -> str:
    if begun == wanted:
        return f"its {begun} trials"
    return f"{begun} trials" + (f", more than the {wanted} asked for," if begun > wanted else f" of {wanted}")


def _opening(name: str, corpus: Corpus, split: Split) -> str:
    card = corpus.card
    return f"Study {name}: {card.training_texts:,} + {card.test_texts:,} texts of {card.name}; {split.words()}"


def _train(
    search: Search | None,
    plan: Plan,
    finals: Finals,
    averages: Averages,
    corpus: Corpus,
    config: StudyConfig,
    watch: Watcher,
    outlook: Outlook,
    started: Engine | None,
) -> bool:
    """Search, then finals, on workers that are only started where there is something to do, unless they are
    `started` already. Returns whether there was."""

    def unscored() -> bool:
        leaders = plan.semi_final()
        judging = unended(leaders, plan.ledger) or unnoted(plan.study.study_name, leaders, plan.ledger)
        if judging or finals.missing(plan.first()) or plan.further() or finals.missing_baselines(plan.part):
            return True
        return averages.missing()

    if not (search and search.remaining()) and not unscored():
        return False
    with contextlib.nullcontext(started) if started else workers(config, corpus, watch) as engine:
        budget = Budget(config.budget)
        outlook.seconds_left = partial(seconds_left, search, plan, finals, config, engine.workers, budget)
        if search:
            search.run(Runs(engine, plan.ledger, corpus.folder), lambda: _searched(budget, plan, engine.workers))
        leaders = plan.semi_final()
        note(plan.study.study_name, leaders, plan.ledger)
        if judging := unended(leaders, plan.ledger):
            watch.stage_began("semi-final", 0, len(judging))
            train_whole(judging, Runs(engine, plan.ledger, corpus.folder), watch, plan.judging, budget)
        scored = Runs(engine, plan.ledger, corpus.folder, keep_states=True)
        finals.run(plan.first(), scored, budget)
        if not budget.spent() and (more := plan.further()):
            watch.said(f"Not all is decided against the best network: {plan.in_words(more, engine.workers)}")
            finals.run(more, scored, budget)
        if not budget.spent():
            finals.run_baselines(finals.missing_baselines(plan.part), engine, corpus.folder, plan.split)
        if not budget.spent() and averages.missing():
            averages.run(engine)
    if budget.seconds is not None and ((search and search.remaining()) or unscored()):
        watch.said(f"The budget of {duration(budget.seconds)} is spent; the same command goes on from here.")
    return True


def _check_network(space: OwnSpace, engine: Engine, corpus: Corpus, watch: Watcher) -> None:
    """Has a user's network built once, on a worker, before a study is begun with it: a file that is put right is
    another one, and a study goes on with its own alone. Raises InputError where there is no network.
    """
    [(_, configuration)] = random_trials(space, 1)
    engine.submit(space.name, check_network, configuration, corpus.folder)
    done = engine.next_done()
    if done.error is not None:
        raise done.error
    if foreign := foreign_layers(done.result):
        watch.said(
            f"{space.file}: its network is compared as any other but cannot be exported: a bundle holds stock "
            f"Keras layers alone, and this has {', '.join(foreign)}."
        )


def _searched(budget: Budget, plan: Plan, workers: int) -> bool:
    """Whether the rest of the budget is for the finals: so much as they are expected to take, at most half."""
    half = (budget.seconds or 0) / 2
    return budget.spent(half) and budget.spent(min(half, plan.seconds() / workers))


def open_study(
    name: str, config: StudyConfig, space: SearchSpace, split: Split, ledger: Ledger, store: Store
) -> optuna.Study:
    """The study of that name, begun where there is none. Raises Refused where it was begun with other terms."""
    terms = study_terms(config, space)
    objectives = [OBJECTIVES[each] for each in config.objectives]
    if config.fork:
        begin_fork(config.study_name(ledger.card.name), name, split, terms, ledger)
    else:
        hold_to_terms(name, split, terms, ledger, "--fork NEW_NAME")
    study = optuna.create_study(
        study_name=name,
        storage=store.optuna_storage(),
        directions=[each.direction for each in objectives],
        pruner=pruner_for(config.search),
        load_if_exists=True,
    )
    if study.metric_names is None:
        study.set_metric_names([each.title for each in objectives])
        study.set_user_attr("corpus", asdict(ledger.card)["name"])
        study.set_user_attr("stand-in", ledger.card.stand_in)
    return study
