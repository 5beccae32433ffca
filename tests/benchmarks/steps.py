"""Part A, a batch: what a training step costs each contestant."""

from pathlib import Path
from statistics import median
from typing import Any

from contestants import Contestant
from spread import ratios, spread, table

from search_spaces import BOOK
from study.workers.local import cores

NETWORKS = tuple(reference.id for reference in BOOK)
ONE_THREAD = ("stock-one-thread-xla", "stock-one-thread-plain")


def measure_steps(data: Path, stock: dict[str, Any], ours: dict[str, Any], rounds: int) -> dict[str, Any]:
    """`steps`: network -> contestant -> CPU and wall seconds a batch, a round each; `prepared`: how each runs."""
    core = cores()[-1]
    contestants = [
        Contestant("stock-default", "stock_script.py", data=str(data), **stock),
        Contestant("stock-one-thread-xla", "stock_script.py", core, data=str(data), jit=True, **stock),
        Contestant("stock-one-thread-plain", "stock_script.py", core, data=str(data), jit=False, **stock),
        Contestant("ours", "our_script.py", core, data=str(data), **ours),
    ]
    found: dict[str, Any] = {name: {one.name: [] for one in contestants} for name in NETWORKS}
    prepared: dict[str, Any] = {}
    try:
        for network in NETWORKS:
            for contestant in contestants:  # all at once: nothing is measured yet
                contestant.tell("prepare", network=network)
            prepared[network] = {contestant.name: contestant.answer() for contestant in contestants}
            print(f"a batch: {network} is ready", flush=True)
        for number in range(rounds):
            for network in NETWORKS:
                for contestant in contestants:
                    found[network][contestant.name].append(contestant.ask("step", network=network))
            print(f"a batch: round {number + 1} of {rounds} is over", flush=True)
    finally:
        for contestant in contestants:
            contestant.close()
    return {"steps": found, "prepared": prepared}


def steps_table(steps: dict[str, Any], prepared: dict[str, Any]) -> str:
    """Markdown. Behind stock Keras stands whether XLA compiled it; stock-best is the better by CPU seconds."""
    header = ["network", "contestant", "CPU s a batch", "wall s a batch", "ours / it, CPU", "ours / it, wall"]
    rows = []
    for network, measured in steps.items():
        best = min(ONE_THREAD, key=lambda name: median([one["cpu"] for one in measured[name]]))
        compiled = {name: one.get("jit_compile") for name, one in prepared[network].items()}
        how = {name: "XLA" if compiled[name] else "no XLA" for name in compiled}
        titles = {
            "stock-default": f"stock-default ({how['stock-default']})",
            best: f"stock-best ({how[best]})",
            "ours": "ours",
        }
        for name, title in titles.items():
            seconds = {key: [one[key] for one in measured[name]] for key in ("cpu", "wall")}
            own = {key: [one[key] for one in measured["ours"]] for key in ("cpu", "wall")}
            quotients = [spread(ratios(own[key], seconds[key]), 2) for key in ("cpu", "wall")]
            shown = ["1", "1"] if name == "ours" else quotients
            rows.append([network, title, spread(seconds["cpu"]), spread(seconds["wall"]), *shown])
    return table(header, rows)
