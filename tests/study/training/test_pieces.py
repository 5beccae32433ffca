"""A recurrent layer over pieces: each is read by itself, exact whatever the padding, counted, exported."""

import numpy as np
import pytest
import tiny
from pydantic import ValidationError

from search_spaces import Architecture, Configuration, Recipe, in_words
from study.bundle.stock_layers import as_keras, load_stock
from study.corpus import Split, obtain_corpus
from study.training.epoch import predict, train_epoch
from study.training.network import build_network
from study.training.run import Run

RECIPE = Recipe(**tiny.RECIPE)


def network(piece=4, readout="max and mean", **layer):
    recurrent = [{"units": 3, "piece": piece, **layer}]
    described = {"embedding_size": 4, "recurrent": recurrent, "readout": readout}
    return Configuration(architecture=Architecture.model_validate(described), recipe=RECIPE)


KINDS = [network(), network(bidirectional=True), network(cell="gru"), network(input_dropout=0.2)]


@pytest.mark.parametrize("configuration", KINDS)
def test_each_piece_is_read_as_a_text_of_its_own(configuration) -> None:
    model = build_network(configuration, tiny.VOCABULARY, 2, seed=3)
    whole = configuration.architecture.model_copy(
        update={"recurrent": (configuration.architecture.recurrent[0].model_copy(update={"piece": 0}),)}
    )
    plain = build_network(Configuration(architecture=whole, recipe=RECIPE), tiny.VOCABULARY, 2, seed=3)
    assert [each.shape for each in plain.get_weights()] == [each.shape for each in model.get_weights()]
    assert model.count_params() == configuration.architecture.parameter_count(tiny.VOCABULARY)
    tokens = np.random.default_rng(0).integers(4, tiny.VOCABULARY, (2, 12)).astype(np.int32)
    pieces = next(layer for layer in model.layers if "pieces" in layer.name)
    read = type(model)(model.input, pieces.output)(tokens).numpy()
    assert read.shape[:3] == (2, 3, 4)
    steps = next(layer for layer in plain.layers if "lstm" in layer.name or "gru" in layer.name or
                 "bidirectional" in layer.name).output  # fmt: skip
    alone = type(plain)(plain.input, steps)
    for piece in range(3):
        expected = alone(tokens[:, 4 * piece : 4 * piece + 4]).numpy()
        assert read[:, piece] == pytest.approx(expected, abs=1e-6)
    assert model(tokens).numpy() != pytest.approx(plain(tokens).numpy(), abs=1e-6)


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 11])
def test_zeros_behind_the_last_piece_change_nothing(steps) -> None:
    model = build_network(network(), tiny.VOCABULARY, 2, seed=3)
    tokens = np.random.default_rng(steps).integers(4, tiny.VOCABULARY, (1, steps)).astype(np.int32)
    filled = np.pad(tokens, ((0, 0), (0, -steps % 4)))
    assert model(tokens).numpy() == pytest.approx(model(filled).numpy(), abs=1e-6)
    assert np.isfinite(model(np.zeros((1, steps), np.int32)).numpy()).all()


@pytest.mark.parametrize("configuration", KINDS)
def test_an_export_predicts_the_same(configuration, tmp_path) -> None:
    model = build_network(configuration, tiny.VOCABULARY, 2, seed=3)
    as_keras(model).save(tmp_path / "model.keras")
    tokens = np.random.default_rng(0).integers(0, tiny.VOCABULARY, (5, 16)).astype(np.int32)
    assert load_stock(tmp_path)(tokens).numpy() == pytest.approx(model(tokens).numpy(), abs=1e-6)


def test_it_is_trained_and_tells_a_text_the_same_alone_and_among_others(tmp_path) -> None:
    corpus, _ = obtain_corpus(str(tiny.write_corpus(tmp_path / "tiny.npz")), cache=tmp_path / "cache")
    run = Run(network(), seed=1, split=Split(0.2, 0))
    state, metrics = train_epoch(run, corpus, 1, None)
    assert 0 < metrics.validation_accuracy <= 1
    again, _ = train_epoch(run, corpus, 1, None)
    assert all((again[name] == state[name]).all() for name in state)
    together = predict(run, corpus.card, corpus.training, np.arange(20), state)
    alone = [predict(run, corpus.card, corpus.training, np.array([each]), state)[0] for each in range(20)]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


def test_it_is_told_and_needs_a_readout() -> None:
    assert "LSTM 3 over pieces of 4 → max and mean of the steps" in in_words(network())
    assert "piece" not in network(piece=0).canonical_json()
    with pytest.raises(ValidationError, match="expected a readout over all steps, such as max, behind a layer of"):
        network(readout="last")
