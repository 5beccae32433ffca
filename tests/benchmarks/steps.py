"""Parts A and C: what a training step costs each contestant, and what a short run pays beside its steps."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from contestants import Contestant
from spread import ratios, spread, table

from study.workers.cores import cores

ONE_THREAD = {"stock-one-thread-xla": True, "stock-one-thread-plain": False}  # name -> jit_compile


@contextmanager
def contestants(
    data: Path, stock: dict[str, Any], ours: dict[str, Any], pinned: Sequence[str]
) -> Iterator[list[Contestant]]:
    """Stock Keras as typed, those of ONE_THREAD in `pinned`, and ours: first and last are those of part C."""
    core, stock = cores()[-1], {"data": str(data), **stock}
    with ExitStack() as stack:
        begun = [Contestant("stock-default", "stock_script.py", **stock)]
        begun += [Contestant(name, "stock_script.py", core, jit=ONE_THREAD[name], **stock) for name in pinned]
        begun.append(Contestant("ours", "our_script.py", core, data=str(data), **ours))
        for contestant in begun:
            stack.callback(contestant.close)
        yield begun


def measure_steps(networks: Sequence[str], contestants: Sequence[Contestant], rounds: int) -> dict[str, Any]:
    """`steps`: network -> contestant -> CPU and wall seconds a batch, a round each; `prepared`: how each runs."""
    prepared: dict[str, Any] = {}
    found: dict[str, Any] = {name: {one.name: [] for one in contestants} for name in networks}
    for network in networks:
        for contestant in contestants:  # all at once: nothing is measured yet
            contestant.tell("prepare", network=network)
        prepared[network] = {contestant.name: contestant.answer() for contestant in contestants}
        print(f"a batch: {network} is ready", flush=True)
    for number in range(rounds):
        for network in networks:
            for contestant in contestants:
                found[network][contestant.name].append(contestant.ask("step", network=network))
        print(f"a batch: round {number + 1} of {rounds} is over", flush=True)
    return {"steps": found, "prepared": prepared}


def steps_table(steps: dict[str, Any], prepared: dict[str, Any]) -> str:
    """Markdown. Behind stock Keras stands whether XLA compiled it; stock-best is the better by CPU seconds."""
    header = ["network", "contestant", "CPU s a batch", "wall s a batch", "ours / it, CPU", "ours / it, wall"]
    rows = []
    for network, measured in steps.items():
        best = min(
            ONE_THREAD.keys() & measured.keys(), key=lambda name: median([one["cpu"] for one in measured[name]])
        )
        how = {name: "XLA" if one.get("jit_compile") else "no XLA" for name, one in prepared[network].items()}
        titles = {
            "stock-default": f"stock-default ({how['stock-default']})",
            best: f"stock-best ({how[best]})",
            "ours": "ours",
        }
        own = {key: [one[key] for one in measured["ours"]] for key in ("cpu", "wall")}
        for name, title in titles.items():
            seconds = {key: [one[key] for one in measured[name]] for key in ("cpu", "wall")}
            quotients = [spread(ratios(own[key], seconds[key]), 2) for key in ("cpu", "wall")]
            shown = ["1", "1"] if name == "ours" else quotients
            rows.append([network, title, spread(seconds["cpu"]), spread(seconds["wall"]), *shown])
    return table(header, rows)


def measure_short_runs(
    networks: Sequence[str], contestants: Sequence[Contestant], repeats: int, batches: int
) -> dict[str, Any]:
    """Wall seconds to the end of the first batch, and of a second epoch and its steps alone; by network."""
    stock, ours = contestants[0], contestants[-1]
    found: dict[str, Any] = {name: {stock.name: [], ours.name: [], "second_epoch": []} for name in networks}
    for contestant in (stock, ours):  # the first network of a process pays for more than itself
        contestant.ask("first", network="cnn-lstm")
    for number in range(repeats):
        for network in networks:
            for contestant in (stock, ours):
                found[network][contestant.name].append(contestant.ask("first", network=network)["seconds"])
            epoch = ours.ask("second_epoch", network=network, batches=batches)
            found[network]["second_epoch"].append(epoch)
        print(f"short runs: repeat {number + 1} of {repeats} is over", flush=True)
    return found


def short_runs_table(short_runs: dict[str, Any]) -> str:
    """Markdown."""
    columns = (
        "first batch, ours (s)",
        "first batch, stock-default (s)",
        "ours / it",
        "second epoch, beside steps (s)",
    )
    rows = []
    for network, measured in short_runs.items():
        own, stock = measured["ours"], measured["stock-default"]
        beside = [one["epoch"] - one["steps"] for one in measured["second_epoch"]]
        rows.append([network, *(spread(each, 2) for each in (own, stock, ratios(own, stock), beside))])
    return table(["network", *columns], rows)
