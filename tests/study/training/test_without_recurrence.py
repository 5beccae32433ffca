"""Networks without a recurrent layer: counted, exported, and blind to how much padding stands beside a text."""

import numpy as np
import pytest
import tiny

from search_spaces import (
    Architecture,
    BookSpace,
    Configuration,
    ConvBlock,
    OutsideSpace,
    Recipe,
    WideSpace,
    in_words,
)
from study.bundle.stock_layers import as_keras, load_stock
from study.corpus import Split, obtain_corpus
from study.training.epoch import predict, train_epoch
from study.training.network import build_network
from study.training.padding import covers
from study.training.run import Run

RECIPE = Recipe(**tiny.RECIPE)
POOLED = {"filters": 5, "kernel_size": 3, "pooling": 2}
NETWORKS = {
    "embedding": {"readout": "mean"},
    "convolution": {"conv": [{"filters": 5, "kernel_size": 3}], "readout": "max"},
    "side by side": {
        "conv": [{"filters": 3, "kernel_size": 2, "pooling": 2, "beside": [3, 5]}],
        "readout": "attention",
    },
    "pooled": {"conv": [POOLED, POOLED, {"filters": 4, "kernel_size": 2}], "readout": "max and mean"},
}


def network(name: str) -> Configuration:
    described = {"embedding_size": 4, "recurrent": [], **NETWORKS[name]}
    return Configuration(architecture=Architecture.model_validate(described), recipe=RECIPE)


@pytest.fixture(params=NETWORKS)
def configuration(request) -> Configuration:
    return network(request.param)


def built(configuration: Configuration):  # -> keras.Model
    """With an embedding far from zero, that of padding too, so that nothing is hidden by small numbers."""
    model = build_network(configuration, tiny.VOCABULARY, 2, seed=3)
    generator = np.random.default_rng(1)
    model.set_weights([0.5 * generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_how_much_padding_there_is_changes_nothing(configuration) -> None:
    model, text = built(configuration), np.array([[1, 7, 9, 4, 12, 5, 8, 11]], np.int32)
    alone = model(text).numpy()
    assert 0.01 < alone[0, 0] < 0.99  # else equality would say nothing
    for before, behind in ((4, 0), (0, 4), (8, 12)):
        padded = np.pad(text, ((0, 0), (before, behind)))
        assert model(padded).numpy() == pytest.approx(alone, abs=1e-6)
    assert np.isfinite(model(np.zeros((1, 8), np.int32)).numpy()).all()


def test_convolutions_side_by_side_are_those_one_by_one_joined() -> None:
    configuration, tokens = network("side by side"), np.array([[1, 7, 9, 4, 12, 5, 8, 11]], np.int32)
    model = built(configuration)
    convolutions = [layer for layer in model.layers if "conv1d" in layer.name]
    joined = type(model)(model.input, next(layer for layer in model.layers if "concat" in layer.name).output)
    embedded = type(model)(model.input, convolutions[0].input)(tokens).numpy()[0]  # [8 steps, 4]
    for place, (layer, size) in enumerate(zip(convolutions, (2, 3, 5), strict=True)):
        kernel, bias = layer.get_weights()
        padded = np.pad(embedded, (((size - 1) // 2, size // 2), (0, 0)))
        seen = np.stack([np.einsum("kw,kwf->f", padded[at : at + size], kernel) for at in range(8)]) + bias
        own = joined(tokens).numpy()[0, :, 3 * place : 3 * place + 3]
        assert own == pytest.approx(np.maximum(seen, 0), abs=1e-5)


def test_parameters_are_counted_and_padding_is_not_walked(configuration) -> None:
    counted = configuration.architecture.parameter_count(tiny.VOCABULARY)
    assert built(configuration).count_params() == counted
    assert not covers(configuration.with_recipe(batching="fixed"))


def test_an_export_predicts_the_same(configuration, tmp_path) -> None:
    model = built(configuration)
    as_keras(model).save(tmp_path / "model.keras")
    tokens = np.random.default_rng(0).integers(0, tiny.VOCABULARY, (5, 16)).astype(np.int32)
    assert load_stock(tmp_path)(tokens).numpy() == pytest.approx(model(tokens).numpy(), abs=1e-6)


@pytest.mark.parametrize("batching", ["bucketed", "fixed"])
def test_a_text_is_told_the_same_alone_and_among_others(configuration, batching, tmp_path) -> None:
    corpus, _ = obtain_corpus(str(tiny.write_corpus(tmp_path / "tiny.npz")), cache=tmp_path / "cache")
    run = Run(configuration.with_recipe(batching=batching), seed=1, split=Split(0.2, 0))
    state, metrics = train_epoch(run, corpus, 1, None)
    assert 0 < metrics.validation_accuracy <= 1
    together = predict(run, corpus.card, corpus.training, np.arange(20), state)
    alone = [predict(run, corpus.card, corpus.training, np.array([each]), state)[0] for each in range(20)]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


def test_in_words() -> None:
    words = "embedding 4 → convolution 5 × 3 → max over the steps → sigmoid; 3 epochs"
    assert in_words(network("convolution")).startswith(words)
    words = "embedding 4 → convolution 3 × 2, 3, 5, pooling 2 → attention over the steps → sigmoid; 3 epochs"
    assert in_words(network("side by side")).startswith(words)


def test_no_convolution_beside_has_the_fingerprint_it_always_had() -> None:
    block = ConvBlock(filters=5, kernel_size=3)
    assert ConvBlock(filters=5, kernel_size=3, beside=()).canonical_json() == block.canonical_json()
    assert "beside" not in block.canonical_json()
    with pytest.raises(ValueError, match=r"expected rising kernel sizes side by side, got \(3, 2\)"):
        ConvBlock(filters=5, kernel_size=3, beside=(2,))


@pytest.mark.parametrize("space", [BookSpace(RECIPE), WideSpace(RECIPE)])
def test_the_spaces_of_recurrent_networks_have_none(space) -> None:
    with pytest.raises(OutsideSpace, match="expected a recurrent layer, got none"):
        space.params_of(network("convolution"))
