"""Commands that show what can be studied: corpus describe, spaces, spaces show."""

import contextlib
from typing import Annotated, Any

import typer

from study.cli.options import READING, settings_of, takes


@takes("corpus", "config", *READING)
def describe_corpus(
    given: dict[str, Any],
    corpus: Annotated[str, typer.Argument(help="A name, or the path of a table, folder, archive or flat .npz.")],
) -> None:
    """Prepare a corpus and say what is in it: classes, lengths, words, duplicates, and the recipe from it."""

    from study.corpus import default_cache, obtain
    from study.corpus.describe import describe
    from study.jobs.session import reading_of
    from study.progress.terminal import standard_console, view_for

    settings = settings_of(given | {"corpus": corpus})
    with view_for(standard_console()) as view:
        found = obtain(
            settings.corpus,
            reading_of(settings),
            cache=settings.cache or default_cache(),
            word_index=settings.word_index,
            progress=view.prepared,
        )
    rows = describe(found)
    width = min(30, max(len(what) for what, _ in rows))
    for what, how_much in rows:
        typer.echo(f"{what:<{width}} {how_much}")
    for line in filter(None, (found.notice, found.corpus.card.notice)):
        typer.echo(line)


def list_spaces(context: typer.Context) -> None:
    """List the search spaces."""
    from search_spaces import Recipe, load_space, ranges_of, space_names

    if context.invoked_subcommand is None:
        for name in space_names():
            typer.echo(f"{name}: {len(ranges_of(load_space(name, Recipe())))} parameters")
        typer.echo("A Python file of your own: --space PATH. `study spaces show NAME` lists the parameters.")


def show_space(name: Annotated[str, typer.Argument(help="Its name, or the path of a Python file.")]) -> None:
    """List a space's parameters with their ranges, and the published networks that are points of it."""
    from search_spaces import BOOK, OutsideSpace, Recipe, in_words, load_space, ranges_of

    space = load_space(name, Recipe())
    ranges = ranges_of(space)
    width = max(map(len, ranges))
    for parameter, words in ranges.items():
        typer.echo(f"  {parameter:<{width}}  {words}")
    inside = []
    for reference in BOOK:
        with contextlib.suppress(OutsideSpace):
            space.params_of(reference.configuration)
            inside.append(f"  {reference.id:<{width}}  {in_words(reference.configuration)}")
    typer.echo("\n".join(["Published networks in it:", *inside] if inside else ["No published network is in it."]))
