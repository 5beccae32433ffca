"""The command line: parses, calls, maps errors to exit statuses. No logic; imports late to start fast.

A module a kind of command holds plain functions; here they become commands, in the order that --help lists them.
"""

import atexit
import gc
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from study.cli import bundle, describe, report, run, show, upkeep
from study.environment import replace_what_cannot_be_shown, whole
from study.interruption import exit_status, watch_signals
from study.workers.scratch import put_temporary_files_there

app = typer.Typer(
    help="Compare text classifiers so that the comparison holds: search, train, report.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "run": run.run,
    "finals": run.finals,
    "reproduce": run.reproduce,
    "questions": run.questions,
    "ablate": run.ablate,
    "export": bundle.export,
    "predict": bundle.predict,
    "report": report.rebuild_report,
    "dashboard": report.dashboard,
    "best": show.best,
    "show": show.show,
    "list": show.list_studies,
    "errors": show.errors,
    "status": upkeep.status,
    "clean": upkeep.clean,
    "archive": upkeep.archive,
}


def _say_version(asked: bool) -> None:
    if asked:
        from study.environment import environment

        typer.echo(f"architecture-study {environment().get('architecture_study', '(not installed)')}")
        raise typer.Exit


@app.callback()
def _of_all(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say the version and end.")
    ] = False,
) -> None:
    """Compare text classifiers so that the comparison holds: search, train, report."""


for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)

_corpora = typer.Typer(help="Corpora: what is in them.", no_args_is_help=True, rich_markup_mode=None)
_corpora.callback()(lambda: None)  # with one command alone, Typer would leave its name out
_corpora.command("describe")(describe.describe_corpus)
app.add_typer(_corpora, name="corpus")

_spaces = typer.Typer(help="Search spaces: what may vary.", invoke_without_command=True, rich_markup_mode=None)
_spaces.callback()(describe.list_spaces)
_spaces.command("show")(describe.show_space)
app.add_typer(_spaces, name="spaces")


def main() -> None:
    """The `study` command. `--debug` anywhere shows the traceback of an error."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    gc.set_threshold(10_000)  # what the libraries load is no garbage: not to be walked every 700 objects,
    atexit.register(gc.freeze)  # nor once more at the end
    watch_signals()
    put_temporary_files_there()
    replace_what_cannot_be_shown()
    status = _status(debug)
    if (ended := exit_status()) is not None:
        typer.echo("Interrupted. What was finished is kept; the same command goes on from there.", err=True)
        status = ended
    sys.stdout.flush()
    sys.exit(status)


def _status(debug: bool) -> int:
    """Runs the command. 0 done, 2 bad input or a machine that cannot; a bug raises."""
    try:
        return int(app(standalone_mode=False) or 0)
    except KeyboardInterrupt as ended:
        return getattr(ended, "status", 130)
    except Exception as error:
        line = _line_for(error)
        if debug or line is None:
            raise
    if line:
        typer.echo(f"error: {' '.join(whole(line).split())}", err=True)
    return 2


def _line_for(error: Exception) -> str | None:
    """What to tell the user of an error that is no bug; None for a bug."""
    from sqlalchemy.exc import OperationalError

    from results.store.schema import StoreError
    from search_spaces import BadSpace, UnknownName
    from study.errors import StudyError

    kept = "what was finished is kept, and the same command goes on from there"
    if isinstance(error, typer.TyperException):
        return error.format_message()
    if isinstance(error, StudyError | StoreError | BadSpace | UnknownName):
        return str(error)
    for database in (error, error.__cause__):  # Optuna wraps what its own tables ran into
        if isinstance(database, OperationalError):
            return f"the database says: {database.orig}; {kept}"
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        near = error.object[max(0, error.start - 30) : error.end + 30]
        return f"expected names and settings in UTF-8, got {near!r}; spell them in UTF-8"
    if isinstance(error, MemoryError):
        return f"memory ran out ({error or 'no more is known'}); {kept}"
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}; {kept}"
    return None


__all__ = ["app", "main"]
