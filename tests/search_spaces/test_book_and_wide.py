"""Both spaces: suggestions and configurations are two spellings of one thing, for Optuna as well."""

from collections.abc import Sequence

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import (
    BOOK,
    BookSpace,
    Choice,
    Configuration,
    FixedTrial,
    OutsideSpace,
    Parameters,
    Recipe,
    Reference,
    SearchSpace,
    Trial,
    WideSpace,
    name_of,
    random_trials,
    reference,
)

SPACES: list[SearchSpace] = [BookSpace(Recipe()), WideSpace(Recipe())]
both_spaces = pytest.mark.parametrize("space", SPACES, ids=["book", "wide"])
book_references = pytest.mark.parametrize("published", BOOK, ids=lambda published: published.id)


class DrawnTrial:
    """A trial whose suggestions hypothesis draws, so that it can search for and shrink what fails."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.parameters: Parameters = {}

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.parameters[name] = value = low + step * self.data.draw(st.integers(0, (high - low) // step))
        return value

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        if step is None:
            value = self.data.draw(st.floats(low, high))
        else:
            value = low + step * self.data.draw(st.integers(0, round((high - low) / step)))
        self.parameters[name] = value
        return value

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        self.parameters[name] = value = self.data.draw(st.sampled_from(choices))
        return value


@both_spaces
@settings(deadline=None)
@given(data=st.data())
def test_any_point_comes_back(space: SearchSpace, data: st.DataObject) -> None:
    trial = DrawnTrial(data)
    configuration = space.suggest(trial)
    parameters = space.params_of(configuration)
    assert parameters == pytest.approx(trial.parameters)
    assert space.suggest(FixedTrial(parameters)) == configuration


@both_spaces
def test_random_points_come_back(space: SearchSpace) -> None:
    for trial, configuration in random_trials(space, 200):
        parameters = space.params_of(configuration)
        assert parameters.keys() == trial.parameters.keys()
        assert space.suggest(FixedTrial(parameters)).fingerprint == configuration.fingerprint


@both_spaces
def test_different_suggestions_make_different_configurations(space: SearchSpace) -> None:
    points = random_trials(space, 300, seed=1)
    suggestions = {tuple(sorted((k, str(v)) for k, v in trial.parameters.items())) for trial, _ in points}
    assert len({configuration.fingerprint for _, configuration in points}) == len(suggestions)


@both_spaces
@book_references
def test_the_books_networks_are_points(space: SearchSpace, published) -> None:
    parameters = space.params_of(published.configuration)
    assert space.suggest(FixedTrial(parameters)) == published.configuration


@both_spaces
def test_the_network_of_the_lab_sheet_is_a_point(space: SearchSpace) -> None:
    lab = reference("lab-gate-dropout").configuration
    assert space.suggest(FixedTrial(space.params_of(lab))) == lab


@both_spaces
@book_references
def test_an_enqueued_reference_is_what_optuna_suggests(space: SearchSpace, published) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(space.params_of(published.configuration))
    trial = study.ask()
    assert space.suggest(trial) == published.configuration
    assert trial.params == space.params_of(published.configuration)


@both_spaces
@book_references
def test_optunas_fixed_trial_makes_the_reference(space: SearchSpace, published) -> None:
    trial = optuna.trial.FixedTrial(space.params_of(published.configuration))
    assert space.suggest(trial) == published.configuration


@both_spaces
def test_what_optuna_samples_comes_back(space: SearchSpace) -> None:
    """Optuna's stepped floats are such as 0.30000000000000004."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(50):
        trial = study.ask()
        configuration = space.suggest(trial)
        assert space.params_of(configuration) == pytest.approx(trial.params)
        assert space.suggest(FixedTrial(trial.params)) == configuration


@both_spaces
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")  # group is experimental
def test_grouped_tpe_samples_the_conditional_parameters(space: SearchSpace) -> None:
    sampler = optuna.samplers.TPESampler(seed=0, multivariate=True, group=True, n_startup_trials=8)
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial(space.params_of(BOOK[3].configuration))
    for _ in range(16):
        trial = study.ask()
        configuration = space.suggest(trial)
        assert space.params_of(configuration) == pytest.approx(trial.params)
        study.tell(trial, configuration.architecture.parameter_count(5000))


