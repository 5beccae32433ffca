"""The larger space: the book's, and stacks, GRU, both directions, a dense head and most of the recipe."""

from dataclasses import dataclass, field

from search_spaces.architecture import Architecture, Configuration, ConvBlock, Recipe
from search_spaces.dimensions import (
    conv_parameters,
    dropout_parameters,
    first_recurrent,
    suggest_conv,
    suggest_dropout,
    suggest_epochs,
)
from search_spaces.space import Choice, Parameters, Trial, confirmed

_VOCABULARIES = (2000, 5000, 10000, 20000)
_LENGTHS = (100, 600, 100)
_SEARCHED = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "vocabulary_size",
    "sequence_length",
    "truncation",
    "padding",
    "epochs",
)


@dataclass(frozen=True)
class WideSpace:
    """Up to three convolution blocks, three recurrent layers and two dense ones, and how they are trained.

    Recurrent layers of one network share cell, direction and rates; each has its own units. Most of `recipe` is
    searched: batch size, epochs, vocabulary and length around what it has, so that networks in this recipe are
    points of the space on corpora of any size. The learning rate is drawn logarithmically. The head is the one for
    so many `classes`.
    """

    recipe: Recipe
    classes: int = 2
    name: str = field(default="wide", init=False)

    def suggest(self, trial: Trial) -> Configuration:
        """A configuration of this space. Rates and sizes are only asked for where they matter."""
        rates = suggest_dropout(trial)
        embedding_dropout = rates.pop("embedding_dropout", 0.0)
        architecture = Architecture.model_validate(
            {
                "embedding_size": trial.suggest_categorical("embedding_size", (16, 32, 64, 128)),
                "word_dropout": trial.suggest_float("word_dropout", 0.0, 0.5, step=0.1),
                "embedding_dropout": embedding_dropout,
                "conv": _suggest_conv_blocks(trial),
                "recurrent": _suggest_recurrent(trial, rates),
                "dense": _suggest_dense(trial),
            }
        )
        configuration = Configuration(architecture=architecture, recipe=self.recipe)
        return configuration.with_recipe(**_suggest_recipe(trial, self.recipe)).for_classes(self.classes)

    def params_of(self, configuration: Configuration) -> Parameters:
        """The suggestions that make `configuration`. Raises OutsideSpace where there are none."""
        architecture, recipe = configuration.architecture, configuration.recipe
        first = first_recurrent(architecture)
        parameters: Parameters = {
            "embedding_size": architecture.embedding_size,
            "word_dropout": architecture.word_dropout,
            "conv_blocks": len(architecture.conv),
            "recurrent_layers": len(architecture.recurrent),
            "cell": first.cell,
            "bidirectional": first.bidirectional,
            "dense_layers": len(architecture.dense),
        }
        parameters |= dropout_parameters(architecture)
        for number, block in enumerate(architecture.conv, start=1):
            parameters |= conv_parameters(block, f"conv_{number}")
        for number, layer in enumerate(architecture.recurrent, start=1):
            parameters[f"recurrent_{number}_units"] = layer.units
        for number, dense in enumerate(architecture.dense, start=1):
            parameters[f"dense_{number}_units"] = dense.units
            parameters[f"dense_{number}_dropout"] = dense.dropout
        parameters |= {name: getattr(recipe, name) for name in _SEARCHED}
        return confirmed(self, configuration, parameters)


def _suggest_conv_blocks(trial: Trial) -> list[ConvBlock]:
    blocks = trial.suggest_int("conv_blocks", 0, 3)
    return [suggest_conv(trial, f"conv_{number}") for number in range(1, blocks + 1)]


def _suggest_recurrent(trial: Trial, rates: dict[str, float]) -> list[dict[str, Choice]]:
    alike: dict[str, Choice] = {
        "cell": trial.suggest_categorical("cell", ("lstm", "gru")),
        "bidirectional": trial.suggest_categorical("bidirectional", (False, True)),
        **rates,
    }
    layers = trial.suggest_int("recurrent_layers", 1, 3)
    return [
        alike | {"units": trial.suggest_int(f"recurrent_{number}_units", 20, 200, step=20)}
        for number in range(1, layers + 1)
    ]


def _suggest_dense(trial: Trial) -> list[dict[str, Choice]]:
    layers = trial.suggest_int("dense_layers", 0, 2)
    return [
        {
            "units": trial.suggest_int(f"dense_{number}_units", 16, 128, step=16),
            "dropout": trial.suggest_float(f"dense_{number}_dropout", 0.0, 0.5, step=0.1),
        }
        for number in range(1, layers + 1)
    ]


def _suggest_recipe(trial: Trial, recipe: Recipe) -> dict[str, Choice]:
    shortest, longest, step = _lengths(recipe.sequence_length)
    return {
        "optimizer": trial.suggest_categorical("optimizer", ("adam", "rmsprop", "sgd")),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", _batches(recipe.batch_size)),
        "vocabulary_size": trial.suggest_categorical("vocabulary_size", _vocabularies(recipe.vocabulary_size)),
        "sequence_length": trial.suggest_int("sequence_length", shortest, longest, step=step),
        "truncation": trial.suggest_categorical("truncation", ("pre", "post")),
        "padding": trial.suggest_categorical("padding", ("pre", "post")),
        "epochs": suggest_epochs(trial, recipe),
    }


def _batches(size: int) -> tuple[int, ...]:
    """From half to four times that size: 32 to 256 around the book's 64."""
    return tuple(sorted({max(1, size // 2), size, 2 * size, 4 * size}))


def _vocabularies(size: int | None) -> tuple[int | None, ...]:
    return _VOCABULARIES if size in _VOCABULARIES else (*_VOCABULARIES, size)


def _lengths(length: int) -> tuple[int, int, int]:
    """The shortest, the longest and the step between: those around the book's, or a fifth and six fifths of what
    is none of these."""
    shortest, longest, step = _LENGTHS
    if length in range(shortest, longest + 1, step):
        return _LENGTHS
    step = max(1, length // 5)
    return max(1, length - 4 * step), length + step, step
