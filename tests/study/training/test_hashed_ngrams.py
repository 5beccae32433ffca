"""Branches of hashed n-grams: ids told by hand, counted, exported, blind to padding, weighed by ratios."""

import numpy as np
import pytest
import tiny

from search_spaces import Architecture, Configuration, NgramBranch, Recipe, in_words
from search_spaces.layers import Shape, layers
from study.bundle.stock_layers import as_keras, load_stock
from study.corpus import Split, obtain_corpus
from study.training.epoch import LiveNetwork, predict, train_epoch
from study.training.network import NAIVE_BAYES, RATIOS, build_network
from study.training.run import Run

RECIPE = Recipe(**tiny.RECIPE)
BESIDE = {"embedding_size": 4, "conv": [{"filters": 5, "kernel_size": 3}], "readout": "max"}
NETWORKS = {
    "mean": {"ngrams": {"buckets": 64, "size": 6}},
    "sum": {"ngrams": {"buckets": 50, "longest": 3}},
    "ratios": {"ngrams": {"buckets": 4096, "by_ratios": True}},
    "mean beside": {**BESIDE, "ngrams": {"buckets": 64, "size": 6, "longest": 1}},
    "ratios beside": {**BESIDE, "ngrams": {"buckets": 64, "by_ratios": True}},
}


def network(name: str) -> Configuration:
    described = {"embedding_size": 0, "recurrent": [], **NETWORKS[name]}
    return Configuration(architecture=Architecture.model_validate(described), recipe=RECIPE)


@pytest.fixture(params=NETWORKS)
def configuration(request) -> Configuration:
    return network(request.param)


