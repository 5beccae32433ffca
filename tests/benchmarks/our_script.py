"""A contestant: the book's four networks as this project trains them, on one thread."""

import time
from pathlib import Path

import numpy as np
from contestants import serve

from search_spaces import Configuration, Recipe, reference
from study.corpus.prepared.batches import Batch, training_batches
from study.corpus.prepared.prepared import open_prepared
from study.corpus.prepared.splits import Split
from study.training.epoch import LiveNetwork, train_epoch
from study.training.run import Run, derived, generator

SEED = 0


class Ours:
    """`corpus` is the folder of the prepared corpus, `data` that of the padded arrays, `steps` tokens a text."""

    def __init__(self, data: str, corpus: str, batch_size: int, steps: int) -> None:
        self._corpus = open_prepared(Path(corpus))
        self._recipe = {"batch_size": batch_size, "sequence_length": steps}
        self._batches = _cut(Path(data), batch_size)
        self._networks: dict[str, LiveNetwork] = {}

    def prepare(self, network: str) -> dict[str, int]:
        """Builds and traces the network. Returns its number of parameters."""
        self._networks[network] = live = self._begun(network)
        _train(live, self._batches)
        return {"parameters": live.model.count_params()}

    def step(self, network: str) -> dict[str, float]:
        """CPU and wall seconds a batch of `LiveNetwork.train` over the batches."""
        live = self._networks[network]
        wall, cpu = time.perf_counter(), time.process_time()
        _train(live, self._batches)
        return {
            "cpu": (time.process_time() - cpu) / len(self._batches),
            "wall": (time.perf_counter() - wall) / len(self._batches),
        }

    def first(self, network: str) -> dict[str, float]:
        """Wall seconds from nothing to the end of the first batch."""
        started = time.perf_counter()
        _train(self._begun(network), self._batches[:1])
        return {"seconds": time.perf_counter() - started}

    def second_epoch(self, network: str, batches: int) -> dict[str, float]:
        """Wall seconds of `train_epoch` on the second epoch of so many batches, and of its steps alone."""
        configuration = self._configuration(network)
        texts = min(batches * configuration.recipe.batch_size, len(self._corpus.training))
        run = Run(configuration, SEED, Split(validation_fraction=0, seed=SEED, training_texts=texts))
        state, _ = train_epoch(run, self._corpus, 1, None)
        chosen, _ = run.split.indices(self._corpus.training.labels)
        shuffle = generator(SEED, "shuffle", 2)
        prepared = list(training_batches(self._corpus.training, chosen, configuration, shuffle))
        live = LiveNetwork(configuration, self._corpus.card)
        _train(live, prepared[:1])  # traces
        live.restore(state)
        live.seed_dropout(derived(SEED, "dropout", 2))
        started = time.perf_counter()
        _train(live, prepared)
        steps = time.perf_counter() - started
        started = time.perf_counter()
        train_epoch(run, self._corpus, 2, state)
        return {"epoch": time.perf_counter() - started, "steps": steps}

    def _configuration(self, network: str) -> Configuration:
        return reference(network).under(self._recipe)

    def _begun(self, network: str) -> LiveNetwork:
        live = LiveNetwork(self._configuration(network), self._corpus.card)
        live.begin(SEED)
        live.seed_dropout(derived(SEED, "dropout", 1))
        return live


def _train(live: LiveNetwork, batches: list[Batch]) -> None:
    live.train(batches, [Recipe().learning_rate] * len(batches))


def _cut(data: Path, batch_size: int) -> list[Batch]:
    tokens, labels = np.load(data / "batches_tokens.npy"), np.load(data / "batches_labels.npy")
    places = np.arange(len(tokens))
    starts = range(0, len(tokens), batch_size)
    return [Batch(*(array[at : at + batch_size] for array in (tokens, labels, places))) for at in starts]


if __name__ == "__main__":
    serve(Ours)
