"""The command line: parses, calls, maps errors to exit statuses. No logic; imports late to start fast."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from study.config import StudyConfig

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


Corpus = Annotated[
    str | None, typer.Option(help="auto, imdb, stand-in, or the path of an archive, folder or flat .npz.")
]
Toml = Annotated[Path | None, typer.Option(help="A TOML file with any of the settings.")]
Workers = Annotated[str | None, typer.Option(help="Processes that train, one core each; by default one a core.")]
Seed = Annotated[str | None, typer.Option(help="Of the search and of the first replicate.")]
Name = Annotated[str | None, typer.Option(help="Of the study; by default made of what it studies.")]
DatabaseToWrite = Annotated[str | None, typer.Option(help="Path or SQLAlchemy URL: runs/study.db.")]
Report = Annotated[Path | None, typer.Option(help="Where the report goes: runs/report.html.")]
WordIndex = Annotated[Path | None, typer.Option(help="A published word index, JSON.")]
Cache = Annotated[Path | None, typer.Option(help="Folder of prepared corpora.")]


Profile = Annotated[str | None, typer.Option(help="quick, standard or thorough.")]
Space = Annotated[str | None, typer.Option(help="book, wide, or the path of a Python file.")]


@app.command()
def run(
    corpus: Corpus = None,
    profile: Profile = None,
    space: Space = None,
    config: Toml = None,
    trials: Annotated[str | None, typer.Option(help="The study's total, with those it has.")] = None,
    budget: Annotated[str | None, typer.Option(help="Begin no trial after so long: 90s, 45m, 1h30m.")] = None,
    target: Annotated[str | None, typer.Option(help="Begin no trial past this validation accuracy.")] = None,
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

    settings = _settings(given)
    run_and_report(
        settings, lambda watch: run_reproduction(settings, names, recipe, seeds, _command(), watch), Console()
    )


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
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 finds a free one.", min=0, max=65535)] = 0,
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


def _study(given: dict[str, Any], *, search_too: bool) -> None:
    from rich.console import Console

    from study.job import run_and_report, run_study

    settings = _settings(given)
    run_and_report(
        settings, lambda watch: run_study(settings, _command(), watch, search_too=search_too), Console()
    )


def _settings(given: dict[str, Any]) -> "StudyConfig":
    """The settings of the TOML file under what was given on the command line."""
    from study.config import load_config

    file = given.pop("config")
    return load_config(file, {key: value for key, value in given.items() if value is not None})


def _command() -> list[str]:
    return ["study", *sys.argv[1:]]


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
    """Runs the command. 0 done, 2 bad input or a machine that cannot, 130 interrupted; a bug raises."""
    try:
        return int(app(standalone_mode=False) or 0)
    except Exception as error:
        line = _line_for(error)
        if debug or line is None:
            raise
    if line:
        typer.echo(f"error: {' '.join(line.split())}", err=True)
    return 2


def _line_for(error: Exception) -> str | None:
    """What to tell the user of an error that is no bug; None for a bug."""
    from sqlalchemy.exc import OperationalError

    from results.store import StoreError
    from search_spaces import BadSpace, UnknownName
    from study.errors import StudyError

    kept = "what was finished is kept, and the same command goes on from there"
    if isinstance(error, typer.TyperException | StudyError | StoreError | BadSpace | UnknownName):
        return str(error)
    if isinstance(error, OperationalError):
        return f"the database says: {error.orig}; {kept}"
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}; {kept}"
    return None
