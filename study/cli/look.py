"""Commands that show what is kept: report, dashboard."""

from pathlib import Path
from typing import Annotated

import typer

from study.cli.app import app
from study.cli.options import Database, StudyName


@app.command("report")
def rebuild_report(
    database: Database = "runs/study.db",
    name: StudyName = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where it goes.")] = Path("runs/report.html"),
) -> None:
    """Build the report anew from the database alone."""
    from results.report import build_report
    from results.store import open_store

    with open_store(database) as store:
        typer.echo(f"Report: {build_report(store, name, output)}")


@app.command()
def dashboard(
    database: Database = "runs/study.db",
    name: StudyName = None,
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 finds a free one.", min=0, max=65535)] = 0,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Show it in a browser.")] = True,
) -> None:
    """Serve the Optuna dashboard on this machine alone, also while a study runs."""
    from results.dashboard import serve
    from study.lease import is_driven

    serve(database, name, port, driven=is_driven, browse=browse)
