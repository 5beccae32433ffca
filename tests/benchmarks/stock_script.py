"""A contestant: the book's four networks as a reader of Keras's guide would type them.

`keras.layers.LSTM`, `compile` and `fit`. Stock Keras has no word dropout; the two networks that need it take the
embedding from `study.training.network` and everything else from Keras.
"""

import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from contestants import serve

from study.training.memory import peak_memory_mb

layers = keras.layers


def _word_dropout_embedding(words: int) -> Any:
    """The project's layer, without the thread settings that come with the import of its package."""
    tf.config.list_logical_devices()  # from here on TensorFlow has the threads of a plain script
    before = dict(os.environ)
    from study.training.network import WordDropoutEmbedding

    os.environ.clear()
    os.environ.update(before)
    return WordDropoutEmbedding(words, 32, 0.2)


def network_of(name: str, steps: int, words: int) -> keras.Model:
    """The book's network of that name for `steps` tokens a text and `words` ids, not compiled."""
    network = keras.Sequential([keras.Input((steps,), dtype="int32")])
    if name == "simple-lstm":
        hidden = [layers.Embedding(words, 32), layers.LSTM(100)]
    elif name == "lstm-dropout":
        hidden = [_word_dropout_embedding(words), layers.Dropout(0.2), layers.LSTM(100), layers.Dropout(0.2)]
    elif name == "lstm-gate-dropout":
        hidden = [_word_dropout_embedding(words), layers.LSTM(100, dropout=0.2, recurrent_dropout=0.2)]
    elif name == "cnn-lstm":
        convolution = layers.Conv1D(32, 3, padding="same", activation="relu")
        hidden = [layers.Embedding(words, 32), convolution, layers.MaxPooling1D(2), layers.LSTM(100)]
    else:
        raise ValueError(f"expected one of the book's four networks, got {name!r}")
    for layer in [*hidden, layers.Dense(1, activation="sigmoid")]:
        network.add(layer)
    return network


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """CPU and wall seconds at the beginning of the first batch and at the end of the last."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == 0:
            self.began = (time.process_time(), time.perf_counter())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.ended, self.batches = (time.process_time(), time.perf_counter()), batch + 1


class Stock:
    """`data` is a folder of padded arrays; `jit` what `compile` is given: "auto" (its default), True or False."""

    def __init__(self, data: str, batch_size: int, words: int, jit: str | bool = "auto") -> None:
        self._data = Path(data)
        self._batch_size = batch_size
        self._words = words
        self._jit = jit
        self._networks: dict[str, keras.Model] = {}

    def prepare(self, network: str) -> dict[str, Any]:
        """Builds, compiles and traces the network. Returns how it is run."""
        x, y = self._texts("batches")
        self._networks[network] = model = self._compiled(network, x.shape[1])
        self._fit(model, x, y)
        return {"parameters": model.count_params(), "jit_compile": bool(model.jit_compile)}

    def step(self, network: str) -> dict[str, float]:
        """CPU and wall seconds a batch of `fit` over the batches, without what a call of `fit` costs once."""
        x, y = self._texts("batches")
        clock = _Clock()
        self._networks[network].fit(x, y, batch_size=self._batch_size, verbose=0, callbacks=[clock])
        return {
            "cpu": (clock.ended[0] - clock.began[0]) / clock.batches,
            "wall": (clock.ended[1] - clock.began[1]) / clock.batches,
        }

    def first(self, network: str) -> dict[str, float]:
        """Wall seconds from nothing to the end of the first batch."""
        x, y = (array[: self._batch_size] for array in self._texts("batches"))
        started = time.perf_counter()
        self._fit(self._compiled(network, x.shape[1]), x, y)
        return {"seconds": time.perf_counter() - started}

    def whole(self, network: str, epochs: int, seed: int) -> dict[str, Any]:
        """Builds, trains and evaluates the network once. Seconds are without the imports, memory in 10^6 bytes."""
        keras.utils.set_random_seed(seed)
        wall, cpu = time.perf_counter(), time.process_time()
        x, y = self._texts("training")
        model = self._compiled(network, x.shape[1])
        self._fit(model, x, y, epochs)
        _, accuracy = model.evaluate(*self._texts("test"), verbose=0)
        return {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "test_accuracy": float(accuracy),
            "peak_memory_mb": peak_memory_mb(),
        }

    def _compiled(self, name: str, steps: int) -> keras.Model:
        model = network_of(name, steps, self._words)
        chosen = {} if self._jit == "auto" else {"jit_compile": self._jit}
        model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"], **chosen)
        return model

    def _fit(self, model: keras.Model, x: np.ndarray, y: np.ndarray, epochs: int = 1) -> None:
        model.fit(x, y, batch_size=self._batch_size, epochs=epochs, verbose=0)

    def _texts(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Token ids int32 [texts, steps] and labels uint8 [texts]."""
        return np.load(self._data / f"{part}_tokens.npy"), np.load(self._data / f"{part}_labels.npy")


if __name__ == "__main__":
    serve(Stock)
