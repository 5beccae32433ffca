"""A corpus of four classes from end to end: search, finals, report."""

import io
import re

import numpy as np
import pytest
import tiny
from rich.console import Console

from results.evidence import frames, predictions
from results.report.report import build_report
from results.store.database import open_store
from results.terminal.summary import print_summary
from search_spaces import BOOK, BookSpace, Configuration, Recipe
from study.config import load_config
from study.corpus import Split, obtain_corpus
from study.corpus.prepared.batches import training_batches
from study.jobs.reproduction import run_reproduction
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.epoch import predict, train_epoch
from study.training.network import build_network
from study.training.run import Run, generator

RECIPE = tiny.RECIPE | {"sequence_length": 12, "learning_rate": 0.02}


def settings(folder, **changes):
    folder.mkdir(exist_ok=True)
    np.savez(folder / "four.npz", **tiny.four_classes())
    given = tiny.settings(folder, corpus=str(folder / "four.npz"), recipe=RECIPE, trials=4)
    return given | {"finals": {"seeds": 2, "extra_seeds": 0}} | changes


def run(folder, **changes):
    config = load_config(None, settings(folder, **changes))
    name = run_study(config, ["study", "run"], Silent())
    return name, open_store(config.database)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("four")
    name, store = run(folder)
    yield folder, name, store
    store.close()


def test_four_classes_get_a_head_of_four_units_and_are_learnt(finished) -> None:
    _, name, store = finished
    trials, finals = frames.trials(store, name), frames.finals(store, name)
    assert trials["words"].str.contains("→ softmax;").all()
    assert len(finals) == 2
    assert (finals["test_accuracy"] > 0.5).all()  # 40 % is the largest class
    recorded = trials[trials["state"] == "complete"]
    assert recorded[["validation_balanced_accuracy", "validation_macro_f1"]].notna().all(axis=None)


