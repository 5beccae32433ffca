"""Commands that show what is kept: report, dashboard."""

from pathlib import Path
from typing import Annotated

import typer

from study.cli.options import Database, StudyName, place
from study.environment import expanded


def rebuild_report(
    databases: Annotated[
        list[str] | None,
        typer.Argument(
            help="With --compare: databases, or DATABASE#STUDY.",
            show_default=False,
            parser=expanded,
            metavar="DATABASES",
        ),
    ] = None,
    database: Database = "runs/study.db",
    name: StudyName = None,
    compare: Annotated[bool, typer.Option("--compare", help="Several studies side by side, in one page.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option(help="Instead: a folder for the frames as CSV files.", parser=place, metavar="FOLDER"),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Instead: the answer and the networks as Markdown.")
    ] = False,
    png: Annotated[
        str | None, typer.Option(help="Instead: a figure as PNG; comparison, curves, history or trade-off.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where it goes: runs/report.html, runs/comparison.html, FIGURE.png, the screen.",
            parser=place,
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Build the report anew from the database alone, or show the study in another form."""
    check_forms({"--compare": compare, "--csv": csv, "--markdown": markdown, "--png": png}, databases)
    if compare:
        from results.side_by_side.comparison_page import build_comparison

        page = build_comparison(databases or [], output or Path("runs/comparison.html"))
        typer.echo(f"Comparison: {page}")
        return
    from results.store.database import open_store

    with open_store(database) as store:
        if csv:
            from results.evidence.csv_files import write_csv

            for path in write_csv(store, name, csv):
                typer.echo(path)
        elif markdown:
            from results.evidence.evidence import gather
            from results.report.markdown import summary

            _say(summary(gather(store, name)), output)
        elif png:
            from results.evidence.evidence import gather
            from results.report.pictures import write_picture

            typer.echo(f"Figure: {write_picture(gather(store, name), png, output or Path(f'{png}.png'))}")
        else:
            from results.report.report import build_report

            typer.echo(f"Report: {build_report(store, name, output or Path('runs/report.html'))}")


def check_forms(forms: dict[str, object], databases: list[str] | None) -> None:
    """Raises InputError for two forms at once, and for databases without --compare."""
    from study.errors import InputError

    given = [option for option, value in forms.items() if value]
    if len(given) > 1:
        raise InputError(f"expected one of {', '.join(forms)}, got {' and '.join(given)}")
    if databases and "--compare" not in given:
        raise InputError(f"got {' '.join(databases)}; expected --compare before several, or --database before one")


def _say(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    typer.echo(f"Markdown: {output}")


def dashboard(
    database: Database = "runs/study.db",
    name: StudyName = None,
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 finds a free one.", min=0, max=65535)] = 0,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Show it in a browser.")] = True,
) -> None:
    """Serve the Optuna dashboard on this machine alone, also while a study runs."""
    from results.dashboard.server import serve
    from study.driver.lease import is_driven

    serve(database, name, port, driven=is_driven, browse=browse)
