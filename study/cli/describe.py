"""Commands that show corpora: corpus describe."""

from typing import Annotated

import typer

from study.cli.app import app
from study.cli.options import (
    Cache,
    Encoding,
    KeepDuplicates,
    LabelColumn,
    TestCorpus,
    TestFraction,
    TextColumn,
    Toml,
    WordIndex,
    settings_of,
)

corpora = typer.Typer(help="Corpora: what is in them.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(corpora, name="corpus")


@corpora.callback()
def about() -> None:
    """Corpora: what is in them."""


@corpora.command("describe")
def describe_corpus(
    corpus: Annotated[str, typer.Argument(help="A name, or the path of a table, folder, archive or flat .npz.")],
    config: Toml = None,
    word_index: WordIndex = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    encoding: Encoding = None,
    test_corpus: TestCorpus = None,
    test_fraction: TestFraction = None,
    keep_duplicates: KeepDuplicates = None,
    cache: Cache = None,
) -> None:
    """Prepare a corpus and say what is in it: classes, lengths, words, duplicates, and the recipe from it."""
    given = dict(locals())
    from rich.console import Console

    from study.corpus import default_cache, obtain
    from study.corpus.describe import describe
    from study.jobs.study import reading_of
    from study.progress.terminal import view_for

    settings = settings_of(given)
    with view_for(Console()) as view:
        found = obtain(
            settings.corpus,
            reading_of(settings),
            cache=settings.cache or default_cache(),
            word_index=settings.word_index,
            progress=view.prepared,
        )
    for what, how_much in describe(found):
        typer.echo(f"{what:<18}{how_much}")
    for line in filter(None, (found.notice, found.corpus.card.notice)):
        typer.echo(line)
