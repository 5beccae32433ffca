"""A configuration without one of its elements at a time: each put to its neutral value, all else as it was."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from search_spaces import Configuration

_NOTHING_ELSE: dict[str, Any] = {
    "embedding_size": 0,
    "word_dropout": 0.0,
    "embedding_dropout": 0.0,
    "conv": (),
    "recurrent": (),
    "readout": "last",
    "dense": (),
}


def without_each(configuration: Configuration) -> dict[str, Configuration]:
    """By the name of the element, the configuration without it; only what is a network of its own."""
    found: dict[str, Configuration] = {}
    known = {configuration.fingerprint}
    for title, architecture, recipe in _changes(configuration):
        plain = configuration.model_dump()
        try:
            other = Configuration.model_validate(
                {"architecture": plain["architecture"] | architecture, "recipe": plain["recipe"] | recipe}
            )
        except ValidationError:
            continue  # the rest cannot stand without it
        if other.fingerprint not in known:
            known.add(other.fingerprint)
            found[title] = other
    return found


def _changes(configuration: Configuration) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Names of elements with what changes in the architecture and in the recipe; some change nothing."""
    layers = configuration.architecture
    yield "dropping words", {"word_dropout": 0.0}, {}
    yield "dropout behind the embedding", {"embedding_dropout": 0.0}, {}
    yield "the convolutions", {"conv": ()}, {}
    yield "convolutions of several widths", {"conv": _each(layers.conv, beside=())}, {}
    yield "pooling", {"conv": _each(layers.conv, pooling=1)}, {}
    yield "the recurrent layers", {"recurrent": ()}, {}
    yield "the second direction", {"recurrent": _each(layers.recurrent, bidirectional=False)}, {}
    inside = {"input_dropout": 0.0, "recurrent_dropout": 0.0}
    yield "dropout in the gates", {"recurrent": _each(layers.recurrent, **inside)}, {}
    yield "dropout behind the recurrent layers", {"recurrent": _each(layers.recurrent, output_dropout=0.0)}, {}
    plain = "last" if layers.recurrent else "mean"
    yield f"the readout {layers.readout}, in place of {plain}", {"readout": plain}, {}
    yield "the dense layers", {"dense": ()}, {}
    yield "dropout behind the dense layers", {"dense": _each(layers.dense, dropout=0.0)}, {}
    if layers.ngrams:
        ngrams = layers.ngrams.model_dump()
        yield "n-grams", {"ngrams": None}, {}
        yield "all but the n-grams", _NOTHING_ELSE, {}
        yield "log-count ratios", {"ngrams": ngrams | {"by_ratios": False}}, {}
        yield "runs of several words", {"ngrams": ngrams | {"longest": 1}}, {}
    yield "weight decay", {}, {"weight_decay": 0.0}
    yield "label smoothing", {}, {"label_smoothing": 0.0}
    yield "token dropout", {}, {"token_dropout": 0.0}
    yield "the bound on gradients", {}, {"clip_norm": 0.0}
    yield "the falling learning rate", {}, {"schedule": "constant"}


def _each(parts: tuple[Any, ...], **changes: Any) -> tuple[dict[str, Any], ...]:
    return tuple(part.model_dump() | changes for part in parts)
