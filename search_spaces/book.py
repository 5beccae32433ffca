"""The space that the book's four networks span."""

from dataclasses import dataclass, field

from search_spaces.architecture import Architecture, Configuration, Recipe
from search_spaces.dimensions import (
    conv_parameters,
    dropout_parameters,
    first_recurrent,
    suggest_conv,
    suggest_dropout,
    suggest_epochs,
)
from search_spaces.space import Parameters, Trial, confirmed


@dataclass(frozen=True)
class BookSpace:
    """One LSTM behind an embedding, with or without a convolution block, and dropout at four places.

    The epochs are searched, up to twice those of `recipe`; everything else in it stays as given. The head is
    the one for so many `classes`.
    """

    recipe: Recipe
    classes: int = 2
    name: str = field(default="book", init=False)

    def suggest(self, trial: Trial) -> Configuration:
        """A configuration of this space. Rates and sizes are only asked for where they matter."""
        rates = suggest_dropout(trial)
        embedding_dropout = rates.pop("embedding_dropout", 0.0)
        with_conv = trial.suggest_categorical("conv_block", (False, True))
        units = trial.suggest_int("lstm_units", 20, 200, step=20)
        architecture = Architecture.model_validate(
            {
                "embedding_size": trial.suggest_categorical("embedding_size", (16, 32, 64)),
                "word_dropout": trial.suggest_float("word_dropout", 0.0, 0.5, step=0.1),
                "embedding_dropout": embedding_dropout,
                "conv": (suggest_conv(trial, "conv"),) if with_conv else (),
                "recurrent": ({"units": units} | rates,),
            }
        )
        epochs = suggest_epochs(trial, self.recipe)
        configuration = Configuration(architecture=architecture, recipe=self.recipe).with_recipe(epochs=epochs)
        return configuration.for_classes(self.classes)

    def params_of(self, configuration: Configuration) -> Parameters:
        """The suggestions that make `configuration`. Raises OutsideSpace where there are none."""
        architecture = configuration.architecture
        parameters: Parameters = {
            "embedding_size": architecture.embedding_size,
            "word_dropout": architecture.word_dropout,
            "conv_block": bool(architecture.conv),
            "lstm_units": first_recurrent(architecture).units,
            "epochs": configuration.recipe.epochs,
        }
        parameters |= dropout_parameters(architecture)
        if architecture.conv:
            parameters |= conv_parameters(architecture.conv[0], "conv")
        return confirmed(self, configuration, parameters)
