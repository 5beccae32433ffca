"""Commands that take a network out of a study and predict with it: export, predict."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli.options import Cache, DatabaseToWrite, Header, StudyName, Toml, WordIndex, place, settings_of

if TYPE_CHECKING:
    from study.bundle import Prediction

AT_ONCE = 8192  # texts read before their predictions are printed


def export(
    which: Annotated[
        str,
        typer.Argument(
            help="best, network (the best one), a trial's number, a configuration, tf-idf, nb-svm, or ensemble."
        ),
    ] = "best",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The bundle's folder.", parser=place, metavar="FOLDER")
    ] = Path("runs/model"),
    database: DatabaseToWrite = None,
    name: StudyName = None,
    config: Toml = None,
    word_index: WordIndex = None,
    cache: Cache = None,
    force: Annotated[bool, typer.Option("--force", help="Also into a folder with other things in it.")] = False,
) -> None:
    """Write a model of a study into a folder that predicts from texts, with or without this program."""

    from results.store.database import open_store
    from study.bundle.export import export as exported
    from study.bundle.folder import read_description
    from study.corpus.prepared.cache import default_cache
    from study.progress.terminal import Lines, standard_console

    settings = settings_of({"config": config, "cache": cache, "database": database, "name": name})
    with open_store(settings.database) as store:
        folder = exported(
            store,
            settings.name,
            which,
            output,
            states=settings.states,
            cache=settings.cache or default_cache(),
            word_index=word_index or settings.word_index,
            force=force,
            watch=Lines(standard_console()),
        )
    text = "a text" if read_description(folder)["reads_words"] else "1 14 22 16"
    typer.echo(f"Bundle: {folder} (read {folder / 'MODEL_CARD.md'}; try: study predict {folder} '{text}')")


def predict(
    bundle: Annotated[
        Path, typer.Argument(help="The folder that `study export` made.", parser=place, metavar="BUNDLE")
    ],
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; without any, lines of the input.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="A file of texts, one a line.", parser=place, metavar="FILE"),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            "--text-column",
            help="The input is a table (CSV, TSV, JSON Lines, Parquet), and this column the texts; several are "
            "joined. [default: of a file that ends as a table, those that the model learnt from]",
        ),
    ] = None,
    header: Header = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file. [default: as those; else utf-8]", metavar="NAME")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a text, with every class.")] = False,
) -> None:
    """Name the class of each text: a line `label<TAB>probability`, in the order of the texts."""
    from study.bundle import open_bundle
    from study.corpus import read_texts
    from study.corpus.own.tables import is_table
    from study.errors import InputError

    if texts and (file or column):
        raise InputError("expected texts, or --file and --column, got both; leave one of them out")
    if not (texts or file) and sys.stdin.isatty():
        typer.echo("Reading texts, one a line; Ctrl-D ends them.", err=True)
    opened = open_bundle(bundle)
    learnt = is_table(file.name) if file else bool(column)  # lines of text are no rows of what it learnt from
    reading = opened.reading_of(text_column=column, header=header, encoding=encoding, learnt=learnt)
    unknown = 0
    try:
        for some in _in_chunks(texts or read_texts(file, reading)):
            for found in opened.predict(some):
                unknown += found.unknown_words == 1
                typer.echo(_line(found, as_json))
    except BrokenPipeError:  # whoever reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if unknown:
        what = "1 text has" if unknown == 1 else f"{unknown:,} texts have"
        typer.echo(f"note: {what} no word that the model knows; their class says nothing", err=True)


def _in_chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _line(found: "Prediction", as_json: bool) -> str:
    if not as_json:
        return f"{found.label}\t{found.probability:.6f}"
    from dataclasses import asdict

    return json.dumps(asdict(found), ensure_ascii=False)
