"""Which share of a training step is arithmetic: networks of n-grams, convolutions and LSTMs, by kind of operation.

    taskset -c 0 python tests/benchmarks/step_profile.py

From TensorFlow's own profiler, on one thread, in batches of 64 made-up texts of 230 tokens: as many steps as a
batch of the reviews has in `bucketed` batching. Shares are of the operations' own time; what is left is said.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from spread import table

from search_spaces import Architecture, Configuration, FixedTrial, Recipe, load_space, reference, starts_of
from study.corpus.prepared.batches import Batch
from study.training.backend import tf
from study.training.epoch import LiveNetwork

TEXTS, TOKENS, WORDS = 64, 230, 4_999
PRODUCTS, RECURRENCE = "convolutions, matrix products", "recurrence"
KINDS = {  # by the beginning of an operation's type; the first that fits
    PRODUCTS: (
        *("_MklNativeConv", "Conv2D", "_MklNativeFusedConv", "_FusedConv2D"),
        *("MatMul", "BatchMatMul", "_MklNativeFusedMatMul", "_FusedMatMul", "_MklMatMul"),
    ),
    RECURRENCE: ("BlockLSTM",),
    "moving": (
        *("Gather", "Scatter", "Concat", "Transpose", "_MklTranspose", "DynamicStitch", "StridedSlice", "Slice"),
        *("Tile", "Pad", "BroadcastTo", "Pack", "Reshape", "Reverse", "Split", "Unique", "ResourceGather"),
    ),
}
SUMS = "sums by row, for the optimizer"
OPTIMIZER = "the optimizer's arithmetic"
OTHER = "other arithmetic"
SPEED = "their speed / a large product's"
COLUMNS = (PRODUCTS, RECURRENCE, OTHER, OPTIMIZER, SUMS, "moving")


def networks() -> Iterator[tuple[str, Configuration]]:
    space = load_space("strong", Recipe())
    starts = starts_of(space)
    recurrent = "lstm-max-and-mean"
    for name in ("n-grams-by-ratios", "convolution-max", "convolution-beside-ratios", recurrent):
        yield name, space.suggest(FixedTrial(starts[name]))
    yield f"{recurrent}, pieces of 64", space.suggest(FixedTrial({**starts[recurrent], "piece": 64}))
    yield "simple-lstm", reference("simple-lstm").under({})
    yield "cnn-lstm", reference("cnn-lstm").under({})


def multiplied(architecture: Architecture) -> float:
    """Floating-point operations of a step in convolutions and recurrent layers, forward and twice as many back."""
    steps, width, found = TOKENS, architecture.embedding_size, 0
    for block in architecture.conv:
        found += steps * sum(block.kernel_sizes) * width * block.filters
        width, steps = block.filters * len(block.kernel_sizes), steps // block.pooling
    for layer in architecture.recurrent:
        found += steps * 4 * layer.units * (width + layer.units)
        width = layer.units
    return 3.0 * 2 * TEXTS * found


def fastest() -> float:
    """Floating-point operations a second of a large matrix product on this thread."""
    matrix = tf.random.normal([2048, 2048])
    tf.linalg.matmul(matrix, matrix)
    began = time.process_time()
    for _ in range(5):
        tf.linalg.matmul(matrix, matrix)
    return 5 * 2 * 2048.0**3 / (time.process_time() - began)


def measured(configuration: Configuration, steps: int) -> dict[str, float]:
    """CPU milliseconds a step, unprofiled; the operations' share of a profiled step; and of these each kind's."""
    card: Any = SimpleNamespace(vocabulary_size=WORDS + 1, classes=("no", "yes"))
    live = LiveNetwork(configuration, card)
    live.begin(0)
    generator = np.random.default_rng(0)
    tokens = np.minimum(generator.zipf(1.2, (TEXTS, TOKENS)), WORDS).astype(np.int32)
    batches = [Batch(tokens, np.arange(TEXTS) % 2, np.arange(TEXTS))] * steps
    rates = [0.001] * steps
    live.train(batches, rates)  # traces
    began = time.process_time()
    live.train(batches, rates)
    cpu = time.process_time() - began
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            began = time.perf_counter()
            live.train(batches, rates)
            wall = time.perf_counter() - began
        seconds: dict[str, float] = dict.fromkeys(COLUMNS, 0.0)
        for name, lasted in operations(Path(folder)):
            seconds[kind_of(name)] += lasted
    whole = sum(seconds.values())
    shares = {kind: lasted / whole for kind, lasted in seconds.items()}
    spent = seconds[PRODUCTS] + seconds[RECURRENCE]
    speed = steps * multiplied(configuration.architecture) / spent / fastest()
    return {"milliseconds": 1000 * cpu / steps, "operations": whole / wall, SPEED: speed} | shares


def operations(folder: Path) -> Iterator[tuple[str, float]]:
    """Every operation that was profiled, `name:Type`, and its seconds."""
    from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XSpace

    (written,) = folder.rglob("*.xplane.pb")
    space = XSpace()
    space.ParseFromString(written.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if line.name.startswith("tf_") and ":" in name and "::" not in name:
                    yield name, event.duration_ps / 1e12


def kind_of(operation: str) -> str:
    name, _, type_ = operation.rpartition(":")
    if name.startswith("adam"):  # Keras numbers the later ones
        return SUMS if type_.startswith("UnsortedSegmentSum") else OPTIMIZER
    return next((kind for kind, begins in KINDS.items() if type_.startswith(begins)), OTHER)


def as_table(found: dict[str, dict[str, float]]) -> str:
    header = ["network", "ms a step", *COLUMNS, "operations' part of the step", SPEED]
    rows = [
        [
            name,
            f"{one['milliseconds']:.1f}",
            *(f"{one[kind]:.0%}" for kind in (*COLUMNS, "operations")),
            f"{one[SPEED]:.2f}" if one[SPEED] else "–",
        ]
        for name, one in found.items()
    ]
    return table(header, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="seconds, not minutes; figures as JSON")
    smoke = parser.parse_args().smoke
    chosen = list(networks())[: 1 if smoke else None]
    found = {name: measured(each, 2 if smoke else 20) for name, each in chosen}
    print(as_table(found))
    if smoke:
        told = ("milliseconds", OPTIMIZER, SUMS, "moving")
        print(json.dumps({name: {each: one[each] for each in told} for name, one in found.items()}))
