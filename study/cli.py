"""The command line: parses, calls, maps errors to exit statuses. No logic; imports late to start fast."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Compare text classifiers so that the comparison holds: search, train, report.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
spaces = typer.Typer(help="Search spaces: what may vary.", invoke_without_command=True, rich_markup_mode=None)
app.add_typer(spaces, name="spaces")

INTERRUPTED = 130
Database = Annotated[str, typer.Option(help="Path or SQLAlchemy URL of the database.")]
StudyName = Annotated[str | None, typer.Option("--name", help="The study; by default the newest.")]


@app.command()
def run(
    corpus: Annotated[
        str | None, typer.Option(help="auto, imdb, stand-in, or the path of an archive, folder or flat .npz.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="quick, standard or thorough.")] = None,
    space: Annotated[str | None, typer.Option(help="book, wide, or the path of a Python file.")] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file with any of the settings.")] = None,
    trials: Annotated[str | None, typer.Option(help="The study's total, with those it has.")] = None,
    budget: Annotated[str | None, typer.Option(help="Begin no trial after so long: 90s, 45m, 1h30m.")] = None,
    target: Annotated[str | None, typer.Option(help="Begin no trial past this validation accuracy.")] = None,
    workers: Annotated[str | None, typer.Option(help="Processes that train, one core each.")] = None,
    seed: Annotated[str | None, typer.Option(help="Of the search and of the first replicate.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the study; by default space-corpus-profile.")] = None,
    database: Annotated[str | None, typer.Option(help="Path or SQLAlchemy URL: runs/study.db.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where the report goes: runs/report.html.")] = None,
    word_index: Annotated[Path | None, typer.Option(help="A published word index, JSON.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of prepared corpora.")] = None,
) -> None:
    """Run the study, or go on with it: corpus, search, finals, report."""
    given: dict[str, Any] = dict(locals())
    file = given.pop("config")
    from rich.console import Console

    from study.config import load_config
    from study.job import run_and_report
    from study.view import view_for

    settings = load_config(file, {key: value for key, value in given.items() if value is not None})
    console = Console()
    run_and_report(settings, ["study", *sys.argv[1:]], view_for(console), console)


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
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 finds a free one.")] = 0,
) -> None:
    """Serve the Optuna dashboard on this machine alone, also while a study runs."""
    from results.dashboard import serve

    serve(database, port)


@spaces.callback()
def list_spaces(context: typer.Context) -> None:
    """List the search spaces."""
    from search_spaces import Recipe, load_space, ranges_of, space_names

    if context.invoked_subcommand is None:
        for name in space_names():
            typer.echo(f"{name}: {len(ranges_of(load_space(name, Recipe())))} parameters")
        typer.echo("A Python file of your own: --space PATH. `study spaces show NAME` lists the parameters.")


@spaces.command("show")
def show_space(name: Annotated[str, typer.Argument(help="Its name, or the path of a Python file.")]) -> None:
    """List a space's parameters with their ranges, and the published networks that are points of it."""
    from search_spaces import BOOK, OutsideSpace, Recipe, in_words, load_space, ranges_of

    space = load_space(name, Recipe())
    ranges = ranges_of(space)
    width = max(map(len, ranges))
    for parameter, words in ranges.items():
        typer.echo(f"  {parameter:<{width}}  {words}")
    typer.echo("Published networks in it:")
    for reference in BOOK:
        try:
            space.params_of(reference.configuration)
        except OutsideSpace:
            continue
        typer.echo(f"  {reference.id:<{width}}  {in_words(reference.configuration)}")


def main() -> None:
    """The `study` command. `--debug` anywhere shows the traceback of an error."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    status = _status(debug)
    if status == INTERRUPTED:
        typer.echo("Interrupted. What was finished is kept; the same command goes on from there.", err=True)
    sys.stdout.flush()
    sys.exit(status)


def _status(debug: bool) -> int:
    """Runs the command. 0 done, 2 bad input, 130 interrupted; a bug raises."""
    try:
        return int(app(standalone_mode=False) or 0)
    except Exception as error:
        if debug or not _is_input(error):
            raise
        line = " ".join(str(error).split())
    if line:
        typer.echo(f"error: {line}", err=True)
    return 2


def _is_input(error: Exception) -> bool:
    from results.store import StoreError
    from search_spaces import BadSpace, UnknownName
    from study.errors import InputError

    return isinstance(error, typer.TyperException | InputError | StoreError | BadSpace | UnknownName)
