"""Memory that runs out in the process that trains: one line, in the search and in the finals."""

import numpy as np
import pytest
import tiny

import study.training.epoch
from study.errors import OutOfMemory
from study.training.backend import tf
from study.training.memory import shortage_told


@pytest.fixture
def exhausted(monkeypatch):
    """Training runs out of memory there: in the search, or in the finals."""
    real = study.training.epoch.train_epoch

    def from_now_on(where):
        def train_epoch(run, corpus, epoch, state):
            if where == "finals" and not run.split.validation_fraction:
                tf.zeros([1 << 24, 1 << 24])  # 10^15 bytes: TensorFlow's own allocator tries for ten seconds
            if where == "search":
                said = "OOM when allocating tensor with shape[16777216,16777216] and type float"
                raise tf.errors.ResourceExhaustedError(None, None, said)
            return real(run, corpus, epoch, state)

        monkeypatch.setattr("study.training.epoch.train_epoch", train_epoch)

    return from_now_on


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "search",
            "error: 3 trials in a row ran out of memory, so the study stops; of the last one: memory ran out",
        ),
        pytest.param("finals", "error: best found (trial ", marks=pytest.mark.slow),
    ],
)
def test_tensorflow_without_memory_ends_in_one_line(tmp_path, command, exhausted, where, said) -> None:
    exhausted(where)
    settings = tiny.settings(tmp_path, trials=4, finals={"seeds": 1, "baselines": False})
    status, _, errors = command("run", "--config", tiny.write_toml(tmp_path / "study.toml", settings))
    assert status == 2, errors
    (line,) = errors.splitlines()
    assert line.startswith(said)
    assert "memory ran out in epoch 1 (OOM when allocating tensor with shape[16777216,16777216]" in line


def test_shortages_are_told_and_bugs_are_not() -> None:
    with (
        pytest.raises(
            OutOfMemory, match=r"memory ran out in epoch 2 \(Unable to allocate .*\); a smaller batch_size"
        ),
        shortage_told("in epoch 2"),
    ):
        np.zeros(1 << 60, np.uint8)
    with (
        pytest.raises(OutOfMemory, match=r"memory ran out while it was scored \(MemoryError\)"),
        shortage_told("while it was scored"),
    ):
        raise MemoryError
    with pytest.raises(ZeroDivisionError), shortage_told("never"):
        raise ZeroDivisionError
