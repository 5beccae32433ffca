"""The command line: parses, calls, maps errors to exit statuses. No logic; imports late to start fast."""

import sys

import typer

from study.cli import run as train

# isort: split
from study.cli import bundle as models
from study.cli import describe as corpora
from study.cli import report as look
from study.cli import show as glance
from study.cli import spaces
from study.cli import upkeep as care
from study.cli.app import app
from study.interruption import exit_status, watch_signals


def main() -> None:
    """The `study` command. `--debug` anywhere shows the traceback of an error."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    watch_signals()
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
        typer.echo(f"error: {' '.join(line.split())}", err=True)
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
    if isinstance(error, OperationalError):
        return f"the database says: {error.orig}; {kept}"
    if isinstance(error, MemoryError):
        return f"memory ran out ({error or 'no more is known'}); {kept}"
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}; {kept}"
    return None


__all__ = ["app", "care", "corpora", "glance", "look", "main", "models", "spaces", "train"]
