"""Configurations are valid, have one spelling each, and count their parameters as Keras does."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces import Architecture, Configuration, ConvBlock, DenseLayer, Recipe, RecurrentLayer

RATES = st.integers(0, 9).map(lambda tenths: tenths / 10)
LAYERS = st.builds(
    RecurrentLayer,
    cell=st.sampled_from(["lstm", "gru"]),
    units=st.integers(1, 300),
    bidirectional=st.booleans(),
    input_dropout=RATES,
    recurrent_dropout=RATES,
    output_dropout=RATES,
)
ARCHITECTURES = st.builds(
    Architecture,
    embedding_size=st.integers(1, 300),
    word_dropout=RATES,
    embedding_dropout=RATES,
    conv=st.lists(
        st.builds(ConvBlock, filters=st.integers(1, 64), kernel_size=st.integers(1, 7), pooling=st.integers(1, 4)),
        max_size=2,
    ).map(tuple),
    recurrent=st.lists(LAYERS, min_size=1, max_size=3).map(tuple),
    dense=st.lists(st.builds(DenseLayer, units=st.integers(1, 64), dropout=RATES), max_size=2).map(tuple),
    head=st.sampled_from(["sigmoid", "softmax"]),
)
RECIPES = st.builds(
    Recipe,
    optimizer=st.sampled_from(["adam", "rmsprop", "sgd"]),
    learning_rate=st.floats(1e-6, 10.0),
    batch_size=st.integers(1, 512),
    epochs=st.integers(1, 100),
    batching=st.sampled_from(["fixed", "bucketed"]),
    vocabulary_size=st.none() | st.integers(4, 100_000),
    sequence_length=st.integers(1, 2000),
    padding=st.sampled_from(["pre", "post"]),
    truncation=st.sampled_from(["pre", "post"]),
)
CONFIGURATIONS = st.builds(Configuration, architecture=ARCHITECTURES, recipe=RECIPES)

SIMPLE = Configuration(architecture=Architecture(embedding_size=32, recurrent=(RecurrentLayer(units=100),)))


def read(**architecture: object) -> Configuration:
    return Configuration.model_validate(
        {"architecture": {"embedding_size": 32, "recurrent": [{"units": 100}]} | architecture}
    )


@settings(deadline=None)
@given(CONFIGURATIONS)
def test_the_canonical_json_reads_back_as_the_same_value(configuration: Configuration) -> None:
    again = Configuration.model_validate_json(configuration.canonical_json())
    assert again == configuration
    assert hash(again) == hash(configuration)
    assert again.fingerprint == configuration.fingerprint


@settings(deadline=None)
@given(CONFIGURATIONS, st.randoms())
def test_key_order_and_spelt_out_defaults_do_not_change_the_fingerprint(configuration, shuffler) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            keys = list(value)
            shuffler.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    everything = json.loads(configuration.model_dump_json())
    assert Configuration.model_validate(shuffled(everything)).fingerprint == configuration.fingerprint


@settings(deadline=None)
@given(CONFIGURATIONS, CONFIGURATIONS)
def test_fingerprints_are_equal_exactly_where_configurations_are(one, other) -> None:
    assert (one.fingerprint == other.fingerprint) == (one == other)


@pytest.mark.parametrize(
    "spelling",
    [
        {"word_dropout": 0, "embedding_dropout": 0.0},
        {"embedding_dropout": -0.0},
        {"embedding_size": 32.0},
        {"embedding_size": "32"},
        {"conv": [], "dense": [], "head": "sigmoid"},
        {"recurrent": [{"output_dropout": 0.0, "units": 100, "cell": "lstm", "bidirectional": False}]},
        {"recurrent": ({"units": 100, "input_dropout": 1e-9},)},
    ],
)
def test_two_spellings_of_one_network_are_one_value(spelling: dict[str, object]) -> None:
    assert read(**spelling) == SIMPLE
    assert read(**spelling).fingerprint == SIMPLE.fingerprint


def test_a_rate_has_no_sign() -> None:
    assert str(read(word_dropout=-0.0).architecture.word_dropout) == "0.0"


def test_pooling_of_one_is_no_pooling() -> None:
    block = {"filters": 32, "kernel_size": 3}
    assert read(conv=[block | {"pooling": 1}]).fingerprint == read(conv=[block]).fingerprint


def test_a_stepped_float_is_the_number_meant() -> None:
    assert 0.1 + 2 * 0.1 != 0.3
    assert read(word_dropout=0.1 + 2 * 0.1).fingerprint == read(word_dropout=0.3).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        {"embedding_size": 64},
        {"word_dropout": 0.2},
        {"embedding_dropout": 0.2},
        {"recurrent": [{"units": 100, "output_dropout": 0.2}]},
        {"recurrent": [{"units": 100, "input_dropout": 0.2}]},
        {"recurrent": [{"units": 100, "recurrent_dropout": 0.2}]},
        {"recurrent": [{"units": 100}, {"units": 100}]},
        {"recurrent": [{"units": 100, "cell": "gru"}]},
        {"recurrent": [{"units": 100, "bidirectional": True}]},
        {"conv": [{"filters": 32, "kernel_size": 3}]},
        {"dense": [{"units": 16}]},
        {"head": "softmax"},
    ],
)
def test_different_networks_have_different_fingerprints(other: dict[str, object]) -> None:
    assert read(**other).fingerprint != SIMPLE.fingerprint


def test_fingerprints_stay_what_they_were() -> None:
    """Kept studies are found by these: a change here orphans every stored run."""
    assert SIMPLE.canonical_json() == '{"architecture":{"embedding_size":32,"recurrent":[{"units":100}]}}'
    assert SIMPLE.fingerprint == "8ba44f746a79067e"
    assert SIMPLE.with_recipe(epochs=5).run_fingerprint == "8ba44f746a79067e"


@settings(deadline=None)
@given(CONFIGURATIONS, st.integers(1, 100))
def test_configurations_that_differ_in_epochs_share_their_runs(configuration, epochs) -> None:
    assert configuration.with_recipe(epochs=epochs).run_fingerprint == configuration.run_fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "sgd"},
        {"learning_rate": 0.01},
        {"batch_size": 32},
        {"batching": "bucketed"},
        {"vocabulary_size": None},
        {"sequence_length": 400},
        {"padding": "post"},
        {"truncation": "post"},
    ],
)
def test_runs_differ_wherever_the_recipe_does(change: dict[str, object]) -> None:
    assert SIMPLE.with_recipe(**change).run_fingerprint != SIMPLE.run_fingerprint
    assert SIMPLE.with_recipe(**change).architecture == SIMPLE.architecture


def test_runs_differ_where_the_network_does() -> None:
    assert read(embedding_size=64).run_fingerprint != SIMPLE.run_fingerprint


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ({"embedding_size": -1}, "embedding_size\n.*greater than or equal to 0"),
        ({"word_dropout": 1.0}, "word_dropout\n.*less than 1"),
        ({"word_dropout": 0.9999999}, "word_dropout\n.*less than 1"),
        ({"word_dropout": -0.1}, "word_dropout\n.*greater than or equal to 0"),
        ({"word_dropout": float("nan")}, "word_dropout\n.*finite number"),
        ({"recurrent": []}, "expected a recurrent layer, or a readout over all steps, such as max; got 'last'"),
        ({"recurrent": [], "readout": "max", "embedding_size": 0}, "expected an embedding .* got size 0"),
        ({"recurrent": [{"units": 0}]}, r"recurrent.0.units\n.*greater than or equal to 1"),
        ({"recurrent": [{"units": 4, "cell": "rnn"}]}, "'lstm' or 'gru'"),
        ({"conv": [{"filters": 4, "kernel_size": 0}]}, r"conv.0.kernel_size\n.*greater than or equal to 1"),
        ({"head": "linear"}, "'sigmoid' or 'softmax'"),
        ({"droput": 0.2}, "droput\n.*Extra inputs are not permitted"),
        ({"embedding_size": 0, "word_dropout": 0.2}, "expected no word or embedding dropout .* got 0.2 and 0.0"),
        ({"embedding_size": 0, "embedding_dropout": 0.1}, "expected no word or embedding dropout"),
    ],
)
def test_a_wrong_network_cannot_exist(architecture: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        read(**architecture)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate\n.*greater than 0"),
        ({"learning_rate": float("inf")}, "learning_rate\n.*(finite|less than)"),
        ({"epochs": 0}, "epochs\n.*greater than or equal to 1"),
        ({"vocabulary_size": 3}, "vocabulary_size\n.*greater than or equal to 4"),
        ({"batching": "packed"}, "'fixed' or 'bucketed'"),
        ({"momentum": 0.9}, "momentum\n.*Extra inputs are not permitted"),
    ],
)
def test_a_wrong_recipe_cannot_exist(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SIMPLE.with_recipe(**change)


def test_values_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        SIMPLE.recipe.epochs = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("architecture", "vocabulary_size", "classes", "count"),
    [
        ({}, 5000, 2, 213_301),  # the book, section 26.1
        ({"conv": [{"filters": 32, "kernel_size": 3, "pooling": 2}]}, 5000, 2, 216_405),  # section 26.3
        # 10 rows of 3; a GRU's three gates have two biases each; a sigmoid unit
        ({"embedding_size": 3, "recurrent": [{"units": 4, "cell": "gru"}]}, 10, 2, 30 + 3 * 4 * (3 + 4 + 2) + 5),
        # both directions side by side make the next layer's input 8 wide; a unit for each of 3 classes
        (
            {
                "embedding_size": 3,
                "recurrent": [{"units": 4, "bidirectional": True}, {"units": 2}],
                "dense": [{"units": 6}],
                "head": "softmax",
            },
            10,
            3,
            30 + 2 * 4 * 4 * (3 + 4 + 1) + 4 * 2 * (8 + 2 + 1) + (2 + 1) * 6 + (6 + 1) * 3,
        ),
        # raw ids: no embedding, one feature a step
        ({"embedding_size": 0, "recurrent": [{"units": 50}], "head": "softmax"}, 88_587, 2, 4 * 50 * 52 + 102),
    ],
)
def test_parameters_are_counted(architecture, vocabulary_size: int, classes: int, count: int) -> None:
    assert read(**architecture).architecture.parameter_count(vocabulary_size, classes) == count
