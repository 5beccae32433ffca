"""The linear baselines: features, ratios, the choice of settings, and their way into the store."""

import io
import math
import sqlite3

import numpy as np
import pytest
import tiny
from rich.console import Console
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from results.evidence import frames
from results.store.database import open_store
from results.terminal.summary import print_summary
from study.config import FinalsPart, load_config
from study.corpus import Split, Texts, obtain_corpus, open_prepared
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.sealed import open_test_part
from study.driver.ledger import Ledger
from study.errors import InputError
from study.jobs.finals import Finals
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.linear import baselines as baseline
from study.training.linear.baselines import BASELINES, fit_and_score, fit_nb_svm, interpolated, log_count_ratios
from study.training.linear.model import LinearModel
from study.training.linear.ngrams import frequent, ngram_counts
from study.workers.engine import InProcess

pytestmark = pytest.mark.usefixtures("words_are_counted")

SPLIT = Split(0.25, seed=3)
PAIR = 2**32


def texts(*rows, labels=None):
    """Texts of these ids."""
    labels = [0] * len(rows) if labels is None else labels
    return Texts(
        np.concatenate([np.array(row, np.uint16) for row in rows]),
        np.cumsum([0, *map(len, rows)]),
        np.array(labels, np.uint8),
    )


def tiny_half(half, **options):
    made = tiny.arrays(**options)
    return Texts(*(made[f"{half}_{name}"] for name in ("tokens", "offsets", "labels")))


def scored(kind, training=None, test=None, split=SPLIT, seed=0):
    training, test = training or tiny_half("train"), test or tiny_half("test")
    return fit_and_score(kind, training, split, test, np.arange(len(test)), seed)


# -- features


def test_counts_words_and_pairs_within_each_text():
    counts, keys = ngram_counts(texts([5, 6, 5, 6], [6], [7, 5]), np.arange(3))
    assert keys.tolist() == [5, 6, 7, 6 * PAIR + 6, 7 * PAIR + 5, 8 * PAIR + 5]  # 5 6, 6 5, 7 5: none across texts
    assert counts.toarray().tolist() == [[2, 2, 0, 2, 1, 0], [0, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1]]


def test_counts_the_texts_at_the_given_places_alone():
    counts, keys = ngram_counts(texts([5, 6], [9, 9], [7]), np.array([0, 2]))
    assert keys.tolist() == [5, 6, 7, 6 * PAIR + 6]
    assert counts.toarray().tolist() == [[1, 1, 0, 1], [0, 0, 1, 0]]


def test_leaves_out_what_is_not_among_the_keys():
    counts, _ = ngram_counts(texts([5, 9, 5], [60000]), np.arange(2), np.array([4, 5, 6 * PAIR + 9]))
    assert counts.toarray().tolist() == [[0, 2, 1], [0, 0, 0]]


def test_frequent_counts_texts_rather_than_words():
    counts, _ = ngram_counts(texts([5, 5, 5], [6], [6]), np.arange(3))  # features 5, 6, 5 5
    assert frequent(counts, 1).tolist() == [0, 1, 2]
    assert frequent(counts, 2).tolist() == [1]
    assert frequent(counts, 9).tolist() == [1]  # never nothing


def test_tf_idf_equals_that_of_the_strings_of_ids():
    half, others = tiny_half("train"), tiny_half("test")
    strings, other_strings = (
        [" ".join(map(str, part)) for part in np.split(each.tokens, each.offsets[1:-1])] for each in (half, others)
    )
    counts, keys = ngram_counts(half, np.arange(len(half)))
    kept = frequent(counts, 2)
    other_counts, _ = ngram_counts(others, np.arange(len(others)), keys[kept])
    ours = TfidfTransformer().fit(counts[:, kept]).transform(other_counts).toarray()

    vectorizer = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2).fit(strings)
    theirs = vectorizer.transform(other_strings).toarray()
    columns = []
    for key in keys[kept].tolist():
        pair = f"{key // PAIR - 1} {key % PAIR}"
        columns.append(vectorizer.vocabulary_[pair if key >= PAIR else str(key)])
    assert len(columns) == theirs.shape[1]
    assert ours == pytest.approx(theirs[:, columns], abs=1e-6)


# -- NB-SVM


def test_log_count_ratios_by_hand():
    half = texts([5, 6], [5, 5], [7, 6])  # features 5, 6, 7, then the pairs 5 5, 5 6, 7 6
    counts, _ = ngram_counts(half, np.arange(3))
    p, q = [3, 2, 1, 2, 2, 1], [1, 2, 2, 1, 1, 2]  # one, and the texts that hold it: sums 11 and 9
    expected = [math.log(above / 11 / (below / 9)) for above, below in zip(p, q, strict=True)]
    assert log_count_ratios(counts, np.array([True, True, False])) == pytest.approx(expected)


