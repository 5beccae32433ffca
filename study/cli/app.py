"""The application that the commands are added to."""

import typer

app = typer.Typer(
    help="Compare text classifiers so that the comparison holds: search, train, report.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
