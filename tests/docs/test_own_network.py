"""docs/own-network.md word for word: its file and its commands, in a folder that has a table of texts alone."""

import csv
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "own-network.md").read_text(encoding="utf-8")
PROGRAMS = str(Path(sys.executable).parent)


def write_reviews(path: Path) -> None:
    """500 short texts that say what they think in one word of ten."""
    generator = random.Random(0)
    said = {"positive": ["great", "moving", "fine"], "negative": ["waste", "dull", "poor"]}
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for _ in range(500):
            label = generator.choice(list(said))
            words = generator.choices([f"word{number}" for number in range(60)], k=generator.randint(8, 20))
            rows.writerow(
                [" ".join([*words, generator.choice(said[label]), "a", "film", "what", "of", "time"]), label]
            )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A fresh folder in which the page's commands have run."""
    folder = tmp_path_factory.mktemp("page")
    write_reviews(folder / "reviews.csv")
    (file,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (folder / "maxpool.py").write_text(file, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def said(folder) -> list[list[str]]:
    """What each command said, line by line."""
    (commands,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    environment = os.environ | {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    found = []
    for command in commands.splitlines():
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.splitlines())
    return found


def test_its_file_is_ten_lines() -> None:
    (file,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(list(filter(None, file.splitlines()))) <= 10


@pytest.mark.timeout(1800)  # whole commands, each of which loads TensorFlow, on a machine with other work
def test_its_network_wins_and_predicts_the_same_in_stock_keras(said) -> None:
    ran, exported, predicted, alone = said
    assert any(line.startswith("Best found") and "own network (maxpool.py, size" in line for line in ran)
    assert any(line.startswith("Bundle: model") for line in exported)
    assert [line.split()[0] for line in predicted] == ["positive", "negative"]
    for ours, stock in zip(predicted, alone, strict=True):
        assert ours.split()[0] == stock.split()[0]
        assert abs(float(ours.split()[1]) - float(stock.split()[1])) <= 1e-5


def test_the_spaces_command_lists_its_parameters(folder, said) -> None:
    command = [f"{PROGRAMS}/study", "spaces", "show", "maxpool.py"]
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert "size  16 to 64 in steps of 16" in shown
