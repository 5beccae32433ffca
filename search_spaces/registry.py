"""From the name of a search space, or the path of a user's Python file, to the space.

A user's file defines `space(recipe)` (or a class `Space`), which returns an object with `name`, `recipe`,
`suggest(trial)` and `params_of(configuration)`. In the easy case a function
`suggest(trial, recipe) -> Configuration` is enough: the space is then named after the file, published
configurations cannot be enqueued in it, and the head of its networks follows the number of classes. A dataclass
with a field `classes` is told that number; any other space must give a head that fits.

A file that defines `build(parameters, card) -> keras.Model` brings its own network (docs/own-network.md). Its
`suggest(trial) -> dict` says what is searched; without one that is the number of epochs.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import inspect
import os
import random
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from search_spaces.architecture import Architecture, Configuration, OwnNetwork, Recipe
from search_spaces.book import BookSpace
from search_spaces.space import (
    BadParameter,
    Choice,
    OutsideSpace,
    Parameters,
    RandomTrial,
    SearchSpace,
    Trial,
    UnknownName,
    try_out,
)
from search_spaces.strong import StrongSpace
from search_spaces.wide import WideSpace

_SPACES: dict[str, Callable[[Recipe], SearchSpace]] = {"book": BookSpace, "wide": WideSpace, "strong": StrongSpace}
_PARTS_OF_A_SPACE = ("name", "recipe", "suggest", "params_of")


class BadSpace(ValueError):  # noqa: N818
    """A user's file does not give a search space; the message is one line that says why."""


@dataclass(frozen=True)
class FunctionSpace:
    """The space of a function `suggest(trial, recipe)`, of a file or given from Python.

    `source`: the first 16 digits of the SHA-256 of its source, which is what names one that was given from Python.
    """

    name: str
    recipe: Recipe
    function: Callable[[Trial, Recipe], Configuration]
    classes: int = 2
    source: str = ""

    def suggest(self, trial: Trial) -> Configuration:
        """What the file's function makes of the trial, with the head for so many classes."""
        made = self.function(trial, self.recipe)
        return made.for_classes(self.classes) if isinstance(made, Configuration) else made

    def params_of(self, configuration: Configuration) -> Parameters:
        """Always raises OutsideSpace: nothing says which suggestions make a configuration."""
        raise OutsideSpace(
            f"the search space {self.name!r} cannot tell which parameters make a configuration; "
            "expected its file to define space(recipe) with params_of, got suggest(trial, recipe) alone"
        )


@dataclass(frozen=True)
class OwnSpace:
    """The space of a file that defines `build(parameters, card)`: the networks it builds.

    `suggested` are the file's `suggest(trial)`: parameters of `build`, but for those with the name of a setting of
    the recipe, which are set there. One of the book's networks stands `beside` its own in the finals.
    """

    name: str
    recipe: Recipe
    file: str
    source: str
    suggested: Callable[[Trial], Mapping[str, Choice]]
    classes: int = 2
    beside: ClassVar[tuple[str, ...]] = ("cnn-lstm",)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hex digits."""
        return OwnNetwork(file=self.file, source=self.source).sha256

    def suggest(self, trial: Trial) -> Configuration:
        """The file's network with what its `suggest` made of the trial, and the head for so many classes."""
        found = self.suggested(trial)
        if not isinstance(found, Mapping):
            raise ValueError(f"expected suggest(trial) to return a dict of parameters, got {type(found).__name__}")
        for name, value in found.items():
            if not isinstance(name, str) or not (value is None or isinstance(value, str | int | float)):
                raise ValueError(
                    f"expected a text, a number, True, False or None by each name, got {name!r}: {value!r}"
                )
        plain = {
            name: float(f"{value:.12g}") if isinstance(value, float) else value for name, value in found.items()
        }
        parameters = tuple(
            sorted((name, value) for name, value in plain.items() if name not in Recipe.model_fields)
        )
        own = OwnNetwork(file=self.file, source=self.source, parameters=parameters)
        architecture = Architecture(embedding_size=0, recurrent=(), own=own)
        settings = {name: value for name, value in plain.items() if name in Recipe.model_fields}
        configuration = Configuration(architecture=architecture, recipe=self.recipe).with_recipe(**settings)
        return configuration.for_classes(self.classes)

    def params_of(self, configuration: Configuration) -> Parameters:
        """Always raises OutsideSpace: the file says what its parameters make, not which ones make something."""
        raise OutsideSpace(f"the search space {self.name!r} holds the networks of {self.file} alone")


def _epochs_alone(trial: Trial) -> Parameters:
    return {"epochs": trial.suggest_int("epochs", 1, 6)}


def space_names() -> list[str]:
    """The names that `load_space` knows, sorted."""
    return sorted(_SPACES)


def load_space(name_or_path: str | Callable[[Trial, Recipe], Configuration], recipe: Recipe) -> SearchSpace:
    """The search space of that name, the one in that Python file, or of that function `suggest(trial, recipe)`;
    `recipe` is what it does not vary.

    Raises UnknownName for a name that is none, and BadSpace for a file that is missing, fails or does not define a
    space, or a function without a source. Some hundreds of random points are drawn from a user's space, in
    milliseconds, so that a mistake in it shows here and not in the middle of a study.
    """
    if not isinstance(name_or_path, str):
        return _of_function(name_or_path, recipe)
    if name_or_path in _SPACES:
        return _SPACES[name_or_path](recipe)
    path = Path(os.path.expandvars(os.path.expanduser(name_or_path)))  # an unknown user stays as it is
    if path.suffix != ".py":
        raise UnknownName(
            f"no search space is called {name_or_path!r}; expected one of: {', '.join(space_names())}, "
            "or the path of a .py file that defines one"
        )
    if not path.is_file():
        raise BadSpace(f"{path}: expected a Python file that defines a search space, but there is none")
    try:
        source = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BadSpace(f"{path}: expected a Python file in UTF-8, got other bytes at {error.start}") from error
    space = _space_in(module_of(source, str(path)), path, recipe, source)
    _draw_some(space, path)
    return space


