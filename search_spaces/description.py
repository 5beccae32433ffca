"""A configuration in words, for people: its layers in order, and what departs from the book's recipe."""

from collections.abc import Iterator

from search_spaces.architecture import Architecture, Configuration, Recipe
from search_spaces.layers import Shape, layers

_OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
_SCHEDULES = {"linear": "learning rate falling to 0", "cooldown": "learning rate falling to 0 in the last epoch"}


def in_words(configuration: Configuration) -> str:
    """One line: the layers, the epochs, and what else in the recipe is not the book's.

    For example: embedding 32, word dropout 0.2 → LSTM 100 (input dropout 0.2) → sigmoid; 3 epochs, SGD
    """
    named = " → ".join(layers_in_words(configuration.architecture))
    epochs = configuration.recipe.epochs
    training = [f"{epochs} epoch" + ("" if epochs == 1 else "s"), *_departures(configuration.recipe)]
    return f"{named}; {', '.join(training)}"


def layers_in_words(architecture: Architecture) -> list[str]:
    """The layers from input to head, without what has no words of its own."""
    return [layer.words for layer in layers(architecture, Shape(0)) if layer.words]


def _departures(recipe: Recipe) -> Iterator[str]:
    book = Recipe()
    if recipe.optimizer != book.optimizer:
        yield _OPTIMIZERS[recipe.optimizer]
    if recipe.learning_rate != book.learning_rate:
        yield f"learning rate {recipe.learning_rate:.3g}"
    if recipe.schedule != book.schedule:
        yield _SCHEDULES[recipe.schedule]
    if recipe.clip_norm:
        yield f"gradients clipped at norm {recipe.clip_norm:.3g}"
    if recipe.weight_decay:
        yield f"weight decay {recipe.weight_decay:.3g}"
    if recipe.label_smoothing:
        yield f"label smoothing {recipe.label_smoothing:g}"
    if recipe.token_dropout:
        yield f"token dropout {recipe.token_dropout:g}"
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


def model_summary(configuration: Configuration, vocabulary_size: int, classes: int) -> str:
    """The layers with the shape they pass on for one text and their trainable parameters, and the sum.
    `vocabulary_size` is the corpus's, for a recipe that keeps every word."""
    recipe = configuration.recipe
    shape = Shape(recipe.vocabulary_size or vocabulary_size, recipe.sequence_length, classes)
    drawn = list(layers(configuration.architecture, shape))
    rows = [("Layer", "Passes on", "Parameters")]
    rows += [(f"{each.name}: {each.settings}", each.shape, f"{each.parameters:,}") for each in drawn]
    rows.append(("Together", "", f"{sum(each.parameters for each in drawn):,}"))
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    lines = [f"{name:<{first}}  {passed:<{second}}  {own:>12}" for name, passed, own in rows]
    return "\n".join([in_words(configuration), "", *(line.rstrip() for line in lines)]) + "\n"
