"""The code of docs/notebook.md runs, on a made-up study, and gives what the page says."""

import re
from pathlib import Path

import pandas as pd
from synthetic import filled

from results.evidence import frames, predictions, studies
from results.evidence.columns import CONFUSED

PAGE = (Path(__file__).parents[2] / "docs" / "notebook.md").read_text(encoding="utf-8")


def test_its_code_runs(tmp_path, monkeypatch) -> None:
    filled(tmp_path / "runs" / "study.db", trials=8).close()
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 6
    names: dict = {}
    for block in blocks:
        exec(block, names)
    trials = names["trials"]
    assert names["best_first"]["validation_accuracy"].iloc[0] == trials["validation_accuracy"].max()
    assert names["best_first"]["lstm_units"].notna().all()
    curves, first = names["curves"], trials.iloc[0]
    assert curves[0].dropna().iloc[-1] == first["validation_accuracy"]
    assert curves[0].notna().sum() == first["epochs"]
    assert names["summary"]["n"].tolist() == [3] * 5
    assert len(names["pairs"]) == 10
    assert names["figure"].data


def test_docstrings_tell_every_column() -> None:
    documented = {
        frames.trials: (frames.TRIALS, ["params"]),
        frames.epochs: (frames.EPOCHS, []),
        frames.finals: (frames.FINALS, []),
        frames.baselines: (frames.BASELINES, ["settings", "hits", "confusion"]),
        frames.invocations: (frames.INVOCATIONS, ["environment"]),
        predictions.confused: (CONFUSED, []),
    }
    for function, (columns, objects) in documented.items():
        told = dict.fromkeys(objects, "object") | columns
        lines = [
            re.match(r" {4}([a-z0-9_, ]+?) {2,}(\S+)", line) for line in (function.__doc__ or "").splitlines()
        ]
        said = {name: line[2] for line in lines if line for name in line[1].split(", ")}
        said |= {
            name.strip(): "datetime64[us, UTC]"
            for names in re.findall(
                r"^    ([a-z0-9_, ]+?) +datetime64\[us, UTC\]", function.__doc__ or "", re.MULTILINE
            )
            for name in names.split(",")
        }
        assert said == told, function.__name__


def test_csv_files_are_the_frames(tmp_path) -> None:
    from results.evidence.csv_files import write_csv

    with filled(tmp_path / "study.db", trials=8) as store:
        files = {path.stem: path for path in write_csv(store, None, tmp_path / "csv")}
        expected = frames.finals(store, studies.study_names(store)[0])
    assert set(files) == {"trials", "epochs", "finals", "baselines", "configurations", "confusions"}
    finals = pd.read_csv(files["finals"])
    assert list(finals.columns) == list(frames.FINALS)
    assert finals["test_accuracy"].tolist() == expected["test_accuracy"].tolist()
    assert list(pd.read_csv(files["baselines"]).columns) == [*frames.BASELINES, "settings"]  # empty, with its head
