"""Scoring on the sealed test part: the only place that opens it. Finals ask for it, workers do it."""

from pathlib import Path

import numpy as np

from results.metrics.averaging import weighted
from results.metrics.classes import confusion, predicted_classes
from study.corpus.prepared.prepared import open_prepared
from study.corpus.prepared.sealed import open_test_part
from study.corpus.prepared.splits import Split, subset
from study.corpus.prepared.texts import Texts
from study.training.linear.baselines import BaselineResult, Settings, fit_again, fit_and_score
from study.training.linear.ngrams import ngram_counts
from study.training.memory import shortage_told
from study.training.run import Run, State


def score_on_test(
    run: Run, corpus: Path, state: State, test_texts: int | None, seed: int
) -> tuple[tuple[float, float], np.ndarray, np.ndarray, np.ndarray]:
    """Loss and accuracy on the test part, the probabilities [texts, 1 or classes], whether each text was told
    right, bool [texts], and the confusion matrix (results.metrics.classes). Runs on a worker."""
    from study.training.epoch import predict, score  # TensorFlow, in the worker alone

    card = open_prepared(corpus).card
    texts = open_test_part(card.fingerprint, corpus.parent)
    chosen = _test_places(texts, test_texts, seed)
    with shortage_told("while it was scored"):
        probabilities = predict(run, card, texts, chosen, state)
    labels, found = texts.labels[chosen], predicted_classes(probabilities)
    counts = confusion(labels, found, len(card.classes))
    return score(probabilities, labels), probabilities, found == labels, counts


def score_baseline_on_test(
    kind: str, corpus: Path, split: Split, test_texts: int | None, seed: int
) -> BaselineResult:
    """A linear baseline, chosen and fitted on the split's parts and scored on the test part. Runs on a worker."""
    prepared = open_prepared(corpus)
    texts = open_test_part(prepared.card.fingerprint, corpus.parent)
    places = _test_places(texts, test_texts, seed)
    with shortage_told(f"over baseline {kind}"):
        return fit_and_score(kind, prepared.training, split, texts, places, seed)


def score_average_on_test(
    corpus: Path,
    networks: list[tuple[np.ndarray, float]],
    linear: list[tuple[str, Settings, float]],
    split: Split,
    test_texts: int | None,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each test text was told right, bool [texts], by the weighted mean of probabilities, and the
    confusion matrix. Runs on a worker.

    `networks`: what their finals told of these texts, [texts, classes], with a weight; `linear`: baselines by kind
    and settings, with a weight, which are fitted again.
    """
    prepared = open_prepared(corpus)
    texts = open_test_part(prepared.card.fingerprint, corpus.parent)
    places = _test_places(texts, test_texts, seed)
    classes = len(prepared.card.classes)
    found, weights = [each for each, _ in networks], [weight for _, weight in networks]
    with shortage_told("over the average"):
        for kind, settings, weight in linear:
            model, keys = fit_again(kind, prepared.training, split, settings, seed)
            found.append(model.probabilities(ngram_counts(texts, places, keys)[0], classes))
            weights.append(weight)
    told, labels = predicted_classes(weighted(found, weights)), texts.labels[places]
    return told == labels, confusion(labels, told, classes)


def _test_places(texts: Texts, wanted: int | None, seed: int) -> np.ndarray:
    """Which texts of the test part are scored: all, or so many by `seed`; int64, rising."""
    if wanted is None or wanted >= len(texts):
        return np.arange(len(texts))
    return subset(texts.labels, wanted, seed)
