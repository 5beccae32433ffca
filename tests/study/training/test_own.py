"""A network of one's own is trained as ours are, from (seed, epoch) alone; what is none is told in one line."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tiny

from search_spaces import Architecture, Configuration, OwnNetwork, Recipe
from study.corpus import Split, obtain_corpus
from study.errors import TrialError
from study.training.epoch import forget_networks, train_epoch
from study.training.network import build_network
from study.training.own import check_own
from study.training.run import Run

# Chance by every way that Keras has: initializers (one made at import), layers, keras.random with a generator of
# the layer's own and with none; and a build that seeds everything itself.
CHANCE = """
import keras

FIRST = keras.initializers.RandomNormal()

class Noisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.generator = keras.random.SeedGenerator(7)

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="random_uniform")

    def call(self, inputs, training=False):
        if training:
            inputs = keras.random.dropout(inputs, 0.2, seed=self.generator) + keras.random.normal((4,))
        return inputs * (1 + self.scale)

def build(parameters, card):
    keras.utils.set_random_seed(0)
    tokens = keras.Input((None,), dtype="int32")
    rows = keras.layers.Embedding(card.vocabulary_size, 4, embeddings_initializer=FIRST)(tokens)
    steps = keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True, recurrent_dropout=0.2))(rows)
    steps = keras.layers.BatchNormalization()(keras.layers.GaussianNoise(0.1)(steps))
    vector = Noisy()(keras.layers.GlobalMaxPooling1D()(steps))
    decay = keras.regularizers.L2(parameters["decay"])
    head = keras.layers.Dense(card.units, card.activation, kernel_regularizer=decay)
    return keras.Model(tokens, head(vector))
"""

ONE = """
import sys
from pathlib import Path
import numpy as np
from study.corpus import obtain_corpus
from study.training.epoch import train_epoch
from test_own import run_of

folder = Path(sys.argv[1])
corpus, _ = obtain_corpus(str(folder / "tiny.npz"), cache=folder / "cache")
for epoch, before in ((3, dict(np.load(folder / "2.npz"))), (1, None)):
    state, metrics = train_epoch(run_of(), corpus, epoch, before)
    np.savez(folder / f"{epoch}.npz", **state)
    print(metrics.train_loss, metrics.validation_loss, metrics.own_parameters)
