"""One epoch of one run as a pure function, and scoring. Knows neither Optuna nor the database.

The shuffle, the dropout masks and the initial weights derive from (seed, epoch), so an epoch's result depends on
its arguments alone: not on what this process did before, and not on which process it is.
"""

import math
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np

from results.metrics.classes import confusion, predicted_classes
from results.metrics.objectives import of_confusion
from search_spaces.architecture import Configuration
from study.corpus.prepared.batches import Batch, evaluation_batches, training_batches
from study.corpus.prepared.prepared import Card, Corpus
from study.corpus.prepared.texts import Texts
from study.errors import TrialError
from study.training.backend import keras, tf
from study.training.memory import peak_memory_mb
from study.training.network import build_network, build_optimizer, put_ratios
from study.training.own import global_seed, told_of
from study.training.padding import PaddingWalked, covers
from study.training.run import EpochMetrics, Run, State, derived, generator
from study.training.schedule import learning_rates

LIVE_NETWORKS = 3  # traced networks kept, so that consecutive epochs of a run cost no rebuild


def train_epoch(run: Run, corpus: Corpus, epoch: int, state: State | None) -> tuple[State, EpochMetrics]:
    """Trains epoch number `epoch` (from 1) from the state after the one before (None before the first).

    Returns the state after it and its metrics. Raises TrialError where the loss is no longer finite, ValueError
    for an epoch behind the last of a falling learning rate.
    """
    if (state is None) != (epoch == 1):
        raise ValueError(f"expected a state for every epoch but the first, got epoch {epoch}")
    recipe = run.configuration.recipe
    if recipe.schedule != "constant" and epoch > recipe.epochs:
        raise ValueError(f"expected at most epoch {recipe.epochs}, where the learning rate is 0, got {epoch}")
    started, cpu_started = time.perf_counter(), time.process_time()
    network = _network_at(run, corpus.card, state)
    training, validation = run.split.parts(corpus.training)
    if state is None:
        put_ratios(network.model, run.configuration, corpus.training, training)
    batches = training_batches(corpus.training, training, run.configuration, generator(run.seed, "shuffle", epoch))
    rates = learning_rates(recipe, epoch, math.ceil(len(training) / recipe.batch_size))
    network.seed_dropout(derived(run.seed, "dropout", epoch))
    own = run.configuration.architecture.own
    with told_of(own, "training fails"):
        loss, accuracy = network.train(batches, rates)
    if not math.isfinite(loss):
        raise TrialError(f"the loss became {loss} in epoch {epoch} (learning rate {recipe.learning_rate:g})")
    validated: dict[str, Any] = {"validation_loss": None, "validation_accuracy": None}
    if len(validation):
        probabilities = network.predict(corpus.training, validation)
        validated = _validated(probabilities, corpus.training.labels[validation], len(corpus.card.classes))
    metrics = EpochMetrics(
        train_loss=loss,
        train_accuracy=accuracy,
        **validated,
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - cpu_started,
        peak_memory_mb=peak_memory_mb(),
        worker=f"{socket.gethostname()}:{os.getpid()}",
        own_parameters=network.trainable_parameters() if own else None,
    )
    ends = recipe.schedule != "constant" and epoch == recipe.epochs
    return network.state(to_go_on=not ends), metrics


def predict(run: Run, card: Card, texts: Texts, chosen: np.ndarray, state: State) -> np.ndarray:
    """Class probabilities float32 [len(chosen), 1 or classes] of the run at `state`, in their order."""
    return _network_at(run, card, state).predict(texts, chosen)