def _of_function(function: Callable[[Trial, Recipe], Configuration], recipe: Recipe) -> SearchSpace:
    name, path = function.__name__.strip("<>"), Path(inspect.getfile(function))
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise BadSpace(
            f"the search space {name!r}: expected a function whose source can be read, since that tells one study "
            "from another; write it into a file, and give what you import from there, or the file's path"
        ) from error
    space = FunctionSpace(name, recipe, function, source=hashlib.sha256(source.encode()).hexdigest()[:16])
    _draw_some(space, path)
    return space


def for_classes(space: SearchSpace, classes: int) -> SearchSpace:
    """The space for a corpus of so many classes, told their number where it has a field `classes`.

    Raises BadSpace for another one that draws a sigmoid head where there are more than two.
    """
    if dataclasses.is_dataclass(space) and "classes" in {field.name for field in dataclasses.fields(space)}:
        return dataclasses.replace(space, classes=classes)
    if classes != 2 and _draws_sigmoid(space):
        raise BadSpace(
            f"the search space {space.name!r}: expected softmax heads, since the corpus has {classes} classes, "
            f"got a sigmoid head; end its suggest with .for_classes({classes}), or give it a field `classes`"
        )
    return space


def _draws_sigmoid(space: SearchSpace) -> bool:
    generator = random.Random(0)
    for _ in range(100):
        with contextlib.suppress(ValueError):  # a point that makes no valid configuration has no head
            if space.suggest(RandomTrial(generator)).architecture.head == "sigmoid":
                return True
    return False


def module_of(source: str, file: str) -> ModuleType:
    """A user's file as a module. Compiled here: an import would write and trust a cache beside it.

    Raises BadSpace where it fails. `import keras` in it loads nothing until Keras is used.
    """
    module = ModuleType(f"search_space_in_{Path(file).stem}")
    module.__file__ = file
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        with _loaded_when_used("keras", "tensorflow"):
            exec(compile(source, file, "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        raise BadSpace(f"{file}: failed on import: {in_one_line(error, file)}") from error
    return module


class _Later(ModuleType):
    """Stands for a module that takes seconds to load, until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextlib.contextmanager
def _loaded_when_used(*names: str) -> Iterator[None]:
    """Within, importing one of these modules by its name loads nothing yet."""
    waiting = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules |= waiting
    try:
        yield
    finally:
        for name, module in waiting.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _space_in(module: ModuleType, path: Path, recipe: Recipe, source: str) -> SearchSpace:
    for maker in (getattr(module, "space", None), getattr(module, "Space", None)):
        if callable(maker):
            return _checked(_made(maker, path, recipe), path)
    function, name = getattr(module, "suggest", None), path.stem.encode(errors="replace").decode()
    if callable(getattr(module, "build", None)):
        return OwnSpace(name, recipe, path.name, source, function or _epochs_alone)
    if callable(function):
        return FunctionSpace(name, recipe, function)
    raise BadSpace(
        f"{path}: expected a function space(recipe), suggest(trial, recipe) or build(parameters, card), found none"
    )


def _made(maker: Callable[[Recipe], SearchSpace], path: Path, recipe: Recipe) -> SearchSpace:
    try:
        return maker(recipe)
    except Exception as error:
        raise BadSpace(f"{path}: space(recipe) failed: {in_one_line(error, str(path))}") from error


def _checked(space: SearchSpace, path: Path) -> SearchSpace:
    missing = [part for part in _PARTS_OF_A_SPACE if not hasattr(space, part)]
    if missing:
        raise BadSpace(
            f"{path}: expected space(recipe) to return an object with {', '.join(_PARTS_OF_A_SPACE)}; "
            f"got {type(space).__name__} without {', '.join(missing)}"
        )
    return space


def _draw_some(space: SearchSpace, path: Path) -> None:
    try:
        misfit = try_out(space)
    except BadParameter as bad:
        raise BadSpace(f"{path}: {bad}") from bad
    except Exception as error:
        raise BadSpace(f"{path}: suggest failed: {in_one_line(error, str(path))}") from error
    if misfit is not None:
        raise BadSpace(f"{path}: expected suggest to return a Configuration, got {misfit}")


def in_one_line(error: BaseException, file: str) -> str:
    """The error's type and first words, with the line of the user's file where it arose."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    said = str(error)
    if isinstance(error, KeyError) and "\\n" in said:
        said = str(error.args[0])  # a KeyError shows its text as Python writes it
    # Keras colours its errors, lists arguments behind them, and puts what was called before the error itself.
    said = re.sub(r"\x1b\[\d*m|\{\{.*?\}\}", "", said).partition("Arguments received by")[0].strip()
    if said.startswith("in user code:"):
        said = said.splitlines()[-1]
    words = " ".join(said.split())[:300]
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {words}{place}"
