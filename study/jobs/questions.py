"""The chapter's open questions: five networks on equal seeds, trained for the chapter's epochs and for more.

At a constant learning rate one run is read off after each of its epochs; where the rate falls, every length is a
run of its own, read off at its end. All readings are of the validation part; the test part stays shut.
"""

from collections.abc import Sequence

from results.statistics.questions import asked_for
from search_spaces import Configuration
from search_spaces.questions import NETWORKS, PUBLISHED_EPOCHS, Network, network_of
from study.config import StudyConfig
from study.corpus import Split
from study.driver.runs import Runs
from study.driver.terms import hold_to_terms
from study.environment import numeric_versions
from study.errors import InputError
from study.jobs.session import as_begun, fitted, obtained, session, workers
from study.jobs.unused import given_in
from study.jobs.whole_runs import note_plan, train_whole
from study.progress.watcher import Watcher
from study.training.run import Run


def run_questions(config: StudyConfig, command: Sequence[str], watch: Watcher) -> str:
    """Trains what is missing of the five networks' epochs. Returns the study's name.

    How many seeds and epochs there are is among the study's terms: who looks at the answers and then adds some
    until they please answers nothing. A study of another name in the same database shares what is trained.
    Raises InputError and its kin for bad input, Refused where the study was begun with other terms.
    """
    if "epochs" in given_in(config, "recipe"):
        raise InputError(
            "recipe.epochs: expected no value for the questions, whose epochs are --epochs; leave it out"
        )
    corpus = obtained(config, watch)
    name = config.name or f"questions-{corpus.card.name}-{config.profile}"
    config, split = as_begun(fitted(config, corpus, watch, name, leaving=("epochs",)), corpus, name)
    plan = planned_runs(config, split, len(corpus.card.classes))
    with session(config, name, corpus, command, watch) as ledger:
        hold_to_terms(name, split, _terms(config), ledger, "--name NEW_NAME")
        missing = note_plan(name, plan, ledger)
        if not missing:
            watch.said(f"Nothing to do: study {name} has all its epochs.")
            return name
        lengths = " or ".join(str(each) for each in _lengths(config))
        watch.said(f"Study {name}: {len(plan)} runs of {lengths} epochs; {split.words()}")
        watch.stage_began("runs", len(plan) - len(missing), len(plan))
        with workers(config, corpus, watch) as engine:
            train_whole(missing, Runs(engine, ledger, corpus.folder), watch, _title)
    return name


def planned_runs(config: StudyConfig, split: Split, classes: int = 2) -> list[Run]:
    """Every network on every seed and in every length, in the study's recipe: seed by seed what the answers rest
    on, about half of it, then what else the figures show."""
    asked = asked_for(config.questions.epochs)
    planned = [
        (network, epochs, seed)
        for seed in range(config.seed, config.seed + config.questions.seeds)
        for epochs in _lengths(config)
        for network in NETWORKS
    ]
    planned.sort(key=lambda each: (each[0].id, each[1]) not in asked)
    return [
        Run(_configuration(network, epochs, config).for_classes(classes), seed, split)
        for network, epochs, seed in planned
    ]


def _configuration(network: Network, epochs: int, config: StudyConfig) -> Configuration:
    return Configuration(architecture=network.architecture, recipe=config.recipe).with_recipe(epochs=epochs)


def _lengths(config: StudyConfig) -> list[int]:
    """How many epochs there are runs of; at a constant rate the longest has the others in it."""
    last = config.questions.epochs
    if config.recipe.schedule == "constant":
        return [last]
    return sorted({PUBLISHED_EPOCHS, (PUBLISHED_EPOCHS + last) // 2, last})


def _title(run: Run) -> str:
    title = network_of(run.configuration.architecture).title
    return f"{title}, {run.configuration.recipe.epochs} epochs, seed {run.seed}"


def _terms(config: StudyConfig) -> dict[str, object]:
    """`questions` is how results.statistics.questions knows such a study. Of the recipe what is not the
    book's: a field that
    a later version adds then leaves the terms as they were."""
    return {
        "questions": {"seeds": config.questions.seeds, "epochs": config.questions.epochs},
        "recipe": config.recipe.model_dump(mode="json", exclude={"epochs"}, exclude_defaults=True),
        "seed": config.seed,
        "versions": numeric_versions(),
    }
