"""The fast LSTM layer against `keras.layers.LSTM`: the same results by other routes."""

import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from study.bundle.stock_layers import as_keras
from study.training.lstm import LSTM

TOLERANCE = 1e-5
GATED = {"dropout": 0.2, "recurrent_dropout": 0.3}

shapes = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 6), st.integers(1, 7))
options = st.fixed_dictionaries(
    {
        "dropout": st.sampled_from([0.0, 0.2, 0.6]),
        "recurrent_dropout": st.sampled_from([0.0, 0.0, 0.3, 0.6]),
        "return_sequences": st.booleans(),
        "return_state": st.booleans(),
        "go_backwards": st.booleans(),
    }
)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pair(units, features, **config):
    """Return our layer and Keras's with the same random weights and the same seed."""
    ours, stock = (cls(units, seed=11, **config) for cls in (LSTM, keras.layers.LSTM))
    for layer in (ours, stock):
        layer.build((None, None, features))
        layer.set_weights([0.6 * normal(*w.shape, seed=i) for i, w in enumerate(layer.weights)])
    return ours, stock


def run(layer, x, training, states=None, mask=None):
    """Return the outputs, and the gradients of a sum over them that weights each number differently."""
    x = tf.constant(x)
    states = None if states is None else [tf.constant(state) for state in states]
    watched = [x, *(states or [])]

    @tf.function(autograph=False)
    def traced():
        with tf.GradientTape() as tape:
            tape.watch(watched)
            outputs = tf.nest.flatten(layer(x, initial_state=states, training=training, mask=mask))
            total = tf.add_n([tf.reduce_sum(y * normal(*y.shape, seed=i)) for i, y in enumerate(outputs)])
        return outputs, tape.gradient(total, [w.value for w in layer.trainable_weights] + watched)

    outputs, gradients = traced()
    return [np.asarray(value) for value in (*outputs, *gradients)]


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.fixture
def routes(monkeypatch):
    """Record whether a call went to Keras's implementation."""
    calls = []
    inner_loop = keras.layers.LSTM.inner_loop

    def recorded(self, *args, **kwargs):
        calls.append(type(self))
        return inner_loop(self, *args, **kwargs)

    monkeypatch.setattr(keras.layers.LSTM, "inner_loop", recorded)
    return calls


@settings(max_examples=6, deadline=None)
@given(shape=shapes, config=options, training=st.booleans(), given_state=st.booleans())
@example((2, 1, 1, 1), dict.fromkeys(GATED, 0.5) | {"return_state": True}, True, True)
@example((3, 9, 2, 4), GATED | {"return_sequences": True, "return_state": True}, True, True)
@example((3, 9, 2, 4), {"return_sequences": True, "go_backwards": True}, True, False)
def test_outputs_and_gradients_are_kerass(shape, config, training, given_state):
    batch, steps, features, units = shape
    ours, stock = pair(units, features, **config)
    states = [normal(batch, units, seed=i) for i in (1, 2)] if given_state else None
    x = normal(batch, steps, features)
    assert_same(run(ours, x, training, states), run(stock, x, training, states))
    for a, b in zip(ours.non_trainable_variables, stock.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)  # as many random numbers drawn


@pytest.mark.parametrize("steps", [15, 16, 17, 40])
def test_inference_in_pieces_is_exact(steps):
    ours, stock = pair(5, 3, return_state=True)
    x, states = normal(4, steps, 3), [normal(4, 5, seed=1), normal(4, 5, seed=2)]
    assert_same(run(ours, x, False, states), run(stock, x, False, states))


@pytest.mark.parametrize(
    "config",
    [
        {"implementation": 1, "dropout": 0.5, "use_cudnn": False},  # with cuDNN allowed, Keras itself fails
        {"dropout": 0.5, "recurrent_dropout": 1.0},  # Keras ignores a rate of 1
        {"dropout": 1.0, "recurrent_dropout": 0.0},
    ],
    ids=["four masks on x alone", "recurrent rate 1", "rate 1"],
)
def test_rare_masks(config, routes):
    ours, stock = pair(4, 3, **config)
    assert_same(run(ours, normal(3, 5, 3), True), run(stock, normal(3, 5, 3), True))
    assert LSTM not in routes


def test_masks_change_from_batch_to_batch():
    ours, stock = pair(6, 4, **GATED)
    x = normal(3, 5, 4)
    batches = [[layer(x, training=True) for _ in range(3)] for layer in (ours, stock)]
    assert_same(*batches)
    assert not np.allclose(batches[0][0], batches[0][1])


def test_called_eagerly():
    for config in ({}, GATED):
        ours, stock = pair(3, 2, **config, return_sequences=True)
        assert_same([ours(normal(2, 4, 2), training=True)], [stock(normal(2, 4, 2), training=True)])


