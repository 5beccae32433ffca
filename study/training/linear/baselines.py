"""Linear classifiers on words and pairs of words: what a network must beat to be worth its training.

`tf-idf`  TF-IDF, logistic regression (multinomial for several classes).
`nb-svm`  Log-count ratios of binarised features, a linear SVM interpolated with its mean weight: S. Wang and
          C. Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, ACL 2012, section 2.
          One against the rest for several classes.

No Optuna, no database, and no way to the test part: its texts are handed in.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from results.metrics.classes import confusion
from study.corpus.prepared.splits import Split
from study.corpus.prepared.texts import Texts
from study.training.linear.model import LinearModel
from study.training.linear.ngrams import frequent, ngram_counts

Settings = Mapping[str, float]
Fit = Callable[[csr_matrix, np.ndarray, Settings, int], LinearModel]  # counts, labels, settings, seed


@dataclass(frozen=True, eq=False)
class BaselineResult:
    """`settings` are those of the highest validation accuracy; `hits` says which test texts were told right, bool
    [texts]; `confusion` counts them by class (metrics.classes); `seconds` is all the time it took, the choice
    included."""

    kind: str
    settings: dict[str, float]
    validation_accuracy: float
    test_accuracy: float
    hits: np.ndarray
    confusion: np.ndarray
    seconds: float


def fit_and_score(
    kind: str, training: Texts, split: Split, test: Texts, test_places: np.ndarray, seed: int
) -> BaselineResult:
    """Chooses settings on the split's validation part, fits anew on both its parts, scores the test texts once.

    `test_places` says which of `test` are scored, int64. Equal arguments give an equal result, but for `seconds`.
    The first of equally good settings wins. Raises KeyError for an unknown `kind`, InputError for a split that
    the training half does not allow.
    """
    began = time.perf_counter()
    fit, grid = BASELINES[kind]
    fitted, validation = split.parts(training)
    used = np.union1d(fitted, validation)
    labels = training.labels[used]
    counts, keys = ngram_counts(training, used)
    accuracies = [
        (settings, _validated(fit, counts, labels, np.isin(used, fitted), settings, seed))
        for settings in _settings_in(grid)
    ]
    settings, validation_accuracy = max(accuracies, key=lambda pair: pair[1])

    model, kept = _fitted(fit, counts, keys, labels, settings, seed)
    found, truth = model.predict(ngram_counts(test, test_places, kept)[0]), test.labels[test_places]
    hits, table = found == truth, confusion(truth, found, 1 + int(training.labels.max()))
    seconds = time.perf_counter() - began
    return BaselineResult(kind, settings, validation_accuracy, float(hits.mean()), hits, table, seconds)


def fit_again(
    kind: str, training: Texts, split: Split, settings: Settings, seed: int
) -> tuple[LinearModel, np.ndarray]:
    """The model that `fit_and_score` scored, from the settings it chose, and the keys of its features (ngrams).

    Raises KeyError for an unknown `kind`, InputError for a split that the training half does not allow.
    """
    used = np.union1d(*split.parts(training))
    counts, keys = ngram_counts(training, used)
    return _fitted(BASELINES[kind][0], counts, keys, training.labels[used], settings, seed)


def validated(kind: str, training: Texts, split: Split, settings: Settings, seed: int) -> float:
    """The accuracy on the split's validation part of a fit on its training part. Raises as `fit_again`."""
    fitted, validation = split.parts(training)
    used = np.union1d(fitted, validation)
    counts = ngram_counts(training, used)[0]
    return _validated(BASELINES[kind][0], counts, training.labels[used], np.isin(used, fitted), settings, seed)


def validation_probabilities(
    kind: str, training: Texts, split: Split, settings: Settings, seed: int
) -> tuple[np.ndarray, float]:
    """Class probabilities of the validation part (LinearModel.probabilities) of a fit on the training part, and
    the CPU seconds that 1,000 texts take. Raises as `fit_again`."""
    fitted, validation = split.parts(training)
    counts, keys = ngram_counts(training, fitted)
    model, kept = _fitted(BASELINES[kind][0], counts, keys, training.labels[fitted], settings, seed)
    began = time.process_time()
    found = model.probabilities(ngram_counts(training, validation, kept)[0], 1 + int(training.labels.max()))
    return found, 1000 * (time.process_time() - began) / len(validation)


