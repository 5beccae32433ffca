"""docs/own-network.md word for word: its file and its commands, in a folder that has a table of texts alone."""

import csv
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "own-network.md").read_text(encoding="utf-8")
(FILE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


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


def test_its_file_is_ten_lines() -> None:
    assert len(list(filter(None, FILE.splitlines()))) <= 10


def test_its_file_is_a_space(tmp_path, command) -> None:
    (tmp_path / "maxpool.py").write_text(FILE, encoding="utf-8")
    assert "size  16 to 64 in steps of 16" in command("spaces", "show", tmp_path / "maxpool.py")[1]


@pytest.mark.slow
def test_its_network_wins_and_predicts_the_same_in_stock_keras(tmp_path, monkeypatch, command) -> None:
    write_reviews(tmp_path / "reviews.csv")
    (tmp_path / "maxpool.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    *ours, stock = map(shlex.split, COMMANDS.splitlines())
    said = []
    for program, *arguments in ours:
        assert program == "study"
        here = ["--workers", "1"] if arguments[0] == "run" else []  # in this process: the same numbers
        status, out, err = command(*arguments, *here)
        assert status == 0, err
        said.append(out.splitlines())
    ran, exported, predicted = said
    assert any(line.startswith("Best found") and "own network (maxpool.py, size" in line for line in ran)
    assert any(line.startswith("Bundle: model") for line in exported)
    assert [line.split()[0] for line in predicted] == ["positive", "negative"]
    assert stock[0] == "python"
    alone = subprocess.run([sys.executable, *stock[1:]], capture_output=True, text=True, check=True)
    for mine, other in zip(predicted, alone.stdout.splitlines(), strict=True):
        assert mine.split()[0] == other.split()[0]
        assert abs(float(mine.split()[1]) - float(other.split()[1])) <= 1e-5
