"""The one walk through an architecture: all who count, draw, describe or list layers read it.

A layer is told once: its name, its settings, its words, the shape it passes on, its parameters. How it is built of
Keras is in study.training.network, in the same order.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search_spaces.readouts import find_readout

if TYPE_CHECKING:
    from search_spaces.architecture import Architecture, NgramBranch, RecurrentLayer


@dataclass(frozen=True)
class Layer:
    """One layer: what it is called, its settings in words, the shape it passes on for one text, its parameters.

    `words` are those of a configuration in one line, empty where another layer's words have it already.
    """

    slot: str
    kind: str  # input, embedding, dropout, convolution, pooling, recurrent, readout, dense, ngrams, own, head
    name: str
    settings: str
    words: str
    shape: str
    parameters: int


@dataclass(frozen=True)
class Shape:
    """What decides the size of layers besides the architecture: rows of the embedding, tokens a text, classes;
    and how many parameters a network of one's own has, where that is known."""

    vocabulary_size: int
    sequence_length: int = 1
    classes: int = 2
    own_parameters: int = 0


def layers(architecture: "Architecture", shape: Shape) -> Iterator[Layer]:
    """The layers from the input to the head; dropout layers stand on their own, at rate 0 they are not there."""
    steps, units = shape.sequence_length, shape.classes if architecture.head == "softmax" else 1
    raw = architecture.reads_in_order and not architecture.embedding_size
    words = "raw token ids" if raw else ""
    yield Layer("input", "input", "Token ids", f"{steps:,} a text at most", words, f"{steps:,}", 0)
    if architecture.own:
        file, settings = architecture.own.file, architecture.own.settings
        words = f"own network ({file}{', ' if settings else ''}{settings})"
        yield Layer(
            "own", "own", "Own network", f"{file}: {settings}".rstrip(": "), words, "", shape.own_parameters
        )
        settings = f"{units} unit{'' if units == 1 else 's'}, {architecture.head}, part of it"
        yield Layer("head", "head", "Output", settings, "", f"{units}", 0)
        return
    width = 0
    if architecture.reads_in_order:
        width = yield from _in_order(architecture, shape)
    if architecture.ngrams:
        own = yield from _ngrams(architecture.ngrams, units, beside=bool(width))
        width = width or own
    settings = f"{units} unit{'' if units == 1 else 's'}, {architecture.head}"
    yield Layer("head", "head", "Output", settings, architecture.head, f"{units}", (width + 1) * units)


def _in_order(architecture: "Architecture", shape: Shape) -> Generator[Layer, None, int]:
    """The layers from the embedding to the head, without these; comes to the width of what is passed on."""
    steps, width = shape.sequence_length, architecture.embedding_size or 1
    if architecture.embedding_size:
        rate = _rate("word dropout", architecture.word_dropout)
        yield Layer(
            "embedding",
            "embedding",
            "Embedding",
            f"{width} numbers a token{rate}",
            f"embedding {width}{rate}",
            f"{steps:,} × {width}",
            shape.vocabulary_size * width,
        )
    yield from _dropout("embedding dropout", architecture.embedding_dropout, f"{steps:,} × {width}")
    for place, block in enumerate(architecture.conv, start=1):
        weights = sum((size * width + 1) * block.filters for size in block.kernel_sizes)
        width, sizes = block.filters * len(block.kernel_sizes), ", ".join(map(str, block.kernel_sizes))
        each = " each" if block.beside else ""
        settings = f"{block.filters} filters{each}, {sizes} tokens wide, relu"
        pooling = f", pooling {block.pooling}" if block.pooling > 1 else ""
        words = f"convolution {block.filters} × {sizes}{pooling}"
        passed = f"{steps:,} × {width}"
        yield Layer(f"conv {place}", "convolution", "Convolution", settings, words, passed, weights)
        if block.pooling > 1:
            steps = max(1, steps // block.pooling)
            settings, passed = f"the largest of each {block.pooling}", f"{steps:,} × {width}"
            yield Layer(f"pool {place}", "pooling", "Max pooling", settings, "", passed, 0)
    readout = find_readout(architecture.readout)
    for place, recurrent in enumerate(architecture.recurrent, start=1):
        name, settings, words, weights, width = _recurrent(recurrent, width)
        is_last = readout.build is None and place == len(architecture.recurrent)
        passed = f"{width}" if is_last else f"{steps:,} × {width}"
        yield Layer(f"recurrent {place}", "recurrent", name, settings, words, passed, weights)
        yield from _dropout(f"recurrent dropout {place}", recurrent.output_dropout, passed)
    if readout.build:
        weights, width = readout.weights(width), readout.width(width)
        yield Layer("readout", "readout", "Readout", readout.settings, readout.words, f"{width}", weights)
    for place, dense in enumerate(architecture.dense, start=1):
        weights, width = (width + 1) * dense.units, dense.units
        settings, words = f"{width} units, relu", f"dense {width} relu"
        yield Layer(f"dense {place}", "dense", "Dense", settings, words, f"{width}", weights)
        yield from _dropout(f"dense dropout {place}", dense.dropout, f"{width}")
    return width


def _ngrams(branch: "NgramBranch", units: int, *, beside: bool) -> Generator[Layer, None, int]:
    """The table of n-grams and, beside other layers, what adds them to the output; comes to the table's width."""
    width, runs = (
        branch.size or units,
        ("words", "words and pairs", "words, pairs and triples")[branch.longest - 1],
    )
    kind = f"mean of {width}" if branch.size else ("sum by log-count ratios" if branch.by_ratios else "sum")
    numbers = f"{width} number{'' if width == 1 else 's'}"
    settings = f"{runs} hashed into {branch.buckets:,} rows of {numbers}, {kind.partition(' of ')[0]}"
    words = f"{'beside ' if beside else ''}{runs} in {branch.buckets:,} buckets, {kind}"
    yield Layer("ngrams", "ngrams", "Hashed n-grams", settings, words, f"{width}", branch.buckets * width)
    if beside:
        settings = "added before the output"
        yield Layer("ngrams added", "ngrams", "N-grams added", settings, "", f"{units}", width * units)
    return width


def _recurrent(layer: "RecurrentLayer", width: int) -> tuple[str, str, str, int, int]:
    """Name, settings, words, parameters and the width of what is passed on."""
    gates, biases = (4, 1) if layer.cell == "lstm" else (3, 2)  # Keras's GRU: reset_after, two biases
    directions = 2 if layer.bidirectional else 1
    weights = directions * gates * layer.units * (width + layer.units + biases)
    rates = _rate("input dropout", layer.input_dropout) + _rate("recurrent dropout", layer.recurrent_dropout)
    cell = layer.cell.upper()
    name, short = (f"Bidirectional {cell}", f"bidirectional {cell}") if layer.bidirectional else (cell, cell)
    pieces = f" over pieces of {layer.piece}" if layer.piece else ""
    words = f"{short} {layer.units}{pieces}" + (f" ({rates.removeprefix(', ')})" if rates else "")
    return name, f"{layer.units} units{pieces}{rates}", words, weights, directions * layer.units


def _dropout(slot: str, rate: float, passed: str) -> Iterator[Layer]:
    if rate:
        yield Layer(slot, "dropout", "Dropout", f"{rate:g}", f"dropout {rate:g}", passed, 0)


def _rate(name: str, rate: float) -> str:
    return f", {name} {rate:g}" if rate else ""
