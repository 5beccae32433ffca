"""Texts and a search space that are given from Python: lists, a DataFrame, a function."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny

from search_spaces import Architecture, BadSpace, Configuration, Recipe, load_space
from study import InputError, Study
from study.corpus import Reading, obtain
from study.errors import Refused

pytestmark = pytest.mark.usefixtures("words_are_counted")

ROOT = Path(__file__).parents[2]
TEXTS = [f"Ticket {number}: {words}" for number in range(30) for words in ("invoice refund", "crash screen")]
LABELS = ["billing", "bug"] * 30


def suggest(trial, recipe):
    units = trial.suggest_int("units", 2, 4)
    architecture = Architecture.model_validate({"embedding_size": 4, "recurrent": [{"units": units}]})
    return Configuration(architecture=architecture, recipe=recipe).with_recipe(epochs=1)


def wider(trial, recipe):
    units = trial.suggest_int("units", 2, 4)  # the same ranges, another source
    architecture = Architecture.model_validate({"embedding_size": 8, "recurrent": [{"units": units}]})
    return Configuration(architecture=architecture, recipe=recipe).with_recipe(epochs=1)


def given(folder: Path, **changes: object) -> dict[str, object]:
    settings = tiny.settings(folder, trials=2, finals={"seeds": 0, "baselines": False}, **changes)
    return {key: value for key, value in settings.items() if key not in ("corpus", "recipe")}


def prepared(study: Study):
    config = study.config
    told = Reading(config.text_column, config.label_column)
    return obtain(config.corpus, told, cache=Path(str(config.cache))).corpus.card


def test_lists_are_a_corpus_like_the_same_table(tmp_path) -> None:
    study = Study(texts=TEXTS, labels=LABELS, **given(tmp_path))
    card = prepared(study)
    assert card.classes == ("billing", "bug")
    assert re.fullmatch(r"texts-[0-9a-f]{10}", card.name)
    pd.DataFrame({"text": TEXTS, "label": LABELS}).to_csv(tmp_path / "t.csv", index=False)
    assert (
        obtain(str(tmp_path / "t.csv"), Reading(), cache=tmp_path / "c").corpus.card.fingerprint
        == card.fingerprint
    )
    before = Path(study.config.corpus).stat().st_mtime_ns
    again = Study(texts=tuple(TEXTS), labels=np.array(LABELS), **given(tmp_path))
    assert again.config.corpus == study.config.corpus
    assert Path(study.config.corpus).stat().st_mtime_ns == before  # kept once
    assert Study(texts=TEXTS, labels=LABELS[::-1], **given(tmp_path)).config.corpus != study.config.corpus


@pytest.mark.parametrize("numbers", [[1, 2] * 30, np.array([1, 2] * 30), [1.0, 2.0] * 30, [True, False] * 30])
def test_labels_may_be_numbers(numbers, tmp_path) -> None:
    classes = prepared(Study(texts=TEXTS, labels=numbers, **given(tmp_path))).classes
    assert classes == (("False", "True") if isinstance(numbers[0], bool) else ("1", "2"))


def test_a_data_frame_with_several_columns_of_text(tmp_path) -> None:
    frame = pd.DataFrame({"subject": ["hello", None, float("nan")] * 20, "body": TEXTS, "n": 1, "queue": LABELS})
    frame["queue"] = frame["queue"].astype("category")
    study = Study(frame, text=["subject", "body"], label="queue", **given(tmp_path))
    assert study.config.text_column == ("subject", "body")
    frame.to_csv(tmp_path / "t.csv", index=False)
    told = Reading(("subject", "body"), "queue")
    same = obtain(str(tmp_path / "t.csv"), told, cache=tmp_path / "c").corpus.card
    card = prepared(study)
    assert (card.fingerprint, card.reading) == (same.fingerprint, same.reading)
    guessed = Study(frame[["body", "queue"]], **given(tmp_path))
    assert (guessed.config.text_column, guessed.config.label_column) == (("body",), "queue")
    missing = Study(texts=[None, *TEXTS], labels=["bug", *LABELS[:-1], float("nan")], **given(tmp_path))
    assert prepared(missing).training_texts + prepared(missing).test_texts == 59


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"texts": TEXTS}, "expected both texts= and labels="),
        ({"corpus": "imdb", "texts": TEXTS, "labels": LABELS}, "and no corpus beside them"),
        ({"texts": TEXTS, "labels": LABELS[1:]}, "expected a label for each text, got 60 texts and 59 labels"),
        ({"texts": "a text", "labels": LABELS}, "expected lists of texts and of labels, got a single string"),
        ({"texts": [b"bytes", *TEXTS[1:]], "labels": LABELS}, "as 'text', got bytes at place 0"),
        ({"texts": TEXTS, "labels": [["a"], *LABELS[1:]]}, "as 'label', got list at place 0"),
        ({"corpus": "t.csv", "text": "body"}, "with a DataFrame; of a path: text_column= and label_column="),
        ({"corpus": 5}, "expected a corpus by its name or path, or a DataFrame, got int"),
        ({"corpus": pd.DataFrame({"a": TEXTS, "b": LABELS})}, "the DataFrame: .* which of a, b they are"),
        (
            {"corpus": pd.DataFrame({"a": TEXTS}), "text": "b"},
            "the DataFrame: expected a column 'b'; there are: a",
        ),
        ({"space": 5}, "space: expected a name, a path or a function"),
    ],
)
def test_what_is_no_corpus_is_one_line(arguments, match, tmp_path) -> None:
    with pytest.raises(InputError, match=match) as error:
        Study(**given(tmp_path) | arguments)
    assert "\n" not in str(error.value)


def test_a_function_is_a_space_and_its_source_is_among_the_terms(tmp_path) -> None:
    study = Study(texts=TEXTS, labels=LABELS, **given(tmp_path, space=suggest)).run(quiet=True)
    assert study.name.startswith("suggest-texts-")
    assert len(study.trials) == 2
    Study(texts=TEXTS, labels=LABELS, **given(tmp_path, space=suggest)).run(quiet=True)
    other = Study(texts=TEXTS, labels=LABELS, **given(tmp_path, space=wider, name=study.name))
    with pytest.raises(Refused, match=r"source of the space's function: [0-9a-f]{16} -> [0-9a-f]{16}"):
        other.run(quiet=True)


@pytest.mark.slow
def test_workers_of_their_own_need_no_function(tmp_path) -> None:
    settings = given(tmp_path, space=suggest, workers=2) | {"trials": 4}
    assert len(Study(texts=TEXTS, labels=LABELS, **settings).run(quiet=True).trials) == 4


def test_a_function_without_a_source_is_one_line() -> None:
    made: dict = {}
    exec("def suggest(trial, recipe): ...", made)
    with pytest.raises(
        BadSpace, match=r"expected a function whose source can be read, .* write it into a file"
    ) as error:
        load_space(made["suggest"], Recipe())
    assert "\n" not in str(error.value)
    with pytest.raises(BadSpace, match="suggest failed: ZeroDivisionError"):
        load_space(lambda trial, recipe: 1 / 0, Recipe())


def test_a_notebooks_cell_is_a_source(tmp_path) -> None:
    """As IPython does: the cell's text is in linecache under a name that is no file."""
    code = (
        "import linecache\n"
        "cell = 'def suggest(trial, recipe):\\n    from test_from_python import suggest\\n"
        "    return suggest(trial, recipe)\\n'\n"
        "linecache.cache['<ipython-input-1>'] = (len(cell), None, cell.splitlines(True), '<ipython-input-1>')\n"
        "exec(compile(cell, '<ipython-input-1>', 'exec'))\n"
        "from search_spaces import Recipe, load_space\n"
        "print(load_space(suggest, Recipe()).source)\n"
    )
    path = f"{ROOT}:{Path(__file__).parent}:{ROOT / 'tests' / 'support'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch("[0-9a-f]{16}\n", done.stdout), done.stderr
