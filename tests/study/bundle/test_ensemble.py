"""An average as a bundle: it tells texts as the study does, here and by the example with TensorFlow alone."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tiny
from sqlalchemy import update

from results.evidence import averages, predictions
from results.evidence.evidence import gather
from results.metrics.averaging import weighted
from results.store.database import open_store
from results.store.tables import AverageRow
from study.bundle import open_bundle
from study.bundle.ensemble.members import members
from study.bundle.export import export
from study.config import load_config
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.prepared import open_prepared
from study.corpus.prepared.sealed import open_test_part
from study.errors import InputError
from study.jobs.study import run_study
from study.progress.watcher import Silent
from study.training.linear.baselines import BASELINES, fit_again
from study.training.linear.ngrams import ngram_counts


@pytest.fixture(scope="module", params=["two", "four"])
def exported(request, tmp_path_factory):
    """A study whose average is of a network with two seeds and a linear model, as a bundle."""
    folder = tmp_path_factory.mktemp(request.param)
    np.savez(folder / "corpus.npz", **(tiny.arrays() if request.param == "two" else tiny.four_classes()))
    finals = {"seeds": 2, "extra_seeds": 0, "leaders": 0}
    config = load_config(None, tiny.settings(folder, corpus=str(folder / "corpus.npz"), trials=1, finals=finals))
    with pytest.MonkeyPatch.context() as patch:
        for kind, (fit, grid) in list(BASELINES.items()):  # fewer settings: what is chosen is not the question
            patch.setitem(BASELINES, kind, (fit, {name: values[:1] for name, values in grid.items()}))
        name = run_study(config, ["study", "run"], Silent())
    (folder / "words.json").write_text(json.dumps({f"w{n}": n - 3 for n in range(4, 60)}), encoding="utf-8")
    with open_store(config.database) as store:
        evidence = gather(store, name)
        networks = [
            {"configuration": each, "seeds": [10, 11], "weight": weight}
            for each, weight in zip(evidence.summary["configuration"], (0.75,), strict=True)
        ]
        settings = evidence.baselines.set_index("kind").loc["nb-svm", "settings"]
        linear = [{"kind": "nb-svm", "settings": settings, "weight": 0.25}]
        with store.session() as session:  # a choice that has a bit of all in it
            session.execute(update(AverageRow).values(members={"networks": networks, "linear": linear}))
        options = {"states": config.states, "cache": config.cache, "word_index": folder / "words.json"}
        bundle = export(store, name, "ensemble", folder / "model", **options)
        yield bundle, store, name, config, options


def in_words(texts) -> list[str]:
    return [" ".join(f"w{token}" for token in part[1:]) for part in np.split(texts.tokens, texts.offsets[1:-1])]


def of_the_study(store, name, config) -> tuple[np.ndarray, list[str]]:
    """What the finals told and the baseline tells, averaged [texts, classes]; and the texts."""
    kept, evidence = averages.kept(store, name), gather(store, name)
    corpus = open_prepared(folder_of(evidence.card["fingerprint"], config.cache))
    test = open_test_part(corpus.card.fingerprint, corpus.folder.parent)
    told = [predictions.mean_of(store, name, each["configuration"], each["seeds"]) for each in kept.networks]
    split = members(store, evidence)[-1][1].split
    model, keys = fit_again("nb-svm", corpus.training, split, kept.linear[0]["settings"], split.seed)
    counts = ngram_counts(test, np.arange(len(test)), keys)[0]
    told.append(model.probabilities(counts, len(corpus.card.classes)))
    return weighted(told, [0.75, 0.25]), in_words(test)


def test_its_probabilities_are_the_studys(exported) -> None:
    bundle, store, name, config, _ = exported
    expected, texts = of_the_study(store, name, config)
    np.testing.assert_allclose(open_bundle(bundle).probabilities(texts), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("exported", ["four"], indirect=True)
def test_the_example_says_the_same_with_tensorflow_alone(exported, tmp_path) -> None:
    bundle, store, name, config, _ = exported
    expected, texts = of_the_study(store, name, config)
    code = (  # None in sys.modules is what cannot be imported
        "import sys, runpy, json; sys.modules.update(dict.fromkeys(['study', 'results', 'search_spaces',"
        " 'sklearn', 'scipy', 'pandas', 'optuna']));"
        "told = runpy.run_path(sys.argv[1])['probabilities'];"
        "print(json.dumps([told(text).tolist() for text in sys.argv[2:]]))"
    )
    command = [sys.executable, "-c", code, str(bundle / "predict.py"), *texts[:3]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    np.testing.assert_allclose(json.loads(done.stdout), expected[:3], rtol=0, atol=1e-5)
    without = subprocess.run([sys.executable, bundle / "predict.py"], capture_output=True, text=True, check=False)
    assert without.returncode == 1
    assert "expected texts, got none" in without.stderr


def test_each_member_is_a_bundle_and_the_card_names_it(exported) -> None:
    bundle, store, name, _, _ = exported
    names = sorted(path.name for path in (bundle / "members").iterdir())
    assert names == ["00", "01", "02"]
    card = (bundle / "MODEL_CARD.md").read_text("utf-8")
    assert "| `members/00` | 0.3750 | Best found" in card
    assert "| `members/02` | 0.2500 | NB-SVM: NB-SVM on words" in card
    kept = averages.kept(store, name)
    assert f"| this average | {100 * kept.test_accuracy:.2f} % |" in card
    one = open_bundle(bundle / "members" / "01")
    assert one.description["seed"] == 11
    assert "first seed" not in (one.folder / "MODEL_CARD.md").read_text("utf-8")
    known = open_bundle(bundle).predict(["w5 w6", "unheard"])
    assert [found.unknown_words for found in known] == [0, 1]


def test_a_bundle_of_one_model_takes_its_place_whole(exported, tmp_path) -> None:
    bundle, store, name, _, options = exported
    place = shutil.copytree(bundle, tmp_path / "model")
    export(store, name, "nb-svm", place, **options)
    assert not (place / "members").exists()
    assert open_bundle(place).predict(["w5"])[0].label


def test_weights_that_are_none_are_refused(exported, tmp_path) -> None:
    bundle, *_ = exported
    description = json.loads((bundle / "bundle.json").read_text("utf-8"))
    kept = (bundle / "bundle.json").read_bytes()
    for wrong in ([], [{"weight": "1"}], [{"weight": -0.5}], "all"):
        (bundle / "bundle.json").write_text(json.dumps(description | {"members": wrong}), encoding="utf-8")
        with pytest.raises(InputError, match=r"bundle\.json is missing or damaged \(expected members"):
            open_bundle(bundle)
    (bundle / "bundle.json").write_bytes(kept)


def test_a_study_without_an_average_says_how_to_get_one(exported, tmp_path) -> None:
    _, store, name, _, options = exported
    with store.session() as session:
        rows = session.query(AverageRow).all()
        for row in rows:
            session.delete(row)
    with pytest.raises(InputError, match="has no average to export as ensemble; `study run`"):
        export(store, name, "ensemble", tmp_path / "model", **options)