def built(configuration: Configuration, classes: int = 2):  # -> keras.Model
    model = build_network(configuration, tiny.VOCABULARY, classes, seed=3)
    generator = np.random.default_rng(1)
    model.set_weights([0.5 * generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def buckets_of(text: list[int], branch: NgramBranch) -> list[int]:
    """By Python's whole numbers, which never overflow."""
    found = []
    for length in range(1, branch.longest + 1):
        for at in range(len(text) - length + 1):
            value = 0
            for word in text[at : at + length]:
                value = (value * 1_000_003 + (word * 7919 + 17) % (2**31 - 1)) % (2**31 - 1)
            found.append(value % branch.buckets)
    return found


@pytest.mark.parametrize("name", ["mean", "sum"])
def test_the_numbers_are_those_of_the_hashed_runs(name) -> None:
    configuration, text = network(name), [1, 7, 9, 4, 12, 5, 39]
    model = built(configuration)
    rows = model.get_weights()[0][buckets_of(text, configuration.architecture.ngrams)]
    kernel, bias = model.layers[-1].get_weights()
    logit = (rows.mean(axis=0) if name == "mean" else rows.sum(axis=0)) @ kernel + bias
    assert model(np.array([text], np.int32)).numpy()[0] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)


def test_words_have_buckets_of_their_own_in_a_large_enough_table() -> None:
    branch = NgramBranch(buckets=2**17, longest=1)
    assert len({buckets_of([word], branch)[0] for word in range(2**17)}) == 2**17


def test_how_much_padding_there_is_changes_nothing(configuration) -> None:
    model, text = built(configuration), np.array([[1, 7, 9, 4, 12, 5, 8, 11]], np.int32)
    alone = model(text).numpy()
    assert 0.01 < alone[0, 0] < 0.99  # else equality would say nothing
    for before, behind in ((4, 0), (0, 4), (8, 12)):
        padded = np.pad(text, ((0, 0), (before, behind)))
        assert model(padded).numpy() == pytest.approx(alone, abs=1e-6)
    for few in (np.zeros((1, 8), np.int32), np.array([[5]], np.int32)):
        assert np.isfinite(model(few).numpy()).all()


@pytest.mark.parametrize("classes", [2, 4])
def test_parameters_are_counted_and_an_export_predicts_the_same(configuration, classes, tmp_path) -> None:
    configuration = configuration.for_classes(classes)
    model = built(configuration, classes)
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trained == configuration.architecture.parameter_count(tiny.VOCABULARY, classes)
    as_keras(model).save(tmp_path / "model.keras")
    tokens = np.random.default_rng(0).integers(0, tiny.VOCABULARY, (5, 16)).astype(np.int32)
    assert load_stock(tmp_path)(tokens).numpy() == pytest.approx(model(tokens).numpy(), abs=1e-6)


def test_it_learns_the_same_again_and_tells_a_text_the_same_alone(configuration, tmp_path) -> None:
    corpus, _ = obtain_corpus(str(tiny.write_corpus(tmp_path / "tiny.npz")), cache=tmp_path / "cache")
    run = Run(configuration, seed=1, split=Split(0.2, 0))
    state, metrics = train_epoch(run, corpus, 1, None)
    again, _ = train_epoch(run, corpus, 1, None)
    assert all((again[name] == state[name]).all() for name in state)
    assert 0 < metrics.validation_accuracy <= 1
    together = predict(run, corpus.card, corpus.training, np.arange(20), state)
    alone = [predict(run, corpus.card, corpus.training, np.array([each]), state)[0] for each in range(20)]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
def test_ratios_are_those_of_the_texts_trained_on(classes, tmp_path, monkeypatch) -> None:
    arrays = tiny.arrays() if classes == 2 else tiny.four_classes()
    np.savez(tmp_path / "corpus.npz", **arrays)
    corpus, _ = obtain_corpus(str(tmp_path / "corpus.npz"), cache=tmp_path / "cache")
    configuration = network("ratios").for_classes(classes)
    run = Run(configuration, seed=1, split=Split(0.2, 0))
    chosen = run.split.indices(corpus.training.labels)[0]
    branch, texts = configuration.architecture.ngrams, corpus.training
    held = np.zeros((len(chosen), branch.buckets))
    for row, text in enumerate(chosen):
        tokens = texts.tokens[texts.offsets[text] : texts.offsets[text + 1]].tolist()[-RECIPE.sequence_length :]
        held[row, buckets_of([word if word < tiny.VOCABULARY else 2 for word in tokens], branch)] = 1
    labels = texts.labels[chosen]
    expected = []
    for positive in [1] if classes == 2 else range(classes):
        p, q = 1 + held[labels == positive].sum(axis=0), 1 + held[labels != positive].sum(axis=0)
        expected.append(np.log((p / p.sum()) / (q / q.sum())))
    begun = []
    monkeypatch.setattr(LiveNetwork, "train", lambda self, *_: (begun.append(self.model.get_weights()), (1, 1))[1])
    train_epoch(run, corpus, 1, None)
    numbers, ratios, kernel, bias = begun[0]
    assert ratios == pytest.approx(np.stack(expected, axis=1), abs=1e-5)
    assert numbers == pytest.approx(np.full_like(ratios, NAIVE_BAYES))
    assert kernel == pytest.approx(np.eye(len(expected)))
    assert not bias.any()


def test_ratios_stay_and_what_multiplies_them_is_trained(tmp_path) -> None:
    corpus, _ = obtain_corpus(str(tiny.write_corpus(tmp_path / "tiny.npz")), cache=tmp_path / "cache")
    run = Run(network("ratios beside"), seed=1, split=Split(0.2, 0))
    network_of = LiveNetwork(run.configuration, corpus.card)
    names = [weight.path for weight in network_of.model.weights]
    first, _ = train_epoch(run, corpus, 1, None)
    second, metrics = train_epoch(run, corpus, 2, first)
    kept = {name: (first[f"{at:03d}"] == second[f"{at:03d}"]).all() for at, name in enumerate(names)}
    assert [name for name in kept if kept[name]] == [f"{RATIOS}/embeddings"]
    assert metrics.validation_accuracy > 0.6


def test_in_words_and_drawn() -> None:
    words = "words, pairs and triples in 50 buckets, sum → sigmoid; 3 epochs"
    assert in_words(network("sum")).startswith(words)
    words = (
        "embedding 4 → convolution 5 × 3 → max over the steps → beside words in 64 buckets, mean of 6 → sigmoid"
    )
    assert in_words(network("mean beside")).startswith(words)
    drawn = {each.slot: each for each in layers(network("mean beside").architecture, Shape(40, 20))}
    assert list(drawn) == ["input", "embedding", "conv 1", "readout", "ngrams", "ngrams added", "head"]
    assert drawn["ngrams"].settings == "words hashed into 64 rows of 6 numbers, mean"


def test_no_branch_has_the_fingerprint_it_always_had() -> None:
    plain = Architecture.model_validate({"embedding_size": 4, "recurrent": [{"units": 3}]})
    assert "ngrams" not in plain.canonical_json()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ngrams": {"buckets": 64, "size": 2, "by_ratios": True}}, "expected size 0 .* got 2"),
        ({"ngrams": {"buckets": 64}, "readout": "max"}, "expected no dense layers and no readout"),
        ({"ngrams": {"buckets": 64}, "dense": [{"units": 3}]}, "expected no dense layers and no readout"),
        ({"ngrams": {"buckets": 64, "longest": 4}}, "less than or equal to 3"),
    ],
)
def test_a_wrong_branch_cannot_exist(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        Architecture.model_validate({"embedding_size": 0, "recurrent": [], **changes})


@pytest.mark.slow
@pytest.mark.real_data
def test_real_reviews(real_data, tmp_path) -> None:
    corpus, _ = obtain_corpus(str(real_data / "imdb_sequences.npz"), cache=tmp_path)
    described = {"embedding_size": 0, "recurrent": [], "ngrams": {"buckets": 2**20, "by_ratios": True}}
    recipe = Recipe(batching="bucketed", vocabulary_size=None, sequence_length=1000, schedule="linear")
    run = Run(Configuration(architecture=Architecture.model_validate(described), recipe=recipe), 1, Split(0.2, 0))
    state = None
    for epoch in range(1, 4):
        state, metrics = train_epoch(run, corpus, epoch, state)
    assert 0.90 < metrics.validation_accuracy < 0.93  # 5,000 texts; logistic regression has about 0.90
