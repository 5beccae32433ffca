"""Part C, short runs: what there is to pay beside the training steps."""

from pathlib import Path
from typing import Any

from contestants import Contestant
from spread import spread, table

from search_spaces import BOOK
from study.workers.local import cores

NETWORKS = tuple(reference.id for reference in BOOK)


def measure_short_runs(
    data: Path, stock: dict[str, Any], ours: dict[str, Any], repeats: int, batches: int
) -> dict[str, Any]:
    """Wall seconds to the end of the first batch, and of a second epoch beside its steps; by network."""
    contestants = [
        Contestant("stock-default", "stock_script.py", data=str(data), **stock),
        Contestant("ours", "our_script.py", cores()[-1], data=str(data), **ours),
    ]
    found: dict[str, Any] = {name: {"stock-default": [], "ours": [], "second_epoch": []} for name in NETWORKS}
    try:
        for contestant in contestants:  # the first network of a process pays for more than itself
            contestant.ask("first", network="cnn-lstm")
        for number in range(repeats):
            for network in NETWORKS:
                for contestant in contestants:
                    found[network][contestant.name].append(contestant.ask("first", network=network)["seconds"])
                epoch = contestants[-1].ask("second_epoch", network=network, batches=batches)
                found[network]["second_epoch"].append(epoch)
            print(f"short runs: repeat {number + 1} of {repeats} is over", flush=True)
    finally:
        for contestant in contestants:
            contestant.close()
    return found


def short_runs_table(short_runs: dict[str, Any]) -> str:
    header = [
        "network",
        "first batch, ours (s)",
        "first batch, stock-default (s)",
        "second epoch, beside steps (s)",
    ]
    rows = []
    for network, measured in short_runs.items():
        beside = [one["epoch"] - one["steps"] for one in measured["second_epoch"]]
        rows.append(
            [network, spread(measured["ours"], 2), spread(measured["stock-default"], 2), spread(beside, 2)]
        )
    return table(header, rows)
