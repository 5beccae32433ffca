"""Spaces by name and from a user's file, and what is said where the file gives none."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

import search_spaces
from search_spaces import (
    BadSpace,
    BookSpace,
    OutsideSpace,
    RandomTrial,
    Recipe,
    SteadyTrial,
    StrongSpace,
    UnknownName,
    WideSpace,
    for_classes,
    load_space,
    random_trials,
    ranges_of,
    reference,
    space_fingerprint,
    space_names,
)

RECIPE = Recipe(batch_size=128)
EXAMPLE = Path(__file__).parents[2] / "docs" / "example_space.py"
FULL_SPACE = """
from __future__ import annotations

from dataclasses import dataclass

from search_spaces import Architecture, Configuration, Recipe, RecurrentLayer, confirmed


@dataclass(frozen=True)
class Space:
    recipe: Recipe
    name: str = "mine"

    def suggest(self, trial):
        layer = RecurrentLayer(units=trial.suggest_int("units", 1, 200))
        return Configuration(
            architecture=Architecture(embedding_size=32, recurrent=(layer,)), recipe=self.recipe
        )

    def params_of(self, configuration):
        return confirmed(self, configuration, {"units": configuration.architecture.recurrent[0].units})
"""


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str) -> str:
        path = tmp_path / "mine.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def test_the_known_spaces() -> None:
    assert space_names() == ["book", "strong", "wide"]
    assert load_space("book", RECIPE) == BookSpace(RECIPE)
    assert load_space("wide", RECIPE) == WideSpace(RECIPE)
    assert load_space("strong", RECIPE) == StrongSpace(RECIPE)
    assert [load_space(name, RECIPE).name for name in space_names()] == space_names()


def test_an_unknown_name_lists_the_known_ones() -> None:
    message = "^no search space is called 'boook'; expected one of: book, strong, wide, or the path of a .py file"
    with pytest.raises(UnknownName, match=message):
        load_space("boook", RECIPE)


def test_the_example_in_the_docs_is_a_space() -> None:
    space = load_space(str(EXAMPLE), RECIPE)
    assert space.name == "example_space"
    assert ranges_of(space) == {
        "units": "16 to 64 in steps of 16",
        "layers": "1 to 3",
        "recurrent_dropout": "0 to 0.4 in steps of 0.1",
    }
    for _, configuration in random_trials(space, 20):
        assert configuration.recipe == RECIPE
        assert {layer.cell for layer in configuration.architecture.recurrent} == {"gru"}
    assert space_fingerprint(space) == space_fingerprint(load_space(str(EXAMPLE), RECIPE))
    assert not (EXAMPLE.parent / "__pycache__").exists()


def test_a_space_of_suggestions_alone_cannot_be_inverted() -> None:
    message = "'example_space' cannot tell .* expected its file to define .*params_of, got suggest"
    with pytest.raises(OutsideSpace, match=message):
        load_space(str(EXAMPLE), RECIPE).params_of(reference("simple-lstm").configuration)


@pytest.mark.parametrize("ending", ["", "\ndef space(recipe):\n    return Space(recipe, name='mine')\n"])
def test_a_full_space_from_a_file(write, ending: str) -> None:
    space = load_space(write(FULL_SPACE + ending), RECIPE)
    assert (space.name, space.recipe) == ("mine", RECIPE)
    assert space.params_of(reference("simple-lstm").under({"batch_size": 128})) == {"units": 100}
    with pytest.raises(OutsideSpace, match=r"'mine': recipe\.batch_size: expected 128, got 64"):
        space.params_of(reference("simple-lstm").configuration)


def test_a_file_changed_within_the_second_is_read_anew(write) -> None:
    first = load_space(write(FULL_SPACE), RECIPE)
    second = load_space(write(FULL_SPACE.replace('"mine"', '"ours"')), RECIPE)
    assert (first.name, second.name) == ("mine", "ours")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadSpace, match=r"none\.py: expected a Python file .*, but there is none$"):
        load_space(str(tmp_path / "none.py"), RECIPE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def suggests(trial): ...",
            r"suggest\(trial, recipe\) or build\(parameters, card\), found none",
        ),
        ("suggest = 3", r"suggest\(trial, recipe\) or build\(parameters, card\), found none"),
        ("import no_such_module", r"failed on import: ModuleNotFoundError: No module named .* \(line 1\)"),
        ("x = 1\nx / 0\n", r"failed on import: ZeroDivisionError: division by zero \(line 2\)"),
        ("raise SystemExit(3)", r"failed on import: SystemExit: 3 \(line 1\)"),
        ("def suggest(:", r"failed on import: SyntaxError: .*line 1"),
        ("def space(): ...", r"space\(recipe\) failed: TypeError: .*takes 0 positional arguments"),
        (
            "def space(recipe):\n    raise ValueError('a\\nb')",
            r"space\(recipe\) failed: ValueError: a b \(line 2\)",
        ),
        (
            "def space(recipe):\n    return 3",
            "return an object with name, recipe, suggest, params_of; "
            "got int without name, recipe, suggest, params_of",
        ),
        ("def suggest(trial):\n    return 3", "suggest failed: TypeError: .*takes 1 positional argument"),
        ("def suggest(trial, recipe):\n    return 3", "expected suggest to return a Configuration, got int"),
    ],
)
def test_a_file_that_gives_no_space_says_why_in_one_line(write, text: str, message: str) -> None:
    path = write(text)
    with pytest.raises(BadSpace, match=message) as raised:
        load_space(path, RECIPE)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


SUGGEST = """
from search_spaces import Architecture, Configuration, RecurrentLayer

