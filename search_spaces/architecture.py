"""What can vary in one network and its training, as values: frozen, validated, canonical, fingerprinted.

A value that exists is valid, so nobody checks it again. Two spellings of one network are one value: a layer
that does nothing (dropout at rate 0, pooling of 1) is written as its neutral number, never as an extra form.
"""

import hashlib
import itertools
import json
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from search_spaces.layers import Shape, layers
from search_spaces.readouts import find_readout, known_readout


def _rounded(rate: float) -> float:
    """Optuna's stepped floats arrive as 0.30000000000000004; adding 0.0 turns -0.0 into 0.0."""
    return round(rate, 6) + 0.0


# Rounded first and bounded second: 0.9999999 would otherwise pass the bound and become 1.0.
Rate = Annotated[float, AfterValidator(_rounded), Field(ge=0.0, lt=1.0)]
Count = Annotated[int, Field(ge=1)]


class Value(BaseModel):
    """A frozen value whose unknown keys are refused.

    Fingerprints leave out what equals its default, so a field added later with a neutral default leaves older
    fingerprints as they were. For the same reason a default here must never change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def canonical_json(self) -> str:
        """The one spelling of this value: sorted keys, defaults left out."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of the canonical JSON."""
        return fingerprint_of(self.canonical_json())


def fingerprint_of(text: str) -> str:
    """The first 16 hex digits of the SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ConvBlock(Value):
    """Conv1D with `same` padding and relu, then max pooling. `pooling` 1 means no pooling layer.

    `beside`: kernel sizes of further convolutions of the same input, as many filters each, their outputs joined:
    Y. Kim, Convolutional Neural Networks for Sentence Classification, EMNLP 2014.
    """

    filters: Count
    kernel_size: Count
    pooling: Count = 1
    beside: tuple[Count, ...] = ()

    @property
    def kernel_sizes(self) -> tuple[int, ...]:
        """Of all its convolutions, rising."""
        return (self.kernel_size, *self.beside)

    @model_validator(mode="after")
    def _kernel_sizes_rise(self) -> Self:
        if any(second <= first for first, second in itertools.pairwise(self.kernel_sizes)):
            raise ValueError(f"expected rising kernel sizes side by side, got {self.kernel_sizes}")
        return self


class RecurrentLayer(Value):
    """One recurrent layer and the dropout layer behind it.

    `input_dropout` and `recurrent_dropout` act inside the gates (one mask a sample and gate, fixed over time);
    `output_dropout` is a layer of its own behind this one. With a `piece`, each run of so many steps is read by
    itself, all side by side: what is passed on knows nothing from before its piece. 0: the whole text is one.
    """

    cell: Literal["lstm", "gru"] = "lstm"
    units: Count
    bidirectional: bool = False
    input_dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    output_dropout: Rate = 0.0
    piece: Annotated[int, Field(ge=0)] = 0


class DenseLayer(Value):
    """A relu layer between the recurrent layers and the head, and the dropout layer behind it."""

    units: Count
    dropout: Rate = 0.0


class NgramBranch(Value):
    """Words and runs of up to `longest` of them, each hashed into one of `buckets` rows.

    With a `size`, the mean of a text's rows of so many numbers goes on: A. Joulin et al., Bag of Tricks for
    Efficient Text Classification, EACL 2017. Without one, rows have a number a unit of the head and are summed: a
    linear model. `by_ratios` multiplies these numbers by the log-count ratios of the texts trained on, which stay
    as they are, and begins as naive Bayes: S. Wang and C. Manning, Baselines and Bigrams, ACL 2012.
    """

    buckets: Annotated[int, Field(ge=2, le=2**24)]
    longest: Annotated[int, Field(ge=1, le=3)] = 2
    size: Annotated[int, Field(ge=0)] = 0
    by_ratios: bool = False

    @model_validator(mode="after")
    def _ratios_are_summed(self) -> Self:
        if self.by_ratios and self.size:
            raise ValueError(f"expected size 0 where n-grams are weighed by log-count ratios, got {self.size}")
        return self


class OwnNetwork(Value):
    """A network that a user's file builds: `build(parameters, card)` in `source`, on a worker.

    The source is the value's own, so it goes wherever a configuration goes, and the fingerprint changes with any
    byte of it. `parameters` rise by name.
    """

    file: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(repr=False)]
    parameters: tuple[tuple[str, str | int | float | bool | None], ...] = ()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hex digits."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @property
    def settings(self) -> str:
        """The parameters in words: 'filters 64, pooling max'."""
        return ", ".join(f"{name} {value}" for name, value in self.parameters)


class Architecture(Value):
    """The layers of one text classifier, from token ids to class probabilities.

    `embedding_size` 0 feeds the raw token id as one feature a step. `word_dropout` is Keras 1's
    `Embedding(dropout=p)`: whole rows of the embedding vanish for a batch. `embedding_dropout` is a dropout
    layer behind the embedding. `readout` is what goes on from the last recurrent layer, by its name in
    search_spaces.readouts: its last state, or something over all its steps. Without a recurrent layer it reads the
    steps of the convolutions or the embedding. The `sigmoid` head has one unit and is for two classes; `softmax`
    has one unit a class. `ngrams` stand beside all these layers, what both come to added before the head, or
    alone, with embedding_size 0 and none of them. `own` is a user's network and stands alone likewise; its output
    is the head's.
    """

    embedding_size: Annotated[int, Field(ge=0)]
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    conv: tuple[ConvBlock, ...] = ()
    recurrent: tuple[RecurrentLayer, ...]
    readout: Annotated[str, AfterValidator(known_readout)] = "last"
    dense: tuple[DenseLayer, ...] = ()
    head: Literal["sigmoid", "softmax"] = "sigmoid"
    ngrams: NgramBranch | None = None
    own: OwnNetwork | None = None

    @property
    def reads_in_order(self) -> bool:
        """Whether there is anything but n-grams or a network of one's own."""
        return bool(self.embedding_size or self.conv or self.recurrent)

    @model_validator(mode="after")
    def _raw_ids_have_nothing_to_drop(self) -> Self:
        if self.embedding_size == 0 and (self.word_dropout or self.embedding_dropout):
            raise ValueError(
                "expected no word or embedding dropout where embedding_size is 0 (raw token ids), "
                f"got {self.word_dropout} and {self.embedding_dropout}"
            )
        return self

    @model_validator(mode="after")
    def _there_is_something_to_read(self) -> Self:
        if self.own:
            if self.reads_in_order or self.dense or self.ngrams or self.readout != "last":
                raise ValueError(f"expected no other layers beside the network of {self.own.file}")
            return self
        if self.ngrams and not self.reads_in_order:
            if self.dense or self.readout != "last":
                raise ValueError("expected no dense layers and no readout where n-grams stand alone")
            return self
        if not self.recurrent and find_readout(self.readout).build is None:
            raise ValueError("expected a recurrent layer, or a readout over all steps, such as max; got 'last'")
        if self.recurrent and self.recurrent[-1].piece and find_readout(self.readout).build is None:
            raise ValueError(
                "expected a readout over all steps, such as max, behind a layer of pieces; got 'last'"
            )
        if not self.recurrent and not self.embedding_size:
            raise ValueError("expected an embedding where no recurrent layer reads the raw token ids, got size 0")
        return self

    def parameter_count(self, vocabulary_size: int, classes: int = 2) -> int:
        """Trainable parameters with an embedding of `vocabulary_size` rows; equals Keras's `count_params`, but for
        log-count ratios, which are not trained. 0 for a network of one's own, which Keras alone can count."""
        shape = Shape(vocabulary_size, classes=classes)
        return sum(layer.parameters for layer in layers(self, shape))


