"""What is read off the last layer's steps, one vector a text. [add a readout: one entry here, or from outside]

A readout is told once: its words, its size, and how it is built. `Architecture.readout` names one of READOUTS; a
file of a user's own adds one with `add_readout(Readout(...))`, an installed package with an entry point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

GROUP = "architecture_study.readouts"  # entry points of packages that add readouts


def _as_wide(width: int) -> int:
    return width


def _no_weights(width: int) -> int:
    return 0


@dataclass(frozen=True)
class Readout:
    """One way from steps to a vector.

    `build(keras, steps, present, drawn)` makes it of Keras tensors: `steps` float32 [texts, steps, features];
    `present` float32 [texts, steps, 1], 1 where a step saw a true token and 0 where it saw padding alone (a text
    without tokens has 1 throughout). It returns [texts, width(features)]. `keras` is handed in, since nothing here
    imports it; layers with weights take `kernel_initializer=drawn.kernel()`, so that they begin by the run's seed.
    `weights(features)` counts its trainable parameters. `stock`: the Keras operations it is made of besides its
    layers, as (module, class), which a bundle may then hold. No `build`: the last recurrent layer's last state.
    """

    name: str
    words: str
    settings: str
    build: Callable[[Any, Any, Any, Any], Any] | None
    width: Callable[[int], int] = _as_wide
    weights: Callable[[int], int] = _no_weights
    stock: tuple[tuple[str, str], ...] = ()


def _max(keras: Any, steps: Any, present: Any, drawn: Any) -> Any:
    return keras.ops.max(keras.ops.where(present > 0.5, steps, -1e9), axis=1)


def _mean(keras: Any, steps: Any, present: Any, drawn: Any) -> Any:
    return keras.ops.sum(steps * present, axis=1) / keras.ops.sum(present, axis=1)


def _max_and_mean(keras: Any, steps: Any, present: Any, drawn: Any) -> Any:
    return keras.ops.concatenate(
        [_max(keras, steps, present, drawn), _mean(keras, steps, present, drawn)], axis=-1
    )


def _attention(keras: Any, steps: Any, present: Any, drawn: Any) -> Any:
    """One learnt score a step; a bias would move all scores alike and change nothing."""
    score = keras.layers.Dense(1, use_bias=False, kernel_initializer=drawn.kernel())
    scores = keras.ops.where(present > 0.5, score(keras.ops.tanh(steps)), -1e9)  # [texts, steps, 1]
    return keras.ops.sum(steps * keras.ops.softmax(scores, axis=1), axis=1)


_NUMPY = "keras.src.ops.numpy"
_SOFTMAX = ("keras.src.ops.nn", "Softmax")
_MAX = tuple((_NUMPY, name) for name in ("Greater", "Where", "Max"))
_MEAN = tuple((_NUMPY, name) for name in ("Multiply", "Sum", "TrueDivide"))

READOUTS: dict[str, Readout] = {
    each.name: each
    for each in (
        Readout("last", "", "the last state", None),
        Readout("max", "max over the steps", "the largest of each feature over the true tokens", _max, stock=_MAX),
        Readout("mean", "mean of the steps", "the mean of each feature over the true tokens", _mean, stock=_MEAN),
        Readout(
            "max and mean",
            "max and mean of the steps",
            "the largest and the mean of each feature over the true tokens",
            _max_and_mean,
            width=lambda width: 2 * width,
            stock=(*_MAX, *_MEAN, (_NUMPY, "Concatenate")),
        ),
        Readout(
            "attention",
            "attention over the steps",
            "the mean over the true tokens, weighed by a softmax of one learnt score a step",
            _attention,
            weights=_as_wide,
            stock=(*((_NUMPY, name) for name in ("Greater", "Where", "Tanh", "Multiply", "Sum")), _SOFTMAX),
        ),
    )
}


def add_readout(readout: Readout) -> None:
    """Adds a readout under its name. Raises ValueError where another one has it."""
    if READOUTS.setdefault(readout.name, readout) is not readout:
        raise ValueError(f"expected a new name for a readout, got {readout.name!r}, which is there already")


def find_readout(name: str) -> Readout:
    """The readout of that name: one of READOUTS, or of an installed package, which every worker finds as well.

    Such a package has an entry point of that name in the group GROUP that leads to its Readout. Raises ValueError
    listing those that there are.
    """
    if name not in READOUTS:
        installed = entry_points(group=GROUP)
        if name not in installed.names:
            known = ", ".join(sorted({*READOUTS, *installed.names}))
            own = "several workers find one of your own in an installed package (docs/house.md)"
            raise ValueError(f"expected a readout, one of {known}; got {name!r}; {own}")
        add_readout(installed[name].load())
    return READOUTS[name]


def known_readout(name: str) -> str:
    """`name`, where it is a readout's. Raises ValueError where not."""
    return find_readout(name).name
