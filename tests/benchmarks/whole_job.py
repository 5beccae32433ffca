"""Part B, the whole job: four networks trained and scored once, by stock Keras in turn and by two workers."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from chains import Scored, train_and_score
from contestants import Contestant
from spread import minutes, table

from search_spaces import BOOK
from study.corpus.prepared.splits import Split
from study.training.run import Run
from study.workers.engine import LocalWorkers

SEED = 0
WORKERS = 2
LONGEST_FIRST = ("lstm-gate-dropout", "simple-lstm", "lstm-dropout", "cnn-lstm")
# Who is when: ours between the stock networks, so that a machine that slows down slows both.
LEGS = ("simple-lstm", "fixed", "lstm-dropout", "bucketed", "lstm-gate-dropout", "cnn-lstm")


def measure_whole_job(
    data: Path, corpus: Path, recipe: dict[str, Any], stock_settings: dict[str, Any], steps: dict[str, Any] | None
) -> dict[str, Any]:
    """Wall and CPU seconds, accuracies and peak memory of each contestant.

    `data` is the folder of padded arrays, `corpus` that of the prepared corpus; `steps` are the figures of a
    training step, where they were measured: the networks are handed out by them, longest first.
    """
    found: dict[str, Any] = {"stock": {}, "epochs": recipe["epochs"], "seed": SEED}
    for leg in LEGS:
        if leg in ("fixed", "bucketed"):
            found[leg] = _ours(corpus, recipe | {"batching": leg}, _longest_first(steps))
        else:
            found["stock"][leg] = _stock(leg, data, recipe["epochs"], stock_settings)
        print(f"whole job: {leg} is over", flush=True)
    return found


def _stock(network: str, data: Path, epochs: int, settings: dict[str, Any]) -> dict[str, Any]:
    contestant = Contestant("stock-default", "stock_script.py", data=str(data), **settings)
    try:
        answer: dict[str, Any] = contestant.ask("whole", network=network, epochs=epochs, seed=SEED)
        return answer
    finally:
        contestant.close()


def _ours(corpus: Path, recipe: dict[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """Everything counts, the start and the imports of the workers included."""
    split = Split(validation_fraction=0, seed=SEED)
    references = {reference.id: reference for reference in BOOK}
    runs = {name: Run(references[name].under(recipe), SEED, split) for name in order}
    names = {run.key: name for name, run in runs.items()}
    wall, cpu = time.perf_counter(), _cpu_seconds()
    engine = LocalWorkers(WORKERS)
    try:
        scored = {names[one.run.key]: one for one in train_and_score(engine, corpus, runs.values())}
        done = time.perf_counter()
    finally:
        engine.close()
    return {
        "wall": done - wall,
        "cpu": _cpu_seconds() - cpu,
        "networks": {name: _plain(one) for name, one in scored.items()},
    }


def _plain(scored: Scored) -> dict[str, Any]:
    return {
        "wall": scored.seconds,
        "cpu": scored.cpu_seconds,
        "test_accuracy": scored.test_accuracy,
        "peak_memory_mb": scored.peak_memory_mb,
        "worker": scored.worker,
    }


def _cpu_seconds() -> float:
    """Of this process and of all its processes that have ended."""
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _longest_first(steps: dict[str, Any] | None) -> Sequence[str]:
    if not steps:
        return LONGEST_FIRST
    return sorted(steps, key=lambda name: -median(one["cpu"] for one in steps[name]["ours"]))


def whole_job_tables(found: dict[str, Any]) -> str:
    """Both tables in Markdown: the totals, and network by network."""
    stock = found["stock"].values()
    total = {key: sum(one[key] for one in stock) for key in ("wall", "cpu")}
    rows = [["stock Keras, in turn", minutes(total["wall"]), minutes(total["cpu"]), "1", "1", _peak(stock)]]
    for name in ("fixed", "bucketed"):
        ours = found[name]
        faster = [f"{total[key] / ours[key]:.2f}" for key in ("wall", "cpu")]
        seconds = [minutes(ours[key]) for key in ("wall", "cpu")]
        rows.append([f"ours, {name}", *seconds, *faster, _peak(ours["networks"].values())])
    header = ["the whole job", "wall", "CPU", "stock / ours, wall", "stock / ours, CPU", "peak memory a process"]
    by_network = [
        [name, *(_accuracy_and_time(one) for one in (stock_one, *_both(found, name)))]
        for name, stock_one in found["stock"].items()
    ]
    columns = [f"{name}: accuracy, wall, CPU" for name in ("stock", "fixed", "bucketed")]
    return f"{table(header, rows)}\n\n{table(['network', *columns], by_network)}"


def _both(found: dict[str, Any], network: str) -> list[dict[str, Any]]:
    return [found[name]["networks"][network] for name in ("fixed", "bucketed")]


def _peak(processes: Any) -> str:
    return f"{max(one['peak_memory_mb'] for one in processes):,.0f} MB"


def _accuracy_and_time(one: dict[str, Any]) -> str:
    return f"{100 * one['test_accuracy']:.2f} %, {minutes(one['wall'])}, {minutes(one['cpu'])}"
