"""Records validation curves of networks of the space `strong`, for search_methods.py to simulate searches on.

    python tests/benchmarks/record_curves.py --corpus aclImdb_v1.tar.gz

Where a search begins, on three seeds; then networks near those and networks anywhere in the space, in turn. Each
is trained to its end. Goes on where it was stopped. Writes search_curves.csv beside this file, a row an epoch: the
parameters that were drawn, accuracies and CPU seconds; no texts.
"""

import argparse
import csv
import json
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, repeat
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import tiny

from search_spaces import BOOK, RandomTrial, Recipe, load_space, starts_of
from search_spaces.space import Choice, OutsideSpace, Parameters, SearchSpace

CURVES = Path(__file__).parent / "search_curves.csv"
COLUMNS = ("network", "seed", "parameters", "epochs", "epoch", "validation_accuracy", "cpu_seconds")
SEEDS_OF_STARTS = 3
CHANGED = 0.25  # of the parameters, in a network near another one
TEXTS, FOR_VALIDATION = 6_000, 0.4

Network = tuple[str, int, Parameters]  # its name, the seed, what was drawn


def strong(batch_size: int = 32) -> SearchSpace:
    """With fewer texts a batch than by default, since there are few of them to learn from."""
    return load_space("strong", Recipe(batching="bucketed", schedule="linear", batch_size=batch_size))


class NearTrial(RandomTrial):
    """Draws what another network has, but for some parameters, and for those that the other one lacks."""

    def __init__(self, generator: random.Random, other: Mapping[str, Choice]) -> None:
        super().__init__(generator)
        self._kept = {name: value for name, value in other.items() if generator.random() > CHANGED}

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        return int(self._or_kept(name, super().suggest_int(name, low, high, step=step, log=log)))

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        return float(self._or_kept(name, super().suggest_float(name, low, high, step=step, log=log)))

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        return self._or_kept(name, super().suggest_categorical(name, choices))

    def _or_kept(self, name: str, drawn: Any) -> Any:
        self.parameters[name] = self._kept.get(name, drawn)
        return self.parameters[name]


def near(other: Mapping[str, Choice], space: SearchSpace, generator: random.Random) -> Parameters:
    """Parameters of a network of the space near another one."""
    trial = NearTrial(generator, other)
    space.suggest(trial)
    return _plain(trial.parameters)


def anywhere(space: SearchSpace, generator: random.Random) -> Parameters:
    trial = RandomTrial(generator)
    space.suggest(trial)
    return _plain(trial.parameters)


def _plain(parameters: Parameters) -> Parameters:
    """Without 0.6000000000000001, which Optuna takes for more than .6."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in parameters.items()}


def beginnings(space: SearchSpace) -> dict[str, Parameters]:
    """What a search begins with: of the book's networks those that are points of the space, and its own starts."""
    found: dict[str, Parameters] = {}
    for each in BOOK:
        try:
            found[each.id] = space.params_of(each.inside(space, 2))
        except OutsideSpace:
            continue
    return found | {name: dict(parameters) for name, parameters in starts_of(space).items()}


def networks(space: SearchSpace) -> Iterator[Network]:
    """Without end."""
    starts = beginnings(space)
    for seed in range(SEEDS_OF_STARTS):
        for name, parameters in starts.items():
            yield name, seed, parameters
    generator = random.Random(0)
    number = 0
    while True:
        for name, parameters in starts.items():
            yield f"near {name} {number}", 0, near(parameters, space, generator)
            yield f"anywhere {number}", 0, anywhere(space, generator)
            number += 1


def train(folder: Path, network: Network, batch_size: int, texts: int) -> list[tuple[object, ...]]:
    """Rows of COLUMNS, one an epoch."""
    from search_spaces import FixedTrial
    from study.corpus import open_prepared
    from study.corpus.prepared.splits import Split
    from study.training.epoch import train_epoch
    from study.training.run import Run

    name, seed, parameters = network
    run = Run(strong(batch_size).suggest(FixedTrial(parameters)), seed, Split(FOR_VALIDATION, 0, texts))
    state, rows, epochs = None, [], run.configuration.recipe.epochs
    for epoch in range(1, epochs + 1):
        state, metrics = train_epoch(run, open_prepared(folder), epoch, state)
        told = (metrics.validation_accuracy, round(metrics.cpu_seconds, 3))
        rows.append((name, seed, json.dumps(parameters), epochs, epoch, *told))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="auto", help="auto, imdb, stand-in, or a path (default: auto)")
    parser.add_argument("--count", type=int, default=130, help="runs in all (default: 130)")
    parser.add_argument("--smoke", action="store_true", help="one run on made-up texts, nothing written")
    options = parser.parse_args()
    from study.corpus import default_cache, folder_of, obtain_corpus

    if options.smoke:
        with tempfile.TemporaryDirectory() as temporary:
            cache = Path(temporary) / "cache"
            corpus, _ = obtain_corpus(str(tiny.write_corpus(Path(temporary) / "tiny.npz")), cache=cache)
            rows = train(folder_of(corpus.card.fingerprint, cache), next(networks(strong())), 32, 100)
        print(json.dumps([row[-2:] for row in rows]))
        return
    corpus, _ = obtain_corpus(options.corpus, cache=default_cache())
    folder = folder_of(corpus.card.fingerprint, default_cache())
    known = set[tuple[str, str]]()
    if CURVES.exists():
        with CURVES.open(encoding="utf-8", newline="") as file:
            known = {(row["network"], row["seed"]) for row in csv.DictReader(file)}
    wanted = [each for each in islice(networks(strong()), options.count) if (each[0], str(each[1])) not in known]
    with (
        ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool,
        CURVES.open("a", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        if not known:
            writer.writerow(COLUMNS)
        for rows in pool.map(train, repeat(folder), wanted, repeat(32), repeat(TEXTS)):
            writer.writerows(rows)
            file.flush()
            name, seed, *_, accuracy, _ = rows[-1]
            print(f"{name}, seed {seed}: {accuracy:.2%} in {sum(row[-1] for row in rows):.0f} s", flush=True)


if __name__ == "__main__":
    main()
