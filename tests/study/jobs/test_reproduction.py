"""Published networks by name, under the published recipe and under the study's."""

import io
import math
import sqlite3

import pytest
import synthetic
import tiny
from rich.console import Console
from scipy import stats
from watching import Listening

from results.evidence import frames
from results.statistics.published import figures
from results.store.database import open_store
from results.terminal.summary import print_summary
from search_spaces import BOOK, REFERENCES, UnknownName, reference
from study.config import load_config
from study.corpus import Split
from study.errors import InputError
from study.jobs.reproduction import plan_reproduction, references_named, run_reproduction
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

WHOLE = Split(0.0, 0)


def settings(folder):
    given = tiny.settings(folder)
    for own in ("recipe", "space", "finals"):
        del given[own]
    return load_config(None, given)


def test_names_and_groups_give_each_reference_once() -> None:
    assert references_named(["book"]) == list(BOOK)
    assert references_named(["all"]) == list(REFERENCES)
    assert references_named(["cnn-lstm", "book"]) == [BOOK[3], *BOOK[:3]]
    with pytest.raises(
        UnknownName, match=r"no reference is called 'cnn'; expected one of: cnn-lstm, embedding-lstm-50"
    ):
        references_named(["cnn"])


def test_the_faithful_recipe_is_the_published_one_and_reads_the_test_part_after_every_epoch(tmp_path) -> None:
    planned = plan_reproduction([reference("simple-lstm")], "faithful", 2, settings(tmp_path), WHOLE)
    assert [(final.kind, final.run.configuration.recipe.epochs, final.run.seed) for final in planned] == [
        ("reading", 1, 0),
        ("reading", 2, 0),
        ("final", 3, 0),
        ("reading", 1, 1),
        ("reading", 2, 1),
        ("final", 3, 1),
    ]
    assert planned[2].run.configuration == reference("simple-lstm").configuration
    assert len({final.run.key for final in planned}) == 2  # one run a seed, read off at every epoch


def test_the_honest_recipe_reads_it_once(tmp_path) -> None:
    planned = plan_reproduction(list(BOOK), "honest", 1, settings(tmp_path), WHOLE)
    assert [final.kind for final in planned] == ["final"] * 4
    assert {final.run.configuration.recipe.batching for final in planned} == {"bucketed"}


def test_every_published_network_is_trained_as_published_and_only_the_book_reads_on_the_way(tmp_path) -> None:
    planned = plan_reproduction(references_named(["all"]), "faithful", 1, settings(tmp_path), WHOLE)
    finals = [final.run.configuration for final in planned if final.kind == "final"]
    assert finals == [known.configuration for known in REFERENCES]
    read = {final.run.configuration.architecture for final in planned if final.kind == "reading"}
    assert read == {known.configuration.architecture for known in BOOK}
    assert len(planned) == len(REFERENCES) + 2 * len(BOOK)


def test_the_honest_recipe_departs_in_batching_alone(tmp_path) -> None:
    planned = plan_reproduction(references_named(["all"]), "honest", 1, settings(tmp_path), WHOLE)
    for final, known in zip(planned, REFERENCES, strict=True):
        assert final.run.configuration.with_recipe(batching="fixed") == known.configuration


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["faithful", "honest"])
def test_all_seven_train_and_are_held_against_their_own_figures(tmp_path, recipe) -> None:
    """Zeros behind the text, whole vocabulary, raw ids and softmax heads among them."""
    config = settings(tmp_path)
    name = run_reproduction(config, ["all"], recipe, 2, ["study"], Silent())
    with open_store(config.database) as store:
        finals, epochs = frames.finals(store, name), frames.epochs(store, name)
    assert sorted(finals["reference"]) == sorted([known.id for known in REFERENCES] * 2)
    found = figures(finals, epochs, comparable=False).set_index(["reference", "measured"])
    assert len(found) == 5 + 7  # two networks have no published test accuracy, all have a training accuracy
    last = epochs[(epochs["epoch"] == 75)]["train_accuracy"]
    assert found.loc[("index-lstm-50", "training accuracy"), "mean"] == pytest.approx(last.mean())


def test_the_terminal_has_published_beside_ours_with_the_verdict(tmp_path) -> None:
    shown = io.StringIO()
    with synthetic.filled(tmp_path / "study.db", trials=4, seeds=(1, 2, 3, 4, 5)) as store:
        accuracies = frames.finals(store, synthetic.STUDY).query("reference == 'simple-lstm'")["test_accuracy"]
        print_summary(store, synthetic.STUDY, Console(file=shown, width=80))
    lines = [line.split() for line in shown.getvalue().splitlines()]
    reach = stats.t.ppf(0.975, 4) * accuracies.std() * math.sqrt(1 + 1 / 5)
    low, high = accuracies.mean() - reach, accuracies.mean() + reach
    assert low > 0.8679
    assert ["Simple", "LSTM", "test", "86.79", f"{100 * low:.2f}–{100 * high:.2f}", "higher"] in lines
    assert "The book validated on its test texts and learnt from 16,750 texts." in shown.getvalue()
    assert "…" not in shown.getvalue()


def test_a_reproduction_scores_what_it_planned_and_goes_on(tmp_path) -> None:
    config = settings(tmp_path)
    names = ["simple-lstm", "embedding-lstm-50"]
    watch = Listening()
    name = run_reproduction(config, names, "faithful", 1, ["study"], watch)
    by_epoch = [f"Simple LSTM{after}, seed 0" for after in (" after epoch 1", " after epoch 2", "")]
    assert sorted(watch.titles) == ["LSTM on 50 embedded tokens, seed 0", *sorted(by_epoch)]
    assert name == "simple-lstm-embedding-lstm-50-faithful-tiny"
    with open_store(config.database) as store:
        finals, readings = frames.finals(store, name), frames.finals(store, name, "reading")
    assert finals["reference"].tolist() == names
    assert readings["epochs"].tolist() == [1, 2]
    assert finals["parameters"].tolist()[0] == 213_301
    openings = "SELECT COUNT(*) FROM test_openings"
    before = sqlite3.connect(config.database).execute(openings).fetchone()
    assert before == (4,)
    run_reproduction(config, names, "faithful", 1, ["study"], Silent())
    assert sqlite3.connect(config.database).execute(openings).fetchone() == before


def test_an_unknown_recipe_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no recipe is called 'exact'; expected one of: faithful, honest"):
        run_reproduction(settings(tmp_path), ["book"], "exact", 1, ["study"], Silent())
