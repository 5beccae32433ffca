"""The driver's cost an epoch in a long study, and how busy it keeps many workers. Nothing is trained.

python tests/benchmarks/driver.py [--trials 10000] [--smoke]
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import simulated

from study.driver import runs as study_runs
from study.driver.lease import lease
from study.training.memory import peak_memory_mb


def measure_cost(trials: int, block: int, workers: int) -> list[float]:
    """The driver's CPU seconds an epoch in each block of trials of three epochs."""
    with tempfile.TemporaryDirectory() as folder:
        config = simulated.settings(Path(folder), epochs="3", trials=trials)
        store, study, search, runs = simulated.search(config, simulated.Scrambled(workers, seed=0))
        number, wait = search._next_number, runs.wait
        begun, heard = itertools.count(1), itertools.count(1)
        marks, epochs = [], [0]

        def waited():
            epochs[0] = next(heard)
            return wait()

        def asked():
            if next(begun) % block == 1:
                marks.append((time.process_time(), epochs[0]))
                if len(marks) > 1:
                    took, count = (new - old for new, old in zip(marks[-1], marks[-2], strict=True))
                    print(
                        f"{block * (len(marks) - 1):,} trials: {1000 * took / count:.1f} ms an epoch", flush=True
                    )
            return number()

        search._next_number, runs.wait = asked, waited
        with store, lease(store, study.study_name):
            search.run(runs)
    return [(b[0] - a[0]) / (b[1] - a[1]) for a, b in itertools.pairwise(marks)]


def measure_busy(seconds: float, workers: int, trials: int) -> float:
    """The fraction of their time that so many workers are busy whose epochs take so long, from when all are at
    work until the last trial begins."""
    with tempfile.TemporaryDirectory() as folder:
        config = simulated.settings(Path(folder), epochs="3", trials=trials)
        engine = simulated.Sleeping(workers, seconds)
        store, study, search, runs = simulated.search(config, engine)
        number, marks = search._next_number, []

        def asked():
            marks.append((time.perf_counter(), engine.busy))
            return number()

        search._next_number = asked
        with store, lease(store, study.study_name):
            search.run(runs)
    (began, before), (ended, after) = marks[2 * workers], marks[-1]
    return (after - before) / (workers * (ended - began))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--smoke", action="store_true", help="in seconds, with few workers: does it run?")
    given = parser.parse_args()
    study_runs.train = simulated.pretended
    workers, trials, block = (4, 80, 20) if given.smoke else (16, given.trials, 1000)
    found = {}
    for seconds in (0.05,) if given.smoke else (0.2, 0.5, 1.0):
        found[f"busy {seconds}"] = busy = measure_busy(seconds, workers, min(trials, 1000))
        print(f"{workers} workers of {seconds} s an epoch are busy {100 * busy:.0f} % of their time", flush=True)
    costs = measure_cost(1 + trials, block, workers)
    found |= {
        "last / first block": costs[-1] / costs[0],
        "peak memory in GB": peak_memory_mb() / 1000,
    }
    print(f"last / first {block:,}: {found['last / first block']:.2f}")
    print(f"peak memory {found['peak memory in GB']:.2f} GB")
    if given.smoke:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
