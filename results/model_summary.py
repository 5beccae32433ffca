"""A network as text, layer by layer, from its configuration alone."""

from collections.abc import Iterator

from search_spaces import Architecture, Configuration, in_words

Row = tuple[str, str, int]


def model_summary(configuration: Configuration, vocabulary_size: int, classes: int) -> str:
    """The layers with their outputs and trainable parameters, and the sum. `vocabulary_size` is the corpus's, for
    a recipe that keeps every word."""
    rows_of_embedding = configuration.recipe.vocabulary_size or vocabulary_size
    rows = list(layers(configuration.architecture, rows_of_embedding, classes))
    total = sum(parameters for _, _, parameters in rows)
    shown = [("Layer", "Output", "Parameters"), *((name, output, f"{own:,}") for name, output, own in rows)]
    shown.append(("Together", "", f"{total:,}"))
    first, second = (max(len(row[place]) for row in shown) for place in (0, 1))
    lines = [f"{name:<{first}}  {output:<{second}}  {own:>12}" for name, output, own in shown]
    return "\n".join([in_words(configuration), "", *(line.rstrip() for line in lines)]) + "\n"


def layers(architecture: Architecture, vocabulary_size: int, classes: int) -> Iterator[Row]:
    """Name, output shape without the batch, and trainable parameters, from input to head."""
    width = architecture.embedding_size or 1
    if architecture.embedding_size:
        yield "embedding", f"(time, {width})", vocabulary_size * width
    else:
        yield "raw token ids", "(time, 1)", 0
    yield from _dropout(architecture.embedding_dropout, f"(time, {width})")
    for block in architecture.conv:
        own = (block.kernel_size * width + 1) * block.filters
        width = block.filters
        yield f"convolution {block.filters} × {block.kernel_size}, relu", f"(time, {width})", own
        if block.pooling > 1:
            yield f"max pooling {block.pooling}", f"(time / {block.pooling}, {width})", 0
    for place, layer in enumerate(architecture.recurrent, start=1):
        gates, biases = (4, 1) if layer.cell == "lstm" else (3, 2)
        directions = 2 if layer.bidirectional else 1
        own = directions * gates * layer.units * (width + layer.units + biases)
        width = directions * layer.units
        output = f"({width})" if place == len(architecture.recurrent) else f"(time, {width})"
        yield f"{'bidirectional ' if layer.bidirectional else ''}{layer.cell.upper()} {layer.units}", output, own
        yield from _dropout(layer.output_dropout, output)
    for dense in architecture.dense:
        yield f"dense {dense.units}, relu", f"({dense.units})", (width + 1) * dense.units
        width = dense.units
        yield from _dropout(dense.dropout, f"({width})")
    units = classes if architecture.head == "softmax" else 1
    yield f"dense {units}, {architecture.head}", f"({units})", (width + 1) * units


def _dropout(rate: float, output: str) -> Iterator[Row]:
    if rate:
        yield f"dropout {rate:g}", output, 0


__all__ = ["layers", "model_summary"]