class Recipe(Value):
    """How a network is trained. The defaults are the book's.

    `vocabulary_size`: ids from here up become the unknown id 2; None keeps every word. `sequence_length`: tokens
    of a text that are kept; `truncation` names the side that is cut off and `padding` the side that zeros are
    put on. `batching` `fixed` pads every batch to `sequence_length`; `bucketed` puts texts of similar length
    together and pads to the longest of the batch.

    `schedule` is the learning rate over the run, step by step: `constant`; `linear` falls from `learning_rate` to
    0 over all `epochs`; `cooldown` is constant but for the last epoch, in which it falls to 0. `clip_norm`:
    gradients whose norm, over all weights together, is above it are scaled down to it; 0 for none.

    `weight_decay`: each step takes so much of every weight, times the learning rate, off it (I. Loshchilov,
    F. Hutter, Decoupled Weight Decay Regularization, 2019). `label_smoothing`: that share of a text's label is
    spread over all classes. `token_dropout`: in training each token is left out with this probability, as if
    padding stood there.
    """

    optimizer: Literal["adam", "rmsprop", "sgd"] = "adam"
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 0.001
    batch_size: Count = 64
    epochs: Count = 3
    batching: Literal["fixed", "bucketed"] = "fixed"
    vocabulary_size: Annotated[int, Field(ge=4)] | None = 5000
    sequence_length: Count = 500
    padding: Literal["pre", "post"] = "pre"
    truncation: Literal["pre", "post"] = "pre"
    schedule: Literal["constant", "linear", "cooldown"] = "constant"
    clip_norm: Annotated[float, AfterValidator(_rounded), Field(ge=0.0)] = 0.0
    weight_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    label_smoothing: Rate = 0.0
    token_dropout: Rate = 0.0


class Configuration(Value):
    """An architecture and a recipe: all that decides what is trained, but for the seed and the texts."""

    architecture: Architecture
    recipe: Recipe = Recipe()

    @property
    def run_fingerprint(self) -> str:
        """The fingerprint, without `epochs` where the learning rate is constant: those that differ in it alone
        share their runs. A falling rate makes every epoch depend on how many there will be."""
        if self.recipe.schedule != "constant":
            return self.fingerprint
        return fingerprint_of(self.with_recipe(epochs=Recipe().epochs).canonical_json())

    def for_classes(self, classes: int) -> "Configuration":
        """This configuration with a head that fits so many classes: as it is for two, softmax for more."""
        if classes == 2 or self.architecture.head == "softmax":
            return self
        architecture = self.architecture.model_copy(update={"head": "softmax"})
        return Configuration(architecture=architecture, recipe=self.recipe)

    def with_recipe(self, **changes: object) -> "Configuration":
        """This configuration with some fields of its recipe changed (validated anew)."""
        recipe = Recipe.model_validate(self.recipe.model_dump() | changes)
        return Configuration(architecture=self.architecture, recipe=recipe)
