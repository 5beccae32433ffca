"""Stands for `study.training.epoch` where what is trained is not the question: logistic regression on word counts.

It learns, depends on run, epoch and state alone, and loads no TensorFlow.
"""

import time
from typing import Any

import numpy as np

from results.metrics.classes import confusion, predicted_classes
from results.metrics.objectives import of_confusion
from study.corpus.prepared.prepared import Card, Corpus
from study.corpus.prepared.texts import Texts
from study.training.run import EpochMetrics, Run, State, generator

STEPS, RATE = 2, 0.1


def train_epoch(run: Run, corpus: Corpus, epoch: int, state: State | None) -> tuple[State, EpochMetrics]:
    """Some steps of gradient descent over all texts, from weights that the run draws."""
    assert (state is None) == (epoch == 1)
    began = time.process_time()
    training, validation = run.split.parts(corpus.training)
    classes = len(corpus.card.classes)
    if state is None:
        drawn = generator(run.seed, run.key).normal(0, 0.3, (corpus.card.vocabulary_size, classes))
        state = {"000": drawn - drawn.mean()}
    weights = state["000"].copy()
    counts, labels = _counts(corpus.training, training, len(weights)), corpus.training.labels[training]
    for _ in range(STEPS):
        weights -= RATE * counts.T @ (_told(counts, weights) - np.eye(classes)[labels]) / len(labels)
    trained = {"000": weights}
    loss, accuracy = score(_told(counts, weights), labels)
    validated: dict[str, Any] = {"validation_loss": None, "validation_accuracy": None}
    if len(validation):
        told = predict(run, corpus.card, corpus.training, validation, trained)
        labels = corpus.training.labels[validation]
        validated = dict(zip(validated, score(told, labels), strict=True))
        found = of_confusion(confusion(labels, predicted_classes(told), classes))
        validated |= {name: found.pop(name) for name in ("validation_balanced_accuracy", "validation_macro_f1")}
        validated["validation_metrics"] = found or None
    seconds = time.process_time() - began
    took = {"seconds": seconds, "cpu_seconds": seconds, "peak_memory_mb": 1.0, "worker": "here:1"}
    return trained, EpochMetrics(loss, accuracy, **validated, **took)


def predict(run: Run, card: Card, texts: Texts, chosen: np.ndarray, state: State) -> np.ndarray:
    """Class probabilities float32 [len(chosen), 1 or classes]."""
    told = _told(_counts(texts, chosen, len(state["000"])), state["000"]).astype(np.float32)
    return told[:, 1:] if run.configuration.architecture.head == "sigmoid" else told


def score(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy and accuracy, of [texts, 1 or classes]."""
    wide = np.asarray(probabilities, np.float64)
    wide = np.concatenate([1 - wide, wide], axis=1) if wide.shape[1] == 1 else wide
    return float(-np.log(wide[np.arange(len(labels)), labels]).mean()), float(
        (wide.argmax(axis=1) == labels).mean()
    )


def forget_networks() -> None:
    """There are none."""


def _counts(texts: Texts, chosen: np.ndarray, vocabulary: int) -> np.ndarray:
    parts = [texts.tokens[texts.offsets[place] : texts.offsets[place + 1]] for place in chosen]
    return np.array([np.bincount(part, minlength=vocabulary) for part in parts], float).reshape(-1, vocabulary)


def _told(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    raised = np.exp(counts @ weights - (counts @ weights).max(axis=1, keepdims=True))
    return np.clip(raised / raised.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
