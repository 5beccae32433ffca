"""Commands that show the search spaces."""

import contextlib
from typing import Annotated

import typer

from study.cli.app import app

spaces = typer.Typer(help="Search spaces: what may vary.", invoke_without_command=True, rich_markup_mode=None)
app.add_typer(spaces, name="spaces")


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
    inside = []
    for reference in BOOK:
        with contextlib.suppress(OutsideSpace):
            space.params_of(reference.configuration)
            inside.append(f"  {reference.id:<{width}}  {in_words(reference.configuration)}")
    typer.echo("\n".join(["Published networks in it:", *inside] if inside else ["No published network is in it."]))
