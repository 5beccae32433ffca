"""Commands that answer at a glance: best, show, list. What --json prints is told in results/terminal/lookup.py."""

import json
import shlex
from typing import Annotated, Any

import typer

from study.cli.options import Database, StudyName

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


def _say(values: Any, words: str, as_json: bool) -> None:
    typer.echo(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) if as_json else words)
