"""Fixtures for all tests. The real reviews are no part of the project: tests that need them skip without."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Other work on the machine is no failure, and the same commit tries the same cases.
settings.register_profile("shared machine", deadline=None, derandomize=True)
settings.load_profile("shared machine")

REAL_DATA = Path(os.environ.get("STUDY_REAL_DATA") or Path(__file__).parents[1] / "../shared/data").resolve()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real reviews; skips where it is absent."""
    if not (REAL_DATA / "aclImdb_v1.tar.gz").exists():
        pytest.skip(f"no real reviews in {REAL_DATA}; STUDY_REAL_DATA names their folder")
    return REAL_DATA
