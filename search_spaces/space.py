"""A search space: from a trial's suggestions to a configuration, and back."""

import contextlib
import random
from collections.abc import Mapping, Sequence
from typing import Protocol

from search_spaces.architecture import Configuration, Recipe, fingerprint_of

Choice = str | int | float | bool | None
Parameters = dict[str, Choice]


class OutsideSpace(ValueError):  # noqa: N818
    """The configuration is no point of this search space; the message says what does not fit."""


class UnknownName(LookupError, ValueError):  # noqa: N818
    """No search space or reference has this name; the message lists those that there are."""


class BadParameter(TypeError):  # noqa: N818
    """A parameter that Optuna cannot keep, as other choices were suggested under its name before; in one line.

    No ValueError: those are points that a space refuses on purpose, and this ends a search.
    """


class Trial(Protocol):
    """What a search space asks of a trial: three methods of Optuna's trials, with their meaning."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int: ...

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float: ...

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice: ...


class SearchSpace(Protocol):
    """`suggest` makes a configuration of a trial's suggestions; `params_of` is its inverse.

    `recipe` holds what the space does not vary.
    """

    @property
    def name(self) -> str: ...

    @property
    def recipe(self) -> Recipe: ...

    def suggest(self, trial: Trial) -> Configuration: ...

    def params_of(self, configuration: Configuration) -> Parameters:
        """The suggestions that make `configuration`. Raises OutsideSpace where there are none."""
        ...


def starts_of(space: SearchSpace) -> Mapping[str, Parameters]:
    """Points that a search in this space begins with, by name: its attribute `starts`, where it has one."""
    starts: Mapping[str, Parameters] = getattr(space, "starts", {})
    return starts


def beside_of(space: SearchSpace) -> Sequence[str]:
    """Ids of references whose finals stand beside those of this space although they are no points of it, so that
    what is found is held against something known: its attribute `beside`, where it has one."""
    beside: Sequence[str] = getattr(space, "beside", ())
    return beside


class FixedTrial:
    """A trial that answers with given parameters. A missing one raises KeyError."""

    def __init__(self, parameters: Mapping[str, Choice]) -> None:
        self._parameters = parameters

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        value = self._parameters[name]
        if not isinstance(value, int) or not low <= value <= high or (value - low) % step:
            raise OutsideSpace(f"{name}: expected {low} to {high}{_steps(step)}, got {value!r}")
        return value

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        value = self._parameters[name]
        if (
            not isinstance(value, int | float)
            or not low - 1e-9 <= value <= high + 1e-9
            or (step is not None and not _is_whole((value - low) / step))
        ):
            raise OutsideSpace(f"{name}: expected {low:g} to {high:g}{_steps(step)}, got {value!r}")
        return float(value)

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        value = self._parameters[name]
        if value not in choices:
            raise OutsideSpace(f"{name}: expected one of {list(choices)}, got {value!r}")
        return value


Kind = tuple[str, object]
"""What has to be the same of a parameter in all trials: "one of" and its choices, "int" or "float" and whether
logarithmic."""


class SteadyTrial:
    """A trial seen by a space, which holds each parameter to the kind that it had before.

    `kinds` are those met so far, by name; new ones are added. Bounds of numbers may depend on other parameters,
    choices may not: Optuna knows them by name, over all trials. Raises BadParameter. What else the trial offers is
    passed on.
    """

    def __init__(self, trial: Trial, kinds: dict[str, Kind]) -> None:
        self._trial = trial
        self._kinds = kinds

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self._hold(name, ("int", log))
        return self._trial.suggest_int(name, low, high, step=step, log=log)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        self._hold(name, ("float", log))
        return self._trial.suggest_float(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        for choice in choices:
            if not isinstance(choice, Choice):
                raise BadParameter(
                    f"parameter {name!r}: expected choices of str, int, float, bool or None, got {choice!r} of "
                    f"type {type(choice).__name__}; suggest a word and look up in a dict what it stands for"
                )
        self._hold(name, ("one of", tuple(choices)))
        return self._trial.suggest_categorical(name, choices)

    def __getattr__(self, name: str) -> object:
        return getattr(self._trial, name)

    def _hold(self, name: str, kind: Kind) -> None:
        known = self._kinds.setdefault(name, kind)
        if known != kind and repr(known) != repr(kind):  # NaN differs from itself
            raise BadParameter(
                f"parameter {name!r}: expected {_kind_in_words(known)} in every trial, "
                f"got {_kind_in_words(kind)}; where its choices depend on another parameter, put that one into "
                "its name, as in 'units of 2 layers'"
            )


def _kind_in_words(kind: Kind) -> str:
    if kind[0] == "one of":
        return "one of " + ", ".join(map(repr, kind[1]))  # type: ignore[call-overload]
    return f"{'a logarithmic' if kind[1] else 'a'} range of {kind[0]}"


class RandomTrial:
    """A trial that draws each parameter uniformly and remembers its value and range in words."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self.parameters: Parameters = {}
        self.ranges: dict[str, str] = {}

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        _check_range(name, low, high, None if step == 1 else step, log)
        value = self._generator.randrange(low, high + 1, step)
        self.parameters[name] = value
        self.ranges[name] = f"{low} to {high}" + _steps(step) + _log(log)
        return value

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        _check_range(name, low, high, step, log)
        if step is None:
            value = self._generator.uniform(low, high)
        else:
            value = low + step * self._generator.randint(0, round((high - low) / step))
        self.parameters[name] = value
        self.ranges[name] = f"{low:g} to {high:g}" + _steps(step) + _log(log)
        return value

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        value = self._generator.choice(choices)
        self.parameters[name] = value
        self.ranges[name] = "one of " + ", ".join(str(choice) for choice in choices)
        return value


