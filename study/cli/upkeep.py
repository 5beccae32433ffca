"""Commands on a database: status, clean, archive."""

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


def archive(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Studies. [default: all]", show_default=False, metavar="[NAME]..."),
    ] = None,
    database: Database = "runs/study.db",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A new file.", parser=place, metavar="FILE")
    ] = Path("archive.db"),
    with_predictions: Annotated[
        bool, typer.Option("--with-predictions", help="Keep the class probabilities of every test text too.")
    ] = False,
) -> None:
    """Copy studies to a small database to be published: every figure, and nothing of machine or user."""
    from results.evidence.archive import write_archive
    from results.evidence.studies import study_names
    from results.store.database import open_store
    from study.driver.cleaning import in_bytes
    from study.driver.lease import is_driven
    from study.errors import Refused

    with open_store(database) as store:
        for name in names or study_names(store):
            if is_driven(store, name):
                raise Refused(f"study {name} is being driven now; wait for its end, or name studies without it")
        path, studies = write_archive(store, names or [], output, with_predictions=with_predictions)
    typer.echo(f"Archive: {path}, {in_bytes(path.stat().st_size)}: {', '.join(studies)}")
    kept = (
        "with every class probability" if with_predictions else "of class probabilities the bits that tables need"
    )
    typer.echo(f"It holds every figure, {kept}; no texts, states of networks, paths, hosts or addresses.")
