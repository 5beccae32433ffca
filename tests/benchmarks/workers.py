"""Two workers against one: epochs an hour of the same runs, bucketed, in turn on this machine.

    python tests/benchmarks/workers.py CORPUS [--texts 20000] [--epochs 2] [--rounds 2]

Every worker first trains an epoch of each network, which builds and traces it, so starting up is not counted.
"""

import argparse
import tempfile
import time
from pathlib import Path

from results.store.database import open_store
from search_spaces import Recipe, reference
from study.corpus import Split, default_cache, folder_of
from study.corpus.obtain import obtain_corpus
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.training.run import Run
from study.workers import start_engine

NETWORKS = ("simple-lstm", "cnn-lstm")


def measure(corpus: Path, card, split: Split, workers: int, epochs: int) -> float:
    """Epochs an hour of four runs: two seeds of each network."""
    recipe = Recipe(batching="bucketed").model_dump(exclude={"epochs"})
    networks = [reference(name).under(recipe) for name in NETWORKS]
    timed = [Run(network, seed, split) for network in networks for seed in (0, 1)]
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "s.db", create=True) as store:
        engine = start_engine(corpus, workers)
        try:
            ledger = Ledger(store, card, Path(folder) / "states")
            ledger.begin("benchmark")
            runs = Runs(engine, ledger, corpus)
            warm = Split(split.validation_fraction, split.seed, 200)
            train(runs, [Run(network, seed, warm) for network in networks for seed in (0, 1)], 1)
            began = time.monotonic()
            train(runs, timed, epochs)
            return 3600 * epochs * len(timed) / (time.monotonic() - began)
        finally:
            engine.close()


def train(runs: Runs, wanted: list[Run], epochs: int) -> None:
    """Keeps every worker busy with the next epoch of the run that is furthest behind."""
    left = {run.key: run for run in wanted}
    busy: set[str] = set()
    while left:
        behind = sorted(left.values(), key=lambda run: len(runs.finished_epochs(run)))
        for run in [run for run in behind if run.key not in busy][: runs.workers - len(busy)]:
            runs.train_towards(run, len(runs.finished_epochs(run)) + 1)
            busy.add(run.key)
        news = runs.wait()
        if news.error is not None:
            raise news.error
        busy.discard(news.run.key)
        if len(runs.finished_epochs(news.run)) >= epochs:
            left.pop(news.run.key, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument(
        "--texts", type=int, default=20_000, help="of the training half, a fifth of them validating"
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    corpus, _ = obtain_corpus(given.corpus, cache=default_cache())
    folder = folder_of(corpus.card.fingerprint, default_cache())
    split = Split(0.2, 0, given.texts)
    ratios = []
    for number in range(given.rounds):
        order = (1, 2) if number % 2 == 0 else (2, 1)
        found = {workers: measure(folder, corpus.card, split, workers, given.epochs) for workers in order}
        ratios.append(found[2] / found[1])
        print(f"epochs an hour: one worker {found[1]:.0f}, two {found[2]:.0f}: {ratios[-1]:.2f} times", flush=True)
    print(
        f"median of {len(ratios)}: {sorted(ratios)[len(ratios) // 2]:.2f}" if len(ratios) > 2 else "", flush=True
    )


if __name__ == "__main__":
    main()
