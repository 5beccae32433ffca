"""What a training step, a whole job and a short run cost, against stock Keras; all contestants in one run.

    make bench                    on CORPUS (auto); KEEP=1 also writes docs/benchmarks.md and docs/benchmarks.json
    make bench QUICK=1            in a few minutes: fewer rounds and batches, parts A and C alone

Part A, a batch: forward, backward and Adam on batches of 64 texts of 500 tokens through the book's networks.
Part B, the whole job: all four, trained and scored. Part C, short runs: what there is to pay beside the steps.
Part D, two workers against one, on the same runs.
Each contestant is a process of its own; only one of them is at work at a time.
"""

import argparse
import json
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
import tiny
from steps import ONE_THREAD, contestants, measure_short_runs, measure_steps, short_runs_table, steps_table
from whole_job import SEED, measure_whole_job, measure_workers, whole_job_tables, workers_table

from search_spaces import BOOK, Recipe
from study.corpus import Corpus, Texts, default_cache, folder_of, obtain_corpus
from study.corpus.prepared.batches import evaluation_batches, training_batches
from study.corpus.prepared.sealed import open_test_part
from study.environment import environment
from study.errors import StudyError

ROOT = Path(__file__).parents[2]
METHOD = (
    "Each contestant is a process of its own, driven over a pipe: they take turns, network by network and round "
    "by round, and ratios are taken round by round, so that a machine that slows down slows them all. Stock Keras "
    "is `keras.layers.LSTM`, `compile` and `fit`, once as typed (stock-default: threads and `jit_compile` as they "
    "come) and once on one pinned thread with the better of `jit_compile=True` and `False` (stock-best); it lacks "
    "word dropout, so the two networks that need it take the project's embedding layer. Ours is one pinned thread "
    "a process; in the whole job two of them work side by side, and their start and imports count, while those of "
    "stock Keras do not; network by network, ours are the seconds of training, and scoring counts in the total."
)


NETWORKS = tuple(reference.id for reference in BOOK)
FULL = {
    "parts": "ABCD",
    "rounds": 7,
    "repeats": 5,
    "batches": 8,
    "short_batches": 10,
    "batch_size": 64,
    "steps": 500,
    "epochs": 3,
    "networks": NETWORKS,
    "pinned": tuple(ONE_THREAD),
    "batchings": ("fixed", "bucketed"),
    "workers": 2,
    "worker_networks": ("simple-lstm", "cnn-lstm"),
    "worker_rounds": 2,
    "worker_texts": 8_000,
}
QUICK = {"parts": "AC", "rounds": 3, "repeats": 1, "batches": 3, "short_batches": 4}
SMOKE = {
    "parts": "ABCD",
    "rounds": 1,
    "repeats": 1,
    "batches": 1,
    "short_batches": 2,
    "batch_size": 16,
    "steps": 20,
    "epochs": 1,
    "networks": ("cnn-lstm",),
    "pinned": ("stock-one-thread-plain",),  # XLA compiles for seconds
    "batchings": ("bucketed",),
    "workers": 1,
    "worker_networks": ("cnn-lstm",),
    "worker_rounds": 1,
    "worker_texts": 100,
}


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        if options.smoke:
            _measure(options, str(tiny.write_corpus(data / "tiny.npz")), data / "cache", data)
        else:
            _measure(options, options.corpus, default_cache(), data)


