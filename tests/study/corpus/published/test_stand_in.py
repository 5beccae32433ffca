"""The stand-in corpus: deterministic, balanced, learnable within bounds, and without a sentence in it."""

import numpy as np
import pytest

from study.corpus import Texts
from study.corpus.published.stand_in import LONGEST, SHORTEST, generate_stand_in, stand_in_identity

VOCABULARY = 5000
BUT = 18 + 3  # rank in the published index, shifted


@pytest.fixture(scope="module")
def corpus():
    return generate_stand_in()


def padded(texts: Texts, steps: int) -> np.ndarray:
    """The last `steps` tokens of each text, zeros in front; (texts, steps)."""
    rows = np.zeros((len(texts), steps), np.int32)
    for row, tokens in enumerate(np.split(texts.tokens, texts.offsets[1:-1])):
        kept = tokens[-steps:]
        rows[row, steps - len(kept) :] = np.where(kept < VOCABULARY, kept, 2)
    return rows


def test_always_the_same(corpus) -> None:
    again = generate_stand_in()
    for first, second in ((corpus.training, again.training), (corpus.test, again.test)):
        np.testing.assert_array_equal(first.tokens, second.tokens)
        np.testing.assert_array_equal(first.offsets, second.offsets)
        np.testing.assert_array_equal(first.labels, second.labels)
    assert stand_in_identity() == stand_in_identity()


def test_balanced_so_that_a_majority_guess_is_right_half_the_time(corpus) -> None:
    for texts, size in ((corpus.training, 4000), (corpus.test, 2000)):
        assert np.bincount(texts.labels).tolist() == [size // 2, size // 2]
        first_half = texts.labels[: size // 2].mean()
        assert first_half == pytest.approx(0.5, abs=0.05)  # shuffled


def test_says_what_it_is(corpus) -> None:
    assert corpus.stand_in
    assert "no real texts" in corpus.source
    assert f"at most {LONGEST} tokens" in corpus.source


def test_lengths_and_ids(corpus) -> None:
    for texts in (corpus.training, corpus.test):
        assert texts.lengths.min() >= SHORTEST
        assert texts.lengths.max() == LONGEST
        assert np.median(texts.lengths) == pytest.approx(178 / 2, abs=3)  # 178: the median of the real reviews
        assert (texts.tokens[texts.offsets[:-1]] == 1).all()
        assert (texts.tokens == 1).sum() == len(texts)
        rest = texts.tokens[texts.tokens != 1]
        assert rest.min() >= 4
        assert rest.max() < corpus.vocabulary_size


def test_no_text_occurs_twice(corpus) -> None:
    texts = [
        tokens.tobytes()
        for half in (corpus.training, corpus.test)
        for tokens in np.split(half.tokens, half.offsets[1:-1])
    ]
    assert len(set(texts)) == len(texts)


def test_what_follows_but_carries_the_verdict(corpus) -> None:
    """Score the words before and after 'but' by how often they occur in texts of either class that never turn."""
    texts = corpus.training
    parts = np.split(texts.tokens, texts.offsets[1:-1])
    turning = np.array([BUT in part for part in parts])
    counts = np.ones((2, corpus.vocabulary_size))
    for part, label in zip(parts, texts.labels, strict=True):
        if BUT not in part:
            np.add.at(counts[label], part, 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    score = np.log(shares[1] / shares[0])
    before, after = [], []
    for part, label in zip(parts, texts.labels, strict=True):
        if BUT in part:
            place = part.tolist().index(BUT)
            before.append((score[part[1:place]].sum() > 0) == label)
            after.append((score[part[place + 1 :]].sum() > 0) == label)
    assert 0.3 < turning.mean() < 0.4
    assert np.mean(before) < 0.35
    assert np.mean(after) > 0.8


@pytest.mark.slow
def test_lstm_learns_it_and_counting_words_learns_less(corpus) -> None:
    """Embedding 32, LSTM 100, three epochs of Adam in batches of 64: between 75 % and 92 %."""
    import keras
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    def counted(texts: Texts) -> csr_matrix:
        ones = np.ones(len(texts.tokens))
        counts = csr_matrix((ones, texts.tokens, texts.offsets), shape=(len(texts), corpus.vocabulary_size))
        counts.sum_duplicates()
        return counts.log1p()

    linear = LogisticRegression(C=0.1, max_iter=2000).fit(counted(corpus.training), corpus.training.labels)
    by_counting = linear.score(counted(corpus.test), corpus.test.labels)

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Embedding(VOCABULARY, 32),
            keras.layers.LSTM(100),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(padded(corpus.training, 200), corpus.training.labels, batch_size=64, epochs=3, verbose=0)
    _, by_reading = model.evaluate(padded(corpus.test, 200), corpus.test.labels, verbose=0)
    assert 0.75 < by_reading < 0.92
    assert 0.70 < by_counting < by_reading
