"""Parts B and D: networks trained and scored by stock Keras in turn and by two workers, and by one."""

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contestants import Contestant
from spread import minutes, ratios, spread, table

from results.evidence import frames
from results.store.database import Store, open_store
from search_spaces import reference
from study.corpus import Split, open_prepared
from study.driver.ledger import Ledger
from study.driver.runs import Runs
from study.jobs.finals import Final, Finals
from study.progress.watcher import Silent
from study.training.run import Run
from study.workers import start_engine

SEED = 0
LONGEST_FIRST = ("lstm-gate-dropout", "simple-lstm", "lstm-dropout", "cnn-lstm")
# Who is when: ours between the stock networks, so that a machine that slows down slows both.
LEGS = ("simple-lstm", "fixed", "lstm-dropout", "bucketed", "lstm-gate-dropout", "cnn-lstm")


@contextmanager
def _finals(corpus: Path, workers: int, test_texts: int | None = None) -> Iterator[tuple[Finals, Runs, Store]]:
    """What trains and scores finals on so many workers, with a database, in a folder that is deleted."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "s.db", create=True) as store:
        ledger = Ledger(store, open_prepared(corpus).card, Path(folder) / "states")
        ledger.begin("benchmark")
        ledger.begin_study("benchmark", Split(0, SEED), {})
        engine = start_engine(corpus, workers)
        try:
            finals = Finals("benchmark", ledger, Silent(), test_texts, SEED)
            yield finals, Runs(engine, ledger, corpus, keep_states=True), store
        finally:
            engine.close()


def measure_whole_job(
    networks: Sequence[str],
    batchings: Sequence[str],
    data: Path,
    corpus: Path,
    recipe: dict[str, Any],
    stock: dict[str, Any],
    workers: int,
) -> dict[str, Any]:
    """Wall and CPU seconds, accuracies and peak memory of each contestant.

    `data` is the folder of padded arrays, `corpus` that of the prepared corpus.
    """
    found: dict[str, Any] = {"stock": {}}
    for leg in [leg for leg in LEGS if leg in (*networks, *batchings)]:
        if leg in batchings:
            found[leg] = _ours(networks, corpus, recipe | {"batching": leg}, workers)
        else:
            found["stock"][leg] = _stock(leg, data, recipe["epochs"], stock)
        print(f"whole job: {leg} is over", flush=True)
    return found


def _stock(network: str, data: Path, epochs: int, settings: dict[str, Any]) -> dict[str, Any]:
    contestant = Contestant("stock-default", "stock_script.py", data=str(data), **settings)
    try:
        answer: dict[str, Any] = contestant.ask("whole", network=network, epochs=epochs, seed=SEED)
        return answer
    finally:
        contestant.close()


def _ours(networks: Sequence[str], corpus: Path, recipe: dict[str, Any], workers: int) -> dict[str, Any]:
    """Everything counts in the totals, the start and the imports of the workers included."""
    order = [name for name in LONGEST_FIRST if name in networks]
    wanted = [Final(Run(reference(name).under(recipe), SEED, Split(0, SEED))) for name in order]
    wall, cpu = time.perf_counter(), _cpu_seconds()
    with _finals(corpus, workers) as (finals, runs, store):
        finals.run(wanted, runs)
        wall = time.perf_counter() - wall
        scored, epochs = (frame(store, "benchmark") for frame in (frames.finals, frames.epochs))
    scored = scored.join(epochs.groupby("run")["peak_memory_mb"].max(), on="run").set_index("configuration")
    columns = {"train_seconds": "wall", "train_cpu_seconds": "cpu"}
    scored = scored.rename(columns=columns)[["wall", "cpu", "test_accuracy", "peak_memory_mb"]]
    ours = {
        name: scored.loc[final.run.configuration.fingerprint].to_dict()
        for name, final in zip(order, wanted, strict=True)
    }
    return {"wall": wall, "cpu": _cpu_seconds() - cpu, "networks": ours}


def _cpu_seconds() -> float:
    """Of this process and of all its processes that have ended."""
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def whole_job_tables(found: dict[str, Any]) -> str:
    """Both tables in Markdown: the totals, and network by network."""
    stock, batchings = found["stock"].values(), [name for name in found if name != "stock"]
    total = {key: sum(one[key] for one in stock) for key in ("wall", "cpu")}
    rows = [["stock Keras, in turn", minutes(total["wall"]), minutes(total["cpu"]), "1", "1", _peak(stock)]]
    for name in batchings:
        ours = found[name]
        faster = [f"{total[key] / ours[key]:.2f}" for key in ("wall", "cpu")]
        seconds = [minutes(ours[key]) for key in ("wall", "cpu")]
        rows.append([f"ours, {name}", *seconds, *faster, _peak(ours["networks"].values())])
    header = ["the whole job", "wall", "CPU", "stock / ours, wall", "stock / ours, CPU", "peak memory a process"]
    by_network = [
        [name, *map(_accuracy_and_time, (one, *(found[batching]["networks"][name] for batching in batchings)))]
        for name, one in found["stock"].items()
    ]
    columns = [f"{name}: accuracy, wall, CPU" for name in ("stock", *batchings)]
    return f"{table(header, rows)}\n\n{table(['network', *columns], by_network)}"


def _peak(processes: Any) -> str:
    return f"{max(one['peak_memory_mb'] for one in processes):,.0f} MB"


def _accuracy_and_time(one: dict[str, Any]) -> str:
    return f"{100 * one['test_accuracy']:.2f} %, {minutes(one['wall'])}, {minutes(one['cpu'])}"


def measure_workers(networks: Sequence[str], corpus: Path, rounds: int, texts: int, epochs: int) -> dict[str, Any]:
    """Epochs an hour of one worker and of two, a round each; who is first changes."""
    found: dict[str, Any] = {"one": [], "two": []}
    for number in range(rounds):
        for name in ("one", "two") if number % 2 == 0 else ("two", "one"):
            found[name].append(_epochs_an_hour(networks, corpus, 1 + (name == "two"), texts, epochs))
        print(f"two workers and one: round {number + 1} of {rounds} is over", flush=True)
    return found


def _epochs_an_hour(networks: Sequence[str], corpus: Path, workers: int, texts: int, epochs: int) -> float:
    """Of two seeds of each network, bucketed, a fifth of the texts validating.

    Before, every worker trains an epoch of each network, which builds and traces it: starting up is not counted.
    """

    def wanted(texts: int, epochs: int) -> list[Final]:
        chosen = [reference(name).under({"batching": "bucketed", "epochs": epochs}) for name in networks]
        return [Final(Run(each, seed, Split(0.2, SEED, texts))) for each in chosen for seed in (0, 1)]

    with _finals(corpus, workers, test_texts=64) as (finals, runs, _):
        finals.run(wanted(min(texts // 2, 200), 1), runs)
        timed = wanted(texts, epochs)
        began = time.monotonic()
        finals.run(timed, runs)
        return 3600 * epochs * len(timed) / (time.monotonic() - began)


def workers_table(found: dict[str, Any]) -> str:
    """Markdown."""
    shown = [spread(found["one"], 0), spread(found["two"], 0), spread(ratios(found["two"], found["one"]), 2)]
    return table(["epochs an hour of", "one worker", "two", "two / one"], [["two seeds of each network", *shown]])
