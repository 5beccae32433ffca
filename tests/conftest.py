"""Fixtures for all tests. The real reviews are no part of the project: tests that need them skip without."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

# Other work on the machine is no failure, and the same commit tries the same cases: none drawn from the constants
# of the modules that happen to be loaded, which half a minute is spent on.
providers._get_local_constants = lambda: providers._local_constants
settings.register_profile("shared machine", deadline=None, derandomize=True)
settings.load_profile("shared machine")

# What the libraries load stays: it need not be walked again and again.
gc.set_threshold(20_000, 20, 20)

REAL_DATA = Path(os.environ.get("STUDY_REAL_DATA") or Path(__file__).parents[1] / "../shared/data").resolve()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real reviews; skips where it is absent."""
    if not (REAL_DATA / "aclImdb_v1.tar.gz").exists():
        pytest.skip(f"no real reviews in {REAL_DATA}; STUDY_REAL_DATA names their folder")
    return REAL_DATA


@pytest.fixture(autouse=True)
def traced_once() -> None:
    """Keeps every network that a test traced: most tests train the same few. Three are kept outside of tests."""
    if loaded := sys.modules.get("study.training.epoch"):
        loaded.LIVE_NETWORKS = 100


@pytest.fixture(scope="module")
def words_are_counted() -> Iterator[None]:
    """Logistic regression stands for every network of this process: for modules that ask what becomes of runs."""
    import counting

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "study.training.epoch", counting)
        yield


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process: exit status, output, errors."""

    def call(*arguments: object) -> tuple[int, str, str]:
        from study import cli

        monkeypatch.setattr(sys, "argv", ["study", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call
