"""A bundle predicts what the study's network does, also without this program; what is no bundle is one line."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from bundles import FORMS, TEXTS, WORDS, made, studys_own
from hypothesis import given
from hypothesis import strategies as st

from study.bundle import FILES, FORMAT, open_bundle
from study.bundle.folder import EXAMPLE, LINEAR_EXAMPLE, check_place, put
from study.corpus.prepared.encoding import RULES, Preparation
from study.errors import InputError, Refused
from study.training.backend import keras


def example_of(folder: Path):
    """The bundle's predict.py as a module."""
    spec = importlib.util.spec_from_file_location("bundle_example", folder / "predict.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("form", FORMS)
def test_a_bundle_has_the_probabilities_of_the_studys_own_network(form, tmp_path) -> None:
    network, _ = made(tmp_path / "bundle", form)
    bundle = open_bundle(tmp_path / "bundle")
    expected = studys_own(network, TEXTS)
    np.testing.assert_allclose(bundle.probabilities(TEXTS), expected, rtol=0, atol=1e-6)
    assert np.ptp(expected, axis=0).max() > 1e-4  # the texts do differ
    alone = [bundle.predict([text])[0] for text in TEXTS]
    for found, row in zip(alone, expected, strict=True):
        assert found.label == bundle.labels[row.argmax()]
        assert list(found.probabilities.values()) == pytest.approx(row, abs=1e-6)
    example = example_of(tmp_path / "bundle")
    np.testing.assert_allclose([example.probabilities(text) for text in TEXTS], expected, rtol=0, atol=1e-6)


def test_characters_as_tokens(tmp_path) -> None:
    """Texts of a script without spaces: here and by the example, white space of any kind aside."""
    made(tmp_path / "bundle", "sigmoid", tuple("好差很,g\ufffd"), RULES["characters"])
    bundle, example = open_bundle(tmp_path / "bundle"), example_of(tmp_path / "bundle")
    texts = ["很好,G", " 很\u3000好 ,\n g", "很差,x\udcff", "", "G 很好"]
    found = bundle.probabilities(texts)
    np.testing.assert_allclose([example.probabilities(text) for text in texts], found, rtol=0, atol=1e-6)
    assert found[0].tolist() == found[1].tolist()
    assert len({row[0] for row in found.tolist()}) == 4
    assert [each.unknown_words for each in bundle.predict(texts)] == pytest.approx([0, 0, 1 / 5, 1, 0])


def test_both_examples_split_texts_alike() -> None:
    both = [
        path.read_text("utf-8").partition("def tokens")[2].partition("\n\n\n")[0]
        for path in (EXAMPLE, LINEAR_EXAMPLE)
    ]
    assert both[0] == both[1] != ""


@pytest.fixture(scope="module")
def sigmoid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "sigmoid"
    made(folder, "sigmoid")
    return folder


@pytest.fixture(scope="module")
def example(sigmoid):
    return example_of(sigmoid)


@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=20),
    st.sampled_from([" ", "\t", "!"]),
)
def test_the_example_prepares_any_text_as_the_corpus_was(example, words, between) -> None:
    text = between.join(words)
    ids = Preparation(WORDS).encode([text])[0][-12:]
    kept = [number if number < 11 else 2 for number in ids]
    assert example.token_ids(text) == [0] * (-len(kept) % 8) + kept


