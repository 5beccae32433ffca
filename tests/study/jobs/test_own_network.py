"""A study over a network of one's own: searched, gone on with, refused, exported."""

import json
import os
import sqlite3
import subprocess
import sys

import numpy as np
import optuna
import pytest
import tiny
from watching import Listening

from results.evidence import frames
from results.evidence.evidence import gather
from results.report.scores.layers import drawings
from results.store.database import open_store
from study.bundle import open_bundle
from study.bundle.export import export
from study.config import load_config
from study.errors import InputError, Refused
from study.jobs.study import run_study

NET = """
import keras

def suggest(trial):
    epochs = trial.suggest_int("epochs", 2, 4)
    return {"size": trial.suggest_int("size", 2, 5), "learning_rate": 0.05, "epochs": epochs}

def build(parameters, card):
    tokens = keras.Input((None,), dtype="int32")
    rows = keras.layers.Embedding(card.vocabulary_size, parameters["size"])(tokens)
    there = keras.ops.cast(keras.ops.expand_dims(keras.ops.not_equal(tokens, 0), -1), "float32")
    vector = keras.ops.max(rows * there, axis=1)
    vector = keras.layers.LayerNormalization()(keras.layers.Dropout(0.2)(vector))
    return keras.Model(tokens, keras.layers.Dense(card.units, card.activation)(vector))
"""
SCALED = """
import keras

def suggest(trial):
    return {"epochs": 1}

class Scale(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs

def build(parameters, card):
    rows = keras.layers.Embedding(card.vocabulary_size, 3)
    head = keras.layers.Dense(card.units, card.activation)
    return keras.Sequential([rows, keras.layers.GlobalMaxPooling1D(), Scale(), head])
"""
WORDS = [f"w{number}" for number in range(4, tiny.VOCABULARY)]


def run(folder, source=None, file="net.py", **changes):
    if source is not None:
        (folder / file).write_text(source, encoding="utf-8")
    watch = Listening()
    finals = {"seeds": 1, "extra_seeds": 0, "baselines": False}
    settings = {"space": str(folder / file), "trials": 3, "finals": finals} | changes
    config = load_config(None, tiny.settings(folder, **settings))
    return run_study(config, ["study", "run"], watch), watch, config


def exported(folder, name, config, which="network", to="bundle"):
    ranks = {word: rank for rank, word in enumerate(WORDS, start=1)}
    (folder / "words.json").write_text(json.dumps(ranks), encoding="utf-8")
    options = {"states": config.states, "cache": config.cache, "word_index": folder / "words.json"}
    with open_store(config.database) as store:
        return export(store, name, which, folder / to, **options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    return folder, *run(folder, NET)


def test_its_trials_and_finals_are_counted_and_named(finished) -> None:
    _, name, _, config = finished
    with open_store(config.database) as store:
        trials, finals, evidence = frames.trials(store, name), frames.finals(store, name), gather(store, name)
    sizes = trials["params"].map(lambda parameters: parameters["size"])
    assert (trials["parameters"] == (tiny.VOCABULARY + 3) * sizes + 1).all()
    assert trials["words"].str.startswith("own network (net.py, size ").all()
    assert finals["reference"].tolist().count("cnn-lstm") == 1
    [own] = [column for column in drawings(evidence) if column.title.startswith("Best found")]
    best = finals[finals["reference"] == ""].iloc[0]
    assert own.parameters == best["parameters"] > 0


def test_going_on_needs_the_same_file(finished) -> None:
    folder = finished[0]
    _, watch, _ = run(folder)
    assert watch.epochs == []
    assert any(line.startswith("Nothing to do") for line in watch.lines)
    (folder / "net.py").write_text(NET + "# changed\n", encoding="utf-8")
    try:
        with pytest.raises(
            Refused, match=r"begun with other terms: the file of the network: SHA-256 \w{12}\.\.\. -> \w"
        ):
            run(folder)
    finally:
        (folder / "net.py").write_text(NET, encoding="utf-8")


def test_the_bundle_has_the_finals_probabilities_here_and_in_stock_keras(finished) -> None:
    folder, name, _, config = finished
    (folder / "net.py").rename(folder / "moved.py")  # the source is the study's
    try:
        bundle = exported(folder, name, config)
    finally:
        (folder / "moved.py").rename(folder / "net.py")
    assert (
        json.loads((bundle / "bundle.json").read_text())["configuration"]["architecture"]["own"]["source"] == NET
    )
    query = (
        "SELECT predictions.probabilities FROM predictions JOIN finals ON finals.id = predictions.final "
        "JOIN configurations ON configurations.fingerprint = finals.configuration WHERE reference IS NULL"
    )
    (kept,) = sqlite3.connect(config.database).execute(query).fetchall()
    arrays = tiny.arrays()
    parts = np.split(arrays["test_tokens"], arrays["test_offsets"][1:-1])
    texts = [" ".join(f"w{token}" for token in part[1:]) for part in parts]
    found = open_bundle(bundle).probabilities(texts)[:, 1]
    np.testing.assert_allclose(found, np.frombuffer(kept[0], "<f4"), rtol=0, atol=1e-6)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TF_"))}
    command = [sys.executable, "-I", str(bundle / "predict.py"), *texts[:8]]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    probabilities = [float(line.split("\t")[1]) for line in said.splitlines()]
    np.testing.assert_allclose(probabilities, np.maximum(found, 1 - found)[:8], rtol=0, atol=1e-5)


def test_a_search_for_few_parameters_knows_them(tmp_path) -> None:
    finals = {"seeds": 0}
    name, _, config = run(tmp_path, NET, objectives=("accuracy", "parameters"), finals=finals)
    with open_store(config.database) as store:
        trials = frames.trials(store, name)
        searched = optuna.load_study(study_name=name, storage=store.optuna_storage()).trials
    assert (trials["parameters"] > 0).all()
    assert [trial.values[1] for trial in searched] == trials["parameters"].tolist()


def test_a_network_with_layers_of_its_own_is_compared_and_not_exported(tmp_path) -> None:
    name, watch, config = run(tmp_path, SCALED, file="scaled.py", trials=1)
    assert any(
        "scaled.py: its network is compared as any other but cannot be exported" in each for each in watch.lines
    )
    with pytest.raises(
        Refused, match=r"^scaled\.py: expected stock Keras layers and keras\.ops alone.*\.Scale and"
    ):
        exported(tmp_path, name, config)
    assert not (tmp_path / "bundle").exists()


def test_a_bad_file_leaves_no_study_behind(tmp_path) -> None:
    with pytest.raises(InputError, match=r"^net\.py: expected build to return a keras\.Model, got NoneType$"):
        run(tmp_path, "def build(parameters, card): ...")
    _, watch, _ = run(tmp_path, SCALED, trials=1)  # put right, it is begun under the same name
    assert watch.epochs


def test_where_build_fails_at_a_point_that_trial_fails(tmp_path) -> None:
    source = NET.replace("    tokens", '    if parameters["size"] < 5: raise KeyError("too small")\n    tokens', 1)
    _, watch, _ = run(tmp_path, source, trials=2, finals={"seeds": 0})
    failed = [line for line in watch.lines if " failed: " in line]
    assert failed
    assert all(
        "failed: net.py: build failed: KeyError: 'too small' (line 9) (with size" in line for line in failed
    )