def test_what_is_kept_of_a_final_agrees_with_itself(finished) -> None:
    """The stored confusion counts against scikit-learn on the stored probabilities and the corpus's labels."""
    from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score
    from sqlalchemy import select

    from results.store.tables import FinalRow, PredictionRow

    folder, name, store = finished
    labels = np.load(folder / "four.npz")["test_labels"]
    finals = frames.finals(store, name).set_index("run")
    with store.session() as session:
        kept = list(session.execute(select(FinalRow, PredictionRow).join(PredictionRow)).all())
    assert len(kept) == 2
    for final, prediction in kept:
        predicted = np.frombuffer(prediction.probabilities, "<f4").reshape(80, 4).argmax(axis=1)
        assert final.confusion == confusion_matrix(labels, predicted, labels=range(4)).tolist()
        row = finals.loc[final.run]
        assert row["test_balanced_accuracy"] == pytest.approx(balanced_accuracy_score(labels, predicted))
        assert row["test_macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))
        assert row["test_accuracy"] == pytest.approx(np.trace(final.confusion) / 80)


def test_the_baselines_have_counts_by_class_too(finished) -> None:
    _, name, store = finished
    baselines = frames.baselines(store, name)
    assert len(baselines) == 2
    for row in baselines.itertuples():
        assert row.confusion.sum(axis=1).tolist() == [32, 16, 16, 16]
        assert np.trace(row.confusion) / 80 == pytest.approx(row.test_accuracy)


def test_the_report_shows_the_classes_with_the_majority_beside(finished, tmp_path) -> None:
    _, name, store = finished
    page = build_report(store, name, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="classes"' in page
    assert "the largest, “world”, has 40.0&nbsp;% of the test texts" in page
    row = re.search(r"<tr><td[^>]*>Always “world”</td>(.*?)</tr>", page)
    assert row
    cells = re.findall(r">([^<>]+)</td>", row[1])
    assert cells == ["–", "40.00 %", "25.00 %", "14.29 %"]  # F1 of the largest is 2 * 0.4 / 1.4, of the others 0


def test_the_summary_names_the_majority(finished) -> None:
    _, name, store = finished
    out = io.StringIO()
    print_summary(store, name, Console(file=out, width=120))
    assert "always “world”, the largest class: 40.00" in out.getvalue()


def test_a_published_network_is_trained_again_on_four_classes(tmp_path) -> None:
    given = {key: value for key, value in settings(tmp_path).items() if key not in ("recipe", "space", "finals")}
    config = load_config(None, given | {"split": {"training_texts": 40}, "finals": {"test_texts": 20}})
    name = run_reproduction(config, ["cnn-lstm"], "honest", 1, ["study"], Silent())
    store = open_store(config.database)
    finals = frames.finals(store, name)
    assert finals["reference"].tolist() == ["cnn-lstm"]
    assert finals["words"].str.contains("→ softmax;").all()
    assert len(predictions.confusions(store, name)) == 1
    store.close()


def test_the_books_networks_are_points_of_its_space_with_a_head_of_any_size() -> None:
    space = BookSpace(Recipe(batching="bucketed"), classes=4)
    for reference in BOOK:
        configuration = reference.inside(space, 4)
        assert configuration.architecture.head == "softmax"
        assert space.params_of(configuration)["epochs"] == 3


def test_the_books_networks_come_first_in_a_search_on_four_classes(tmp_path) -> None:
    name, store = run(tmp_path, space="book", trials=1, finals={"seeds": 0})
    trials = frames.trials(store, name)
    assert trials["reference"].tolist()[0] == BOOK[0].id
    assert trials["words"].tolist()[0] == "embedding 32 → LSTM 100 → softmax; 3 epochs, learning rate 0.02, " + (
        "learning rate falling to 0, batches of 16, bucketed batching, 40 words, last 12 tokens"
    )
    assert trials["parameters"].tolist()[0] == 40 * 32 + 4 * 100 * (32 + 100 + 1) + 101 * 4
    store.close()


def test_a_softmax_network_is_trained_as_stock_keras_trains_it(tmp_path) -> None:
    """The same weights, batches and optimizer in Keras's own LSTM, loss and training step."""
    import keras

    np.savez(tmp_path / "four.npz", **tiny.four_classes())
    corpus, _ = obtain_corpus(str(tmp_path / "four.npz"), cache=tmp_path / "cache")
    recipe = tiny.RECIPE | {"optimizer": "sgd", "learning_rate": 0.5, "epochs": 1}
    layers = {"embedding_size": 6, "recurrent": [{"units": 5}], "head": "softmax"}
    run_ = Run(Configuration.model_validate({"architecture": layers, "recipe": recipe}), 3, Split(0.2, 0))
    state, metrics = train_epoch(run_, corpus, 1, None)
    training, validation = run_.split.indices(corpus.training.labels)
    ours = predict(run_, corpus.card, corpus.training, validation, state)

    tokens = keras.Input((None,), dtype="int32")
    hidden = keras.layers.LSTM(5)(keras.layers.Embedding(tiny.VOCABULARY, 6)(tokens))
    stock = keras.Model(tokens, keras.layers.Dense(4, activation="softmax")(hidden))
    stock.set_weights(build_network(run_.configuration, tiny.VOCABULARY, 4, seed=3).get_weights())
    stock.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    losses, sizes = [], []
    for batch in training_batches(corpus.training, training, run_.configuration, generator(3, "shuffle", 1)):
        before = stock.evaluate(batch.tokens, batch.labels, verbose=0)
        stock.train_on_batch(batch.tokens, batch.labels)
        losses.append(before[0])
        sizes.append(len(batch.labels))
    assert metrics.train_loss == pytest.approx(np.average(losses, weights=sizes), rel=1e-4)
    for place, weight in enumerate(stock.get_weights()):
        np.testing.assert_allclose(state[f"{place:03d}"], weight, atol=2e-5)
    assert ours.shape == (len(validation), 4)
    np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)