def test_the_example_runs_elsewhere_and_without_this_program(tmp_path) -> None:
    """Apart from the network nothing of ours may be loaded; -I leaves this folder and PYTHONPATH out."""
    network, _ = made(tmp_path / "bundle", "softmax")
    code = (
        "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__'); "
        "loaded = {name.split('.')[0] for name in sys.modules}; "
        "assert not loaded & {'study', 'results', 'search_spaces', 'optuna', 'pydantic'}"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TF_"))}
    command = [sys.executable, "-I", "-c", code, tmp_path / "bundle" / "predict.py", *TEXTS]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line, row in zip(done.stdout.splitlines(), studys_own(network, TEXTS), strict=True):
        label, probability = line.split("\t")
        assert label == f"class {row.argmax()}"
        assert float(probability) == pytest.approx(row.max(), abs=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_example_runs_where_tensorflow_alone_is_installed(tmp_path) -> None:
    import tensorflow

    network, _ = made(tmp_path / "bundle", "sigmoid")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    wanted = f"tensorflow=={tensorflow.__version__}"
    install = [python, "-m", "pip", "install", "--quiet", wanted, f"keras=={keras.__version__}"]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"{wanted} cannot be installed here: {installed.stderr.strip().splitlines()[-1]}")
    command = [python, tmp_path / "bundle" / "predict.py", *TEXTS]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr
    for line, row in zip(done.stdout.splitlines(), studys_own(network, TEXTS), strict=True):
        assert float(line.split("\t")[1]) == pytest.approx(row.max(), abs=1e-5)


def test_stock_keras_reads_all_three_forms_of_the_network(sigmoid) -> None:
    whole = keras.saving.load_model(sigmoid / "model.keras")
    apart = keras.models.model_from_json((sigmoid / "architecture.json").read_text(encoding="utf-8"))
    apart.load_weights(sigmoid / "model.weights.h5")
    tokens = np.array([[1, 4, 5, 6, 7, 2, 8, 9]])
    np.testing.assert_array_equal(whole(tokens), apart(tokens))
    assert b"study" not in zipfile.ZipFile(sigmoid / "model.keras").read("config.json")


def test_unknown_words_are_a_share_of_the_texts_words(sigmoid) -> None:
    found = open_bundle(sigmoid).predict(["the film", "a film", "unheard of film", "nothing known", "", "..."])
    assert [each.unknown_words for each in found] == pytest.approx([0, 0.5, 2 / 3, 1, 1, 1])  # a: cut as too rare


def test_one_text_in_place_of_a_list_is_refused(sigmoid) -> None:
    with pytest.raises(InputError, match="expected a list of texts, got str; one text is a list of one"):
        open_bundle(sigmoid).predict("a film")
    assert open_bundle(sigmoid).predict([]) == []


def test_a_bundle_without_words_takes_ids(tmp_path) -> None:
    network, _ = made(tmp_path / "ids", "sigmoid", words=None)
    bundle = open_bundle(tmp_path / "ids")
    expected = studys_own(network, ["the film good", "a"])
    np.testing.assert_allclose(bundle.probabilities(["1 4 5 7", "1 99"]), expected, atol=1e-6)
    assert [found.unknown_words for found in bundle.predict(["1 4 5 7", "1 99"])] == [0, 1]
    example = example_of(tmp_path / "ids")
    np.testing.assert_allclose(example.probabilities("1 4 5 7"), expected[0], atol=1e-6)
    for text in ("the film", "", "1 -4"):
        with pytest.raises(InputError, match=r"expected a text as its ids.*--word-index FILE"):
            bundle.predict([text])


# -- what is refused


def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def with_lambda(folder: Path) -> None:
    tokens = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Lambda(lambda x: keras.ops.cast(x[:, :1], "float32"))(tokens)
    keras.Model(tokens, hidden).save(folder / "model.keras")


def with_foreign_layer(folder: Path) -> None:
    rewrite(folder, lambda config: config.replace('"class_name": "LSTM"', '"class_name": "system"'))


def rewrite(folder: Path, change) -> None:
    with zipfile.ZipFile(folder / "model.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts["config.json"].decode()).encode()
    assert changed != parts["config.json"]
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, changed if name == "config.json" else part)


def edited(name: str, **changes: object):
    def edit(folder: Path) -> None:
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps(value | changes), encoding="utf-8")

    return edit


def without(name: str):
    return lambda folder: (folder / name).unlink()


def cut(name: str):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200])


