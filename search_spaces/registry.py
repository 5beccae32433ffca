"""From the name of a search space, or the path of a user's Python file, to the space.

A user's file defines `space(recipe)` (or a class `Space`), which returns an object with `name`, `recipe`,
`suggest(trial)` and `params_of(configuration)`. In the easy case a function
`suggest(trial, recipe) -> Configuration` is enough: the space is then named after the file, published
configurations cannot be enqueued in it, and the head of its networks follows the number of classes. A dataclass
with a field `classes` is told that number; any other space must give a head that fits.
"""

import contextlib
import dataclasses
import hashlib
import inspect
import random
import sys
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from search_spaces.architecture import Configuration, Recipe
from search_spaces.book import BookSpace
from search_spaces.space import OutsideSpace, Parameters, RandomTrial, SearchSpace, Trial, UnknownName
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


def space_names() -> list[str]:
    """The names that `load_space` knows, sorted."""
    return sorted(_SPACES)


def load_space(name_or_path: str | Callable[[Trial, Recipe], Configuration], recipe: Recipe) -> SearchSpace:
    """The search space of that name, the one in that Python file, or of that function `suggest(trial, recipe)`;
    `recipe` is what it does not vary.

    Raises UnknownName for a name that is none, and BadSpace for a file that is missing, fails or does not define a
    space, or a function without a source. One random point is drawn from a user's space, so that a mistake in it
    shows here and not in the middle of a study.
    """
    if not isinstance(name_or_path, str):
        return _of_function(name_or_path, recipe)
    if name_or_path in _SPACES:
        return _SPACES[name_or_path](recipe)
    path = Path(name_or_path).expanduser()
    if path.suffix != ".py":
        raise UnknownName(
            f"no search space is called {name_or_path!r}; expected one of: {', '.join(space_names())}, "
            "or the path of a .py file that defines one"
        )
    if not path.is_file():
        raise BadSpace(f"{path}: expected a Python file that defines a search space, but there is none")
    space = _space_in(_imported(path), path, recipe)
    _draw_one(space, path)
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
    _draw_one(space, path)
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


def _imported(path: Path) -> ModuleType:
    """The file as a module. Compiled here: an import would write and trust a cache beside the user's file."""
    module = ModuleType(f"search_space_in_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        raise BadSpace(f"{path}: failed on import: {_in_one_line(error, path)}") from error
    return module


def _space_in(module: ModuleType, path: Path, recipe: Recipe) -> SearchSpace:
    for maker in (getattr(module, "space", None), getattr(module, "Space", None)):
        if callable(maker):
            return _checked(_made(maker, path, recipe), path)
    function = getattr(module, "suggest", None)
    if callable(function):
        return FunctionSpace(path.stem, recipe, function)
    raise BadSpace(f"{path}: expected a function space(recipe) or suggest(trial, recipe), found neither")


def _made(maker: Callable[[Recipe], SearchSpace], path: Path, recipe: Recipe) -> SearchSpace:
    try:
        return maker(recipe)
    except Exception as error:
        raise BadSpace(f"{path}: space(recipe) failed: {_in_one_line(error, path)}") from error


def _checked(space: SearchSpace, path: Path) -> SearchSpace:
    missing = [part for part in _PARTS_OF_A_SPACE if not hasattr(space, part)]
    if missing:
        raise BadSpace(
            f"{path}: expected space(recipe) to return an object with {', '.join(_PARTS_OF_A_SPACE)}; "
            f"got {type(space).__name__} without {', '.join(missing)}"
        )
    return space


def _draw_one(space: SearchSpace, path: Path) -> None:
    try:
        drawn: object = space.suggest(RandomTrial(random.Random(0)))
    except Exception as error:
        raise BadSpace(f"{path}: suggest failed: {_in_one_line(error, path)}") from error
    if not isinstance(drawn, Configuration):
        raise BadSpace(f"{path}: expected suggest to return a Configuration, got {type(drawn).__name__}")


def _in_one_line(error: BaseException, path: Path) -> str:
    """The error's type and first words, with the line of the user's file where it arose."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    words = " ".join(str(error).split())
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {words}{place}"