def test_config_and_names_are_kerass():
    config = {
        "units": 3,
        "return_sequences": True,
        "seed": 5,
        "kernel_regularizer": "l2",
        "name": "one",
        **GATED,
    }
    ours, stock = LSTM(**config), keras.layers.LSTM(**config)
    for layer in (ours, stock):
        layer.build((None, None, 2))
    assert ours.get_config() == stock.get_config()
    assert [w.path for w in ours.weights] == [w.path for w in stock.weights]
    assert keras.layers.LSTM.from_config(ours.get_config()).get_config() == ours.get_config()


UNCOVERED = {
    "no bias": {"use_bias": False},
    "activation": {"activation": "relu"},
    "recurrent activation": {"recurrent_activation": "hard_sigmoid"},
    "unrolled": {"unroll": True},
}


@pytest.mark.parametrize("config", UNCOVERED.values(), ids=UNCOVERED)
def test_what_is_not_covered_falls_back_to_keras(config, routes):
    ours, stock = pair(3, 2, return_sequences=True, **config)
    x = normal(2, 4, 2)
    assert_same(run(ours, x, True), run(stock, x, True))
    assert LSTM in routes
    assert ours.supports_jit


@pytest.mark.parametrize("config", [{}, GATED], ids=["plain", "gated"])
def test_a_mask_falls_back_to_keras(config, routes):
    ours, stock = pair(3, 2, **config)
    mask = np.array([[True, True, False, False], [True, True, True, True]])
    assert_same(run(ours, normal(2, 4, 2), True, mask=mask), run(stock, normal(2, 4, 2), True, mask=mask))
    assert LSTM in routes


@pytest.mark.parametrize("dtype", ["float16", "mixed_bfloat16", "float64"])
def test_other_precisions_and_stateful_fall_back(dtype, routes):
    LSTM(3, dtype=dtype)(tf.ones((2, 4, 2), "float64"))
    LSTM(3, stateful=True)(tf.ones((2, 4, 2)))
    assert routes == [LSTM, LSTM]


@pytest.mark.parametrize("config", [{}, GATED], ids=["plain", "gated"])
def test_what_is_covered_does_not_fall_back(config, routes):
    layer = LSTM(3, **config)
    run(layer, normal(2, 4, 2), True)
    run(layer, normal(2, 4, 2), False)
    assert routes == []
    assert not layer.supports_jit


def classifier(cls, **config):
    """Return a network over tokens of any length: one layer on top of a bidirectional one."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(20, 3),
            layers.Bidirectional(cls(3, return_sequences=True, seed=2, name="both", **config), name="two_ways"),
            cls(2, seed=4, name="last", **config),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def tokens(steps):
    return np.random.default_rng(steps).integers(0, 20, (4, steps)).astype("int32")


@pytest.mark.parametrize("config", [{}, GATED], ids=["plain", "gated"])
def test_stacked_and_bidirectional_training_is_kerass(config):
    ours, stock = (classifier(cls, **config) for cls in (LSTM, keras.layers.LSTM))
    assert type(ours.get_layer("two_ways").backward_layer) is LSTM
    for model in (ours, stock):
        model.compile("sgd", "binary_crossentropy", jit_compile="auto" if model is ours else False)
    assert not ours.jit_compile
    labels = np.arange(4)[:, None] % 2
    for _ in range(2):
        losses = [model.train_on_batch(tokens(7), labels) for model in (ours, stock)]
        np.testing.assert_allclose(*losses, rtol=TOLERANCE)
    assert_same(ours.get_weights(), stock.get_weights())
    assert_same([ours(tokens(6))], [stock(tokens(6))])


@pytest.mark.parametrize("config", [{}, GATED], ids=["plain", "gated"])
@pytest.mark.parametrize("training", [True, False])
def test_no_retrace_over_lengths(config, training):
    layer = LSTM(3, **config)
    layer.build((None, None, 2))
    traces = []

    @tf.function(input_signature=[tf.TensorSpec((None, None, 2))])
    def step(x):
        traces.append(x.shape)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x, training=training))
        return tape.gradient(loss, layer.trainable_weights[0].value)

    for shape in ((2, 3, 2), (4, 9, 2), (1, 1, 2)):
        assert np.isfinite(step(tf.ones(shape))).all()
    assert len(traces) == 1


def test_saved_file_loads(tmp_path):
    model = classifier(LSTM, **GATED)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.get_layer("last")) is type(loaded.get_layer("two_ways").backward_layer) is LSTM
    assert_same([loaded(tokens(5))], [model(tokens(5))])


def test_exported_as_keras_needs_nothing_of_ours(tmp_path):
    model = classifier(LSTM, **GATED)
    as_keras(model).save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        assert b"study" not in file.read("config.json")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.get_layer("last")) is keras.layers.LSTM
    assert type(loaded.get_layer("two_ways").backward_layer) is keras.layers.LSTM
    assert_same([loaded(tokens(5))], [model(tokens(5))])


def test_second_order_gradient_is_refused():
    layer, x = LSTM(2, **GATED), tf.constant(normal(2, 3, 2))

    @tf.function(autograph=False)
    def twice():
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(layer(x, training=True))
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    with pytest.raises(LookupError, match="no second-order gradient"):
        twice()
