"""Published configurations trained again by name, on several seeds, under the published recipe or the study's."""

from collections.abc import Sequence
from dataclasses import replace

from search_spaces import BOOK, REFERENCES, Configuration, Reference, UnknownName, reference
from study.config import StudyConfig
from study.corpus import Split
from study.driver.runs import Runs
from study.driver.terms import hold_to_terms
from study.environment import numeric_versions
from study.errors import InputError
from study.jobs.finals import Final, Finals
from study.jobs.plan import whole
from study.jobs.session import as_begun, obtained, session, workers
from study.jobs.unused import given_in
from study.progress.watcher import Watcher
from study.training.run import Run

RECIPES = {
    "faithful": "as published: fixed length, and the test part read after every epoch",
    "honest": "the study's recipe: the test part read once, after the last epoch",
}
_HONEST = {"batching", "schedule", "clip_norm"}  # how it is trained, not what: the texts' cut stays the published
GROUPS = {"book": BOOK, "all": REFERENCES}


def run_reproduction(
    config: StudyConfig, names: Sequence[str], recipe: str, seeds: int, command: Sequence[str], watch: Watcher
) -> str:
    """Trains and scores the named references; what was done before is not done again. Returns the study's name.

    Raises UnknownName for an unknown reference, InputError and its kin for other bad input.
    """
    if recipe not in RECIPES:
        raise InputError(f"no recipe is called {recipe!r}; expected one of: {', '.join(RECIPES)}")
    references = references_named(names)
    idle = sorted(set(given_in(config, "recipe")) - (_HONEST if recipe == "honest" else set()))
    if idle:
        watch.said(f"Without a part in it, since the {recipe} recipe has the published ones: {', '.join(idle)}")
    corpus = obtained(config, watch)
    references = [_for_classes(each, len(corpus.card.classes)) for each in references]
    name = config.name or f"{'-'.join(names)}-{recipe}-{corpus.card.name}"
    config, split = as_begun(config, corpus, name)
    split = whole(split)
    terms = _terms(recipe, config)
    wanted = plan_reproduction(references, recipe, seeds, config, split)
    with session(config, name, corpus, command, watch) as ledger:
        hold_to_terms(name, split, terms, ledger, "--name NEW_NAME")
        finals = Finals(name, ledger, watch, config.finals.test_texts, split.seed)
        if not finals.missing(wanted):
            watch.said(f"Nothing to do: study {name} has all its finals.")
            return name
        with workers(config, corpus, watch) as engine:
            finals.run(wanted, Runs(engine, ledger, corpus.folder, keep_states=True))
    return name


def references_named(names: Sequence[str]) -> list[Reference]:
    """Those of the ids and groups (book, all), each once. Raises UnknownName for anything else."""
    try:
        found = [each for name in names for each in GROUPS.get(name, ()) or (reference(name),)]
    except UnknownName as error:
        raise UnknownName(f"{error}; or one of the groups: {', '.join(sorted(GROUPS))}") from error
    return list(dict.fromkeys(found))


def plan_reproduction(
    references: Sequence[Reference], recipe: str, seeds: int, config: StudyConfig, split: Split
) -> list[Final]:
    """What is to be trained and scored, seed by seed.

    The faithful recipe also reads the test part after each epoch on the way for the book's networks, as the book
    did: the one place where it is seen before the end, and kept apart as `reading`.
    """
    planned = []
    for seed in range(config.seed, config.seed + seeds):
        for each in references:
            configuration = _configuration(each, recipe, config)
            epochs = configuration.recipe.epochs
            if recipe == "faithful" and each in BOOK:
                for epoch in range(1, epochs):
                    run = Run(configuration.with_recipe(epochs=epoch), seed, split)
                    planned.append(Final(run, "reading"))
            planned.append(Final(Run(configuration, seed, split)))
    return planned


def _for_classes(each: Reference, classes: int) -> Reference:
    return replace(each, configuration=each.configuration.for_classes(classes))


def _configuration(each: Reference, recipe: str, config: StudyConfig) -> Configuration:
    if recipe == "faithful":
        return each.configuration
    return each.under(config.recipe.model_dump(include=_HONEST))


def _terms(recipe: str, config: StudyConfig) -> dict[str, object]:
    """Of the honest recipe what is not the default: a field of a later version leaves older terms as they were."""
    used = config.recipe.model_dump(mode="json", include=_HONEST, exclude_defaults=True)
    trained = {"trained": used} if recipe == "honest" else {}
    told = f"{recipe}: {RECIPES[recipe]}"
    return {"recipe": told, "seed": config.seed, "versions": numeric_versions(), **trained}
