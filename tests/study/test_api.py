"""A study from Python: the page's example as it stands, and that `import study` costs next to nothing."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tiny

import study
from results.evidence.frames import EPOCHS, FINALS, TRIALS
from results.statistics.comparisons import PAIRWISE
from results.store.schema import StoreError
from study import InputError, Study, open_bundle

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    return folder, Study(**tiny.settings(folder, trials=3)).run(quiet=True)


def test_the_pages_example_runs_as_it_stands(tmp_path) -> None:
    """Only the corpus and the settings that make it tiny come from here, in the file that the example may name."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    values = tiny.settings(tmp_path, trials=3)
    tables = {name: values.pop(name) for name in ("recipe", "finals")}
    for own in ("corpus", "database", "report"):
        del values[own]
    (tmp_path / "reviews.npz").write_bytes((tmp_path / "tiny.npz").read_bytes())
    words = {word: rank for rank, word in enumerate(["a", "film", *(f"w{n}" for n in range(34))], start=1)}
    (tmp_path / "word_index.json").write_text(json.dumps(words), encoding="utf-8")
    lines = [f"{key} = {value!r}" for key, value in values.items()]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {value!r}" for key, value in table.items())]
    (tmp_path / "study.toml").write_text("\n".join(lines), encoding="utf-8")
    changed = example.replace('profile="quick"', 'config="study.toml"')
    assert changed != example
    (tmp_path / "example.py").write_text(changed, encoding="utf-8")
    command = [sys.executable, "example.py"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "validation_accuracy" in done.stdout
    labels = [line.split() for line in done.stdout.splitlines()[-2:]]
    assert all(label in "01" and 0.5 <= float(probability) <= 1 for label, probability in labels)
    assert (tmp_path / "report.html").stat().st_size > 1e6
    assert (tmp_path / "model" / "MODEL_CARD.md").exists()


def test_its_frames_are_the_results_frames(finished) -> None:
    _, done = finished
    assert list(done.trials.columns)[: len(TRIALS)] == list(TRIALS)
    assert list(done.epochs.columns) == list(EPOCHS)
    assert list(done.finals.columns) == list(FINALS)
    assert list(done.comparisons().columns) == list(PAIRWISE)
    assert len(done.trials) == 3


def test_the_best_is_the_highest_validation_accuracy(finished) -> None:
    _, done = finished
    trials, best = done.trials, done.best
    assert best.validation_accuracy == trials["validation_accuracy"].max()
    row = trials.set_index("number").loc[best.trial]
    assert (best.words, best.configuration.fingerprint) == (row["words"], row["configuration"])
    assert best.test_accuracy == pytest.approx(done.finals["test_accuracy"].mean())
    assert best.seeds == 2


def test_a_study_is_opened_again_without_its_corpus(finished) -> None:
    folder, done = finished
    again = Study.open(folder / "study.db", states=folder / "states", cache=folder / "cache")
    assert again.name == done.name
    assert again.trials.equals(done.trials)
    bundle = again.export(done.best.trial, folder / "bundle")
    assert open_bundle(folder / "bundle").predict(["1 5 6"]) == bundle.predict(["1 5 6"])


def test_its_name_is_read_without_the_rest_of_it(finished, monkeypatch) -> None:
    folder, done = finished
    monkeypatch.setattr("results.evidence.frames.trials", lambda *_: pytest.fail("read"))
    assert Study.open(folder / "study.db").name == done.name
    assert Study.open(folder / "study.db", done.name).name == done.name
    with pytest.raises(StoreError, match=f"expected the name of a study, got 'other'; known: {done.name}"):
        Study.open(folder / "study.db", "other")


def test_bad_settings_and_a_missing_database_say_so(tmp_path) -> None:
    with pytest.raises(InputError, match="unknown key 'trails'"):
        Study(trails=3)
    with pytest.raises(InputError, match="no profile is called 'fast'"):
        Study(profile="fast")
    with pytest.raises(StoreError, match="there is no such database"):
        Study.open(tmp_path / "none.db")
    with pytest.raises(AttributeError, match="module 'study' has no attribute 'Studies'"):
        study.Studies  # noqa: B018


def test_every_public_name_is_there_and_on_the_page() -> None:
    for name in study.__all__:
        assert getattr(study, name).__name__ == name
    for name in ("Study", "open_bundle", "Prediction", "InputError", "Refused"):
        assert name in PAGE


def test_importing_is_light() -> None:
    code = (
        "import sys; import study; first = set(sys.modules); from study import Study, InputError; "
        "heavy = {'tensorflow', 'keras', 'pandas', 'optuna', 'sqlalchemy', 'distributed', 'numpy'}; "
        "print(heavy & set(sys.modules), 'pydantic' in first)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set() False"


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_what_to_do(tmp_path) -> None:
    tiny.settings(tmp_path)
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'support')!r})\n"
        "from pathlib import Path\n"
        "import tiny\n"
        "from study import Study\n"
        f"Study(**tiny.settings(Path({str(tmp_path)!r}), workers=2)).run(quiet=True)\n"
    )
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        "InputError: the workers did not start; expected run() below `if __name__" in done.stderr.splitlines()[-1]
    )