def score(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy in nats (probabilities clipped to [1e-7, 1 - 1e-7], as Keras does) and accuracy.

    `probabilities` [texts, 1] are of class 1; [texts, classes] of each class.
    """
    wide = np.asarray(probabilities, np.float64)
    predicted = predicted_classes(wide)
    if wide.shape[1] == 1:
        wide = np.concatenate([1 - wide, wide], axis=1)
    own = np.clip(wide[np.arange(len(labels)), labels], keras.config.epsilon(), 1 - keras.config.epsilon())
    return float(-np.log(own).mean()), float((predicted == labels).mean())


def _validated(probabilities: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, Any]:
    """The validation's part of an epoch's metrics, by name."""
    loss, accuracy = score(probabilities, labels)
    found = of_confusion(confusion(labels, predicted_classes(probabilities), classes))
    by_name = {"validation_loss": loss, "validation_accuracy": accuracy}
    by_name |= {name: found.pop(name) for name in ("validation_balanced_accuracy", "validation_macro_f1")}
    return by_name | {"validation_metrics": found or None}


class LiveNetwork:
    """A traced network with its optimizer, ready to be put at any state of any run of its configuration."""

    def __init__(self, configuration: Configuration, card: Card) -> None:
        self._configuration = configuration
        self._card = card
        self.model = build_network(configuration, card.vocabulary_size, len(card.classes), seed=0)
        self._optimizer = build_optimizer(configuration)
        self._optimizer.build(self.model.trainable_variables)
        self._variables = [*self.model.weights, *self._optimizer.variables]
        self._fresh_optimizer = [_copied(variable) for variable in self._optimizer.variables]
        self._dropout_seeds = [v for v in self.model.non_trainable_variables if v.name == "seed_generator_state"]
        if configuration.architecture.own:
            self._dropout_seeds.append(global_seed())
        self._binary = configuration.architecture.head == "sigmoid"
        self._sums = tf.Variable([0.0, 0.0, 0.0], dtype=tf.float64)  # loss, hits, texts
        self._train_step = tf.function(
            self._step,
            input_signature=[tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32)],
            autograph=False,  # here as everywhere: it would write our code anew, into temporary files that stay
        )
        self._padding = PaddingWalked(self.model, configuration) if covers(configuration) else None
        self._predict_step = tf.function(
            lambda tokens: self.model(tokens, training=False),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
            autograph=False,
        )

    def begin(self, seed: int) -> None:
        """Puts the weights and the optimizer where a run with this seed begins."""
        first = build_network(self._configuration, self._card.vocabulary_size, len(self._card.classes), seed)
        values = [*(_copied(weight) for weight in first.weights), *self._fresh_optimizer]
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)

    def restore(self, state: State) -> None:
        """Puts every variable where `state` has it."""
        for index, variable in enumerate(self._variables[: len(state)]):
            variable.assign(state[f"{index:03d}"])

    def state(self, *, to_go_on: bool) -> State:
        """A copy of every variable; of the weights alone where nobody can go on from there."""
        kept = self._variables if to_go_on else self.model.weights
        return {f"{index:03d}": _copied(variable) for index, variable in enumerate(kept)}

    def trainable_parameters(self) -> int:
        """How many numbers are trained."""
        return sum(math.prod(variable.shape) for variable in self.model.trainable_variables)

    def seed_dropout(self, seed: int) -> None:
        """Gives every dropout layer its own masks, from `seed` alone."""
        for index, variable in enumerate(self._dropout_seeds):
            variable.assign(np.array([derived(seed, index), 0], np.uint32))

    def train(self, batches: Iterable[Batch], rates: Iterable[float]) -> tuple[float, float]:
        """One step a batch, each at its learning rate. Returns the mean loss and the accuracy over the texts, as
        seen while training."""
        self._sums.assign([0.0, 0.0, 0.0])
        for batch, rate in zip(batches, rates, strict=True):
            self._optimizer.learning_rate.assign(rate)
            self._train_step(batch.tokens, batch.labels.astype(np.int32))
        loss, hits, texts = self._sums.numpy()
        return float(loss / texts), float(hits / texts)

    def predict(self, texts: Texts, chosen: np.ndarray) -> np.ndarray:
        """Class probabilities float32 [len(chosen), 1 or classes], in the order of `chosen`."""
        predict = self._predict_step
        if self._padding:
            self._padding.walk()
            predict = self._padding.predict
        rows = np.empty(len(texts), np.int64)
        rows[chosen] = np.arange(len(chosen))
        result = np.empty((len(chosen), self.model.output_shape[-1]), np.float32)
        for batch in evaluation_batches(texts, chosen, self._configuration):
            result[rows[batch.positions]] = predict(batch.tokens)
        return result

    def _step(self, tokens: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            probabilities = self.model(tokens, training=True)
            losses = self._losses(labels, probabilities)
            loss = sum(self.model.losses, tf.reduce_mean(losses))  # a user's network may have regularizers
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self._optimizer.apply(gradients)
        if self._binary:
            predicted = tf.cast(probabilities[:, 0] > 0.5, tf.int32)
        else:
            predicted = tf.argmax(probabilities, axis=1, output_type=tf.int32)
        hits = tf.reduce_sum(tf.cast(predicted == labels, tf.float64))
        texts = tf.cast(tf.shape(labels)[0], tf.float64)
        self._sums.assign_add(tf.stack([tf.cast(loss, tf.float64) * texts, hits, texts]))

    def _losses(self, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        smoothing = self._configuration.recipe.label_smoothing
        if self._binary:
            targets = tf.cast(labels, tf.float32)[:, None]
            return keras.losses.binary_crossentropy(targets, probabilities, label_smoothing=smoothing)
        if smoothing:
            targets = tf.one_hot(labels, probabilities.shape[-1])
            return keras.losses.categorical_crossentropy(targets, probabilities, label_smoothing=smoothing)
        return keras.losses.sparse_categorical_crossentropy(labels, probabilities)


_live: OrderedDict[tuple[str, str], LiveNetwork] = OrderedDict()


def _network_at(run: Run, card: Card, state: State | None) -> LiveNetwork:
    """The network of the run's configuration at `state`, None for where it begins.

    Only building and tracing is saved for consecutive epochs: to put the variables in place takes milliseconds,
    and leaves nothing that an epoch could depend on unseen.
    """
    key = (card.fingerprint, run.configuration.run_fingerprint)
    network = _live.pop(key, None) or LiveNetwork(run.configuration, card)
    if state is None:
        network.begin(run.seed)
    else:
        network.restore(state)
    _live[key] = network
    while len(_live) > LIVE_NETWORKS:
        _live.popitem(last=False)
    return network


def forget_networks() -> None:
    """Frees the memory of the networks kept for consecutive epochs."""
    _live.clear()


def _copied(variable: keras.Variable) -> np.ndarray:
    return np.array(variable.numpy())
