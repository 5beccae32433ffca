"""Configuration -> keras.Model."""

import random
from typing import Any

from search_spaces.architecture import Architecture, Configuration, RecurrentLayer
from search_spaces.readouts import find_readout
from study.training.backend import keras, tf
from study.training.lstm import LSTM
from study.training.run import derived

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


class _Drawn:
    """Keras's own initial weights, from seeds drawn in order.

    Given one by one, since Keras would draw them from Python's global generator, which other threads of a worker
    draw from as well.
    """

    def __init__(self, seed: int) -> None:
        self._seeds = random.Random(derived(seed, "initial weights"))

    def uniform(self) -> Any:
        return keras.initializers.RandomUniform(-0.05, 0.05, seed=self._next())

    def kernel(self) -> Any:
        return keras.initializers.GlorotUniform(seed=self._next())

    def recurrent_kernel(self) -> Any:
        return keras.initializers.Orthogonal(seed=self._next())

    def _next(self) -> int:
        return self._seeds.randrange(2**31)


def build_network(configuration: Configuration, vocabulary_size: int, classes: int, seed: int) -> keras.Model:
    """An uncompiled model: token ids int32 [texts, steps] -> probabilities [texts, 1], softmax [texts, classes].

    `vocabulary_size` is the corpus's, used where the recipe keeps every word. The initial weights depend on the
    arguments alone. Raises ValueError for a sigmoid head with other than two classes.
    """
    architecture = configuration.architecture
    if architecture.head == "sigmoid" and classes != 2:
        raise ValueError(f"expected two classes for a sigmoid head, got {classes}; use a softmax head")
    drawn = _Drawn(seed)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = _embedded(tokens, architecture, configuration.recipe.vocabulary_size or vocabulary_size, drawn)
    readout = find_readout(architecture.readout)
    for block in architecture.conv:
        hidden = layers.Conv1D(
            block.filters,
            block.kernel_size,
            padding="same",
            activation="relu",
            kernel_initializer=drawn.kernel(),
        )(hidden)
        if block.pooling > 1:
            hidden = layers.MaxPooling1D(block.pooling)(hidden)
    for index, layer in enumerate(architecture.recurrent):
        last = readout.build is None and index == len(architecture.recurrent) - 1
        hidden = _recurrent(layer, drawn, last=last)(hidden)
        hidden = _dropped(hidden, layer.output_dropout)
    if readout.build:
        hidden = readout.build(keras, hidden, _present(tokens, architecture), drawn)
    for dense in architecture.dense:
        hidden = layers.Dense(dense.units, activation="relu", kernel_initializer=drawn.kernel())(hidden)
        hidden = _dropped(hidden, dense.dropout)
    units = classes if architecture.head == "softmax" else 1
    head = layers.Dense(units, activation=architecture.head, kernel_initializer=drawn.kernel())
    return keras.Model(tokens, head(hidden))


def build_optimizer(configuration: Configuration) -> keras.optimizers.Optimizer:
    """The recipe's optimizer with Keras's defaults but for the learning rate and the norm of the gradients."""
    recipe = configuration.recipe
    clip = recipe.clip_norm or None
    return OPTIMIZERS[recipe.optimizer](learning_rate=recipe.learning_rate, global_clipnorm=clip)


def _embedded(tokens: Any, architecture: Architecture, rows: int, drawn: _Drawn) -> Any:
    size = architecture.embedding_size
    if size == 0:
        return keras.ops.expand_dims(keras.ops.cast(tokens, "float32"), -1)
    if architecture.word_dropout:
        embedding: Any = WordDropoutEmbedding(
            rows, size, architecture.word_dropout, embeddings_initializer=drawn.uniform()
        )
    else:
        embedding = layers.Embedding(rows, size, embeddings_initializer=drawn.uniform())
    return _dropped(embedding(tokens), architecture.embedding_dropout)


def _present(tokens: Any, architecture: Architecture) -> Any:
    """float32 [texts, steps, 1]: 1 where a step behind the convolutions has a true token among those it is pooled
    from, 0 where it has padding alone; a text without tokens has 1 throughout."""
    ops = keras.ops
    present = ops.expand_dims(ops.cast(ops.not_equal(tokens, 0), "float32"), -1)
    for block in architecture.conv:
        if block.pooling > 1:
            present = layers.MaxPooling1D(block.pooling)(present)
    return ops.maximum(present, 1 - ops.max(present, axis=1, keepdims=True))


def _recurrent(layer: RecurrentLayer, drawn: _Drawn, *, last: bool) -> Any:
    def one_way(backwards: bool) -> Any:
        cell = LSTM if layer.cell == "lstm" else layers.GRU
        return cell(
            layer.units,
            dropout=layer.input_dropout,
            recurrent_dropout=layer.recurrent_dropout,
            return_sequences=not last,
            go_backwards=backwards,
            kernel_initializer=drawn.kernel(),
            recurrent_initializer=drawn.recurrent_kernel(),
        )

    if layer.bidirectional:  # both given, since a copy would begin with the same weights
        return layers.Bidirectional(one_way(False), backward_layer=one_way(True))
    return one_way(False)


def _dropped(hidden: Any, rate: float) -> Any:
    return layers.Dropout(rate)(hidden) if rate else hidden
