"""A configuration in words, for people: its layers in order, and what departs from the book's recipe."""

from collections.abc import Iterator

from search_spaces.architecture import Architecture, Configuration, ConvBlock, Recipe, RecurrentLayer

_OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}


def in_words(configuration: Configuration) -> str:
    """One line: the layers, the epochs, and what else in the recipe is not the book's.

    For example: embedding 32, word dropout 0.2 → LSTM 100 (input dropout 0.2) → sigmoid; 3 epochs, SGD
    """
    layers = " → ".join(layers_in_words(configuration.architecture))
    epochs = configuration.recipe.epochs
    training = [f"{epochs} epoch" + ("" if epochs == 1 else "s"), *_departures(configuration.recipe)]
    return f"{layers}; {', '.join(training)}"


def layers_in_words(architecture: Architecture) -> list[str]:
    """The layers from input to head; dropout layers stand on their own, at rate 0 they are not there."""
    layers = [_input(architecture), *_dropout(architecture.embedding_dropout)]
    layers += [_conv(block) for block in architecture.conv]
    for recurrent in architecture.recurrent:
        layers += [_recurrent(recurrent), *_dropout(recurrent.output_dropout)]
    for dense in architecture.dense:
        layers += [f"dense {dense.units} relu", *_dropout(dense.dropout)]
    return [*layers, architecture.head]


def _input(architecture: Architecture) -> str:
    if architecture.embedding_size == 0:
        return "raw token ids"
    return ", ".join([f"embedding {architecture.embedding_size}", *_dropout(architecture.word_dropout, "word ")])


def _conv(block: ConvBlock) -> str:
    pooling = f", pooling {block.pooling}" if block.pooling > 1 else ""
    return f"convolution {block.filters} × {block.kernel_size}{pooling}"


def _recurrent(layer: RecurrentLayer) -> str:
    direction = "bidirectional " if layer.bidirectional else ""
    rates = [*_dropout(layer.input_dropout, "input "), *_dropout(layer.recurrent_dropout, "recurrent ")]
    gates = f" ({', '.join(rates)})" if rates else ""
    return f"{direction}{layer.cell.upper()} {layer.units}{gates}"


def _dropout(rate: float, kind: str = "") -> list[str]:
    return [f"{kind}dropout {rate:g}"] if rate else []


def _departures(recipe: Recipe) -> Iterator[str]:
    book = Recipe()
    if recipe.optimizer != book.optimizer:
        yield _OPTIMIZERS[recipe.optimizer]
    if recipe.learning_rate != book.learning_rate:
        yield f"learning rate {recipe.learning_rate:.3g}"
    if recipe.batch_size != book.batch_size:
        yield f"batches of {recipe.batch_size}"
    if recipe.batching != book.batching:
        yield f"{recipe.batching} batching"
    if recipe.vocabulary_size is None:
        yield "whole vocabulary"
    elif recipe.vocabulary_size != book.vocabulary_size:
        yield f"{recipe.vocabulary_size:,} words"
    if (recipe.sequence_length, recipe.truncation) != (book.sequence_length, book.truncation):
        yield f"{'last' if recipe.truncation == 'pre' else 'first'} {recipe.sequence_length} tokens"
    if recipe.padding != book.padding:
        yield "zeros behind the text"
