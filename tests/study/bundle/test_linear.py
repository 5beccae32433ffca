"""A linear baseline as a bundle: it tells the test texts as it was scored, here and by the example alone."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tiny

from results.evidence.evidence import gather
from results.store.database import open_store
from study.bundle import open_bundle
from study.bundle.choice import ChosenBaseline, choose_any
from study.bundle.export import export
from study.corpus import Split, obtain_corpus
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.sealed import open_test_part
from study.driver.ledger import Ledger
from study.errors import InputError
from study.jobs.finals import Finals
from study.progress.watcher import Silent
from study.training.linear.baselines import BASELINES
from study.workers.engine import InProcess

SPLIT = Split(0.25, seed=3)
KINDS = list(BASELINES)


@pytest.fixture(scope="module", params=["two", "four"])
def scored(request, tmp_path_factory):
    """A study's baselines, scored on the tiny corpus or on four classes."""
    folder = tmp_path_factory.mktemp(request.param)
    path = folder / "corpus.npz"
    np.savez(path, **(tiny.arrays() if request.param == "two" else tiny.four_classes()))
    corpus, _ = obtain_corpus(str(path), cache=folder / "cache")
    (folder / "words.json").write_text(json.dumps({f"w{n}": n - 3 for n in range(4, 60)}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, open_store(folder / "study.db", create=True) as store:
        for kind, (fit, grid) in list(BASELINES.items()):  # fewer settings: what is chosen is not the question
            patch.setitem(BASELINES, kind, (fit, {name: values[:1] for name, values in grid.items()}))
        ledger = Ledger(store, corpus.card, folder / "states")
        ledger.begin("study run")
        ledger.begin_study("tiny", SPLIT, {})
        home = folder_of(corpus.card.fingerprint, folder / "cache")
        Finals("tiny", ledger, Silent(), test_texts=None, seed=3).run_baselines(KINDS, InProcess(), home, SPLIT)
        yield folder, store, open_test_part(corpus.card.fingerprint, folder / "cache")


def exported(scored, kind, to, **options):
    folder, store, _ = scored
    return export(store, "tiny", kind, to, states=folder / "states", cache=folder / "cache", **options)


def in_words(texts) -> list[str]:
    return [" ".join(f"w{token}" for token in part[1:]) for part in np.split(texts.tokens, texts.offsets[1:-1])]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_tells_each_test_text_as_it_was_scored(scored, kind, tmp_path) -> None:
    folder, store, test = scored
    bundle = open_bundle(exported(scored, kind, tmp_path / "model", word_index=folder / "words.json"))
    told = np.array([bundle.labels.index(found.label) for found in bundle.predict(in_words(test))])
    row = gather(store, "tiny").baselines.set_index("kind").loc[kind]
    assert (told == test.labels).tolist() == row["hits"].tolist()
    assert row["test_accuracy"] > 0.5
    assert bundle.probabilities(["w5 w6", ""]).sum(axis=1) == pytest.approx([1, 1])
    assert bundle.predict(["unheard"])[0].unknown_words == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_says_the_same_with_numpy_alone(scored, kind, tmp_path) -> None:
    folder, _, test = scored
    place = exported(scored, kind, tmp_path / "model", word_index=folder / "words.json")
    texts = [*in_words(test)[:9], "unheard of", "w4 w4 W5!"]
    code = (  # None in sys.modules is what cannot be imported
        "import sys, runpy; sys.modules.update(dict.fromkeys(['tensorflow', 'sklearn', 'scipy', 'study']));"
        "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    )

    def run(*arguments: str):
        command = [sys.executable, "-c", code, place / "predict.py", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    without = run()
    assert without.returncode == 1
    assert "expected texts, got none; try: python" in without.stderr
    said = run(*texts).stdout
    ours = open_bundle(place).predict(texts)
    assert [line.split("\t") for line in said.splitlines()] == [
        [found.label, f"{found.probability:.6f}"] for found in ours
    ]


def test_it_is_named_by_kind_or_title_and_has_a_card(scored, tmp_path) -> None:
    _, store, _ = scored
    evidence = gather(store, "tiny")
    for which in ("nb-svm", "NB-SVM"):
        chosen = choose_any(store, evidence, which)
        assert isinstance(chosen, ChosenBaseline)
        assert (chosen.kind, chosen.split) == ("nb-svm", SPLIT)
    with pytest.raises(InputError, match="there are: tf-idf, nb-svm"):
        choose_any(store, evidence, "logistic")
    place = exported(scored, "nb-svm", tmp_path / "model")
    card = (place / "MODEL_CARD.md").read_text("utf-8")
    accuracy = evidence.baselines.set_index("kind").loc["nb-svm", "test_accuracy"]
    for words in (
        f"| this model | {100 * accuracy:.2f} %",
        "NumPy and this folder alone",
        "fitted again from them",
    ):
        assert words in card
    assert sorted(path.name for path in place.iterdir()) == [
        *("MODEL_CARD.md", "bundle.json", "labels.json", "linear.npz", "predict.py", "preparation.json")
    ]
    assert open_bundle(place).predict(["1 5 6"])[0].label in evidence.card["classes"]


def test_damaged_arrays_are_one_line_and_pickles_are_not_read(scored, tmp_path) -> None:
    place = exported(scored, "tf-idf", tmp_path / "model")
    arrays = dict(np.load(place / "linear.npz"))
    np.savez(place / "linear.npz", **arrays | {"biases": np.zeros(9)})
    with pytest.raises(InputError, match="do not fit together"):
        open_bundle(place)
    np.savez(place / "linear.npz", **arrays | {"biases": np.array([{}], object)})
    with pytest.raises(InputError, match=r"linear\.npz is missing or damaged"):
        open_bundle(place)