def _check_range(name: str, low: float, high: float, step: float | None, log: bool) -> None:
    """Refuses with a ValueError what Optuna's trials do, so that it is found out by drawing."""
    if not low <= high or (step is not None and step <= 0):
        raise ValueError(f"{name}: expected low <= high and a step above 0, got {low:g} to {high:g}{_steps(step)}")
    if log and (low <= 0 or step is not None):
        raise ValueError(
            f"{name}: expected a logarithmic range to begin above 0, without steps, "
            f"got {low:g} to {high:g}{_steps(step)}"
        )


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) <= 1e-6


def _steps(step: float | None) -> str:
    return "" if step in (None, 1) else f" in steps of {step:g}"


def _log(log: bool) -> str:
    return ", logarithmic" if log else ""


def confirmed(space: SearchSpace, configuration: Configuration, parameters: Parameters) -> Parameters:
    """`parameters`, once `suggest` has made exactly `configuration` of them.

    The last line of a `params_of`: it reads the parameters off the configuration as if it were inside, and
    this replay finds whatever is not. Raises OutsideSpace naming the first field that does not fit, what the
    space expects there and what came.
    """
    try:
        misfit = _first_difference(space.suggest(FixedTrial(parameters)), configuration)
    except OutsideSpace as outside:
        misfit = str(outside)
    if misfit:
        raise OutsideSpace(f"no point of the search space {space.name!r}: {misfit}")
    return parameters


def _first_difference(expected: Configuration, got: Configuration) -> str | None:
    return _difference_in("", expected.model_dump(), got.model_dump())


def _difference_in(field: str, expected: object, got: object) -> str | None:
    """The first leaf at which two dumped values differ, as one line; None where they are equal."""
    if expected == got:
        return None
    if isinstance(expected, dict) and isinstance(got, dict):
        parts = [(f"{field}.{key}".lstrip("."), expected[key], got[key]) for key in expected]
    elif isinstance(expected, tuple) and isinstance(got, tuple):
        if len(expected) != len(got):
            return f"{field}: expected {len(expected)} layer(s), got {len(got)}"
        parts = [(f"{field}[{i}]", *pair) for i, pair in enumerate(zip(expected, got, strict=True))]
    else:
        return f"{field}: expected {expected!r}, got {got!r}"
    return next(filter(None, (_difference_in(*part) for part in parts)))


def random_trials(space: SearchSpace, count: int, seed: int = 0) -> list[tuple[RandomTrial, Configuration]]:
    """`count` random points of the space, with the trials that made them; the same for the same seed."""
    generator = random.Random(seed)
    points = []
    for _ in range(count):
        trial = RandomTrial(generator)
        points.append((trial, space.suggest(trial)))
    return points


def try_out(space: SearchSpace, count: int = 300) -> str | None:
    """Draws so many random points, as a search would. Returns the type of one that is no Configuration, else None.

    Raises BadParameter, and what `suggest` raises; a ValueError of others than the first refuses these alone. A
    branch that one point in a hundred takes is missed once in twenty.
    """
    generator, kinds = random.Random(0), dict[str, Kind]()
    for number in range(count):
        try:
            drawn: object = space.suggest(SteadyTrial(RandomTrial(generator), kinds))
        except ValueError:
            if not number:
                raise
            continue
        if not isinstance(drawn, Configuration):
            return type(drawn).__name__
    return None


def ranges_of(space: SearchSpace) -> dict[str, str]:
    """Every parameter of the space with its range in words, read off random points (spaces are code)."""
    ranges: dict[str, str] = {}
    generator = random.Random(0)
    for _ in range(500):
        trial = RandomTrial(generator)
        with contextlib.suppress(ValueError):  # a point that makes no valid configuration still has its ranges
            space.suggest(trial)
        ranges |= trial.ranges
    return ranges


def space_fingerprint(space: SearchSpace) -> str:
    """Changes with the space's name, any range or the recipe, not with how its code is written."""
    ranges = "\n".join(f"{name}: {words}" for name, words in sorted(ranges_of(space).items()))
    return fingerprint_of(f"{space.name}\n{space.recipe.canonical_json()}\n{ranges}")