@both_spaces
def test_batching_is_the_recipes(space: SearchSpace) -> None:
    bucketed = type(space)(Recipe(batching="bucketed"))  # type: ignore[call-arg]
    assert all(configuration.recipe.batching == "bucketed" for _, configuration in random_trials(bucketed, 5))
    with pytest.raises(OutsideSpace, match=r"recipe\.batching: expected 'bucketed', got 'fixed'"):
        bucketed.params_of(BOOK[0].configuration)
    with pytest.raises(OutsideSpace, match=r"recipe\.batching: expected 'fixed', got 'bucketed'"):
        space.params_of(BOOK[0].under({"batching": "bucketed"}))


def test_the_book_space_leaves_the_recipe_alone_but_for_the_epochs() -> None:
    recipe = Recipe(batch_size=256, sequence_length=100, vocabulary_size=2000, learning_rate=0.01)
    points = [configuration for _, configuration in random_trials(BookSpace(recipe), 60)]
    assert {point.recipe.epochs for point in points} == {1, 2, 3, 4, 5, 6}
    assert {point.with_recipe(epochs=3).recipe for point in points} == {recipe}


def varied(architecture: dict[str, object], recipe: dict[str, object]) -> Configuration:
    network = {"embedding_size": 32, "recurrent": [{"units": 100}]} | architecture
    return Configuration.model_validate({"architecture": network, "recipe": recipe})


ONE_DROPOUT_LAYER = {"recurrent": [{"units": 100, "output_dropout": 0.2}]}


@pytest.mark.parametrize(
    ("architecture", "recipe", "message"),
    [
        ({"embedding_size": 48}, {}, r"embedding_size: expected one of \[16, 32, 64\], got 48"),
        ({"embedding_size": 0}, {}, r"embedding_size: expected one of \[16, 32, 64\], got 0"),
        ({"word_dropout": 0.25}, {}, r"word_dropout: expected 0 to 0.5 in steps of 0.1, got 0.25"),
        (ONE_DROPOUT_LAYER, {}, r"embedding_dropout: expected 0.1 to 0.5 in steps of 0.1, got 0.0"),
        ({"recurrent": [{"units": 110}]}, {}, "lstm_units: expected 20 to 200 in steps of 20, got 110"),
        ({"recurrent": [{"units": 100}] * 2}, {}, r"architecture.recurrent: expected 1 layer\(s\), got 2"),
        ({"recurrent": [{"units": 100, "cell": "gru"}]}, {}, r"recurrent\[0\].cell: expected 'lstm', got 'gru'"),
        ({"conv": [{"filters": 32, "kernel_size": 3}] * 2}, {}, r"conv: expected 1 layer\(s\), got 2"),
        ({"conv": [{"filters": 32, "kernel_size": 9}]}, {}, "conv_kernel_size: expected 2 to 7, got 9"),
        ({"dense": [{"units": 16}]}, {}, r"architecture.dense: expected 0 layer\(s\), got 1"),
        ({"head": "softmax"}, {}, "architecture.head: expected 'sigmoid', got 'softmax'"),
        ({}, {"epochs": 7}, "epochs: expected 1 to 6, got 7"),
        ({}, {"batch_size": 32}, "recipe.batch_size: expected 64, got 32"),
        ({}, {"vocabulary_size": None}, "recipe.vocabulary_size: expected 5000, got None"),
    ],
)
def test_the_book_space_says_what_is_outside(architecture, recipe, message: str) -> None:
    with pytest.raises(OutsideSpace, match=f"^no point of the search space 'book': .*{message}$"):
        BookSpace(Recipe()).params_of(varied(architecture, recipe))


@pytest.mark.parametrize(
    ("architecture", "recipe", "message"),
    [
        ({"embedding_size": 300}, {}, r"embedding_size: expected one of \[16, 32, 64, 128\], got 300"),
        ({"recurrent": [{"units": 20}] * 4}, {}, "recurrent_layers: expected 1 to 3, got 4"),
        (
            {"recurrent": [{"units": 20}, {"units": 20, "cell": "gru"}]},
            {},
            r"recurrent\[1\].cell: expected 'lstm', got 'gru'",
        ),
        (
            {"recurrent": [{"units": 20}, {"units": 20, "input_dropout": 0.2}]},
            {},
            r"recurrent\[1\].input_dropout: expected 0.0, got 0.2",
        ),
        ({"conv": [{"filters": 32, "kernel_size": 3}] * 4}, {}, "conv_blocks: expected 0 to 3, got 4"),
        ({"dense": [{"units": 17}]}, {}, "dense_1_units: expected 16 to 128 in steps of 16, got 17"),
        ({"head": "softmax"}, {}, "architecture.head: expected 'sigmoid', got 'softmax'"),
        ({}, {"learning_rate": 0.1}, "learning_rate: expected 0.0001 to 0.01, got 0.1"),
        ({}, {"batch_size": 100}, r"batch_size: expected one of \[32, 64, 128, 256\], got 100"),
        ({}, {"vocabulary_size": None}, r"vocabulary_size: expected one of \[2000, .*20000\], got None"),
        ({}, {"sequence_length": 450}, "sequence_length: expected 100 to 600 in steps of 100, got 450"),
    ],
)
def test_the_wide_space_says_what_is_outside(architecture, recipe, message: str) -> None:
    with pytest.raises(OutsideSpace, match=f"^no point of the search space 'wide': .*{message}$"):
        WideSpace(Recipe()).params_of(varied(architecture, recipe))


