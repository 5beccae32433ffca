"""Shared by tests: saved."""

from pathlib import Path
from typing import Any

import numpy as np


def arrays(**changes: Any) -> dict[str, np.ndarray]:
    whole = {
        "train_tokens": np.array([1, 4, 9, 1, 5], np.uint32),
        "train_offsets": np.array([0, 3, 5], np.int64),
        "train_labels": np.array([1, 0], np.uint8),
        "test_tokens": np.array([1, 1, 11], np.uint32),
        "test_offsets": np.array([0, 1, 3], np.int64),
        "test_labels": np.array([0, 1], np.uint8),
    }
    return {name: np.asarray(array) for name, array in {**whole, **changes}.items() if array is not None}


def saved(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "reviews.npz"
    np.savez_compressed(path, **arrays(**changes))
    return path
