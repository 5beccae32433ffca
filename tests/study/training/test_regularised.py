"""Weight decay, label smoothing and token dropout: neutral at 0, and what they do otherwise."""

import numpy as np
import pytest
import tiny

from search_spaces import Architecture, Configuration, Recipe, in_words
from study.corpus import Split, obtain_corpus
from study.corpus.prepared.batches import training_batches
from study.training.backend import tf
from study.training.epoch import LiveNetwork, train_epoch
from study.training.network import build_network
from study.training.run import Run

READ = Architecture.model_validate({"embedding_size": 4, "recurrent": [], "readout": "mean"})
PLAIN = Configuration(architecture=READ, recipe=Recipe(**tiny.RECIPE))
FIELDS = ("weight_decay", "label_smoothing", "token_dropout")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regularised")
    return obtain_corpus(str(tiny.write_corpus(folder / "tiny.npz")), cache=folder / "cache")[0]


@pytest.mark.parametrize("name", FIELDS)
def test_0_is_left_out_of_the_fingerprint_and_of_the_words(name) -> None:
    assert PLAIN.with_recipe(**{name: 0}) == PLAIN
    assert name not in PLAIN.canonical_json()
    changed = PLAIN.with_recipe(**{name: 0.1})
    assert changed.run_fingerprint != PLAIN.run_fingerprint
    assert f", {name.replace('_', ' ')} 0.1" in in_words(changed)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", [-0.1, 1.0])
def test_a_wrong_value_is_refused(name, value) -> None:
    with pytest.raises(ValueError, match=name):
        PLAIN.with_recipe(**{name: value})


@pytest.mark.parametrize("name", FIELDS)
def test_an_epoch_is_another_one_and_the_same_again(name, corpus) -> None:
    split = Split(0.2, 0)
    plain, _ = train_epoch(Run(PLAIN, 1, split), corpus, 1, None)
    run = Run(PLAIN.with_recipe(**{name: 0.3}), 1, split)
    first, _ = train_epoch(run, corpus, 1, None)
    again, _ = train_epoch(run, corpus, 1, None)
    assert all((first[key] == again[key]).all() for key in first)
    assert any((first[key] != plain[key]).any() for key in first)


def test_weight_decay_takes_its_share_of_each_weight(corpus) -> None:
    configuration = PLAIN.with_recipe(optimizer="sgd", learning_rate=0.5, weight_decay=0.2)
    batch = next(training_batches(corpus.training, np.arange(16), PLAIN, np.random.default_rng(0)))
    after = {}
    for each in (PLAIN.with_recipe(optimizer="sgd", learning_rate=0.5), configuration):
        live = LiveNetwork(each, corpus.card)
        live.begin(seed=1)
        live.train([batch], np.array([0.5], np.float32))
        after[each] = live.model.get_weights()
    before = build_network(PLAIN, tiny.VOCABULARY, 2, seed=1).get_weights()
    plain, decayed = after.values()
    for begun, without, with_decay in zip(before, plain, decayed, strict=True):
        assert with_decay == pytest.approx(without - 0.5 * 0.2 * begun, abs=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_smoothed_label_is_spread_over_all_classes(classes, corpus) -> None:
    card = corpus.card
    configuration = PLAIN.with_recipe(label_smoothing=0.3).for_classes(classes)
    live = LiveNetwork(configuration, card)
    if classes == 2:
        told = np.array([[0.9], [0.2]], np.float32)
        probabilities = np.concatenate([1 - told, told], axis=1)
    else:
        told = probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], np.float32)
    labels = np.array([1, 0])
    target = 0.7 * np.eye(classes)[labels] + 0.3 / classes
    expected = -(target * np.log(probabilities)).sum(axis=1)
    assert live._losses(tf.constant(labels, tf.int32), tf.constant(told)).numpy() == pytest.approx(
        expected, rel=1e-5
    )


def test_dropped_tokens_become_padding_where_they_stand(corpus) -> None:
    chosen, dropped = np.arange(96), PLAIN.with_recipe(token_dropout=0.4)
    whole = {}
    for configuration in (PLAIN, dropped):
        batches = training_batches(corpus.training, chosen, configuration, np.random.default_rng(0))
        whole[configuration] = {
            int(position): tokens[tokens.size - 20 :]
            if tokens.size > 20
            else np.pad(tokens, (20 - tokens.size, 0))
            for batch in batches
            for position, tokens in zip(batch.positions, batch.tokens, strict=True)
        }
    assert set(whole[dropped]) == set(whole[PLAIN]) == set(range(96))
    tokens = np.stack([whole[PLAIN][each] for each in range(96)])
    kept = np.stack([whole[dropped][each] for each in range(96)])
    assert ((kept == tokens) | (kept == 0)).all()
    left_out = (kept == 0)[tokens > 0].mean()
    assert 0.33 < left_out < 0.47