def test_the_wide_space_reaches_a_stack_with_everything() -> None:
    layer = {"cell": "gru", "bidirectional": True, "input_dropout": 0.1, "recurrent_dropout": 0.5}
    layer |= {"output_dropout": 0.3}
    configuration = varied(
        {
            "embedding_size": 128,
            "word_dropout": 0.5,
            "embedding_dropout": 0.3,
            "conv": [{"filters": 16, "kernel_size": 2}, {"filters": 128, "kernel_size": 7, "pooling": 4}],
            "recurrent": [layer | {"units": 20}, layer | {"units": 200}, layer | {"units": 60}],
            "dense": [{"units": 128, "dropout": 0.4}, {"units": 16}],
        },
        {
            "optimizer": "sgd",
            "learning_rate": 0.01,
            "batch_size": 256,
            "vocabulary_size": 20000,
            "sequence_length": 600,
            "padding": "post",
            "truncation": "post",
            "epochs": 6,
        },
    )
    space = WideSpace(Recipe())
    parameters = space.params_of(configuration)
    assert space.suggest(FixedTrial(parameters)) == configuration
    assert parameters["recurrent_2_units"] == 200
    assert parameters["dropout_placement"] == "layers and gates"


def test_the_parameters_of_the_cnn_lstm() -> None:
    assert BookSpace(Recipe()).params_of(reference("cnn-lstm").configuration) == {
        "embedding_size": 32,
        "word_dropout": 0.0,
        "dropout_placement": "none",
        "conv_block": True,
        "conv_filters": 32,
        "conv_kernel_size": 3,
        "conv_pooling": 2,
        "lstm_units": 100,
        "epochs": 3,
    }


SMALL = Recipe(batching="bucketed", batch_size=8, epochs=12, vocabulary_size=1_234, sequence_length=37)


@pytest.mark.parametrize("space", [BookSpace(SMALL, 4), WideSpace(SMALL, 4)], ids=["book", "wide"])
@book_references
def test_the_chapters_networks_are_points_in_the_recipe_of_a_small_corpus(
    space: SearchSpace, published: Reference
) -> None:
    configuration = published.inside(space, 4)
    assert configuration.recipe == SMALL
    assert space.suggest(FixedTrial(space.params_of(configuration))) == configuration
    assert name_of(configuration, 4, SMALL.epochs) == published.id
    assert name_of(configuration, 4) is None


def test_a_space_with_epochs_of_its_own_keeps_the_chapters() -> None:
    class Short(BookSpace):
        def suggest(self, trial: Trial) -> Configuration:
            trial.suggest_int("epochs", 1, 4)
            return super().suggest(trial)

    assert BOOK[0].inside(Short(SMALL), 2).recipe.epochs == 3


@pytest.mark.parametrize(
    "recipe", [SMALL, Recipe(sequence_length=3, batch_size=1, epochs=1, vocabulary_size=None)]
)
def test_what_is_searched_is_around_the_recipe(recipe: Recipe) -> None:
    found = [configuration.recipe for _, configuration in random_trials(WideSpace(recipe), 300)]
    assert {each.epochs for each in found} == set(range(1, 2 * recipe.epochs + 1))
    assert {each.batch_size for each in found} <= {recipe.batch_size * times // 2 for times in (1, 2, 4, 8)} | {1}
    for name in ("batch_size", "epochs", "vocabulary_size", "sequence_length"):
        assert getattr(recipe, name) in {getattr(each, name) for each in found}
    assert max(each.sequence_length for each in found) <= recipe.sequence_length * 1.5
