"""Settings that would do nothing: a study refuses them, other jobs say so, so that none is kept without a word."""

import contextlib
import random
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, get_args

from search_spaces import RandomTrial, Recipe, load_space, ranges_of
from study.config import PROFILES, QUIET, StudyConfig
from study.errors import InputError

_DRAWN = 100  # points of a space that tell whether a setting has any part in it


def refuse_unused(config: StudyConfig) -> None:
    """Raises InputError where a setting that was given has no part in a search and its finals, naming each."""
    idle = [*_in_recipe(config), *_in_search(config), *_in_finals(config), *_of_workers(config)]
    if idle:
        raise InputError("; ".join(idle))


def given_in(config: StudyConfig, part: str) -> dict[str, Any]:
    """What a user set in that table of the settings; what the profile has is none of it."""
    table, profile = getattr(config, part), PROFILES[config.profile].get(part, {})
    own = {"batching": "bucketed"} if part == "recipe" else {}
    known = {**own, **profile}
    given = {name: getattr(table, name) for name in table.model_fields_set}
    return {name: value for name, value in given.items() if name not in known or known[name] != value}


def _in_recipe(config: StudyConfig) -> list[str]:
    idle = [name for name in given_in(config, "recipe") if not _has_part(config, name)]
    if not idle:
        return []
    space = load_space(config.space, config.recipe)
    ranges = ranges_of(space)
    return [
        f"recipe.{name}: expected no value, since the space {space.name} "
        + (f"searches it ({ranges[name]})" if name in ranges else "sets it itself")
        + f", got {getattr(config.recipe, name)!r}; leave it out, or write a space of your own"
        for name in sorted(idle)
    ]


def _has_part(config: StudyConfig, name: str) -> bool:
    """Whether points of the space are others where the recipe has another value there."""
    other = config.recipe.model_copy(update={name: _another(name, getattr(config.recipe, name))})
    pairs = zip_longest(_drawn(config.space, config.recipe, name), _drawn(config.space, other, name))
    return any(one != two for one, two in pairs)


def _drawn(space_named: str | Callable[..., Any], recipe: Recipe, name: str) -> Iterator[Any]:
    space, generator = load_space(space_named, recipe), random.Random(0)
    for _ in range(_DRAWN):
        with contextlib.suppress(ValueError):  # a point that makes no valid configuration
            yield getattr(space.suggest(RandomTrial(generator)).recipe, name)


def _another(name: str, value: Any) -> Any:
    """A valid value of that field of a recipe, other than this one."""
    if isinstance(value, str):
        return next(each for each in get_args(Recipe.model_fields[name].annotation) if each != value)
    if isinstance(value, int):
        return 2 * value + 1
    return 1_234 if value is None else value / 2 or 0.05


def _in_search(config: StudyConfig) -> list[str]:
    unread = {
        "none": ("pruner_startup_trials", "pruner_warmup_epochs"),
        "successive-halving": ("pruner_startup_trials",),
    }
    idle = [name for name in unread.get(config.search.pruner, ()) if name in given_in(config, "search")]
    said = [
        f"search.{name}: expected no value with the pruner {config.search.pruner}; leave it out" for name in idle
    ]
    falling = {} if "schedule" in config.recipe.model_fields_set else {"schedule": QUIET}
    rates = set(_drawn(config.space, config.recipe.model_copy(update=falling), "schedule"))
    if config.search.early_stopping is not None and rates and "constant" not in rates:
        said.append(
            "search.early_stopping: expected no value where the learning rate falls over the run, which has to "
            f"know its length beforehand (recipe.schedule {', '.join(sorted(rates))}); leave it out, or give "
            "recipe.schedule constant"
        )
    return said


def _in_finals(config: StudyConfig) -> list[str]:
    given = {name: value for name, value in given_in(config, "finals").items() if name != "seeds" and value}
    if config.finals.seeds == 0:
        return [
            f"finals.{name}: expected no value without finals (finals.seeds 0); leave it out" for name in given
        ]
    if config.finals.seeds == 1 and "extra_seeds" in given:
        return [
            "finals.extra_seeds: expected 0 with finals.seeds 1, since one seed decides nothing; give 2 or more"
        ]
    if "leaders" in given and (config.finals.best == 0 or len(config.objectives) > 1):
        why = "with finals.best 0" if config.finals.best == 0 else "with several objectives"
        return [f"finals.leaders: expected 0 {why}, where nobody is chosen among them; leave it out"]
    return []


def _of_workers(config: StudyConfig) -> list[str]:
    given = config.model_fields_set
    if config.scheduler is not None:
        idle = [
            name for name in ("workers", "memory_limit") if name in given and getattr(config, name) is not None
        ]
        return [
            f"{name}: expected no value with a scheduler, whose workers are its own; leave it out" for name in idle
        ]
    if config.workers == 1 and config.memory_limit is not None:
        return ["memory_limit: expected no value with 1 worker, which is this process; leave it out"]
    return []
