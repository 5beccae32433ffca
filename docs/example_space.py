"""A search space of your own: how deep a stack of GRUs should be, and how wide.

Use it as `--space docs/example_space.py`. `recipe` is what the study's profile sets and the space leaves alone.
The head is left out: a corpus of two classes gets a sigmoid unit, one of more a softmax unit a class.
"""

from search_spaces import Architecture, Configuration, Recipe, RecurrentLayer, Trial


def suggest(trial: Trial, recipe: Recipe) -> Configuration:
    units = trial.suggest_int("units", 16, 64, step=16)
    layers = trial.suggest_int("layers", 1, 3)
    rate = trial.suggest_float("recurrent_dropout", 0.0, 0.4, step=0.1)
    layer = RecurrentLayer(cell="gru", units=units, recurrent_dropout=rate)
    return Configuration(architecture=Architecture(embedding_size=32, recurrent=(layer,) * layers), recipe=recipe)
