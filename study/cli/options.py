"""Options that several commands share, and the settings they come to."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from study.config import StudyConfig

Database = Annotated[str, typer.Option(help="Path or SQLAlchemy URL of the database.")]
StudyName = Annotated[str | None, typer.Option("--name", help="The study; by default the newest.")]
Corpus = Annotated[
    str | None, typer.Option(help="auto, imdb, stand-in, or the path of an archive, folder or flat .npz.")
]
Toml = Annotated[Path | None, typer.Option(help="A TOML file with any of the settings.")]
Workers = Annotated[str | None, typer.Option(help="Processes that train, one core each; by default one a core.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Train on a Dask cluster that somebody runs: tcp://HOST:8786.")
]
Deterministic = Annotated[
    bool | None,
    typer.Option("--deterministic", help="The same suggestions on any number of workers; 8 trials at a time."),
]
Seed = Annotated[str | None, typer.Option(help="Of the search and of the first replicate.")]
Name = Annotated[str | None, typer.Option(help="Of the study; by default made of what it studies.")]
DatabaseToWrite = Annotated[str | None, typer.Option(help="Path or SQLAlchemy URL: runs/study.db.")]
Report = Annotated[Path | None, typer.Option(help="Where the report goes: runs/report.html.")]
WordIndex = Annotated[Path | None, typer.Option(help="A published word index, JSON.")]
Cache = Annotated[Path | None, typer.Option(help="Folder of prepared corpora.")]
Profile = Annotated[str | None, typer.Option(help="quick, standard or thorough.")]
Space = Annotated[str | None, typer.Option(help="book, wide, or the path of a Python file.")]


def settings_of(given: dict[str, Any]) -> "StudyConfig":
    """The settings of the TOML file under what was given on the command line."""
    from study.config import load_config

    file = given.pop("config")
    return load_config(file, {key: value for key, value in given.items() if value is not None})


def command_line() -> list[str]:
    return ["study", *sys.argv[1:]]