def test_weights_are_interpolated_with_their_mean_magnitude():
    weights = np.array([-2.0, 1.0, 0.0])
    assert interpolated(weights, 1.0).tolist() == weights.tolist()
    assert interpolated(weights, 0.0).tolist() == [1, 1, 1]
    assert interpolated(weights, 0.25) == pytest.approx([0.25, 1.0, 0.75])


def test_with_beta_0_the_ratios_alone_decide():
    half = tiny_half("train")
    counts, _ = ngram_counts(half, np.arange(len(half)))
    found = fit_nb_svm(counts, half.labels, {"C": 1e-9, "beta": 0.0}, 0).predict(
        counts
    )  # C so low that the bias is 0
    bayes = (counts > 0) @ log_count_ratios(counts, half.labels == 1) > 0
    assert found.tolist() == bayes.astype(int).tolist()


# -- choosing, fitting, scoring


@pytest.mark.parametrize("kind", BASELINES)
def test_tells_the_classes_of_the_tiny_corpus_apart(kind):
    result = scored(kind)
    assert result.kind == kind
    assert result.hits.shape == (60,)
    assert result.test_accuracy == result.hits.mean() > 0.85
    assert result.validation_accuracy > 0.85
    assert set(result.settings) == set(BASELINES[kind][1])


@pytest.mark.parametrize("kind", BASELINES)
def test_equal_arguments_give_an_equal_result(kind):
    first, second = scored(kind), scored(kind)
    assert first.hits.tolist() == second.hits.tolist()
    assert (first.settings, first.validation_accuracy) == (second.settings, second.validation_accuracy)


@pytest.mark.parametrize("kind", BASELINES)
def test_several_classes(kind):
    generator = np.random.default_rng(0)
    labels = np.arange(150) % 3
    rows = [generator.integers(4 + 5 * label, 14 + 5 * label, 15) for label in labels]
    half = texts(*rows, labels=2 * labels)  # not even numbered in a row
    assert scored(kind, half, half).test_accuracy > 0.95


@pytest.mark.parametrize("kind", BASELINES)
def test_the_best_validated_settings_are_taken_and_the_first_of_equals(kind, monkeypatch):
    training = tiny_half("train", seed=4)
    training = Texts(training.tokens, training.offsets, training.labels ^ (np.arange(120) % 4 == 0))  # noisy
    fit, grid = BASELINES[kind]
    validated = []
    for settings in baseline._settings_in(grid):
        monkeypatch.setitem(BASELINES, kind, (fit, {name: (value,) for name, value in settings.items()}))
        validated.append((scored(kind, training).validation_accuracy, settings))
    monkeypatch.setitem(BASELINES, kind, (fit, grid))
    best = max(accuracy for accuracy, _ in validated)
    assert min(validated, key=lambda pair: pair[0])[0] < best  # there is something to choose
    result = scored(kind, training)
    assert result.validation_accuracy == best
    assert result.settings == next(settings for accuracy, settings in validated if accuracy == best)


@pytest.mark.parametrize("kind", BASELINES)
def test_the_test_texts_choose_nothing(kind):
    test = tiny_half("test")
    result, flipped = scored(kind), scored(kind, test=Texts(test.tokens, test.offsets, 1 - test.labels))
    assert flipped.settings == result.settings
    assert flipped.hits.tolist() == (~result.hits).tolist()


def test_the_last_fit_sees_both_parts_of_the_split_and_no_more(monkeypatch):
    seen = []

    def fit(counts, labels, settings, seed):
        seen.append(len(labels))
        return LinearModel(np.array([0]), np.zeros((counts.shape[1], 2)), np.zeros(2))

    monkeypatch.setitem(BASELINES, "tf-idf", (fit, {"min_texts": (1,)}))
    assert scored("tf-idf", split=Split(0.25, 0, training_texts=80)).test_accuracy == 0.5
    assert seen == [60, 80]


def test_the_validation_texts_count_for_no_frequency(monkeypatch):
    training = tiny_half("train")
    fitted, _ = SPLIT.indices(training.labels)
    widths = []

    def fit(counts, labels, settings, seed):
        widths.append(counts.shape[1])
        return LinearModel(np.array([0]), np.zeros((counts.shape[1], 2)), np.zeros(2))

    monkeypatch.setitem(BASELINES, "tf-idf", (fit, {"min_texts": (2,)}))
    scored("tf-idf")
    expected = [len(frequent(ngram_counts(training, part)[0], 2)) for part in (fitted, np.arange(120))]
    assert widths == expected


def test_a_split_that_is_too_large_is_refused():
    with pytest.raises(InputError, match="expected at most 120 texts"):
        scored("tf-idf", split=Split(0.2, 0, training_texts=500))


