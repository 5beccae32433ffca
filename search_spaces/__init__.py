"""What can vary: configurations, the spaces they are drawn from, and published ones to compare with."""

from search_spaces.architecture import (
    Architecture,
    Configuration,
    ConvBlock,
    DenseLayer,
    Recipe,
    RecurrentLayer,
    fingerprint_of,
)
from search_spaces.book import BookSpace
from search_spaces.description import in_words, layers_in_words
from search_spaces.references import (
    BOOK,
    MARKS,
    REFERENCES,
    REVIEWS,
    Mark,
    Published,
    Reference,
    name_of,
    reference,
)
from search_spaces.registry import BadSpace, for_classes, load_space, space_names
from search_spaces.space import (
    Choice,
    FixedTrial,
    OutsideSpace,
    Parameters,
    RandomTrial,
    SearchSpace,
    Trial,
    UnknownName,
    confirmed,
    random_trials,
    ranges_of,
    space_fingerprint,
)
from search_spaces.wide import WideSpace

__all__ = [
    "BOOK",
    "MARKS",
    "REFERENCES",
    "REVIEWS",
    "Architecture",
    "BadSpace",
    "BookSpace",
    "Choice",
    "Configuration",
    "ConvBlock",
    "DenseLayer",
    "FixedTrial",
    "Mark",
    "OutsideSpace",
    "Parameters",
    "Published",
    "RandomTrial",
    "Recipe",
    "RecurrentLayer",
    "Reference",
    "SearchSpace",
    "Trial",
    "UnknownName",
    "WideSpace",
    "confirmed",
    "fingerprint_of",
    "for_classes",
    "in_words",
    "layers_in_words",
    "load_space",
    "name_of",
    "random_trials",
    "ranges_of",
    "reference",
    "space_fingerprint",
    "space_names",
]