def _measure(options: argparse.Namespace, corpus_name: str, cache: Path, data: Path) -> None:
    """The parts that are wanted; `data` is where the padded arrays go."""
    recipe = {"batch_size": options.batch_size, "sequence_length": options.steps, "epochs": options.epochs}
    corpus, notice = obtain_corpus(corpus_name, cache=cache)
    for line in filter(None, (notice, corpus.card.notice)):
        print(line, flush=True)
    results = _header(corpus, options)
    folder = folder_of(corpus.card.fingerprint, cache)
    _write_batches(data, corpus, recipe, options.batches)
    stock = {"batch_size": options.batch_size, "words": Recipe().vocabulary_size}
    ours = {"corpus": str(folder), "batch_size": options.batch_size, "steps": options.steps}
    networks = options.networks
    if {"A", "C"} & set(options.parts):
        with contestants(data, stock, ours, options.pinned) as begun:
            if "A" in options.parts:
                results |= measure_steps(networks, begun, options.rounds)
                _show(results, options.keep)
            if "C" in options.parts:
                counts = (options.repeats, options.short_batches)
                results["short_runs"] = measure_short_runs(networks, begun, *counts)
                _show(results, options.keep)
    if "B" in options.parts:
        _write_halves(data, corpus, open_test_part(corpus.card.fingerprint, cache), recipe)
        results["whole_job"] = measure_whole_job(
            networks, options.batchings, data, folder, recipe, stock, options.workers
        )
        _show(results, options.keep)
    if "D" in options.parts:
        counts = (options.worker_rounds, options.worker_texts, 2)
        results["workers"] = measure_workers(options.worker_networks, folder, *counts)
        _show(results, options.keep)
    if options.smoke:
        print(json.dumps({name: results[name] for name in ("steps", "whole_job", "short_runs", "workers")}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="auto", help="auto, imdb, stand-in, or a path (default: auto)")
    parser.add_argument("--quick", action="store_true", help="parts A and C in a few minutes")
    parser.add_argument(
        "--smoke", action="store_true", help="all parts in seconds, on made-up texts: does it run?"
    )
    parser.add_argument("--keep", action="store_true", help="also write docs/benchmarks.md and .json")
    parser.add_argument("--parts", help="some of A, B, C and D (default: ABCD; AC with --quick)")
    parser.add_argument("--rounds", type=int, help="of part A (7; 3 with --quick)")
    parser.add_argument("--repeats", type=int, help="of part C (5; 1 with --quick)")
    options = parser.parse_args()
    for name, value in (FULL | (QUICK if options.quick else {}) | (SMOKE if options.smoke else {})).items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    if not set(options.parts) <= set("ABCD"):
        parser.error(f"expected some of A, B, C and D for --parts, got {options.parts!r}")
    return options


def _header(corpus: Corpus, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join([".venv/bin/python", "tests/benchmarks/bench.py", *sys.argv[1:]]),
        "machine": environment(),
        "corpus": {"name": corpus.card.name, "fingerprint": corpus.card.fingerprint},
        "settings": {name: value for name, value in vars(options).items() if name not in ("corpus", "keep")},
        "method": METHOD,
    }


def _write_batches(data: Path, corpus: Corpus, recipe: dict[str, Any], count: int) -> None:
    """The first training batches, the same for all contestants."""
    configuration = BOOK[0].under(recipe)
    texts = corpus.training
    made = training_batches(texts, np.arange(len(texts)), configuration, np.random.default_rng(0))
    batches = list(islice(made, count))
    np.save(data / "batches_tokens.npy", np.concatenate([batch.tokens for batch in batches]))
    np.save(data / "batches_labels.npy", np.concatenate([batch.labels for batch in batches]))


def _write_halves(data: Path, corpus: Corpus, test: Texts, recipe: dict[str, Any]) -> None:
    """Both halves padded, as a script around stock Keras has them in memory."""
    for name, texts in (("training", corpus.training), ("test", test)):
        np.save(data / f"{name}_tokens.npy", _padded(texts, recipe))
        np.save(data / f"{name}_labels.npy", texts.labels)


def _padded(texts: Texts, recipe: dict[str, Any]) -> np.ndarray:
    """Token ids int32 [texts, steps] in the order of the corpus."""
    padded = np.empty((len(texts), recipe["sequence_length"]), np.int32)
    for batch in evaluation_batches(texts, np.arange(len(texts)), BOOK[0].under(recipe)):
        padded[batch.positions] = batch.tokens
    return padded


def _markdown(results: dict[str, Any]) -> str:
    machine, settings = results["machine"], results["settings"]
    versions = ", ".join(f"{name} {machine[name]}" for name in ("python", "tensorflow", "keras", "numpy"))
    parts = [
        "# Benchmarks",
        f"{results['date']} · {machine.get('processor')}, {machine['cores']} cores · {versions} · "
        f"corpus {results['corpus']['name']}\n\n    {results['command']}",
        results["method"],
        "Spreads are min–**median**–max; a single figure was measured once.",
    ]
    if "steps" in results:
        size = f"{settings['batch_size']} x {settings['steps']}"
        title = f"## A batch of {size}: {settings['rounds']} rounds of {settings['batches']} batches"
        parts += [title, steps_table(results["steps"], results["prepared"])]
    if "whole_job" in results:
        count = len(settings["networks"])
        title = f"## The whole job: {count} networks, {settings['epochs']} epochs, scored on the test half"
        note = f"Accuracies are of one seed ({SEED}): for information."
        parts += [title, whole_job_tables(results["whole_job"]), note]
    if "short_runs" in results:
        title = f"## Short runs: {settings['repeats']} repeats, epochs of {settings['short_batches']} batches"
        parts += [title, short_runs_table(results["short_runs"])]
    if "workers" in results:
        title = f"## Two workers against one: {settings['worker_texts']:,} texts, two epochs, bucketed"
        parts += [title, workers_table(results["workers"])]
    return "\n\n".join(parts) + "\n"


def _show(results: dict[str, Any], keep: bool) -> None:
    """Prints what there is so far and, with `keep`, writes it: an end before its time costs one part alone."""
    text = _markdown(results)
    print(f"\n{text}", flush=True)
    if keep:
        (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
        (ROOT / "docs" / "benchmarks.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except StudyError as error:
        sys.exit(str(error))
