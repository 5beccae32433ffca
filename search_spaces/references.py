"""Published configurations with their published figures and sources: what a study compares with.

All are on the IMDB movie reviews: 25,000 to train and 25,000 to test on, half of each positive.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.architecture import Architecture, Configuration, ConvBlock, Recipe, RecurrentLayer
from search_spaces.space import OutsideSpace, SearchSpace, UnknownName

REVIEWS = 25_000  # of each half of the IMDB set, which all published figures are of


@dataclass(frozen=True)
class Published:
    """Figures as printed in the source; accuracies are fractions, None is what it does not say.

    `training_curve` holds (loss, accuracy) on the training texts, epoch by epoch; `train_loss` and
    `train_accuracy` are the last that the source gives.
    """

    test_accuracy: float | None = None
    training_curve: tuple[tuple[float, float], ...] = ()
    seconds_per_epoch: float | None = None
    train_accuracy: float | None = None
    train_loss: float | None = None


@dataclass(frozen=True)
class Reference:
    """A published configuration. `source` is the citation, `notes` what to know before comparing."""

    id: str
    title: str
    configuration: Configuration
    published: Published
    source: str
    notes: str

    def under(self, recipe_changes: Mapping[str, object]) -> Configuration:
        """The same network under another recipe, as for a quick profile; the figures then no longer apply."""
        return self.configuration.with_recipe(**recipe_changes)

    def inside(self, space: SearchSpace, classes: int) -> Configuration:
        """The network in the recipe of the space, with the head for so many classes; with its own epochs where
        only those make it a point of the space."""
        as_set = self.under(space.recipe.model_dump()).for_classes(classes)
        for each in (as_set, as_set.with_recipe(epochs=self.configuration.recipe.epochs)):
            with contextlib.suppress(OutsideSpace):
                space.params_of(each)
                return each
        return as_set


@dataclass(frozen=True)
class Mark:
    """A published test accuracy (a fraction) on the same reviews, for scale: no configuration goes with it."""

    title: str
    test_accuracy: float
    source: str


_BOOK = (
    "J. Brownlee, Deep Learning With Python: Develop Deep Learning Models on Theano and TensorFlow Using Keras, "
    "Machine Learning Mastery"
)
_BOOK_NOTES = (
    "The book's progress bars show 16,750 training samples an epoch (an older split of the data); today's set "
    "has 25,000. The book validates on the test set and reports one seed."
)
_WORD_DROPOUT_NOTE = (
    " Word dropout is Keras 1's Embedding(dropout=p): in training a random fraction p of the rows of the "
    "embedding vanishes for the whole batch, the others are scaled by 1/(1-p)."
)
_LAB = "Multi-class classification with LSTM, a university lab sheet"
_ARTICLE = "Sequence classification with LSTM, a blog article"
# An iteration must be a pass over the data: no network gets 73 % of the reviews right after one batch of 100.
_ARTICLE_NOTES = "The article counts iterations of batch 100, read here as epochs; it gives no test accuracy."
_FIRST_50 = Recipe(
    batch_size=100, epochs=1, vocabulary_size=None, sequence_length=50, padding="post", truncation="post"
)


def _book_published(
    test_accuracy: float, curve: tuple[tuple[float, float], ...], seconds_per_epoch: float
) -> Published:
    loss, accuracy = curve[-1]
    return Published(test_accuracy, curve, seconds_per_epoch, train_accuracy=accuracy, train_loss=loss)


BOOK: tuple[Reference, ...] = (
    Reference(
        id="simple-lstm",
        title="Simple LSTM",
        configuration=Configuration(
            architecture=Architecture(embedding_size=32, recurrent=(RecurrentLayer(units=100),))
        ),
        published=_book_published(0.8679, ((0.5570, 0.7149), (0.3530, 0.8577), (0.2559, 0.9019)), 107),
        source=f"{_BOOK}, section 26.1",
        notes=_BOOK_NOTES,
    ),
    Reference(
        id="lstm-dropout",
        title="LSTM with dropout layers",
        configuration=Configuration(
            architecture=Architecture(
                embedding_size=32,
                word_dropout=0.2,
                embedding_dropout=0.2,
                recurrent=(RecurrentLayer(units=100, output_dropout=0.2),),
            )
        ),
        published=_book_published(0.8556, ((0.5802, 0.6898), (0.4112, 0.8232), (0.3825, 0.8365)), 108),
        source=f"{_BOOK}, section 26.2",
        notes=_BOOK_NOTES + _WORD_DROPOUT_NOTE,
    ),
    Reference(
        id="lstm-gate-dropout",
        title="LSTM with dropout in the gates",
        configuration=Configuration(
            architecture=Architecture(
                embedding_size=32,
                word_dropout=0.2,
                recurrent=(RecurrentLayer(units=100, input_dropout=0.2, recurrent_dropout=0.2),),
            )
        ),
        published=_book_published(0.8282, ((0.6623, 0.5935), (0.5159, 0.7484), (0.4502, 0.7981)), 112),
        source=f"{_BOOK}, section 26.2",
        notes=_BOOK_NOTES + _WORD_DROPOUT_NOTE,
    ),
    Reference(
        id="cnn-lstm",
        title="CNN and LSTM",
        configuration=Configuration(
            architecture=Architecture(
                embedding_size=32,
                conv=(ConvBlock(filters=32, kernel_size=3, pooling=2),),
                recurrent=(RecurrentLayer(units=100),),
            )
        ),
        published=_book_published(0.8636, ((0.5186, 0.7263), (0.2946, 0.8825), (0.2291, 0.9126)), 58),
        source=f"{_BOOK}, section 26.3",
        notes=_BOOK_NOTES,
    ),
)
BOOK_IDS = tuple(reference.id for reference in BOOK)

REFERENCES: tuple[Reference, ...] = (
    *BOOK,
    Reference(
        id="lab-gate-dropout",
        title="LSTM with dropout in the gates alone",
        configuration=Configuration(
            architecture=Architecture(
                embedding_size=32,
                recurrent=(RecurrentLayer(units=100, input_dropout=0.2, recurrent_dropout=0.2),),
            )
        ),
        published=Published(test_accuracy=0.8663, train_accuracy=0.8932, train_loss=0.2687),
        source=_LAB,
        notes="As the book's network with dropout in the gates, but without word dropout.",
    ),
    Reference(
        id="index-lstm-50",
        title="LSTM on 50 raw token ids",
        configuration=Configuration(
            architecture=Architecture(embedding_size=0, recurrent=(RecurrentLayer(units=50),), head="softmax"),
            recipe=_FIRST_50.model_copy(update={"epochs": 75}),
        ),
        published=Published(train_accuracy=0.58),
        source=_ARTICLE,
        notes=_ARTICLE_NOTES + " The 58 % are training accuracy after 75 iterations.",
    ),
    Reference(
        id="embedding-lstm-50",
        title="LSTM on 50 embedded tokens",
        configuration=Configuration(
            architecture=Architecture(embedding_size=300, recurrent=(RecurrentLayer(units=128),), head="softmax"),
            recipe=_FIRST_50,
        ),
        published=Published(train_accuracy=0.73),
        source=_ARTICLE,
        notes=_ARTICLE_NOTES
        + " The 73 %, read as training accuracy, are after 1 iteration. The article saves the model as "
        "architecture JSON and weights and loads it again.",
    ),
)

MARKS: tuple[Mark, ...] = (
    Mark(
        "Word vectors learnt for sentiment",
        0.8889,
        "A. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011",
    ),
    Mark(
        "NB-SVM with bigrams, a linear model",
        0.912,
        "S. Wang and C. Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, ACL 2012",
    ),
    Mark("CNN, LSTM and dropout", 0.8841, "a public Keras example"),
)


def reference(id: str) -> Reference:
    """The reference of this id. Raises UnknownName, listing the known ones, where there is none."""
    for known in REFERENCES:
        if known.id == id:
            return known
    names = ", ".join(sorted(known.id for known in REFERENCES))
    raise UnknownName(f"no reference is called {id!r}; expected one of: {names}")


def name_of(configuration: Configuration, classes: int = 2, epochs: int | None = None) -> str | None:
    """The id of the reference with this architecture and as many epochs, whatever else the recipe; else None.

    With more than two classes, a reference's head is the one for so many. `epochs`: as many as the chapter's
    networks are trained for in a study, where that is not what they were published with.
    """
    for known in REFERENCES:
        published = known.configuration.for_classes(classes)
        its_epochs = {published.recipe.epochs, epochs} if known in BOOK else {published.recipe.epochs}
        same_epochs = configuration.recipe.epochs in its_epochs
        if same_epochs and published.architecture == configuration.architecture:
            return known.id
    return None
