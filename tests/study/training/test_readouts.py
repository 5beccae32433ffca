"""Readouts: exact whatever the padding, counted, exported; and one that is added from outside the packages."""

import sys

import numpy as np
import pytest
import tiny

from search_spaces import Architecture, Configuration, Recipe, fingerprint_of, in_words
from search_spaces.layers import Shape, layers
from search_spaces.readouts import READOUTS, Readout, add_readout, find_readout
from study.bundle.stock_layers import as_keras, load_stock
from study.corpus import Split, obtain_corpus
from study.training.epoch import predict, train_epoch
from study.training.network import build_network
from study.training.run import Run

RECIPE = Recipe(**tiny.RECIPE)


def network(readout, **layers):
    described = {"embedding_size": 4, "recurrent": [{"units": 3}], "readout": readout, **layers}
    return Configuration(architecture=Architecture.model_validate(described), recipe=RECIPE)


def pooled(readout):
    return network(readout, conv=[{"filters": 5, "kernel_size": 3, "pooling": 2}])


def attention(keras, steps, present, drawn):
    """Steps weighed by a softmax over the true tokens of one learnt score each."""
    scores = keras.layers.Dense(1, kernel_initializer=drawn.kernel())(steps)
    weights = keras.ops.softmax(keras.ops.where(present > 0.5, scores, -1e9), axis=1)
    return keras.ops.sum(weights * steps, axis=1)


ATTENTION = Readout(
    "attention of mine",
    "attention of mine",
    "a softmax over one score a step",
    attention,
    weights=lambda width: width + 1,
    stock=(("keras.src.ops.nn", "Softmax"), ("keras.src.ops.numpy", "Greater"), ("keras.src.ops.numpy", "Where"),
           ("keras.src.ops.numpy", "Multiply"), ("keras.src.ops.numpy", "Sum")),
)  # fmt: skip


@pytest.fixture
def added(monkeypatch):
    monkeypatch.setitem(READOUTS, ATTENTION.name, None)  # taken out again after the test
    del READOUTS[ATTENTION.name]
    add_readout(ATTENTION)
    return ATTENTION.name


def trained(configuration, folder):
    corpus, _ = obtain_corpus(str(tiny.write_corpus(folder / "tiny.npz")), cache=folder / "cache")
    run = Run(configuration, seed=1, split=Split(0.2, 0))
    state, metrics = train_epoch(run, corpus, 1, None)
    return run, corpus, state, metrics


@pytest.mark.parametrize("made", [network, pooled])
@pytest.mark.parametrize("readout", ["max", "mean", "max and mean", "attention"])
def test_the_numbers_are_those_over_the_true_tokens(readout, made) -> None:
    configuration = made(readout)
    model = build_network(configuration, tiny.VOCABULARY, 2, seed=3)
    assert model.count_params() == configuration.architecture.parameter_count(tiny.VOCABULARY)
    tokens = np.array([[0, 0, 0, 0, 1, 7, 9, 4, 12, 5]], np.int32)
    steps = type(model)(model.input, _before_readout(model).output)(tokens).numpy()[0]
    true = steps[2:] if made is pooled else steps[4:]
    parts = {"max": true.max(axis=0), "mean": true.mean(axis=0)}
    parts["max and mean"] = np.concatenate([parts["max"], parts["mean"]])
    if readout == "attention":
        scores = np.exp(np.tanh(true) @ _dense(model)[0].kernel.numpy())
        parts["attention"] = (scores * true).sum(axis=0) / scores.sum()
    head = model.layers[-1]
    expected = 1 / (1 + np.exp(-(parts[readout] @ head.kernel.numpy() + head.bias.numpy())))
    assert model(tokens).numpy()[0] == pytest.approx(expected, abs=1e-6)


def _before_readout(model):
    return next(layer for layer in reversed(model.layers) if "lstm" in layer.name)


