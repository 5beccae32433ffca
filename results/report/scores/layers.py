"""Networks layer by layer, side by side: rows that line up, and where each departs from the first network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from results.evidence.evidence import Evidence
from search_spaces import BOOK, Architecture
from search_spaces.layers import Layer, Shape, layers


@dataclass(frozen=True)
class Place:
    """A layer of one network at a row of the drawing, None where it has none there. `change` is how it departs
    from the first network: added, changed, left out, or empty."""

    layer: Layer | None
    change: str = ""


@dataclass(frozen=True)
class Column:
    """One network of the drawing: its places from the input to the head, one a row."""

    title: str
    places: list[Place]
    parameters: int


def side_by_side(networks: Mapping[str, tuple[Architecture, Shape]]) -> list[Column]:
    """One column a network (title → architecture and shape), all with the same rows; the first is what the others
    are compared with."""
    drawn = {title: {each.slot: each for each in layers(*network)} for title, network in networks.items()}
    slots = _in_order([list(each) for each in drawn.values()])
    first = next(iter(drawn.values()), {})
    columns = []
    for title, own in drawn.items():
        places = [Place(own.get(slot), _change(first.get(slot), own.get(slot))) for slot in slots]
        columns.append(Column(title, places, sum(layer.parameters for layer in own.values())))
    return columns


def _change(first: Layer | None, own: Layer | None) -> str:
    if first is None:
        return "added" if own else ""
    if own is None:
        return f"left out: {first.name}"
    return "" if (own.name, own.settings) == (first.name, first.settings) else "changed"


def _in_order(paths: list[list[str]]) -> list[str]:
    """Every slot once, in an order that each path agrees with: a slot goes before the next one already placed."""
    order: list[str] = []
    for path in paths:
        for place, slot in enumerate(path):
            if slot not in order:
                later = [order.index(other) for other in path[place + 1 :] if other in order]
                order.insert(min(later, default=len(order)), slot)
    return order


def drawings(evidence: Evidence) -> list[Column]:
    """The book's networks and the best found, layer by layer, the book's first one first."""
    shown: dict[str, tuple[Any, Shape]] = {}
    trained = {*evidence.trials["configuration"], *evidence.finals["configuration"]}
    classes = len(evidence.card["classes"])
    references = {each.configuration.for_classes(classes).architecture: each for each in BOOK}
    for architecture, reference in references.items():
        shown[reference.title] = (architecture, _shape(evidence, reference.configuration.recipe.model_dump()))
    for name, architecture in evidence.architectures.items():
        if name in trained and architecture not in references:
            shape = _shape(evidence, evidence.recipes[name])
            if architecture.own:
                shape = replace(shape, own_parameters=_counted(evidence, name))
            shown[evidence.titles[name]] = (architecture, shape)
    for name, architecture in evidence.architectures.items():
        if architecture in references:  # in the shape it was trained in here
            shown[references[architecture].title] = (architecture, _shape(evidence, evidence.recipes[name]))
    return side_by_side(shown)


def _counted(evidence: Evidence, configuration: str) -> int:
    """The parameters of a user's network, as they were counted when it was trained."""
    known = pd.concat([evidence.trials, evidence.finals])
    return int(known.loc[known["configuration"] == configuration, "parameters"].iloc[0])


def _shape(evidence: Evidence, recipe: Mapping[str, Any]) -> Shape:
    vocabulary = recipe.get("vocabulary_size", 5000) or evidence.card["vocabulary_size"]
    return Shape(vocabulary, recipe.get("sequence_length", 500), len(evidence.card["classes"]))