def suggest(trial, recipe):
    n = trial.suggest_int("layers", 1, 40)
    {body}
    layer = RecurrentLayer(cell="gru", units=units)
    return Configuration(architecture=Architecture(embedding_size=8, recurrent=(layer,)), recipe=recipe)
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            'units = trial.suggest_categorical("units", [4, 8] if n < 40 else [8, 16])',
            r"parameter 'units': expected one of 4, 8 in every trial, got one of 8, 16; where its choices",
        ),
        (
            'units = trial.suggest_categorical("units", [4, 8]) if n < 40 else trial.suggest_int("units", 4, 8)',
            "parameter 'units': expected one of 4, 8 in every trial, got a range of int; ",
        ),
        (
            'units = trial.suggest_int("units", 4, 64, log=n == 40)',
            "parameter 'units': expected a range of int in every trial, got a logarithmic range of int; ",
        ),
        (
            'units = trial.suggest_categorical("units", [(4,), (8,)])[0]',
            r"parameter 'units': expected choices of str, int, float, bool or None, got \(4,\) of type",
        ),
        ("units = 8 if n < 40 else {}[n]", r"suggest failed: KeyError: 40 \(line 6\)"),
        ('units = int(trial.suggest_float("units", 0, 9, log=True))', "a logarithmic range to begin above 0"),
        ('units = trial.suggest_int("units", 9, 4)', r"ValueError: units: expected low <= high .*, got 9 to 4"),
        ('units = int(trial.suggest_float("units", 1, 9, step=0))', "a step above 0, got 1 to 9 in steps of 0"),
    ],
)
def test_what_no_search_can_keep_shows_before_it_begins(write, body: str, message: str) -> None:
    with pytest.raises(BadSpace, match=message) as raised:
        load_space(write(SUGGEST.replace("{body}", body)), RECIPE)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        'units = trial.suggest_int("units", n, 2 * n)',
        'units = trial.suggest_categorical("units", [1, 2]) if n % 2 else trial.suggest_int("other", 3, 4)',
        'units = 1 + (trial.suggest_categorical("odd", [float("nan"), None, "x", 1.5, True]) is None)',
    ],
)
def test_what_may_depend_on_another_parameter(write, body: str) -> None:
    load_space(write(SUGGEST.replace("{body}", body)), RECIPE)


def test_a_space_may_refuse_points(write, tmp_path) -> None:
    asked = []
    for refused in ("False", "n == 40"):
        told = tmp_path / refused
        body = f"units = 8\n    with open({str(told)!r}, 'a') as file: file.write('.')"
        body += f"\n    if {refused}: raise ValueError('too many')"
        load_space(write(SUGGEST.replace("{body}", body)), RECIPE)
        asked.append(told.stat().st_size)
    assert 1 < asked[0] <= asked[1] < 2 * asked[0]


@pytest.mark.parametrize("name", space_names())
def test_built_in_spaces_are_steady(name) -> None:
    space, kinds = load_space(name, RECIPE), {}
    generator = random.Random(0)
    for _ in range(300):
        space.suggest(SteadyTrial(RandomTrial(generator), kinds))
    assert set(kinds) == set(ranges_of(space))


def test_importing_the_spaces_needs_pydantic_alone() -> None:
    heavy = ["keras", "tensorflow", "optuna", "numpy", "pandas", "sqlalchemy", "study", "results"]
    code = f"import sys, search_spaces; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_listed_and_exist() -> None:
    assert all(hasattr(search_spaces, name) for name in search_spaces.__all__)
    assert len(set(search_spaces.__all__)) == len(search_spaces.__all__)


def test_a_file_with_suggest_alone_gets_the_head_of_its_corpus():
    space = load_space(str(EXAMPLE), RECIPE)
    heads = {
        classes: {point.architecture.head for _, point in random_trials(for_classes(space, classes), 5)}
        for classes in (2, 4)
    }
    assert heads == {2: {"sigmoid"}, 4: {"softmax"}}
    assert space_fingerprint(for_classes(space, 2)) == space_fingerprint(space)


@pytest.mark.parametrize("name", space_names())
def test_built_in_spaces_are_told_the_classes(name):
    space = load_space(name, RECIPE)
    assert for_classes(space, 2) == space
    for trial, point in random_trials(for_classes(space, 5), 20):
        assert point.architecture.head == "softmax"
        assert for_classes(space, 5).params_of(point) == pytest.approx(trial.parameters)


def test_a_space_of_its_own_must_fit_the_classes(write):
    space = load_space(write(FULL_SPACE), RECIPE)
    assert for_classes(space, 2) is space
    with pytest.raises(BadSpace, match=r"'mine': expected softmax heads, .* 4 classes, got a sigmoid head"):
        for_classes(space, 4)
