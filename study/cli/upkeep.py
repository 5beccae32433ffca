"""Commands on a study's condition: status, clean."""

import json
from pathlib import Path
from typing import Annotated

import typer

from study.cli.options import Database, StudyName, place


def status(
    name: StudyName = None,
    database: Database = "runs/study.db",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: the same as JSON.")] = False,
) -> None:
    """Say how far a study is, also while it runs: trials, workers, pace, time left, last error, who drives it."""
    from results.store.database import open_store
    from study.progress.status import in_lines, status_of

    with open_store(database) as store:
        found = status_of(store, name, database)
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(in_lines(found)))


def clean(
    database: Database = "runs/study.db",
    states: Annotated[
        Path | None,
        typer.Option(help="Folder of the states. [default: beside the database]", metavar="FOLDER", parser=place),
    ] = None,
    finals_too: Annotated[bool, typer.Option("--all", help="Free the last states of scored finals too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be freed, and leave it.")] = False,
) -> None:
    """Free states of networks that no study needs any more. Results are never touched."""
    from results.store.database import open_store
    from study.config import states_beside
    from study.driver.cleaning import free, in_lines, plan_cleaning

    folder = states or states_beside(database)
    with open_store(database) as store:
        plan = plan_cleaning(store, folder, finals_too=finals_too)
    lines = in_lines(plan, folder, "would free" if dry_run else "freed")  # sizes, before the files are gone
    if not dry_run:
        free(plan)
    typer.echo("\n".join(lines))
