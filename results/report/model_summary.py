"""A network as text, layer by layer, from its configuration alone."""

from results.report.scores.layers import Shape, layers
from search_spaces import Configuration, in_words


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


__all__ = ["model_summary"]