def fit_tf_idf(counts: csr_matrix, labels: np.ndarray, settings: Settings, seed: int) -> LinearModel:
    """Logistic regression on counts times ln((1 + texts) / (1 + texts with the feature)) + 1, rows of length 1.

    Its solver draws nothing at random: `seed` plays no part.
    """
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    weighting = TfidfTransformer().fit(counts)
    model = LogisticRegression(C=settings["C"], max_iter=1000).fit(weighting.transform(counts), labels)
    parts = (model.classes_.astype(np.int64), model.coef_.T, model.intercept_, weighting.idf_)
    return LinearModel(parts[0], *(np.asarray(part, np.float64) for part in parts[1:]))


def fit_nb_svm(counts: csr_matrix, labels: np.ndarray, settings: Settings, seed: int) -> LinearModel:
    """A linear SVM on the log-count ratios of the features that a text holds, each class against the rest.

    Its weights w become (1 - beta) * mean |w| + beta * w.
    """
    from sklearn.svm import LinearSVC

    classes = np.unique(labels)
    positives = classes[1:] if len(classes) == 2 else classes  # of two classes, one tells the other
    weights, biases = [], []
    for positive in positives:
        ratios = log_count_ratios(counts, labels == positive)
        # As loose as LIBLINEAR's own default or tighter: the search for a last digit takes ten times as long.
        svm = LinearSVC(C=settings["C"], tol=0.01, max_iter=10_000, random_state=seed)
        svm.fit(_with_values(counts, ratios), labels == positive)
        weights.append(ratios * interpolated(svm.coef_[0], settings["beta"]))
        biases.append(svm.intercept_[0])

    return LinearModel(classes.astype(np.int64), np.stack(weights, axis=1), np.array(biases))


def log_count_ratios(counts: csr_matrix, positive: np.ndarray) -> np.ndarray:
    """ln((p / |p|) / (q / |q|)), float64 [features]: p is 1 + the number of positive texts that hold a feature,
    q the same of the others, |.| the sum over the features."""
    p, q = (1.0 + np.bincount(counts[texts].indices, minlength=counts.shape[1]) for texts in (positive, ~positive))
    return np.asarray(np.log((p / p.sum()) / (q / q.sum())))


def interpolated(weights: np.ndarray, beta: float) -> np.ndarray:
    """Between the mean magnitude of the weights (beta 0: naive Bayes) and the weights (beta 1): [features]."""
    return np.asarray((1 - beta) * np.abs(weights).mean() + beta * weights)


# What is tried, in this order: C and beta of the paper, 1 and 0.25, come first.
BASELINES: dict[str, tuple[Fit, Mapping[str, tuple[float, ...]]]] = {
    "tf-idf": (fit_tf_idf, {"min_texts": (2, 5), "C": (3.0, 10.0, 30.0, 100.0, 300.0)}),
    "nb-svm": (fit_nb_svm, {"min_texts": (2, 5), "C": (1.0, 0.1, 0.01, 0.001), "beta": (0.25, 0.5, 1.0)}),
}


def _settings_in(grid: Mapping[str, tuple[float, ...]]) -> Iterator[dict[str, float]]:
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _fitted(
    fit: Fit, counts: csr_matrix, keys: np.ndarray, labels: np.ndarray, settings: Settings, seed: int
) -> tuple[LinearModel, np.ndarray]:
    """A fit on the features frequent enough for the settings, and their keys."""
    kept = frequent(counts, int(settings["min_texts"]))
    return fit(counts[:, kept], labels, settings, seed), keys[kept]


def _validated(
    fit: Fit,
    counts: csr_matrix,
    labels: np.ndarray,
    fitted: np.ndarray,
    settings: Settings,
    seed: int,
) -> float:
    """The accuracy on the texts that are not `fitted`, bool [texts], of a fit on those that are.

    Which features are frequent is counted on the fitted texts alone, as all else that is learnt.
    """
    kept = frequent(counts[fitted], int(settings["min_texts"]))
    ours = counts[:, kept]
    model = fit(ours[fitted], labels[fitted], settings, seed)
    return float((model.predict(ours[~fitted]) == labels[~fitted]).mean())


def _with_values(counts: csr_matrix, values: np.ndarray) -> csr_matrix:
    """`values` [features] where `counts` [texts, features] has anything, float64."""
    return csr_matrix((values[counts.indices], counts.indices, counts.indptr), shape=counts.shape)
