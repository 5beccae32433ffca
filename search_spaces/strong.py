"""The space of networks that beat linear models: readouts over all steps, convolutions side by side, n-grams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from search_spaces.architecture import Architecture, Configuration, NgramBranch, Recipe
from search_spaces.dimensions import suggest_epochs
from search_spaces.space import Choice, Parameters, Trial, confirmed

KINDS = ("n-grams", "embedding", "convolution", "LSTM", "convolution and LSTM")
BRANCHES = ("none", "mean", "sum", "by ratios")
READOUTS = ("max", "mean", "max and mean", "attention")
_SEARCHED = ("learning_rate", "vocabulary_size", "sequence_length", "token_dropout", "epochs")
_RECIPE: Parameters = {
    "learning_rate": 0.001,
    "vocabulary_size": 30_000,
    "sequence_length": 400,
    "token_dropout": 0.0,
}
_READ: Parameters = {
    "embedding_size": 128,
    "word_dropout": 0.3,
    "embedding_dropout": 0.0,
    "readout": "max",
    "dense_units": 0,
    "ngrams": "none",
}
_CONVOLVED: Parameters = _READ | {"kind": "convolution", "filters": 256, "kernel_sizes": "3", "pooling": 1}
_RUNS: Parameters = {"ngram_longest": 2, "ngram_buckets": 2**20}
_BY_RATIOS: Parameters = _RUNS | {"ngrams": "by ratios"}


@dataclass(frozen=True)
class StrongSpace:
    """Hashed n-grams alone; or an embedding, a convolution, an LSTM or both, and n-grams beside them or not.

    The learning rate is drawn logarithmically, epochs up to twice those of `recipe`. What of it is not searched
    stays as given. The head is the one for so many `classes`. `starts` are the kinds that did best in first
    experiments on reviews; the best of the book's networks stands `beside` them in the finals.
    """

    recipe: Recipe
    classes: int = 2
    name: str = field(default="strong", init=False)
    beside: ClassVar[tuple[str, ...]] = ("cnn-lstm",)
    _starts: ClassVar[Mapping[str, Parameters]] = {
        "n-grams-by-ratios": _RECIPE
        | _RUNS
        | {"kind": "n-grams", "ngrams_alone": "by ratios", "vocabulary_size": None, "sequence_length": 800},
        "n-grams-mean": _RECIPE
        | {"kind": "n-grams", "ngrams_alone": "mean", "ngram_longest": 2, "ngram_rows": 2**18, "ngram_size": 16}
        | {"learning_rate": 0.005},
        "convolution-max": _RECIPE | _CONVOLVED,
        "convolutions-side-by-side": _RECIPE | _CONVOLVED | {"filters": 128, "kernel_sizes": "3, 4, 5"},
        "convolution-beside-ratios": _RECIPE | _CONVOLVED | _BY_RATIOS,
        "embedding-beside-ratios": _RECIPE | _READ | {"kind": "embedding", "readout": "mean"} | _BY_RATIOS,
        "lstm-max-and-mean": _RECIPE
        | _READ
        | {"kind": "LSTM", "readout": "max and mean", "units": 64, "bidirectional": False, "piece": 0},
    }

    @property
    def starts(self) -> Mapping[str, Parameters]:
        """Points that a search begins with, by name, trained for the recipe's epochs."""
        return {name: parameters | {"epochs": self.recipe.epochs} for name, parameters in self._starts.items()}

    def suggest(self, trial: Trial) -> Configuration:
        """A configuration of this space. Sizes are only asked for where they matter."""
        kind = str(trial.suggest_categorical("kind", KINDS))
        alone = kind == KINDS[0]
        layers = {"embedding_size": 0, "recurrent": ()} if alone else _suggest_read(trial, kind)
        made = Architecture.model_validate(layers | {"ngrams": _suggest_ngrams(trial, alone=alone)})
        recipe: dict[str, Choice] = {
            "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
            "vocabulary_size": trial.suggest_categorical("vocabulary_size", (10_000, 30_000, None)),
            "sequence_length": trial.suggest_int("sequence_length", 200, 800, step=100),
            "token_dropout": trial.suggest_float("token_dropout", 0.0, 0.5, step=0.1),
            "epochs": suggest_epochs(trial, self.recipe),
        }
        configuration = Configuration(architecture=made, recipe=self.recipe).with_recipe(**recipe)
        return configuration.for_classes(self.classes)

    def params_of(self, configuration: Configuration) -> Parameters:
        """The suggestions that make `configuration`. Raises OutsideSpace where there are none."""
        architecture, recipe = configuration.architecture, configuration.recipe
        parameters: Parameters = {name: getattr(recipe, name) for name in _SEARCHED}
        parameters |= _read_parameters(architecture) if architecture.reads_in_order else {"kind": KINDS[0]}
        parameters |= _ngram_parameters(architecture)
        return confirmed(self, configuration, parameters)


