"""A file that builds its own network, as a space: what is searched, and what a network's identity is."""

import hashlib
import subprocess
import sys

import pytest
from pydantic import ValidationError

from search_spaces import (
    Architecture,
    BadSpace,
    Configuration,
    FixedTrial,
    OutsideSpace,
    OwnNetwork,
    Recipe,
    for_classes,
    in_words,
    load_space,
    ranges_of,
    reference,
)
from search_spaces.layers import Shape, layers

FILE = """
import keras

def suggest(trial):
    size = trial.suggest_int("size", 8, 32, step=8)
    return {"size": size, "rate": 0.1 + 0.2, "pooling": "max", "learning_rate": 0.01, "epochs": 2}

def build(parameters, card):
    raise NotImplementedError
"""


@pytest.fixture
def write(tmp_path):
    def written(text: str, name: str = "mine.py") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def drawn(path: str, **parameters) -> Configuration:
    return load_space(path, Recipe()).suggest(FixedTrial(parameters))


def test_parameters_are_the_networks_but_for_those_of_the_recipe(write) -> None:
    configuration = drawn(write(FILE), size=16)
    own = configuration.architecture.own
    assert own.parameters == (("pooling", "max"), ("rate", 0.3), ("size", 16))
    assert configuration.recipe == Recipe(learning_rate=0.01, epochs=2)
    assert (
        in_words(configuration)
        == "own network (mine.py, pooling max, rate 0.3, size 16); 2 epochs, learning rate 0.01"
    )
    assert own.sha256 == hashlib.sha256(FILE.encode()).hexdigest()


def test_the_identity_is_every_byte_of_the_file_and_its_parameters(write) -> None:
    first = drawn(write(FILE), size=16)
    assert drawn(write(FILE), size=16).fingerprint == first.fingerprint
    assert Configuration.model_validate_json(first.model_dump_json()) == first
    others = [drawn(write(FILE), size=24), drawn(write(FILE + "\n"), size=16)]
    assert len({each.run_fingerprint for each in [first, *others]}) == 3


def test_without_suggest_the_epochs_are_searched(write) -> None:
    path = write("def build(parameters, card): ...")
    assert ranges_of(load_space(path, Recipe())) == {"epochs": "1 to 6"}
    assert drawn(path, epochs=4) == Configuration(
        architecture=Architecture(
            embedding_size=0,
            recurrent=(),
            own=OwnNetwork(file="mine.py", source="def build(parameters, card): ..."),
        ),
        recipe=Recipe(epochs=4),
    )


def test_the_head_follows_the_classes(write) -> None:
    space = for_classes(load_space(write(FILE), Recipe()), 5)
    assert space.suggest(FixedTrial({"size": 8})).architecture.head == "softmax"


def test_no_published_network_is_in_it(write) -> None:
    with pytest.raises(OutsideSpace, match=r"holds the networks of mine\.py alone"):
        load_space(write(FILE), Recipe()).params_of(reference("cnn-lstm").configuration)


def test_no_other_layers_stand_beside_it() -> None:
    own = OwnNetwork(file="mine.py", source="")
    with pytest.raises(ValidationError, match=r"expected no other layers beside the network of mine\.py"):
        Architecture(embedding_size=32, recurrent=(), readout="max", own=own)


def test_its_layers_have_the_parameters_that_were_counted(write) -> None:
    architecture = drawn(write(FILE), size=16).architecture
    found = list(layers(architecture, Shape(100, 20, own_parameters=123)))
    assert [(each.kind, each.parameters) for each in found] == [("input", 0), ("own", 123), ("head", 0)]
    assert found[1].settings == "mine.py: pooling max, rate 0.3, size 16"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def build(p, card): ...\ndef suggest(trial): return [1]",
            "expected suggest.* to return a dict.*, got list",
        ),
        (
            "def build(p, card): ...\ndef suggest(trial): return {'sizes': (2, 3)}",
            r"expected a text, a number, True, False or None by each name, got 'sizes': \(2, 3\)",
        ),
        ("def build(p, card): ...\ndef suggest(trial): return {'epochs': 0}", "suggest failed: .*epochs"),
        ("import kera\ndef build(p, card): ...", r"failed on import: ModuleNotFoundError.* 'kera' \(line 1\)"),
    ],
)
def test_a_bad_suggest_is_told_in_one_line(write, text, message) -> None:
    with pytest.raises(BadSpace, match=rf"mine\.py: .*{message}") as refused:
        load_space(write(text), Recipe())
    assert "\n" not in str(refused.value)


def test_a_file_of_other_bytes_is_told(tmp_path) -> None:
    (tmp_path / "mine.py").write_bytes(b"# caf\xe9\n")
    with pytest.raises(BadSpace, match="expected a Python file in UTF-8"):
        load_space(str(tmp_path / "mine.py"), Recipe())


def test_importing_keras_at_the_top_loads_nothing_until_it_is_used(write) -> None:
    code = f"""
import sys
from search_spaces import Recipe, load_space, random_trials
space = load_space({write(FILE)!r}, Recipe())
random_trials(space, 3)
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
late = space.suggested.__globals__["keras"]
assert late.layers.Dense is sys.modules["keras"].layers.Dense
"""
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
