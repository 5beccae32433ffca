"""A worker's place: physical cores, none of them twice, of several studies at once too."""

import os
import subprocess
import sys

import pytest

from study.workers import cores

WORKERS = """
import os, sys
from study.workers.local import LocalWorkers

if __name__ == "__main__":
    workers = LocalWorkers(int(sys.argv[1]), 2_000_000_000)
    found = workers._client.run(lambda: sorted(os.sched_getaffinity(0)))
    print(*sorted(str(own) for own in found.values()), sep=";", flush=True)
    sys.stdin.readline()
    workers.close()
"""


@pytest.fixture
def placed(monkeypatch):
    """Where this process was put, in order."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr(cores, "_TOPOLOGY", "/nowhere/{}")
    told: list[set[int]] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, chosen: told.append(chosen))
    return told


def test_two_threads_of_a_core_count_once(tmp_path, monkeypatch) -> None:
    siblings = {0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5", 6: "6"}
    for processor, line in siblings.items():
        (tmp_path / str(processor)).write_text(line + "\n")
    monkeypatch.setattr(cores, "_TOPOLOGY", str(tmp_path / "{}"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 4, 5, 6, 9})
    assert cores.cores() == [0, 1, 6, 9]  # nothing is known of 9: a core of its own


def test_a_core_that_is_taken_is_left_alone_and_none_is_shared(tmp_path, placed) -> None:
    for number in (0, 0, 1, 1):  # of two studies
        cores.take_core(number, [0, 1], tmp_path)
    assert placed == [{0}, {1}]  # the others stay where the system puts them


def test_the_other_thread_of_a_core_that_is_taken_is_taken(tmp_path, placed, monkeypatch) -> None:
    for processor in (0, 4):
        (tmp_path / str(processor)).write_text("0,4\n")
    monkeypatch.setattr(cores, "_TOPOLOGY", str(tmp_path / "{}"))
    cores.take_core(0, [0], tmp_path)
    cores.take_core(0, [4, 6], tmp_path)  # begun with another set of processors
    assert placed == [{0}, {6}]


@pytest.mark.parametrize("nowhere", [True, False])
def test_where_no_lock_can_be_made_workers_are_placed_all_the_same(tmp_path, placed, nowhere) -> None:
    for number in range(3):
        cores.take_core(number, [0, 1], None if nowhere else tmp_path / "none")
    assert placed == [{0}, {1}, {0}]


def test_workers_of_two_studies_have_cores_of_their_own(tmp_path) -> None:
    """A further study begins, and asks where its workers are, while those before it live."""
    if len(own := cores.cores()[:2]) < 2:
        pytest.skip("one core alone")
    script = tmp_path / "workers.py"
    script.write_text(WORKERS, encoding="utf-8")
    begun = []
    for count in (1, 1, 2):
        process = subprocess.Popen(
            [sys.executable, str(script), str(count)],
            env=os.environ | {"TMPDIR": str(tmp_path)},
            preexec_fn=lambda: os.sched_setaffinity(0, own),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append((process, process.stdout.readline().strip().split(";")))
    for process, _ in begun:
        process.communicate("\n")
    assert [places for _, places in begun] == [[f"[{own[0]}]"], [f"[{own[1]}]"], [str(own), str(own)]]