# -- in a study


@pytest.fixture
def begun(tmp_path):
    """A ledger of a begun study on the tiny corpus, its finals, and the corpus's folder."""
    corpus, _ = obtain_corpus(str(tiny.write_corpus(tmp_path / "tiny.npz")), cache=tmp_path / "cache")
    with open_store(tmp_path / "study.db", create=True) as store:
        ledger = Ledger(store, corpus.card, tmp_path / "states")
        ledger.begin("study run")
        ledger.begin_study("tiny", SPLIT, {})
        finals = Finals("tiny", ledger, Silent(), test_texts=40, seed=3)
        yield ledger, finals, folder_of(corpus.card.fingerprint, tmp_path / "cache")


def test_a_study_scores_each_baseline_once_and_writes_the_opening_down(begun, tmp_path):
    ledger, finals, folder = begun
    assert frames.baselines(ledger.store, "tiny").empty
    assert finals.missing_baselines(FinalsPart()) == ["tf-idf", "nb-svm"]
    finals.run_baselines(["tf-idf"], InProcess(), folder, SPLIT)
    assert finals.missing_baselines(FinalsPart()) == ["nb-svm"]
    finals.run_baselines(["nb-svm"], InProcess(), folder, SPLIT)
    assert finals.missing_baselines(FinalsPart()) == []

    kept = frames.baselines(ledger.store, "tiny")
    assert list(kept.columns) == [*frames.BASELINES, "settings", "hits", "confusion"]
    assert kept["kind"].tolist() == ["tf-idf", "nb-svm"]
    assert kept["test_texts"].tolist() == [40, 40]
    for _, row in kept.iterrows():
        assert row["hits"].shape == (40,)
        assert row["test_accuracy"] == row["hits"].mean()
        assert np.trace(row["confusion"]) == row["hits"].sum()
        assert row["settings"]["C"] in BASELINES[row["kind"]][1]["C"]
    openings = sqlite3.connect(tmp_path / "study.db").execute("SELECT purpose, run FROM test_openings").fetchall()
    assert openings == [("baseline tf-idf", None), ("baseline nb-svm", None)]


@pytest.mark.parametrize("part", [FinalsPart(baselines=False), FinalsPart(seeds=0)])
def test_nothing_is_missing_where_no_baseline_is_wanted(begun, part):
    _, finals, _ = begun
    assert finals.missing_baselines(part) == []


def test_what_ends_a_baseline_is_raised_and_nothing_kept(begun):
    ledger, finals, folder = begun
    with pytest.raises(InputError, match="expected at most 120 texts"):
        finals.run_baselines(["nb-svm"], InProcess(), folder, Split(0.2, 0, training_texts=500))
    assert frames.baselines(ledger.store, "tiny").empty


def test_the_summary_has_a_row_each(begun):
    ledger, finals, folder = begun
    finals.run_baselines(list(BASELINES), InProcess(), folder, SPLIT)
    kept = frames.baselines(ledger.store, "tiny").set_index("kind")["test_accuracy"] * 100
    output = io.StringIO()
    print_summary(ledger.store, "tiny", Console(file=output, width=120))
    lines = [" ".join(line.split()) for line in output.getvalue().splitlines()]
    expected = [
        f"TF-IDF + logistic regression {kept['tf-idf']:.2f} – – ",  # published figures are of other texts
        f"NB-SVM {kept['nb-svm']:.2f} – – ",
    ]
    assert all(any(line.startswith(row) for line in lines) for row in expected)


def test_a_finished_study_goes_on_with_the_baselines_alone(tmp_path):
    class Listening(Silent):
        epochs = 0

        def epoch_done(self, run, epoch, metrics) -> None:
            self.epochs += 1

    for wanted in (False, True):
        watch = Listening()
        given = tiny.settings(tmp_path, trials=1, finals={"seeds": 1, "baselines": wanted})
        config = load_config(None, given)
        name = run_study(config, ["study", "run"], watch)
        with open_store(config.database) as store:
            assert frames.baselines(store, name)["kind"].tolist() == list(BASELINES) * wanted
    assert watch.epochs == 0


# -- the real reviews


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("kind", BASELINES)
def test_real_reviews(kind, real_data, tmp_path):
    corpus, _ = obtain_corpus(str(real_data / "imdb_sequences.npz"), cache=tmp_path)
    folder = folder_of(corpus.card.fingerprint, tmp_path)
    test = open_test_part(corpus.card.fingerprint, tmp_path)
    training = open_prepared(folder).training
    result = fit_and_score(kind, training, Split(0.2, seed=0), test, np.arange(len(test)), seed=0)
    assert 0.88 < result.test_accuracy < 0.92
    assert result.seconds < 120
