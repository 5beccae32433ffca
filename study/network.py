"""Configuration -> keras.Model."""

import random
from typing import Any

from search_spaces.architecture import Architecture, Configuration, RecurrentLayer
from study.backend import keras, tf
from study.lstm import LSTM
from study.seeds import derived

layers = keras.layers
OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}


@keras.saving.register_keras_serializable("architecture_study")
class WordDropoutEmbedding(layers.Embedding):  # type: ignore[misc, name-defined]
    """An embedding that loses words in training: Keras 1's `Embedding(dropout=p)`, gone since Keras 2.

    In each training batch a random fraction `word_dropout` of the rows is zero, for every place where the word
    stands; the others are scaled by 1 / (1 - word_dropout). Y. Gal, Z. Ghahramani, 'A Theoretically Grounded
    Application of Dropout in Recurrent Neural Networks', 2016.
    """

    def __init__(self, input_dim: int, output_dim: int, word_dropout: float, **kwargs: Any) -> None:
        super().__init__(input_dim, output_dim, **kwargs)
        self.word_dropout = word_dropout
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        embedded = super().call(inputs)  # [texts, steps, size]
        if not training:
            return embedded
        words = keras.random.dropout(tf.ones([self.input_dim]), self.word_dropout, seed=self.seed_generator)
        return embedded * tf.gather(words, inputs)[..., None]

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        return super().compute_output_spec(inputs)  # Keras's own knows no `training`

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        return config | {"word_dropout": self.word_dropout}


def build_network(configuration: Configuration, vocabulary_size: int, classes: int, seed: int) -> keras.Model:
    """An uncompiled model: token ids int32 [texts, steps] -> probabilities [texts, 1], softmax [texts, classes].

    `vocabulary_size` is the corpus's, used where the recipe keeps every word. The initial weights depend on the
    arguments alone. Raises ValueError for a sigmoid head with other than two classes.
    """
    architecture = configuration.architecture
    if architecture.head == "sigmoid" and classes != 2:
        raise ValueError(f"expected two classes for a sigmoid head, got {classes}; use a softmax head")
    before = random.getstate()
    random.seed(derived(seed, "initial weights"))  # Keras draws the seeds of its initializers from here
    try:
        tokens = keras.Input((None,), dtype="int32", name="tokens")
        hidden = _embedded(tokens, architecture, configuration.recipe.vocabulary_size or vocabulary_size)
        for block in architecture.conv:
            hidden = layers.Conv1D(block.filters, block.kernel_size, padding="same", activation="relu")(hidden)
            if block.pooling > 1:
                hidden = layers.MaxPooling1D(block.pooling)(hidden)
        for index, layer in enumerate(architecture.recurrent):
            hidden = _recurrent(layer, last=index == len(architecture.recurrent) - 1)(hidden)
            hidden = _dropped(hidden, layer.output_dropout)
        for dense in architecture.dense:
            hidden = _dropped(layers.Dense(dense.units, activation="relu")(hidden), dense.dropout)
        head = layers.Dense(classes if architecture.head == "softmax" else 1, activation=architecture.head)
        return keras.Model(tokens, head(hidden))
    finally:
        random.setstate(before)


def build_optimizer(configuration: Configuration) -> keras.optimizers.Optimizer:
    """The recipe's optimizer with Keras's defaults but for the learning rate."""
    recipe = configuration.recipe
    return OPTIMIZERS[recipe.optimizer](learning_rate=recipe.learning_rate)


def _embedded(tokens: Any, architecture: Architecture, rows: int) -> Any:
    size = architecture.embedding_size
    if size == 0:
        return keras.ops.expand_dims(keras.ops.cast(tokens, "float32"), -1)
    if architecture.word_dropout:
        embedding: Any = WordDropoutEmbedding(rows, size, architecture.word_dropout)
    else:
        embedding = layers.Embedding(rows, size)
    return _dropped(embedding(tokens), architecture.embedding_dropout)


def _recurrent(layer: RecurrentLayer, *, last: bool) -> Any:
    cell = LSTM if layer.cell == "lstm" else layers.GRU
    recurrent = cell(
        layer.units,
        dropout=layer.input_dropout,
        recurrent_dropout=layer.recurrent_dropout,
        return_sequences=not last,
    )
    return layers.Bidirectional(recurrent) if layer.bidirectional else recurrent


def _dropped(hidden: Any, rate: float) -> Any:
    return layers.Dropout(rate)(hidden) if rate else hidden
