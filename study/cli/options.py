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
    str | None,
    typer.Option(help="auto, imdb, reuters, stand-in, or the path of a table, folder, archive or flat .npz."),
]
Toml = Annotated[Path | None, typer.Option(help="A TOML file with any of the settings.")]
Workers = Annotated[str | None, typer.Option(help="Processes that train, one core each; by default one a core.")]
Seed = Annotated[str | None, typer.Option(help="Of the search and of the first replicate.")]
Name = Annotated[str | None, typer.Option(help="Of the study; by default made of what it studies.")]
DatabaseToWrite = Annotated[str | None, typer.Option(help="Path or SQLAlchemy URL: runs/study.db.")]
Report = Annotated[Path | None, typer.Option(help="Where the report goes: runs/report.html.")]
WordIndex = Annotated[Path | None, typer.Option(help="A published word index, JSON.")]
TextColumn = Annotated[str | None, typer.Option(help="Of a table: guessed where obvious.")]
LabelColumn = Annotated[str | None, typer.Option(help="Of a table: guessed where obvious.")]
Encoding = Annotated[str | None, typer.Option(help="Of a table or of text files: utf-8.")]
TestCorpus = Annotated[Path | None, typer.Option(help="The test half's own file or folder.")]
TestFraction = Annotated[str | None, typer.Option(help="Of each class, cut off where there is no test half: 0.2.")]
KeepDuplicates = Annotated[
    bool | None, typer.Option("--keep-duplicates", help="Keep training texts that are in the test half too.")
]
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
