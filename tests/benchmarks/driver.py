"""The driver's cost an epoch in a long study, and how busy it keeps many workers. Nothing is trained.

python tests/benchmarks/driver.py [TRIALS]
"""

import itertools
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import simulated

from study import runs as study_runs
from study.lease import lease
from study.search import Search


def measure_cost(trials: int, block: int = 1000) -> list[float]:
    """The driver's CPU seconds an epoch in each block of trials of three epochs."""
    with tempfile.TemporaryDirectory() as folder:
        config = simulated.settings(Path(folder), epochs="3", trials=trials)
        store, study, search, runs = simulated.search(config, simulated.Scrambled(64, seed=0))
        with store, lease(store, study.study_name):
            ask, begun = Search._ask, [0]
            marks = [(0.0, 0)]
            heard = [0]
            wait = runs.wait

            def waited():
                heard[0] += 1
                return wait()

            def asked(self):
                begun[0] += 1
                if begun[0] % block == 0:
                    marks.append((time.process_time(), heard[0]))
                    took, epochs = (new - old for new, old in zip(marks[-1], marks[-2], strict=True))
                    print(f"{begun[0]:,} trials: {1000 * took / epochs:.1f} ms an epoch", flush=True)
                return ask(self)

            Search._ask, runs.wait = asked, waited
            marks[0] = (time.process_time(), 0)
            search.run(runs)
            Search._ask = ask
    return [(b[0] - a[0]) / (b[1] - a[1]) for a, b in itertools.pairwise(marks)]


def measure_busy(seconds: float, workers: int = 64, trials: int = 1000) -> float:
    """The fraction of their time that so many workers are busy whose epochs take so long, from when all are at
    work until the last trial begins."""
    with tempfile.TemporaryDirectory() as folder:
        config = simulated.settings(Path(folder), epochs="3", trials=trials)
        engine = simulated.Sleeping(workers, seconds)
        store, study, search, runs = simulated.search(config, engine)
        ask, marks = search._ask, []

        def asked():
            marks.append((engine.now(), engine.busy))
            return ask()

        search._ask = asked
        with store, lease(store, study.study_name):
            search.run(runs)
    (began, before), (ended, after) = marks[2 * workers], marks[-1]
    return (after - before) / (workers * (ended - began))


if __name__ == "__main__":
    study_runs.train = simulated.pretended
    for seconds in (0.2, 0.3, 0.5, 1.0):
        busy = measure_busy(seconds)
        print(f"64 workers of {seconds} s an epoch are busy {100 * busy:.0f} % of their time", flush=True)
    costs = measure_cost(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    print(f"last / first thousand: {costs[-1] / costs[0]:.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
