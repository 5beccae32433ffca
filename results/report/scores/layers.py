"""Networks layer by layer, side by side: rows that line up, and where each departs from the first network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from search_spaces import Architecture, RecurrentLayer


@dataclass(frozen=True)
class Layer:
    """One layer: what it is called, its settings in words, the shape it passes on for one text, its parameters."""

    slot: str
    kind: str  # input, embedding, dropout, convolution, pooling, recurrent, dense or head
    name: str
    settings: str
    shape: str
    parameters: int


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


@dataclass(frozen=True)
class Shape:
    """What decides the size of layers besides the architecture: rows of the embedding, tokens a text, classes."""

    vocabulary_size: int
    sequence_length: int
    classes: int = 2


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


def layers(architecture: Architecture, shape: Shape) -> Iterator[Layer]:
    """The layers from the input to the head. Their parameters add up to `Architecture.parameter_count`."""
    steps, width = shape.sequence_length, architecture.embedding_size or 1
    yield Layer("input", "input", "Token ids", f"{steps:,} a text at most", f"{steps:,}", 0)
    if architecture.embedding_size:
        settings = f"{width} numbers a token{_rate('word dropout', architecture.word_dropout)}"
        weights = shape.vocabulary_size * width
        yield Layer("embedding", "embedding", "Embedding", settings, f"{steps:,} × {width}", weights)
    yield from _dropout("embedding dropout", architecture.embedding_dropout, f"{steps:,} × {width}")
    for place, block in enumerate(architecture.conv, start=1):
        weights = (block.kernel_size * width + 1) * block.filters
        width = block.filters
        settings = f"{block.filters} filters, {block.kernel_size} tokens wide, relu"
        yield Layer(f"conv {place}", "convolution", "Convolution", settings, f"{steps:,} × {width}", weights)
        if block.pooling > 1:
            steps = max(1, steps // block.pooling)
            settings = f"the largest of each {block.pooling}"
            yield Layer(f"pool {place}", "pooling", "Max pooling", settings, f"{steps:,} × {width}", 0)
    for place, recurrent in enumerate(architecture.recurrent, start=1):
        weights, width = _recurrent_size(recurrent, width)
        is_last = place == len(architecture.recurrent)
        passed = f"{width}" if is_last else f"{steps:,} × {width}"
        yield Layer(f"recurrent {place}", "recurrent", *_recurrent(recurrent), passed, weights)
        yield from _dropout(f"recurrent dropout {place}", recurrent.output_dropout, passed)
    for place, dense in enumerate(architecture.dense, start=1):
        weights, width = (width + 1) * dense.units, dense.units
        yield Layer(f"dense {place}", "dense", "Dense", f"{width} units, relu", f"{width}", weights)
        yield from _dropout(f"dense dropout {place}", dense.dropout, f"{width}")
    units = shape.classes if architecture.head == "softmax" else 1
    settings = f"{units} unit{'' if units == 1 else 's'}, {architecture.head}"
    yield Layer("head", "head", "Output", settings, f"{units}", (width + 1) * units)


def _recurrent_size(layer: RecurrentLayer, width: int) -> tuple[int, int]:
    """Parameters and width of what is passed on, as `Architecture.parameter_count` has them."""
    gates, biases = (4, 1) if layer.cell == "lstm" else (3, 2)
    directions = 2 if layer.bidirectional else 1
    return directions * gates * layer.units * (width + layer.units + biases), directions * layer.units


def _recurrent(layer: RecurrentLayer) -> tuple[str, str]:
    name = f"{'Bidirectional ' if layer.bidirectional else ''}{layer.cell.upper()}"
    rates = _rate("input dropout", layer.input_dropout) + _rate("recurrent dropout", layer.recurrent_dropout)
    return name, f"{layer.units} units{rates}"


def _dropout(slot: str, rate: float, passed: str) -> Iterator[Layer]:
    if rate:
        yield Layer(slot, "dropout", "Dropout", f"{rate:g}", passed, 0)


def _rate(name: str, rate: float) -> str:
    return f", {name} {rate:g}" if rate else ""


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


__all__ = ["Column", "Layer", "Place", "Shape", "layers", "side_by_side"]
