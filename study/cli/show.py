"""Commands that answer at a glance: best, show, list, errors. What --json prints: results/terminal/lookup.py."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from study.cli.options import Cache, Database, DatabaseToWrite, StudyName, Toml, place, settings_of

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, with keys that stay.")]


def best(database: Database = "runs/study.db", name: StudyName = None, as_json: AsJson = False) -> None:
    """Show what to use, how good it is, and the command that takes it out; and the best network."""
    from results.store.database import open_store
    from results.terminal import lookup as glance
    from results.terminal import words as glance_words

    with open_store(database) as store:
        values = glance.best(store, name)
    if values.get("show") and database != "runs/study.db":
        values["show"] += f" --database {shlex.quote(database)}"
    _say(values, glance_words.best_in_words(values), as_json)


def show(
    trial: Annotated[int, typer.Argument(help="Its number.", min=0)],
    database: Database = "runs/study.db",
    name: StudyName = None,
    as_json: AsJson = False,
) -> None:
    """Show one trial: its layers, its epochs, and why it ended."""
    from results.store.database import open_store
    from results.terminal import lookup as glance
    from results.terminal import words as glance_words

    with open_store(database) as store:
        values = glance.show(store, trial, name)
    _say(values, glance_words.trial_in_words(values), as_json)


def list_studies(
    database: Database = "runs/study.db",
    name: Annotated[
        str | None, typer.Option("--name", help="This study alone. [default: all]", metavar="NAME")
    ] = None,
    trials: Annotated[bool, typer.Option("--trials", help="List each trial, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the studies of a database, the newest first, or one alone."""
    from results.store.database import open_store
    from results.terminal import lookup as glance
    from results.terminal import words as glance_words

    with open_store(database) as store:
        studies = glance.listing(store, name, with_trials=trials)
    _say(studies, glance_words.listing_in_words(studies), as_json)


def errors(
    study: Annotated[
        str | None, typer.Argument(help="The study. [default: the newest]", metavar="NAME", show_default=False)
    ] = None,
    database: DatabaseToWrite = None,
    name: StudyName = None,
    config: Toml = None,
    model: Annotated[
        str,
        typer.Option(help="best, network, a trial's number, a configuration, tf-idf or nb-svm.", metavar="MODEL"),
    ] = "best",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="All of them as CSV.", parser=place, metavar="FILE")
    ] = None,
    cache: Cache = None,
) -> None:
    """List the test texts that the answer's model tells wrong, the surest first, by their rows in your file."""
    from results.store.database import open_store
    from results.terminal.mistakes import in_words
    from study.corpus.prepared.cache import default_cache
    from study.jobs.mistakes import mistakes

    settings = settings_of({"config": config, "cache": cache, "database": database, "name": study or name})
    with open_store(settings.database) as store:
        found = mistakes(store, settings.name, settings.cache or default_cache(), model)
    if output:
        found.write(output)
    typer.echo(in_words(found.study, found.title, found.texts, found.frame))
    for note in found.notes:
        typer.echo(note)
    if output:
        typer.echo(f"All {len(found.frame):,}: {output}")


def _say(values: Any, words: str, as_json: bool) -> None:
    typer.echo(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) if as_json else words)
