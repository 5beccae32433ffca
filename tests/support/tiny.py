"""Real things, only small: a corpus of 120 + 60 texts, a space of one small network, a study's settings."""

import json
from pathlib import Path

import numpy as np

VOCABULARY = 40
RECIPE = {"batch_size": 16, "vocabulary_size": VOCABULARY, "sequence_length": 20, "batching": "bucketed"}

SPACE = """
from search_spaces import Architecture, Configuration

def suggest(trial, recipe):
    units = trial.suggest_int("units", 2, 5)
    rate = trial.suggest_float("rate", 0.0, 0.4, step=0.2)
    epochs = trial.suggest_int("epochs", 1, 4)
    layers = {"embedding_size": 4, "embedding_dropout": rate, "recurrent": [{"units": units}]}
    architecture = Architecture.model_validate(layers)
    return Configuration(architecture=architecture, recipe=recipe).with_recipe(epochs=epochs)
"""


def four_classes(seed: int = 0, training: int = 160, test: int = 80) -> dict[str, np.ndarray]:
    """A flat corpus of four named classes, each of words of its own; the first has 40 % of the texts."""
    generator = np.random.default_rng(seed)
    made: dict[str, np.ndarray] = {"classes": np.array(["world", "sports", "business", "science"])}
    for half, count in (("train", training), ("test", test)):
        labels = generator.permutation(np.arange(count) % 5 % 4).astype(np.uint8)
        lengths = generator.integers(3, 13, count)
        words = [
            np.concatenate(([1], generator.integers(4 + 9 * label, 13 + 9 * label, length - 1)))
            for label, length in zip(labels.astype(int), lengths, strict=True)
        ]
        made[f"{half}_tokens"] = np.concatenate(words).astype(np.uint32)
        made[f"{half}_offsets"] = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        made[f"{half}_labels"] = labels
    return made


def arrays(seed: int = 0, training: int = 120, test: int = 60) -> dict[str, np.ndarray]:
    """A flat corpus whose two classes favour different words, in texts of 3 to 30 tokens."""
    generator = np.random.default_rng(seed)
    made: dict[str, np.ndarray] = {}
    for half, count in (("train", training), ("test", test)):
        labels = generator.permutation(np.arange(count) % 2).astype(np.uint8)
        lengths = generator.integers(3, 31, count)
        words = [
            np.concatenate(([1], generator.integers(4 + 9 * label, VOCABULARY - 9 * (1 - label), length - 1)))
            for label, length in zip(labels, lengths, strict=True)
        ]
        made[f"{half}_tokens"] = np.concatenate(words).astype(np.uint32)
        made[f"{half}_offsets"] = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        made[f"{half}_labels"] = labels
    return made


def write_corpus(path: Path, **options: int) -> Path:
    """The corpus as a flat .npz."""
    np.savez(path, **arrays(**options))
    return path


def write_space(path: Path) -> Path:
    """A user's search space of small networks."""
    path.write_text(SPACE, encoding="utf-8")
    return path


def settings(folder: Path, **changes: object) -> dict[str, object]:
    """What `load_config` is given for a study that takes seconds, everything below `folder`."""
    if not (folder / "tiny.npz").exists():
        write_corpus(folder / "tiny.npz")
        write_space(folder / "tiny.py")
    return {
        "corpus": str(folder / "tiny.npz"),
        "cache": str(folder / "cache"),
        "space": str(folder / "tiny.py"),
        "database": str(folder / "study.db"),
        "report": str(folder / "report.html"),
        "states": str(folder / "states"),
        "workers": None if "scheduler" in changes else 1,
        "trials": 5,
        "recipe": RECIPE,
        "finals": {"seeds": 2, "leaders": 0, "first_seed": 0},
    } | changes


def write_toml(path: Path, settings: dict[str, object]) -> Path:
    """The settings as a file for the command line."""
    tables = {name: part for name, part in settings.items() if isinstance(part, dict)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items() if name not in tables]
    for name, part in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in part.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
