"""Exact evaluation of networks that read left-padded texts of one length, without walking the padding.

After k steps of padding a recurrent layer stands where it stands for every other text: nothing but the weights
and k decides it. So that path is walked once for a set of weights, and each batch starts at its first text.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from search_spaces.architecture import Architecture, Configuration
from study.training.backend import keras, tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def covers(configuration: Configuration) -> bool:
    """Whether padding comes first for every recurrent layer, there is any, the last state alone is read, and the
    layers are one chain."""
    recipe, architecture = configuration.recipe, configuration.architecture
    one_way = bool(architecture.recurrent) and not any(layer.bidirectional for layer in architecture.recurrent)
    branches = architecture.ngrams or any(block.beside for block in architecture.conv)
    chain = architecture.readout == "last" and not branches
    return recipe.batching == "fixed" and recipe.padding == "pre" and one_way and chain


@dataclass(frozen=True)
class Cut:
    """Where a padded batch is cut off, and where its recurrent layers then stand.

    `start`: tokens cut off on the left. `dropped`: steps behind the convolutions that are wrong, since they saw
    the cut's edge. `walked`: steps of padding that the recurrent layers have behind them then.
    """

    start: int
    dropped: int
    walked: int


def cut(tokens: np.ndarray, architecture: Architecture) -> Cut:
    """The furthest cut of tokens [texts, steps] that changes no result.

    A step behind the convolutions sees `reach` tokens to either side. Steps that see nothing but padding, on the
    left side too, are among those walked once; `margin` steps more are computed and dropped.
    """
    stride, reach = 1, 0
    for block in architecture.conv:
        reach += stride * (block.kernel_size - 1 + block.pooling - 1)
        stride *= block.pooling
    padded = int((tokens != 0).any(axis=0).argmax())
    margin = -(-reach // stride)
    walked = (padded - reach) // stride
    if walked <= margin:
        return Cut(0, 0, 0)
    return Cut((walked - margin) * stride, margin, walked)


class PaddingWalked:
    """A model's predictions from cut batches. `walk` anew whenever the weights changed."""

    def __init__(self, model: Any, configuration: Configuration) -> None:
        self._chain = model.operations[1:]  # from the embedding to the head
        self._recurrent = [layer for layer in self._chain if isinstance(layer, keras.layers.RNN)]
        self._architecture = configuration.architecture
        self._paths: list[list[np.ndarray]] = []
        length = configuration.recipe.sequence_length
        self._walk = tf.function(lambda: self._paths_over(tf.zeros([1, length], tf.int32)), autograph=False)
        states = [
            [tf.TensorSpec([layer.units], tf.float32) for _ in _sizes(layer.cell)] for layer in self._recurrent
        ]
        self._predict = tf.function(
            self._from_states,
            input_signature=[tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([], tf.int32), states],
            autograph=False,
        )

    def walk(self) -> None:
        """Walks the padding once with the present weights."""
        self._paths = [[path.numpy() for path in paths] for paths in self._walk()]

    def predict(self, tokens: np.ndarray) -> Tensor:
        """Probabilities [texts, units of the head] of left-padded tokens [texts, steps]."""
        place = cut(tokens, self._architecture)
        states = [[path[place.walked] for path in paths] for paths in self._paths]
        return self._predict(tokens[:, place.start :], place.dropped, states)

    def _paths_over(self, padding: Tensor) -> list[list[Tensor]]:
        """Each recurrent layer's states after 0, 1, ... steps: a list of [steps + 1, units] a layer."""
        hidden = padding
        paths: list[list[Tensor]] = []
        for layer in self._chain:
            if layer not in self._recurrent:
                hidden = hidden if paths else _applied(layer, hidden)
                continue
            paths.append(_path(layer.cell, hidden[0]))
            hidden = paths[-1][0][None, 1:]  # the outputs are the first of the states
        return paths

    def _from_states(self, tokens: Tensor, dropped: Tensor, states: list[list[Tensor]]) -> Tensor:
        hidden, waiting = tokens, list(states)
        for layer in self._chain:
            if layer not in self._recurrent:
                hidden = _applied(layer, hidden)
                continue
            if len(waiting) == len(states):
                hidden = hidden[:, dropped:]
            texts = tf.shape(hidden)[0]
            begin = [tf.tile(state[None], [texts, 1]) for state in waiting.pop(0)]
            hidden = layer(hidden, initial_state=begin, training=False)
        return hidden


def _applied(operation: Any, hidden: Tensor) -> Tensor:
    return operation(hidden, training=False) if isinstance(operation, keras.Layer) else operation(hidden)


def _sizes(cell: Any) -> list[int]:
    size = cell.state_size
    return list(size) if isinstance(size, list | tuple) else [size]


def _path(cell: Any, inputs: Tensor) -> list[Tensor]:
    """A cell's states along inputs [steps, features], [steps + 1, units] each, from zeros on."""
    steps = tf.shape(inputs)[0]
    begin = [tf.zeros([1, size]) for size in _sizes(cell)]
    arrays = [
        tf.TensorArray(tf.float32, steps + 1, element_shape=state.shape[1:]).write(0, state[0]) for state in begin
    ]

    def body(step: Tensor, states: list[Tensor], arrays: list[Any]) -> tuple[Any, ...]:
        _, after = cell(inputs[step][None], states, training=False)
        after = list(after) if isinstance(after, list | tuple) else [after]
        written = [array.write(step + 1, state[0]) for array, state in zip(arrays, after, strict=True)]
        return step + 1, after, written

    _, _, arrays = tf.while_loop(lambda step, *_: step < steps, body, (0, begin, arrays))
    return [array.stack() for array in arrays]
