"""Configuration -> keras.Model."""

import functools
import random
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from search_spaces.architecture import Architecture, Configuration, NgramBranch, RecurrentLayer
from search_spaces.readouts import find_readout
from study.corpus.prepared.batches import evaluation_batches
from study.corpus.prepared.texts import Texts
from study.training.backend import keras, tf
from study.training.linear.baselines import log_count_ratios
from study.training.lstm import LSTM
from study.training.own import build_own
from study.training.run import derived

layers = keras.layers
RATIOS = "log_count_ratios"  # the name of the layer that holds them
NAIVE_BAYES = 0.02  # what they are multiplied by at first: the sum of hundreds of them is far too sure of itself
HASH_PRIME = 2**31 - 1
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


@keras.saving.register_keras_serializable("architecture_study")
class Pieces(layers.TimeDistributed):  # type: ignore[misc, name-defined]
    """Keras's TimeDistributed with all pieces of all texts as one batch, not one after the other: float32 [texts,
    pieces, steps, features] -> [texts, pieces, steps, units], each read by the one layer within."""

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        texts, pieces, steps, features = keras.ops.shape(inputs)
        read = self.layer(keras.ops.reshape(inputs, (-1, steps, features)), training=training)
        return keras.ops.reshape(read, (texts, pieces, steps, read.shape[-1]))


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
    arguments alone. Raises ValueError for a sigmoid head with other than two classes, TrialError where a user's
    file gives no network.
    """
    architecture, rows = configuration.architecture, configuration.recipe.vocabulary_size or vocabulary_size
    if architecture.head == "sigmoid" and classes != 2:
        raise ValueError(f"expected two classes for a sigmoid head, got {classes}; use a softmax head")
    if architecture.own:
        return build_own(configuration, rows, classes, seed)
    drawn = _Drawn(seed)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    units = classes if architecture.head == "softmax" else 1
    if not architecture.reads_in_order:
        return keras.Model(tokens, _of_ngrams(tokens, architecture, units, drawn, activation=architecture.head))
    hidden = _in_order(tokens, architecture, rows, drawn)
    head = functools.partial(layers.Dense, units, kernel_initializer=drawn.kernel())
    if not architecture.ngrams:
        return keras.Model(tokens, head(activation=architecture.head)(hidden))
    beside = _of_ngrams(tokens, architecture, units, drawn, use_bias=False)
    return keras.Model(tokens, layers.Activation(architecture.head)(layers.Add()([head()(hidden), beside])))


def _in_order(tokens: Any, architecture: Architecture, rows: int, drawn: _Drawn) -> Any:
    """What the layers from the embedding to the head come to, [texts, width]."""
    hidden = _embedded(tokens, architecture, rows, drawn)
    hidden, present = _convolved(hidden, _is_token(tokens), architecture, drawn)
    readout = find_readout(architecture.readout)
    for index, layer in enumerate(architecture.recurrent):
        last = readout.build is None and index == len(architecture.recurrent) - 1
        made = _recurrent(layer, drawn, last=last)
        if layer.piece:
            hidden, present = (_in_pieces(each, layer.piece) for each in (hidden, present))
            hidden, present = (_joined(each) for each in (Pieces(made)(hidden), present))
        else:
            hidden = made(hidden)
        hidden = _dropped(hidden, layer.output_dropout)
    if readout.build:
        hidden = readout.build(keras, hidden, _present(present), drawn)
    for dense in architecture.dense:
        hidden = layers.Dense(dense.units, activation="relu", kernel_initializer=drawn.kernel())(hidden)
        hidden = _dropped(hidden, dense.dropout)
    return hidden


def _of_ngrams(tokens: Any, architecture: Architecture, units: int, drawn: _Drawn, **settings: Any) -> Any:
    """What the n-grams come to, [texts, units], behind a dense layer with these settings."""
    branch = architecture.ngrams
    assert branch is not None
    ids, present = _hashed(tokens, branch)
    begin = keras.initializers.Constant(NAIVE_BAYES) if branch.by_ratios else keras.initializers.Zeros()
    begin = drawn.uniform() if branch.size else begin
    rows = layers.Embedding(branch.buckets, branch.size or units, embeddings_initializer=begin)(ids) * present
    if branch.by_ratios:
        rows = rows * layers.Embedding(branch.buckets, units, trainable=False, name=RATIOS)(ids)
    vector, kernel = keras.ops.sum(rows, axis=1), keras.initializers.Identity()
    if branch.size:
        vector, kernel = vector / keras.ops.maximum(keras.ops.sum(present, axis=1), 1.0), drawn.kernel()
    return layers.Dense(units, kernel_initializer=kernel, **settings)(vector)


def _hashed(tokens: Any, branch: NgramBranch) -> tuple[Any, Any]:
    """The bucket of each n-gram, int64 [texts, n-grams], and whether it is free of padding, float32 with an axis
    more.

    The hash of a run is that of its beginning times a constant plus that of its last word, modulo a prime: whole
    numbers alone, so that a bundle needs nothing but Keras. No two words share a bucket where there are at least
    as many buckets, a power of two, as words.
    """
    ops = keras.ops
    words = ops.mod(ops.cast(tokens, "int64") * 7919 + 17, HASH_PRIME)
    true = _is_token(tokens)
    ids, present = [words], [true]
    for length in range(1, branch.longest):
        ids.append(ops.mod(ids[-1][:, :-1] * 1_000_003 + words[:, length:], HASH_PRIME))
        present.append(present[-1][:, :-1] * true[:, length:])
    return ops.mod(ops.concatenate(ids, axis=1), branch.buckets), ops.concatenate(present, axis=1)


def put_ratios(model: Any, configuration: Configuration, texts: Texts, chosen: np.ndarray) -> None:
    """Puts the log-count ratios of the `chosen` texts, int64, where n-grams are multiplied by them.

    Each class against the rest, or of two the second against the first; any other network is left as it is.
    """
    branch = configuration.architecture.ngrams
    if branch is None or not branch.by_ratios:
        return
    tokens = keras.Input((None,), dtype="int32")
    hashed = keras.Model(tokens, list(_hashed(tokens, branch)))
    keys, labels, texts_before = [], [], 0
    for batch in evaluation_batches(texts, chosen, configuration):
        ids, present = (each.numpy() for each in hashed(batch.tokens))
        own = (texts_before + np.arange(len(ids)))[:, None] * branch.buckets + ids
        keys.append(np.unique(own[present[..., 0] > 0]))  # once a text, as in the paper
        labels.append(batch.labels)
        texts_before += len(ids)
    of_text, buckets = np.divmod(np.concatenate(keys), branch.buckets)
    held = csr_matrix(
        (np.ones(len(buckets), np.float32), (of_text, buckets)), shape=(texts_before, branch.buckets)
    )
    known, units = np.concatenate(labels), model.output_shape[-1]
    positives = [1] if units == 1 else range(units)
    ratios = [log_count_ratios(held, known == positive) for positive in positives]
    model.get_layer(RATIOS).set_weights([np.stack(ratios, axis=1).astype(np.float32)])


def build_optimizer(configuration: Configuration) -> keras.optimizers.Optimizer:
    """The recipe's optimizer with Keras's defaults but for the learning rate, the norm of the gradients and the
    decay of the weights."""
    recipe = configuration.recipe
    clip, decay = recipe.clip_norm or None, recipe.weight_decay or None
    make = OPTIMIZERS[recipe.optimizer]
    return make(learning_rate=recipe.learning_rate, global_clipnorm=clip, weight_decay=decay)


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


def _is_token(tokens: Any) -> Any:
    """float32 [texts, steps, 1]: 1 for a true token, 0 for padding."""
    return keras.ops.expand_dims(keras.ops.cast(keras.ops.not_equal(tokens, 0), "float32"), -1)


def _convolved(hidden: Any, present: Any, architecture: Architecture, drawn: _Drawn) -> tuple[Any, Any]:
    """The steps behind the convolutions, and where a step has a true token among those it is pooled from.

    Without a recurrent layer, padding is zero wherever a convolution or a pooling window looks, as it is beyond a
    text's ends: so how much of it there is changes nothing. A recurrent layer walks it, as the book's networks do.
    """
    still = not architecture.recurrent
    for index, block in enumerate(architecture.conv):
        hidden = hidden * present if still and index == 0 else hidden
        convolutions = [
            layers.Conv1D(
                block.filters, size, padding="same", activation="relu", kernel_initializer=drawn.kernel()
            )(hidden)
            for size in block.kernel_sizes
        ]
        hidden = layers.Concatenate()(convolutions) if block.beside else convolutions[0]
        if still and (block.pooling > 1 or index < len(architecture.conv) - 1):
            hidden = hidden * present  # behind the last one the readout leaves padding out
        if block.pooling > 1:
            hidden = layers.MaxPooling1D(block.pooling)(hidden)
            present = layers.MaxPooling1D(block.pooling)(present)
    return hidden, present


def _present(present: Any) -> Any:
    """The same where a text has a token; a text without any has 1 throughout."""
    return keras.ops.maximum(present, 1 - keras.ops.max(present, axis=1, keepdims=True))


def _in_pieces(steps: Any, piece: int) -> Any:
    """Float32 [texts, steps, features] cut into [texts, pieces, piece, features], zeros behind the last."""
    ops = keras.ops
    framed = ops.extract_sequences(
        ops.transpose(layers.ZeroPadding1D((0, piece - 1))(steps), (0, 2, 1)), piece, piece
    )
    return ops.transpose(framed, (0, 2, 3, 1))


def _joined(pieces: Any) -> Any:
    """Float32 [texts, pieces, piece, features] as [texts, steps, features]."""
    return layers.Reshape((-1, pieces.shape[-1]))(pieces)


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