BROKEN = {
    "newer": (
        edited("bundle.json", format=FORMAT + 1, made_by="architecture-study 9.0"),
        f"format {FORMAT} at most, got format {FORMAT + 1}, made by architecture-study 9.0; use that version",
    ),
    "other JSON": (edited("bundle.json", kind="a toolbox"), "its bundle.json is of something else"),
    "no description": (without("bundle.json"), "it has no bundle.json; `study export` makes one"),
    "no vocabulary": (without("vocabulary.json"), "vocabulary.json is missing or damaged .No such file"),
    "no network": (without("model.keras"), "model.keras is missing or damaged .No such file"),
    "network cut": (cut("model.keras"), "model.keras is missing or damaged .File is not a zip file"),
    "labels cut": (lambda folder: (folder / "labels.json").write_text("["), "labels.json is missing or damaged"),
    "labels of another": (
        lambda folder: (folder / "labels.json").write_text('["a", "b", "c"]'),
        "3 labels do not fit the network's output",
    ),
    "edited": (
        edited("preparation.json", sequence_length=99),
        "preparation.json is missing or damaged .it is not",
    ),
    "configuration": (edited("bundle.json", configuration={}), "its configuration is not valid"),
    "lambda": (
        with_lambda,
        "stock Keras layers alone, got __lambda__, keras.layers.Lambda; such a file may",
    ),
    "foreign": (with_foreign_layer, "stock Keras layers alone, got keras.layers.system"),
    "bad weights": (
        lambda folder: rewrite(folder, lambda config: config.replace('"units": 3', '"units": 4')),
        "Keras cannot read it",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_whole_bundle_is_refused_in_one_line(case, sigmoid, tmp_path) -> None:
    damage, message = BROKEN[case]
    damage(copied(sigmoid, tmp_path / "broken"))
    with pytest.raises(InputError, match=message) as raised:
        open_bundle(tmp_path / "broken")
    assert "\n" not in str(raised.value)


def test_no_folder_and_a_file_are_refused(sigmoid, tmp_path) -> None:
    with pytest.raises(InputError, match=r"nowhere: expected the folder of a bundle, got nothing; `study export`"):
        open_bundle(tmp_path / "nowhere")
    with pytest.raises(InputError, match="expected the folder of a bundle, got a file"):
        open_bundle(sigmoid / "model.keras")


# -- where it is put


def fill(place: Path) -> None:
    (place / "bundle.json").write_text(
        json.dumps({"kind": "architecture-study bundle", "format": 1}), encoding="utf-8"
    )


def test_a_bundle_is_replaced_by_a_bundle_and_nothing_else_is(tmp_path) -> None:
    put(tmp_path / "deep" / "bundle", fill, force=False)
    (tmp_path / "deep" / "bundle" / "model.keras").write_text("older", encoding="utf-8")
    put(tmp_path / "deep" / "bundle", fill, force=False)
    assert [path.name for path in (tmp_path / "deep" / "bundle").iterdir()] == ["bundle.json"]
    (tmp_path / "deep" / "bundle" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match=r"it holds notes\.txt; name another, or --force"):
        put(tmp_path / "deep" / "bundle", fill, force=False)
    put(tmp_path / "deep" / "bundle", fill, force=True)
    assert (tmp_path / "deep" / "bundle" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["bundle"]


def test_files_of_the_same_names_that_are_no_bundle_are_kept(tmp_path) -> None:
    (tmp_path / "labels.json").write_text("[]", encoding="utf-8")
    with pytest.raises(Refused, match="it holds files of the same names"):
        check_place(tmp_path, force=False)


def test_a_file_and_the_present_folder_are_refused_even_by_force(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refused, match="expected a folder for the bundle, got a file"):
        check_place(tmp_path / "file", force=True)
    monkeypatch.chdir(tmp_path)
    for folder in (Path("."), tmp_path.parent):
        with pytest.raises(Refused, match="expected a folder of its own for the bundle; name one, as in -o model"):
            check_place(folder, force=True)


def test_a_write_that_fails_leaves_what_was_there(tmp_path) -> None:
    put(tmp_path / "bundle", fill, force=False)

    def fails(place: Path) -> None:
        (place / "model.keras").write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        put(tmp_path / "bundle", fails, force=False)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bundle", "bundle.json"]


def test_every_file_is_named_in_the_list(sigmoid) -> None:
    assert sorted([*(path.name for path in sigmoid.iterdir()), "linear.npz"]) == list(FILES)