def _dense(model):
    return [layer for layer in model.layers if "dense" in layer.name]


def test_a_text_without_tokens_has_a_finite_probability() -> None:
    for readout in READOUTS:
        model = build_network(pooled(readout), tiny.VOCABULARY, 2, seed=3)
        assert np.isfinite(model(np.zeros((1, 8), np.int32)).numpy()).all()


@pytest.mark.parametrize("readout", ["max", "mean", "max and mean", "attention"])
def test_a_text_is_told_the_same_alone_and_among_others(readout, tmp_path) -> None:
    run, corpus, state, _ = trained(pooled(readout), tmp_path)
    texts = corpus.training
    together = predict(run, corpus.card, texts, np.arange(20), state)
    alone = [predict(run, corpus.card, texts, np.array([each]), state)[0] for each in range(20)]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


@pytest.mark.parametrize("readout", ["max", "mean", "max and mean", "attention"])
def test_an_export_predicts_the_same(readout, tmp_path) -> None:
    model = build_network(pooled(readout), tiny.VOCABULARY, 2, seed=3)
    as_keras(model).save(tmp_path / "model.keras")
    tokens = np.random.default_rng(0).integers(0, tiny.VOCABULARY, (5, 16)).astype(np.int32)
    assert load_stock(tmp_path)(tokens).numpy() == pytest.approx(model(tokens).numpy(), abs=1e-6)


def test_the_last_state_has_the_fingerprint_it_always_had() -> None:
    configuration = network("last")
    assert "readout" not in configuration.canonical_json()
    assert configuration.fingerprint == fingerprint_of(configuration.canonical_json())
    assert network("max").fingerprint != configuration.fingerprint


def test_one_is_added_from_outside(added, tmp_path) -> None:
    configuration = pooled(added)
    assert "→ attention of mine → sigmoid" in in_words(configuration)
    drawn = {layer.slot: layer for layer in layers(configuration.architecture, Shape(tiny.VOCABULARY, 20))}
    assert drawn["readout"].parameters == 4
    run, corpus, state, metrics = trained(configuration, tmp_path)
    assert 0 < metrics.validation_accuracy <= 1
    again, _ = train_epoch(run, corpus, 1, None)
    assert all((again[name] == state[name]).all() for name in state)
    model = build_network(configuration, tiny.VOCABULARY, 2, seed=3)
    assert model.count_params() == configuration.architecture.parameter_count(tiny.VOCABULARY)
    as_keras(model).save(tmp_path / "model.keras")
    tokens = np.random.default_rng(0).integers(0, tiny.VOCABULARY, (5, 16)).astype(np.int32)
    assert load_stock(tmp_path)(tokens).numpy() == pytest.approx(model(tokens).numpy(), abs=1e-6)


def test_one_of_an_installed_package_is_found_by_its_name(tmp_path, monkeypatch) -> None:
    package = tmp_path / "deeper-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: deeper\nVersion: 1.0\n", encoding="utf-8")
    (package / "entry_points.txt").write_text(
        "[architecture_study.readouts]\nfirst = deeper_readouts:FIRST\n", encoding="utf-8"
    )
    (tmp_path / "deeper_readouts.py").write_text(
        "from search_spaces.readouts import Readout\n"
        "FIRST = Readout('first', 'first step', 'the first step', lambda _, steps, *__: steps[:, 0])\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(READOUTS, "first", None)  # taken out again after the test
    del READOUTS["first"]
    assert find_readout("first").settings == "the first step"
    assert network("first").architecture.readout == "first"
    sys.modules.pop("deeper_readouts")


def test_unknown_and_taken_names_are_refused() -> None:
    with pytest.raises(
        ValueError, match="expected a readout, one of attention, last, max, max and mean, mean; got 'median'"
    ):
        network("median")
    with pytest.raises(ValueError, match="expected a new name for a readout, got 'max'"):
        add_readout(Readout("max", "", "", None))