def _suggest_read(trial: Trial, kind: str) -> dict[str, object]:
    """The layers that read a text in order, by the names of an Architecture's fields."""
    made: dict[str, object] = {
        "embedding_size": trial.suggest_categorical("embedding_size", (32, 64, 128)),
        "word_dropout": trial.suggest_float("word_dropout", 0.0, 0.6, step=0.1),
        "embedding_dropout": trial.suggest_float("embedding_dropout", 0.0, 0.5, step=0.1),
        "readout": trial.suggest_categorical("readout", READOUTS),
        "recurrent": (),
    }
    if "convolution" in kind:
        sizes = str(trial.suggest_categorical("kernel_sizes", ("2", "3", "5", "2, 3", "2, 3, 4", "3, 4, 5")))
        first, *beside = map(int, sizes.split(", "))
        filters = trial.suggest_categorical("filters", (32, 64, 128, 256))
        pooling = trial.suggest_int("pooling", 1, 4)
        made["conv"] = ({"filters": filters, "kernel_size": first, "beside": beside, "pooling": pooling},)
    if "LSTM" in kind:
        units = trial.suggest_categorical("units", (32, 64, 128))
        both_ways = trial.suggest_categorical("bidirectional", (False, True))
        piece = trial.suggest_categorical("piece", (0, 64))
        made["recurrent"] = ({"units": units, "bidirectional": both_ways, "piece": piece},)
    units = trial.suggest_categorical("dense_units", (0, 32, 64, 128))
    if units:
        rate = trial.suggest_float("dense_dropout", 0.0, 0.5, step=0.1)
        made["dense"] = ({"units": units, "dropout": rate},)
    return made


def _read_parameters(architecture: Architecture) -> Parameters:
    parameters: Parameters = {
        "embedding_size": architecture.embedding_size,
        "word_dropout": architecture.word_dropout,
        "embedding_dropout": architecture.embedding_dropout,
        "readout": architecture.readout,
        "dense_units": architecture.dense[0].units if architecture.dense else 0,
    }
    kinds = []
    if architecture.conv:
        kinds.append("convolution")
        block = architecture.conv[0]
        parameters |= {"filters": block.filters, "pooling": block.pooling}
        parameters["kernel_sizes"] = ", ".join(map(str, block.kernel_sizes))
    if architecture.recurrent:
        kinds.append("LSTM")
        layer = architecture.recurrent[0]
        parameters |= {"units": layer.units, "bidirectional": layer.bidirectional, "piece": layer.piece}
    if architecture.dense:
        parameters["dense_dropout"] = architecture.dense[0].dropout
    return parameters | {"kind": " and ".join(kinds) or "embedding"}


def _suggest_ngrams(trial: Trial, *, alone: bool) -> NgramBranch | None:
    # Two names for the form and for the buckets, since a name has one range.
    forms = BRANCHES[1:] if alone else BRANCHES
    form = trial.suggest_categorical("ngrams_alone" if alone else "ngrams", forms)
    if form == "none":
        return None
    made: dict[str, Choice] = {
        "longest": trial.suggest_int("ngram_longest", 1, 3),
        "by_ratios": form == "by ratios",
    }
    if form == "mean":
        made["buckets"] = trial.suggest_categorical("ngram_rows", (2**14, 2**16, 2**18))
        made["size"] = trial.suggest_categorical("ngram_size", (8, 16, 32))
    else:
        made["buckets"] = trial.suggest_categorical("ngram_buckets", (2**16, 2**18, 2**20, 2**21))
    return NgramBranch.model_validate(made)


def _ngram_parameters(architecture: Architecture) -> Parameters:
    branch, place = architecture.ngrams, "ngrams" if architecture.reads_in_order else "ngrams_alone"
    if branch is None:
        return {place: "none"}
    form = "mean" if branch.size else "by ratios" if branch.by_ratios else "sum"
    parameters: Parameters = {place: form, "ngram_longest": branch.longest}
    if branch.size:
        return parameters | {"ngram_rows": branch.buckets, "ngram_size": branch.size}
    return parameters | {"ngram_buckets": branch.buckets}
