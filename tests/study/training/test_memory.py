"""Memory that runs out in the process that trains: one line, in the search and in the finals."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny

from study.errors import OutOfMemory
from study.training.memory import shortage_told

STUDY = """
import sys
import study.training.epoch
from study.training.backend import tf
from study.cli import main

real = study.training.epoch.train_epoch
where = sys.argv.pop(1) == "finals"

def exhausted(run, corpus, epoch, state):
    if where and not run.split.validation_fraction:
        tf.zeros([1 << 24, 1 << 24])  # 10^15 bytes: TensorFlow's own allocator tries for ten seconds
    if not where:
        said = "OOM when allocating tensor with shape[16777216,16777216] and type float"
        raise tf.errors.ResourceExhaustedError(None, None, said)
    return real(run, corpus, epoch, state)

study.training.epoch.train_epoch = exhausted
main()
"""


def run(folder: Path, where: str) -> subprocess.CompletedProcess[str]:
    settings = tiny.settings(folder, trials=4, finals={"seeds": 1, "baselines": False})
    file = tiny.write_toml(folder / "study.toml", settings)
    command = [sys.executable, "-c", STUDY, where, "run", "--config", str(file)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


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
def test_tensorflow_without_memory_ends_in_one_line(tmp_path, where, said) -> None:
    done = run(tmp_path, where)
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith(("error", "Traceback"))]
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
