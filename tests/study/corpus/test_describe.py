"""What is said of a corpus, and the recipe drawn from it: figures computed here by hand."""

import csv
import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny
from corpora import as_zip

from results.store.database import open_store
from study.config import load_config
from study.corpus import Card, Reading, defaults_for, obtain, steps_an_epoch
from study.corpus.describe import describe
from study.errors import Refused
from study.jobs.session import fitted
from study.jobs.study import run_study
from study.progress.watcher import Silent

STUDY = Path(sys.executable).with_name("study")
CARD = Card(
    name="tickets", source="", fingerprint="0" * 64, classes=("a", "b"), stand_in=False, training_texts=9,
    test_texts=9, vocabulary_size=60_000, mean_length=9, median_length=9, p95_length=79.2, covering=7_000,
)  # fmt: skip

# A grammar: opening, matter, closing; the matter alone tells the class. Every text has a number of its own.
OPENINGS = ("Hello,", "Dear team,", "Hi there!", "URGENT:")
MATTERS = {
    "billing": ("I was charged twice", "the invoice is wrong", "please refund my card"),
    "bug": ("the page shows an error", "the app crashes at start", "the button does nothing"),
    "login": ("my password is not accepted", "I am locked out", "the reset code never comes"),
    "praise": ("what a lovely product", "thank you, it works well", "great service"),
}
CLOSINGS = ("Thanks", "Regards", "Please help", "Can you look into it?")


def tickets(path: Path, counts: dict[str, int]) -> Path:
    """Support tickets of four classes, drawn from the grammar."""
    random = np.random.RandomState(0)
    rows = []
    for label, count in counts.items():
        for number in range(count):
            parts = [random.choice(words) for words in (OPENINGS, MATTERS[label], CLOSINGS)]
            rows.append((f"{' '.join(parts)} #{number}{label[0]}", label))
    random.shuffle(rows)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("body", "queue"), *rows])
    return path


@pytest.mark.parametrize(
    ("changes", "length", "vocabulary"),
    [
        ({}, 80, 7_000),
        ({"p95_length": 3.0, "covering": 90}, 20, 1_000),
        ({"p95_length": 4000.0, "covering": 55_000}, 500, 20_000),
        ({"p95_length": 80.0, "vocabulary_size": 300, "covering": 90}, 80, 300),
    ],
)
def test_defaults_are_drawn_from_the_card_within_bounds(changes: dict, length: int, vocabulary: int) -> None:
    card = dataclasses.replace(CARD, **changes)
    found = defaults_for(card)
    assert (found["sequence_length"], found["vocabulary_size"]) == (length, vocabulary)


@pytest.mark.parametrize(
    ("texts", "batch", "epochs", "steps"),
    [
        (20, 8, 12, 24),
        (240, 8, 12, 288),
        (800, 8, 7, 560),
        (2_000, 8, 3, 600),
        (4_800, 16, 3, 720),
        (8_000, 32, 3, 600),
        (12_000, 64, 4, 600),
        (16_000, 64, 3, 600),  # the book's
        (25_000, 64, 3, 939),
        (1_000_000, 64, 3, 37_500),
    ],
)
def test_few_texts_have_small_batches_and_more_epochs(texts: int, batch: int, epochs: int, steps: int) -> None:
    found = defaults_for(dataclasses.replace(CARD, training_texts=texts))
    assert (found["batch_size"], found["epochs"]) == (batch, epochs)
    assert epochs * steps_an_epoch(texts, batch) == steps


def test_published_sets_keep_the_settings() -> None:
    assert defaults_for(dataclasses.replace(CARD, covering=None)) == {}


def test_what_is_set_stays(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Silent()
    watch.said = said.append  # type: ignore[method-assign]
    corpus = obtain("stand-in", Reading(), cache=tmp_path).corpus
    own = dataclasses.replace(corpus, card=CARD)
    config = load_config(None, {"recipe": {"vocabulary_size": 100, "epochs": 5, "schedule": "constant"}})
    assert fitted(config, corpus, watch) is config
    assert said == []
    changed = fitted(config, own, watch).recipe
    assert (changed.sequence_length, changed.vocabulary_size, changed.batch_size, changed.epochs) == (
        80,
        100,
        8,
        5,
    )
    assert (changed.batching, changed.schedule) == ("bucketed", "constant")
    assert said == [
        "Recipe for tickets: sequence_length 80, batch_size 8; other values go into [recipe] of a TOML file."
    ]
    assert fitted(load_config(None, {}), own, watch, leaving=("epochs",)).recipe.epochs == 3
    quick = load_config(None, {"profile": "quick"})  # 200 tokens, since it is to be quick
    assert fitted(quick, own, watch).recipe.sequence_length == 200


def test_four_imbalanced_classes_described(tmp_path: Path) -> None:
    path = tickets(tmp_path / "t.csv", {"billing": 60, "bug": 30, "login": 20, "praise": 10})
    figures = dict(describe(obtain(str(path), Reading(), cache=tmp_path / "cache")))
    assert figures["texts"] == "96 for training, 24 for testing"
    assert figures["  billing"] == "48 for training (50.0 %), 12 for testing"
    assert figures["  praise"] == "8 for training (8.3 %), 2 for testing"
    assert figures["columns"] == "texts 'body', labels 'queue', guessed by their names"
    assert figures["empty"] == "0 of 120 texts without a word, left out"
    assert figures["test half"] == "20 % of each class, cut off"
    assert figures["  sequence_length"].startswith("20 ")
    assert figures["  batch_size"] == "8 (10 steps an epoch on 80 % of the texts; 8 to 64)"
    assert figures["  epochs"] == "12 (120 steps, 500 are aimed at; 3 to 12; a search tries 1 to 24)"


def test_described_on_the_command_line(tmp_path: Path) -> None:
    tickets(tmp_path / "t.csv", {"billing": 60, "bug": 30})
    packed = as_zip(tmp_path / "t.zip", {"t.csv": (tmp_path / "t.csv").read_bytes()})
    command = [str(STUDY), "corpus", "describe", str(packed), "--cache", "cache", "--test-fraction", "0.5"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "45 for training, 45 for testing" in done.stdout
    bad = subprocess.run(
        [*command, "--label-column", "no"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert bad.returncode == 2
    assert bad.stderr == f"error: {packed}: t.csv: expected a column 'no'; there are: body, queue\n"


def test_a_study_of_tickets_takes_their_recipe_into_its_terms(tmp_path: Path) -> None:
    path = tickets(tmp_path / "tickets.csv", {"billing": 50, "bug": 30})
    given = tiny.settings(tmp_path, corpus=str(path), trials=1, finals={"seeds": 0, "baselines": False})
    given["recipe"] = {"batch_size": 16}
    said: list[str] = []
    watch = Silent()
    watch.said = said.append  # type: ignore[method-assign]
    run_study(load_config(None, given), ["study", "run"], watch)
    assert any(line.startswith("Recipe for tickets: sequence_length 20, vocabulary_size ") for line in said)
    with open_store(given["database"]) as store, store.session() as session:  # type: ignore[arg-type]
        from results.store.tables import CorpusRow

        card = session.query(CorpusRow).one().card
    assert card["classes"] == ["billing", "bug"]
    assert "labels from 'queue'" in card["source"]
    other = load_config(None, {**given, "recipe": {"batch_size": 16, "sequence_length": 30}})
    with pytest.raises(Refused, match=r"begun with other terms: recipe\.sequence_length: "):
        run_study(other, ["study", "run"], watch)
