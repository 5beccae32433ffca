"""Where all randomness comes from: numbers derived from a seed and words that say what for."""

import hashlib

import numpy as np


def derived(seed: int, *purpose: int | str) -> int:
    """A number in [0, 2**31) that depends on `seed` and `purpose` alone, in every process and on every machine."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def generator(seed: int, *purpose: int | str) -> np.random.Generator:
    """NumPy's generator with a derived seed."""
    return np.random.default_rng(derived(seed, *purpose))
