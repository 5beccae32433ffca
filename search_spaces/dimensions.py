"""The parts that the spaces share: where dropout sits, and the sizes of a convolution block."""

from search_spaces.architecture import Architecture, ConvBlock, Recipe, RecurrentLayer
from search_spaces.space import OutsideSpace, Parameters, Trial

LAYER_RATES = ("embedding_dropout", "output_dropout")
GATE_RATES = ("input_dropout", "recurrent_dropout")
PLACEMENTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "layers": LAYER_RATES,
    "gates": GATE_RATES,
    "layers and gates": LAYER_RATES + GATE_RATES,
}


def suggest_dropout(trial: Trial) -> dict[str, float]:
    """The rates of the placement that `trial` suggests, by name; a rate that is left out is 0."""
    placement = trial.suggest_categorical("dropout_placement", tuple(PLACEMENTS))
    return {name: trial.suggest_float(name, 0.1, 0.5, step=0.1) for name in PLACEMENTS[str(placement)]}


def dropout_parameters(architecture: Architecture) -> Parameters:
    """The inverse of `suggest_dropout`; the first recurrent layer speaks for all of them."""
    first = first_recurrent(architecture)
    rates = {
        "embedding_dropout": architecture.embedding_dropout,
        "output_dropout": first.output_dropout,
        "input_dropout": first.input_dropout,
        "recurrent_dropout": first.recurrent_dropout,
    }
    places = [
        place
        for place, names in (("layers", LAYER_RATES), ("gates", GATE_RATES))
        if any(rates[name] for name in names)
    ]
    placement = " and ".join(places) or "none"
    return {"dropout_placement": placement} | {name: rates[name] for name in PLACEMENTS[placement]}


def first_recurrent(architecture: Architecture) -> RecurrentLayer:
    """The recurrent layer that speaks for all of them. Raises OutsideSpace where there is none."""
    if not architecture.recurrent:
        raise OutsideSpace("no point of this search space: expected a recurrent layer, got none")
    return architecture.recurrent[0]


def suggest_conv(trial: Trial, prefix: str) -> ConvBlock:
    """One convolution block, its parameters named `<prefix>_filters` and so on."""
    return ConvBlock(
        filters=trial.suggest_int(f"{prefix}_filters", 16, 128, step=16),
        kernel_size=trial.suggest_int(f"{prefix}_kernel_size", 2, 7),
        pooling=trial.suggest_int(f"{prefix}_pooling", 1, 4),
    )


def suggest_epochs(trial: Trial, recipe: Recipe) -> int:
    """Up to twice as many as the recipe has: 1 to 6 around the book's 3."""
    return trial.suggest_int("epochs", 1, 2 * recipe.epochs)


def conv_parameters(block: ConvBlock, prefix: str) -> Parameters:
    """The inverse of `suggest_conv`."""
    return {f"{prefix}_{name}": getattr(block, name) for name in ("filters", "kernel_size", "pooling")}
