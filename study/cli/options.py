"""Options that several commands share, and the settings they come to."""

import functools
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.config import shown_default
from study.environment import expanded, whole

if TYPE_CHECKING:
    from study.config import StudyConfig

_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD


def place(text: str) -> Path:
    """A path as it was meant: typer.Option(parser=place)."""
    return Path(expanded(text))


def _setting(key: str, kind: str, help: str, otherwise: str = "") -> Any:
    """An option that sets `key`. Its value is text, checked with all the other settings."""
    return typer.Option(help=f"{help} [default: {otherwise or shown_default(key)}]", metavar=kind)


Database = Annotated[
    str, typer.Option(help="Path or SQLAlchemy URL of the database.", metavar="ADDRESS", parser=expanded)
]
StudyName = Annotated[str | None, typer.Option("--name", help="The study. [default: the newest]", metavar="NAME")]
Corpus = Annotated[
    str | None,
    _setting(
        "corpus", "CORPUS", "auto, imdb, reuters, stand-in, or the path of a table, folder, archive or flat .npz."
    ),
]
Toml = Annotated[
    Path | None, typer.Option(help="A TOML file with any of the settings.", metavar="FILE", parser=place)
]
Objectives = Annotated[
    str | None,
    typer.Option(
        "--objective",
        "--objectives",
        help="What to search for: accuracy, balanced-accuracy, f1 or log-loss; several at once, as "
        "accuracy,seconds or accuracy,parameters, for a Pareto front. [default: accuracy]",
        metavar="NAMES",
    ),
]
Trials = Annotated[str | None, _setting("trials", "COUNT", "The study's total, with those it has.")]
Budget = Annotated[
    str | None,
    _setting(
        "budget",
        "DURATION",
        "Train for so long, finals included: 90s, 45m, 1h30m.",
        "no limit",
    ),
]
Target = Annotated[
    str | None, _setting("target", "NUMBER", "Begin no trial past this value of the objective.", "no target")
]
Workers = Annotated[
    str | None, _setting("workers", "COUNT", "Processes that train, one core each.", "one a physical core")
]
Scheduler = Annotated[
    str | None,
    _setting("scheduler", "ADDRESS", "A Dask cluster that somebody runs: tcp://HOST:8786.", "this machine"),
]
Deterministic = Annotated[
    bool | None,
    typer.Option("--deterministic", help="The same suggestions on any number of workers; 8 trials at a time."),
]
Seed = Annotated[str | None, _setting("seed", "INTEGER", "Of the search and of the first replicate.")]
Name = Annotated[str | None, _setting("name", "NAME", "Of the study.", "made of space, corpus and profile")]
Fork = Annotated[
    str | None,
    typer.Option(help="Begin a study of that name beside this one, on other terms.", metavar="NAME"),
]
DatabaseToWrite = Annotated[str | None, _setting("database", "ADDRESS", "Path or SQLAlchemy URL.")]
Report = Annotated[Path | None, _setting("report", "FILE", "Where the report goes.")]
WordIndex = Annotated[Path | None, typer.Option(help="A published word index, JSON.", metavar="FILE")]
TextColumn = Annotated[
    list[str] | None,
    _setting("text_column", "NAME", "Of a table; given several times, they are joined.", "guessed where obvious"),
]
LabelColumn = Annotated[str | None, _setting("label_column", "NAME", "Of a table.", "guessed where obvious")]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether a CSV or TSV names its columns; else they are 1, 2, ..."),
]
Encoding = Annotated[str | None, _setting("encoding", "NAME", "Of a table or of text files.")]
TestCorpus = Annotated[
    Path | None, _setting("test_corpus", "PATH", "The test half's own file or folder.", "what the corpus holds")
]
TestFraction = Annotated[
    str | None, _setting("test_fraction", "FRACTION", "Of each class, cut off where there is no test half.")
]
KeepDuplicates = Annotated[
    bool | None, typer.Option("--keep-duplicates", help="Keep training texts that are in the test half too.")
]
RareClasses = Annotated[
    str | None,
    _setting(
        "rare_classes", "WHAT", "Classes with too few texts: drop, or merge into one, 'other'.", "they are refused"
    ),
]
Tokens = Annotated[
    str | None, _setting("tokens", "TOKENS", "words, or characters for texts without spaces between words.")
]
Cache = Annotated[
    Path | None,
    _setting("cache", "FOLDER", "Of prepared corpora.", "$STUDY_CACHE, else ~/.cache/architecture-study"),
]
Profile = Annotated[str | None, _setting("profile", "PROFILE", "quick, standard or thorough.")]
Space = Annotated[str | None, _setting("space", "SPACE", "book, wide, strong, or the path of a Python file.")]


_OPTIONS: dict[str, Any] = {
    "corpus": Corpus,
    "profile": Profile,
    "space": Space,
    "config": Toml,
    "trials": Trials,
    "budget": Budget,
    "objectives": Objectives,
    "target": Target,
    "workers": Workers,
    "scheduler": Scheduler,
    "deterministic": Deterministic,
    "seed": Seed,
    "name": Name,
    "fork": Fork,
    "database": DatabaseToWrite,
    "report": Report,
    "word_index": WordIndex,
    "text_column": TextColumn,
    "label_column": LabelColumn,
    "header": Header,
    "encoding": Encoding,
    "test_corpus": TestCorpus,
    "test_fraction": TestFraction,
    "keep_duplicates": KeepDuplicates,
    "rare_classes": RareClasses,
    "tokens": Tokens,
    "cache": Cache,
}
SETTINGS = tuple(_OPTIONS)
READING = SETTINGS[SETTINGS.index("word_index") :]
"""How a corpus of one's own is to be read, and where it is kept."""


def takes(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of these settings, in this order, and what was given of them as `given`.

    A name that is among the command's own parameters is that one.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        options = [
            own.get(name) or inspect.Parameter(name, _EITHER, default=None, annotation=_OPTIONS[name])
            for name in names
        ]

        @functools.wraps(command)
        def with_options(**arguments: Any) -> None:
            given = {name: arguments.pop(name) for name in names if name not in own}
            command(given=given, **arguments)

        with_options.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        with_options.__annotations__ = {option.name: option.annotation for option in options}
        del with_options.__wrapped__  # its parameters are not the options
        return with_options

    return decorated


def settings_of(given: dict[str, Any]) -> "StudyConfig":
    """The settings of the TOML file under what was given on the command line."""
    from study.config import load_config

    file = given.pop("config")
    return load_config(file, {key: value for key, value in given.items() if value is not None and value != []})


def command_line() -> list[str]:
    """The command as it was given, but for passwords in addresses: it is kept and reported."""
    return ["study", *(whole(re.sub(r"(://[^:/@]+):[^@]+@", r"\1:***@", part)) for part in sys.argv[1:])]