"""


def configured(source: str, recipe: dict | None = None, **parameters) -> Configuration:
    own = OwnNetwork(file="mine.py", source=source, parameters=tuple(sorted(parameters.items())))
    architecture = Architecture(embedding_size=0, recurrent=(), own=own)
    return Configuration(architecture=architecture, recipe=Recipe(**tiny.RECIPE | (recipe or {})))


def run_of(seed: int = 3, **parameters) -> Run:
    return Run(configured(CHANCE, **{"decay": 0.01} | parameters), seed, Split(0.2, 0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    tiny.write_corpus(folder / "tiny.npz")
    return folder


@pytest.fixture(scope="module")
def corpus(folder):
    return obtain_corpus(str(folder / "tiny.npz"), cache=folder / "cache")[0]


def straight(run, corpus, epochs=3):
    states, found = [], []
    for epoch in range(1, epochs + 1):
        state, metrics = train_epoch(run, corpus, epoch, states[-1] if states else None)
        states.append(state)
        found.append((metrics.train_loss, metrics.validation_loss, metrics.own_parameters))
    return states, found


def equal(one, other) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_a_run_gone_on_with_elsewhere_and_begun_anew_there_equals_one_straight(folder, corpus) -> None:
    states, metrics = straight(run_of(), corpus)
    np.savez(folder / "2.npz", **states[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ONE, str(folder)]
    said = subprocess.run(
        command, check=True, cwd=Path(__file__).parent, env=environment, capture_output=True, text=True
    ).stdout
    assert said.splitlines() == [" ".join(map(str, metrics[epoch - 1])) for epoch in (3, 1)]
    for epoch in (3, 1):
        assert equal(dict(np.load(folder / f"{epoch}.npz")), states[epoch - 1])


def test_what_this_process_drew_plays_no_part(corpus) -> None:
    (state,), metrics = straight(run_of(), corpus, 1)
    forget_networks()
    random.seed(5)
    np.random.seed(5)
    (again,), as_before = straight(run_of(), corpus, 1)
    assert metrics == as_before
    assert equal(state, again)


def test_another_seed_begins_elsewhere_and_drops_others(corpus) -> None:
    (one, two), others = straight(run_of(), corpus, 2)[0], straight(run_of(seed=4), corpus, 1)[0]
    assert not np.array_equal(one["000"], others[0]["000"])
    as_if, _ = train_epoch(run_of(seed=4), corpus, 2, one)
    assert not equal(as_if, two)


def test_regularizers_are_part_of_the_loss(corpus) -> None:
    source = built(ROWS + "Dense(1, 'sigmoid', kernel_regularizer=keras.regularizers.L2(p['decay']))")
    runs = [Run(configured(source, decay=decay), 3, Split(0.2, 0)) for decay in (0.0, 1.0)]
    losses = [straight(run, corpus, 1)[1][0][0] for run in runs]
    assert losses[1] > losses[0] + 0.1


def test_the_first_weights_do_not_depend_on_other_threads() -> None:
    ended = threading.Event()

    def drawing() -> None:
        while not ended.is_set():
            random.random()

    configuration, threads = run_of().configuration, [threading.Thread(target=drawing) for _ in range(2)]
    alone = build_network(configuration, 40, 2, seed=1).get_weights()
    for thread in threads:
        thread.start()
    try:
        beside = build_network(configuration, 40, 2, seed=1).get_weights()
    finally:
        ended.set()
    assert all(map(np.array_equal, alone, beside))


def test_the_parameters_are_counted_as_keras_does(corpus) -> None:
    [(_, _, counted)] = straight(run_of(), corpus, 1)[1]
    network = build_network(run_of().configuration, 40, 2, seed=0)
    assert (
        counted
        == sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
        == 40 * 4 + 96 + 8 + 4 + 5
    )


def built(layers: str, more: str = "") -> str:
    lines = ["import keras", "from keras.layers import *", "def build(p, card):"]
    return "\n".join(
        [*lines, f"    network = keras.Sequential([{layers}])", f"    {more}", "    return network\n"]
    )


ROWS = "Embedding(card.vocabulary_size, 3), GlobalMaxPooling1D(), "
BAD = {
    "none": ("def build(p, card): ...", "expected build to return a keras.Model, got NoneType"),
    "fails": (
        "def build(p, card):\n    return p['size']",
        r"build failed: KeyError: 'size' \(line 2\) \(with a 1\)",
    ),
    "units": (
        built(ROWS + "Dense(3, 'softmax')"),
        r"expected an output of \[texts, 1\], sigmoid for 2 classes, got",
    ),
    "compiled": (built(ROWS + "Dense(1, 'sigmoid')", "network.compile()"), "expected an uncompiled network"),
    "logits": (built(ROWS + "Dense(1)"), "expected probabilities, got numbers from .* end with activation"),
    "untrained": (built(ROWS + "Dense(1, 'sigmoid')", "network.trainable = False"), "something to train"),
    "any length": (built("Embedding(40, 3), Flatten(), Dense(1, 'sigmoid')"), "any number of tokens.: ValueError"),
    "rows": (built("Embedding(9, 3), GlobalMaxPooling1D(), Dense(1, 'sigmoid')"), "fails on texts of 8 tokens"),
    "import": ("import kera", "failed on import: ModuleNotFoundError"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_network_is_told_in_one_line(name) -> None:
    source, message = BAD[name]
    with pytest.raises(TrialError, match=rf"^mine\.py: .*{message}") as refused:
        check_own(configured(source, a=1), 40, 2)
    assert "\n" not in str(refused.value)


def test_what_fails_in_training_fails_its_trial_with_a_line(corpus) -> None:
    source = built(ROWS + "Dense(1, 'sigmoid')").replace("return network", "return Broken(network)")
    source += "class Broken(keras.Model):\n"
    source += "    def __init__(self, inner):\n        super().__init__()\n        self.inner = inner\n"
    source += (
        "    def call(self, tokens, training=False):\n        if training:\n            raise KeyError('here')\n"
    )
    source += "        return self.inner(tokens)\n"
    configuration = configured(source)
    assert check_own(configuration, 40, 2) is None  # Keras cannot write it
    with pytest.raises(TrialError, match=r"^mine\.py: training fails: .*here"):
        train_epoch(Run(configuration, 0, Split(0.2, 0)), corpus, 1, None)


def test_one_length_is_enough_where_every_batch_has_it(corpus) -> None:
    source = built("keras.Input((card.sequence_length,)), Embedding(40, 3), Flatten(), Dense(1, 'sigmoid')")
    configuration = configured(source, {"batching": "fixed"})
    check_own(configuration, 40, 2)
    _, metrics = train_epoch(Run(configuration, 0, Split(0.2, 0)), corpus, 1, None)
    assert metrics.own_parameters == 40 * 3 + 60 + 1


def test_several_classes_get_a_softmax() -> None:
    source = built(ROWS + "Dense(card.units, card.activation)")
    configuration = configured(source).for_classes(4)
    assert check_own(configuration, 40, 4)
    assert build_network(configuration, 40, 4, seed=0).output_shape == (None, 4)
