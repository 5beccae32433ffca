"""Trials that answer from a list or by chance, and what can be said of a space by drawing from it."""

import random

import pytest

from search_spaces import (
    BookSpace,
    Choice,
    Configuration,
    FixedTrial,
    OutsideSpace,
    Parameters,
    RandomTrial,
    Recipe,
    Trial,
    WideSpace,
    confirmed,
    random_trials,
    ranges_of,
    reference,
    space_fingerprint,
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (12, "units: expected 4 to 10 in steps of 2, got 12"),
        (5, "units: expected 4 to 10 in steps of 2, got 5"),
        (4.5, "units: expected 4 to 10 in steps of 2, got 4.5"),
        (None, "units: expected 4 to 10 in steps of 2, got None"),
    ],
)
def test_a_fixed_trial_refuses_an_int_outside_the_range(given: Choice, message: str) -> None:
    with pytest.raises(OutsideSpace, match=f"^{message}$"):
        FixedTrial({"units": given}).suggest_int("units", 4, 10, step=2)


@pytest.mark.parametrize("given", [-0.1, 0.6, 0.25, "0.2"])
def test_a_fixed_trial_refuses_a_float_outside_the_range(given: Choice) -> None:
    with pytest.raises(OutsideSpace, match=r"^rate: expected 0 to 0\.5 in steps of 0\.1, got "):
        FixedTrial({"rate": given}).suggest_float("rate", 0.0, 0.5, step=0.1)


def test_a_fixed_trial_takes_what_is_in_range() -> None:
    trial = FixedTrial({"units": 8, "rate": 0.1 + 2 * 0.1, "speed": 0.001, "cell": "gru"})
    assert trial.suggest_int("units", 4, 10, step=2) == 8
    assert trial.suggest_float("rate", 0.0, 0.5, step=0.1) == pytest.approx(0.3)
    assert trial.suggest_float("speed", 1e-4, 1e-2, log=True) == 0.001
    assert trial.suggest_categorical("cell", ("lstm", "gru")) == "gru"


def test_a_fixed_trial_refuses_another_choice() -> None:
    with pytest.raises(OutsideSpace, match=r"^cell: expected one of \['lstm', 'gru'\], got 'rnn'$"):
        FixedTrial({"cell": "rnn"}).suggest_categorical("cell", ("lstm", "gru"))


def test_a_random_trial_remembers_values_and_ranges() -> None:
    trial = RandomTrial(random.Random(0))
    drawn = {
        "units": trial.suggest_int("units", 4, 10, step=2),
        "epochs": trial.suggest_int("epochs", 1, 6),
        "rate": trial.suggest_float("rate", 0.0, 0.5, step=0.1),
        "speed": trial.suggest_float("speed", 1e-4, 1e-2, log=True),
        "cell": trial.suggest_categorical("cell", ("lstm", "gru")),
    }
    assert trial.parameters == drawn
    assert trial.ranges == {
        "units": "4 to 10 in steps of 2",
        "epochs": "1 to 6",
        "rate": "0 to 0.5 in steps of 0.1",
        "speed": "0.0001 to 0.01, logarithmic",
        "cell": "one of lstm, gru",
    }


def test_random_points_are_the_same_for_the_same_seed() -> None:
    def points(seed: int) -> list[Configuration]:
        return [configuration for _, configuration in random_trials(BookSpace(Recipe()), 5, seed)]

    assert points(1) == points(1)
    assert points(1) != points(2)


def test_the_ranges_of_the_book_space() -> None:
    rate = "0.1 to 0.5 in steps of 0.1"
    assert ranges_of(BookSpace(Recipe())) == {
        "embedding_size": "one of 16, 32, 64",
        "word_dropout": "0 to 0.5 in steps of 0.1",
        "dropout_placement": "one of none, layers, gates, layers and gates",
        "embedding_dropout": rate,
        "output_dropout": rate,
        "input_dropout": rate,
        "recurrent_dropout": rate,
        "conv_block": "one of False, True",
        "conv_filters": "16 to 128 in steps of 16",
        "conv_kernel_size": "2 to 7",
        "conv_pooling": "1 to 4",
        "lstm_units": "20 to 200 in steps of 20",
        "epochs": "1 to 6",
    }


