"""Commands that train: run, finals, reproduce."""

from typing import Annotated, Any

import typer

from study.cli.app import app
from study.cli.options import (
    Cache,
    Corpus,
    DatabaseToWrite,
    Name,
    Profile,
    Report,
    Seed,
    Space,
    Toml,
    WordIndex,
    Workers,
    command_line,
    settings_of,
)

_OBJECTIVES = (
    "What to search for: accuracy, balanced-accuracy, f1 or log-loss; several at once, say accuracy,seconds or "
    "accuracy,parameters, for a Pareto front."
)


@app.command()
def run(
    corpus: Corpus = None,
    profile: Profile = None,
    space: Space = None,
    config: Toml = None,
    trials: Annotated[str | None, typer.Option(help="The study's total, with those it has.")] = None,
    budget: Annotated[str | None, typer.Option(help="Begin no trial after so long: 90s, 45m, 1h30m.")] = None,
    objectives: Annotated[str | None, typer.Option("--objective", "--objectives", help=_OBJECTIVES)] = None,
    target: Annotated[str | None, typer.Option(help="Begin no trial past this value of the objective.")] = None,
    workers: Workers = None,
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
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
    objectives: Annotated[str | None, typer.Option("--objective", "--objectives", help=_OBJECTIVES)] = None,
    workers: Workers = None,
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
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
    seed: Seed = None,
    name: Name = None,
    database: DatabaseToWrite = None,
    report: Report = None,
    word_index: WordIndex = None,
    cache: Cache = None,
) -> None:
    """Train published networks again, and set their figures beside the published ones."""
    given = {key: value for key, value in locals().items() if key not in ("names", "seeds", "recipe")}
    from rich.console import Console

    from study.job import run_and_report
    from study.reproduce import run_reproduction

    settings = settings_of(given)
    run_and_report(
        settings, lambda watch: run_reproduction(settings, names, recipe, seeds, command_line(), watch), Console()
    )


def _study(given: dict[str, Any], *, search_too: bool) -> None:
    from rich.console import Console

    from study.job import run_and_report, run_study

    settings = settings_of(given)
    run_and_report(
        settings, lambda watch: run_study(settings, command_line(), watch, search_too=search_too), Console()
    )
