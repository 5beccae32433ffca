"""Commands that train: run, finals, reproduce, questions, ablate."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli.options import READING, SETTINGS, StudyName, command_line, settings_of, takes

if TYPE_CHECKING:
    from study.config import StudyConfig
    from study.progress.watcher import Watcher

_WHERE = ("workers", "scheduler", "seed", "name", "database", "report", *READING)


@takes(*SETTINGS)
def run(given: dict[str, Any]) -> None:
    """Run the study, or go on with it: corpus, search, finals, report."""
    from study.jobs.study import run_study

    _job(given, lambda config, watch: run_study(config, command_line(), watch))


@takes("corpus", "profile", "space", "config", "objectives", *_WHERE)
def finals(given: dict[str, Any]) -> None:
    """Run a study's finals alone, with the best found so far."""
    from study.jobs.study import run_study

    _job(given, lambda config, watch: run_study(config, command_line(), watch, search_too=False))


@takes("names", "seeds", "recipe", "corpus", "config", *_WHERE)
def reproduce(
    given: dict[str, Any],
    names: Annotated[list[str], typer.Argument(help="Published networks by id, or book, or all.")],
    seeds: Annotated[int, typer.Option(help="Replicates of each.", min=1)] = 3,
    recipe: Annotated[str, typer.Option(help="faithful: as published; honest: the study's.")] = "faithful",
) -> None:
    """Train published networks again, and set their figures beside the published ones."""
    from study.jobs.reproduction import run_reproduction

    _job(given, lambda config, watch: run_reproduction(config, names, recipe, seeds, command_line(), watch))


@takes("corpus", "profile", "config", "seeds", "epochs", *_WHERE)
def questions(
    given: dict[str, Any],
    seeds: Annotated[str | None, typer.Option(help="Replicates of each network: 5.")] = None,
    epochs: Annotated[str | None, typer.Option(help="Epochs each is followed for: 10.")] = None,
) -> None:
    """Answer the chapter's open questions: longer training, dropout in layers or gates, a CNN with dropout."""
    from study.jobs.questions import run_questions

    asked = {key: value for key, value in (("seeds", seeds), ("epochs", epochs)) if value is not None}
    _job(given | {"questions": asked}, lambda config, watch: run_questions(config, command_line(), watch))


@takes("which", "seeds", "config", "workers", "scheduler", "name", "database", "report", "cache")
def ablate(
    given: dict[str, Any],
    which: Annotated[
        str, typer.Argument(help="network (the best one), a trial's number, or a configuration.")
    ] = "network",
    seeds: Annotated[int, typer.Option(help="Replicates with and without each element.", min=2)] = 3,
    name: StudyName = None,
) -> None:
    """Tell what each element of a study's network brings: train it without, one at a time."""
    from study.jobs.ablation import run_ablation

    _job(given | {"name": name}, lambda config, watch: run_ablation(config, which, seeds, command_line(), watch))


def _job(given: dict[str, Any], job: "Callable[[StudyConfig, Watcher], str]") -> None:
    from study.jobs.study import run_and_report
    from study.progress.terminal import standard_console

    settings = settings_of(given)
    run_and_report(settings, lambda watch: job(settings, watch), standard_console())
