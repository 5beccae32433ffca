"""An epoch depends on its arguments alone; scoring is what Keras computes."""

import os
import random
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tiny

from search_spaces import BOOK, REFERENCES, Configuration
from study.corpus import Split, obtain_corpus
from study.errors import TrialError
from study.training.epoch import predict, score, train_epoch
from study.training.network import build_network
from study.training.run import Run

SPLIT = Split(0.2, 0)

LAST = """
import sys
from pathlib import Path
import numpy as np
import tiny
from test_epoch import run_of
from search_spaces import BOOK
from study.corpus import obtain_corpus
from study.training.epoch import train_epoch

folder = Path(sys.argv[1])
corpus, _ = obtain_corpus(str(folder / "tiny.npz"), cache=folder / "cache")
for reference in BOOK:
    before = dict(np.load(folder / f"{reference.id}-2.npz"))
    state, _ = train_epoch(run_of(reference.configuration), corpus, 3, before)
    np.savez(folder / f"{reference.id}-3.npz", **state)
"""


def run_of(configuration: Configuration, seed: int = 3) -> Run:
    return Run(configuration.with_recipe(**tiny.RECIPE), seed, SPLIT)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return obtain_corpus(str(tiny.write_corpus(folder / "tiny.npz")), cache=folder / "cache")[0]


def straight(run, corpus, epochs):
    state, found = None, []
    for epoch in range(1, epochs + 1):
        state, metrics = train_epoch(run, corpus, epoch, state)
        found.append(metrics)
    return state, found


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_three_epochs_straight_equal_two_here_and_one_in_a_fresh_process(tmp_path) -> None:
    tiny.write_corpus(tmp_path / "tiny.npz")
    corpus, _ = obtain_corpus(str(tmp_path / "tiny.npz"), cache=tmp_path / "cache")
    straight_on = {}
    for reference in BOOK:
        run = run_of(reference.configuration)
        before, _ = straight(run, corpus, 2)
        np.savez(tmp_path / f"{reference.id}-2.npz", **before)
        straight_on[reference.id], _ = train_epoch(run, corpus, 3, before)
    subprocess.run(
        [sys.executable, "-c", LAST, str(tmp_path)],
        check=True,
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    for name, state in straight_on.items():
        assert equal(state, dict(np.load(tmp_path / f"{name}-3.npz"))), name


def test_an_epoch_does_not_depend_on_what_this_process_trained_before(corpus) -> None:
    run = run_of(BOOK[2].configuration)
    state, _ = straight(run, corpus, 1)
    after, metrics = train_epoch(run, corpus, 2, state)
    straight(run_of(BOOK[2].configuration, seed=9), corpus, 2)  # the same live network, another run
    again, metrics_again = train_epoch(run, corpus, 2, state)
    assert equal(after, again)
    assert metrics.validation_loss == metrics_again.validation_loss


def test_runs_that_differ_in_epochs_alone_are_one_run(corpus) -> None:
    short, long = (run_of(BOOK[0].under({"epochs": epochs})) for epochs in (3, 5))
    assert short.key == long.key
    assert equal(straight(short, corpus, 2)[0], straight(long, corpus, 2)[0])


def test_seeds_give_other_weights_masks_and_orders(corpus) -> None:
    one, other = (straight(run_of(BOOK[1].configuration, seed), corpus, 1)[1][0] for seed in (1, 2))
    assert one.train_loss != other.train_loss


@pytest.mark.parametrize("batching", ["fixed", "bucketed"])
def test_a_run_learns_and_its_scores_are_keras_own(corpus, batching) -> None:
    layers = {"embedding_size": 8, "recurrent": [{"units": 8}]}
    recipe = tiny.RECIPE | {"batching": batching, "learning_rate": 0.02}
    run = Run(Configuration.model_validate({"architecture": layers, "recipe": recipe}), 0, SPLIT)
    state, found = straight(run, corpus, 6)
    assert found[-1].train_loss < 0.6 * found[0].train_loss
    assert found[-1].validation_accuracy >= 0.8
    _, validation = SPLIT.indices(corpus.training.labels)
    probabilities = predict(run, corpus.card, corpus.training, validation, state)
    labels = corpus.training.labels[validation]
    expected = keras.losses.binary_crossentropy(labels[:, None].astype("float32"), probabilities).numpy().mean()
    loss, accuracy = score(probabilities, labels)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert accuracy == ((probabilities[:, 0] > 0.5) == labels).mean()
    assert (loss, accuracy) == (found[-1].validation_loss, found[-1].validation_accuracy)


def test_a_softmax_head_scores_like_its_classes() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], np.float32)
    loss, accuracy = score(probabilities, np.array([0, 1]))
    assert loss == pytest.approx(-(np.log(0.7) + np.log(0.3)) / 2, rel=1e-6)
    assert accuracy == 0.5


