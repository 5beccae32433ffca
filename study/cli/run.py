"""Commands that train: run, finals, reproduce, questions."""

from typing import Annotated, Any

import typer

from study.cli.app import app
from study.cli.options import (
    Budget,
    Cache,
    Corpus,
    DatabaseToWrite,
    Deterministic,
    Encoding,
    Fork,
    KeepDuplicates,
    LabelColumn,
    Name,
    Objectives,
    Profile,
    Report,
    Scheduler,
    Seed,
    Space,
    Target,
    TestCorpus,
    TestFraction,
    TextColumn,
    Toml,
    Trials,
    WordIndex,
    Workers,
    command_line,
    settings_of,
)


@app.command()
def run(
    corpus: Corpus = None,
    profile: Profile = None,
    space: Space = None,
    config: Toml = None,
    trials: Trials = None,
    budget: Budget = None,
    objectives: Objectives = None,
    target: Target = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    deterministic: Deterministic = None,
    seed: Seed = None,
    name: Name = None,
    fork: Fork = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    encoding: Encoding = None,
    test_corpus: TestCorpus = None,
    test_fraction: TestFraction = None,
    keep_duplicates: KeepDuplicates = None,
    cache: Cache = None,
) -> None:
    """Run the study, or go on with it: corpus, search, finals, report."""
    _study(dict(locals()), search_too=True)


@app.command()
def finals(
    corpus: Corpus = None,
    profile: Profile = None,
    space: Space = None,
    config: Toml = None,
    objectives: Objectives = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    encoding: Encoding = None,
    test_corpus: TestCorpus = None,
    test_fraction: TestFraction = None,
    keep_duplicates: KeepDuplicates = None,
    cache: Cache = None,
) -> None:
    """Run a study's finals alone, with the best found so far."""
    _study(dict(locals()), search_too=False)


@app.command()
def reproduce(
    names: Annotated[list[str], typer.Argument(help="Published networks by id, or book, or all.")],
    seeds: Annotated[int, typer.Option(help="Replicates of each.", min=1)] = 3,
    recipe: Annotated[str, typer.Option(help="faithful: as published; honest: the study's.")] = "faithful",
    corpus: Corpus = None,
    config: Toml = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    encoding: Encoding = None,
    test_corpus: TestCorpus = None,
    test_fraction: TestFraction = None,
    keep_duplicates: KeepDuplicates = None,
    cache: Cache = None,
) -> None:
    """Train published networks again, and set their figures beside the published ones."""
    given = {key: value for key, value in locals().items() if key not in ("names", "seeds", "recipe")}
    from rich.console import Console

    from study.jobs.reproduction import run_reproduction
    from study.jobs.study import run_and_report

    settings = settings_of(given)
    run_and_report(
        settings, lambda watch: run_reproduction(settings, names, recipe, seeds, command_line(), watch), Console()
    )


@app.command()
def questions(
    corpus: Corpus = None,
    profile: Profile = None,
    config: Toml = None,
    seeds: Annotated[str | None, typer.Option(help="Replicates of each network: 5.")] = None,
    epochs: Annotated[str | None, typer.Option(help="Epochs each is followed for: 10.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    encoding: Encoding = None,
    test_corpus: TestCorpus = None,
    test_fraction: TestFraction = None,
    keep_duplicates: KeepDuplicates = None,
    cache: Cache = None,
) -> None:
    """Answer the chapter's open questions: longer training, dropout in layers or gates, a CNN with dropout."""
    given = dict(locals())
    asked = {key: given.pop(key) for key in ("seeds", "epochs")}
    given["questions"] = {key: value for key, value in asked.items() if value is not None}
    from rich.console import Console

    from study.jobs.questions import run_questions
    from study.jobs.study import run_and_report

    settings = settings_of(given)
    run_and_report(settings, lambda watch: run_questions(settings, command_line(), watch), Console())


def _study(given: dict[str, Any], *, search_too: bool) -> None:
    from rich.console import Console

    from study.jobs.study import run_and_report, run_study

    settings = settings_of(given)
    run_and_report(
        settings, lambda watch: run_study(settings, command_line(), watch, search_too=search_too), Console()
    )
