"""A network that a user's file builds: built, wrapped, or refused in one line."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from search_spaces.architecture import Configuration, OwnNetwork
from search_spaces.registry import BadSpace, in_one_line, module_of
from study.errors import StudyError, TrialError
from study.training.backend import keras
from study.training.memory import is_shortage
from study.training.run import derived


@dataclass(frozen=True)
class CorpusCard:
    """What a user's `build` is told of the texts and of the output that is asked for.

    vocabulary_size   token ids are below this: the rows of an embedding; 0 is padding
    sequence_length   tokens of a text that are kept at most
    classes           how many
    units             of the output: 1 for two classes, one a class for more
    activation        of the output: sigmoid for two classes, softmax for more
    """

    vocabulary_size: int
    sequence_length: int
    classes: int
    units: int
    activation: str


def build_own(configuration: Configuration, vocabulary_size: int, classes: int, seed: int) -> Any:
    """The uncompiled network of the configuration's file, as study.training.network builds ours.

    The file is executed anew each time, so that nothing of an earlier call is left in it; every seed that Keras
    would draw by chance, of initial weights and of dropout layers, derives from `seed`. Raises TrialError, in one
    line, where it gives no network that token ids go into and probabilities come out of.
    """
    architecture, recipe = configuration.architecture, configuration.recipe
    own = architecture.own
    assert own is not None
    units = classes if architecture.head == "softmax" else 1
    card = CorpusCard(vocabulary_size, recipe.sequence_length, classes, units, architecture.head)
    with _drawn_from(derived(seed, "initial weights")):
        built = _built(own, card)
        length = recipe.sequence_length if recipe.batching == "fixed" else None
        tokens = keras.Input((length,), dtype="int32", name="tokens")
        with told_of(own, f"the network cannot take token ids, int32 [texts, {length or 'any number of tokens'}]"):
            outputs = built(tokens)
    shape = getattr(outputs, "shape", type(outputs).__name__)
    if shape != (None, units):
        raise _bad(
            own, f"expected an output of [texts, {units}], {architecture.head} for {classes} classes, got {shape}"
        )
    if not built.trainable_variables:
        raise _bad(own, "expected a network with something to train, got one without trainable weights")
    return keras.Model(tokens, outputs)


def check_own(configuration: Configuration, vocabulary_size: int, classes: int) -> str | None:
    """Builds the network and looks at what it says of made-up texts, with weights far from the first ones, which
    hide an output without an activation. Raises TrialError as `build_own`, and where these are no probabilities.
    Returns the network as Keras's JSON, None where Keras cannot write it.
    """
    own, recipe, generator = configuration.architecture.own, configuration.recipe, np.random.default_rng(0)
    assert own is not None
    network = build_own(configuration, vocabulary_size, classes, seed=0)
    for weight in network.trainable_variables:
        weight.assign(generator.standard_normal(weight.shape))
    for steps in (recipe.sequence_length,) if recipe.batching == "fixed" else (8, 24):
        made_up = generator.integers(0, vocabulary_size, (16, steps)).astype(np.int32)
        with told_of(own, f"the network fails on texts of {steps} tokens"):
            found = np.asarray(network(made_up, training=False), np.float64)
        sums = found.sum(axis=1) if classes > 2 else np.ones(1)
        if (found < 0).any() or (found > 1).any() or (abs(sums - 1) > 1e-3).any():
            head = configuration.architecture.head
            came = f"numbers from {found.min():.3g} to {found.max():.3g}"
            raise _bad(own, f"expected probabilities, got {came}; end with activation=card.activation, {head}")
    return written(network)


def written(network: Any) -> str | None:
    """A network as Keras's JSON, None where Keras cannot write it."""
    try:
        return str(network.to_json())
    except Exception:  # a layer without a configuration raises what it likes
        return None


@contextlib.contextmanager
def told_of(own: OwnNetwork | None, what: str) -> Iterator[None]:
    """Whatever a user's network raises inside becomes a TrialError of one line; what ours raise stays a bug."""
    try:
        yield
    except StudyError:
        raise
    except Exception as error:
        if own is None or is_shortage(error):
            raise
        raise _bad(own, f"{what}: {in_one_line(error, own.file)}") from error


def _built(own: OwnNetwork, card: CorpusCard) -> Any:
    try:
        build = getattr(module_of(own.source, own.file), "build", None)
    except BadSpace as error:
        raise TrialError(str(error)) from error
    with told_of(own, "build failed"):
        built = build(dict(own.parameters), card)  # type: ignore[misc]
    if not isinstance(built, keras.Model):
        raise _bad(own, f"expected build to return a keras.Model, got {type(built).__name__}")
    if built.compiled:
        raise _bad(own, "expected an uncompiled network, got a compiled one; the recipe says how it is trained")
    return built


def _bad(own: OwnNetwork, words: str) -> TrialError:
    with_parameters = f" (with {own.settings})" if own.settings else ""
    return TrialError(f"{own.file}: {words}{with_parameters}")


@contextlib.contextmanager
def _drawn_from(seed: int) -> Iterator[None]:
    """Within, the seeds that Keras draws from Python's global generator come from one of our own, since other
    threads of a worker draw from that as well. Keras's own global generator outlives a set_random_seed."""
    source, state = keras.src.random.seed_generator, keras.src.backend.common.global_state
    kept, pythons = source.global_seed_generator(), source.python_random
    source.python_random = random.Random(seed)
    try:
        yield
    finally:
        source.python_random = pythons
        state.set_global_attribute(source.GLOBAL_SEED_GENERATOR, kept)


def global_seed() -> Any:
    """The variable behind keras.random without a seed, which no network counts among its own."""
    return keras.src.random.seed_generator.global_seed_generator().state