def test_drawing_finds_every_parameter_of_the_wide_space() -> None:
    everywhere = ["dropout_placement", "embedding_size", "word_dropout", "cell", "bidirectional", "epochs"]
    counts = ["conv_blocks", "recurrent_layers", "dense_layers"]
    recipe = ["optimizer", "learning_rate", "batch_size", "vocabulary_size", "sequence_length"]
    sides = ["truncation", "padding"]
    rates = ["embedding_dropout", "output_dropout", "input_dropout", "recurrent_dropout"]
    conv = [f"conv_{n}_{size}" for n in (1, 2, 3) for size in ("filters", "kernel_size", "pooling")]
    recurrent = [f"recurrent_{n}_units" for n in (1, 2, 3)]
    dense = [f"dense_{n}_{size}" for n in (1, 2) for size in ("units", "dropout")]
    ranges = ranges_of(WideSpace(Recipe()))
    assert ranges["learning_rate"] == "0.0001 to 0.01, logarithmic"
    assert sorted(ranges) == sorted(everywhere + counts + recipe + sides + rates + conv + recurrent + dense)


class OneUnit:
    """The smallest space there is; `high` and `name` are what its fingerprint should notice."""

    recipe = Recipe()

    def __init__(self, high: int = 4, name: str = "one") -> None:
        self.high = high
        self.name = name

    def suggest(self, trial: Trial) -> Configuration:
        units = trial.suggest_int("units", 1, self.high)
        return Configuration.model_validate(
            {"architecture": {"embedding_size": 8, "recurrent": [{"units": units}]}, "recipe": self.recipe}
        )

    def params_of(self, configuration: Configuration) -> Parameters:
        return confirmed(self, configuration, {"units": configuration.architecture.recurrent[0].units})


def test_the_fingerprint_of_a_space_notices_ranges_name_and_recipe() -> None:
    fingerprint = space_fingerprint(OneUnit())
    other_recipe = OneUnit()
    other_recipe.recipe = Recipe(batch_size=32)
    assert space_fingerprint(OneUnit()) == fingerprint
    changed = [OneUnit(high=5), OneUnit(name="two"), other_recipe]
    assert len({fingerprint, *map(space_fingerprint, changed)}) == 4


def test_confirmed_gives_the_parameters_back() -> None:
    space = OneUnit()
    assert space.params_of(space.suggest(FixedTrial({"units": 3}))) == {"units": 3}


@pytest.mark.parametrize(
    ("architecture", "recipe", "message"),
    [
        ({"recurrent": [{"units": 5}]}, {}, "units: expected 1 to 4, got 5"),
        ({"embedding_size": 16}, {}, "architecture.embedding_size: expected 8, got 16"),
        ({"recurrent": [{"units": 4}] * 2}, {}, r"architecture.recurrent: expected 1 layer\(s\), got 2"),
        (
            {"recurrent": [{"units": 4, "cell": "gru"}]},
            {},
            r"architecture.recurrent\[0\].cell: expected 'lstm', got 'gru'",
        ),
        ({}, {"batch_size": 32}, "recipe.batch_size: expected 64, got 32"),
    ],
)
def test_confirmed_names_the_first_field_that_does_not_fit(architecture, recipe, message: str) -> None:
    network = {"embedding_size": 8, "recurrent": [{"units": 4}]} | architecture
    configuration = Configuration.model_validate({"architecture": network, "recipe": recipe})
    with pytest.raises(OutsideSpace, match=f"^no point of the search space 'one': {message}$"):
        OneUnit().params_of(configuration)


def test_a_reference_far_outside_is_refused_as_well() -> None:
    with pytest.raises(OutsideSpace, match="units: expected 1 to 4, got 100"):
        OneUnit().params_of(reference("cnn-lstm").configuration)