def test_a_loss_that_is_no_number_fails_the_trial(corpus) -> None:
    layers = {"embedding_size": 4, "recurrent": [{"units": 2}]}
    recipe = tiny.RECIPE | {"learning_rate": 10.0, "optimizer": "sgd"}
    run = Run(Configuration.model_validate({"architecture": layers, "recipe": recipe}), 0, SPLIT)
    state, _ = straight(run, corpus, 1)
    broken = {
        name: np.full_like(array, np.nan) if array.dtype == np.float32 else array for name, array in state.items()
    }
    with pytest.raises(TrialError, match=r"loss became nan in epoch 2 \(learning rate 10\)"):
        train_epoch(run, corpus, 2, broken)
    again, _ = train_epoch(run, corpus, 2, state)  # and the live network is not left broken
    assert all(np.isfinite(array).all() for array in again.values())


def test_an_epoch_needs_the_state_before_it(corpus) -> None:
    with pytest.raises(ValueError, match="expected a state for every epoch but the first, got epoch 2"):
        train_epoch(run_of(BOOK[0].configuration), corpus, 2, None)


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.id)
def test_parameter_counts_are_keras_own(reference) -> None:
    rows = reference.configuration.recipe.vocabulary_size or 500
    network = build_network(reference.configuration, 500, 2, seed=0)
    assert network.count_params() == reference.configuration.architecture.parameter_count(rows)


def test_word_dropout_takes_whole_words_and_scales_the_others() -> None:
    from study.training.backend import keras
    from study.training.network import WordDropoutEmbedding

    embedding = WordDropoutEmbedding(50, 3, word_dropout=0.2)
    embedding.seed_generator = keras.random.SeedGenerator(1)  # drawn by chance, none of fifty words may go
    tokens = np.arange(100).reshape(2, 50) % 50
    plain = np.array(embedding(tokens))
    ratio = np.round(np.array(embedding(tokens, training=True)) / plain, 5)
    assert np.array_equal(ratio[0], ratio[1])  # a word vanishes wherever it stands
    assert np.array_equal(ratio[..., :1].repeat(3, axis=-1), ratio)
    assert set(np.unique(ratio)) == {0.0, 1.25}


def test_a_sigmoid_head_is_for_two_classes() -> None:
    with pytest.raises(ValueError, match="expected two classes for a sigmoid head, got 3"):
        build_network(BOOK[0].configuration, 100, 3, seed=0)


def test_initial_weights_depend_on_the_seed_alone_not_on_the_global_generator() -> None:
    layers = {"embedding_size": 4, "recurrent": [{"units": 3, "bidirectional": True}], "dense": [{"units": 2}]}
    configuration = Configuration.model_validate({"architecture": layers})
    random.seed(1)
    one = build_network(configuration, 50, 2, seed=7).get_weights()
    random.seed(2)
    again = build_network(configuration, 50, 2, seed=7).get_weights()
    other = build_network(configuration, 50, 2, seed=8).get_weights()
    assert all(np.array_equal(first, second) for first, second in zip(one, again, strict=True))
    assert not np.array_equal(one[0], other[0])
    forwards, backwards = one[1], one[4]
    assert forwards.shape == backwards.shape
    assert not np.array_equal(forwards, backwards)
