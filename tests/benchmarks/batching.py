"""Whether `bucketed` batches cost accuracy: two networks, both batchings, five seeds, scored on the test half.

    .venv/bin/python tests/benchmarks/batching.py --corpus PATH

Each run is trained on the whole training half by the book's recipe. A finished run is a line in --results; the
same command again goes on behind the last one.
"""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from chains import Scored, train_and_score
from scipy import stats
from spread import table

from search_spaces import reference
from study.corpus import Split, default_cache, folder_of, obtain_corpus
from study.engine import LocalWorkers
from study.environment import environment
from study.errors import StudyError
from study.run import Run

ROOT = Path(__file__).parents[2]
NETWORKS = ("simple-lstm", "cnn-lstm")
BATCHINGS = ("fixed", "bucketed")
Line = dict[str, Any]
Key = tuple[str, str, int]  # network, batching, seed


def main() -> None:
    options = _options()
    corpus, notice = obtain_corpus(options.corpus, cache=default_cache())
    for said in filter(None, (notice, corpus.card.notice)):
        print(said, flush=True)
    terms = {
        "corpus": corpus.card.fingerprint[:16],
        "epochs": options.epochs,
        "steps": options.steps,
        "test_texts": options.test_texts,
        "training_texts": options.training_texts,
    }
    finished = _finished(options.results, terms)
    runs = {key: run for key, run in _planned(options).items() if key not in finished}
    print(f"{len(finished)} runs are in {options.results}, {len(runs)} to go", flush=True)
    if runs:
        folder = folder_of(corpus.card.fingerprint, default_cache())
        finished |= _train(runs, folder, terms, options)
    text = _markdown(finished, corpus.card.name, options)
    print(f"\n{text}")
    if options.keep:
        (ROOT / "docs" / "batching.md").write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="auto", help="auto, imdb, stand-in, or a path (default: auto)")
    parser.add_argument(
        "--results", type=Path, default=Path("runs/batching.jsonl"), help="JSON Lines, appended to"
    )
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 (default: 5)")
    parser.add_argument("--keep", action="store_true", help="also write docs/batching.md")
    for name, value in (("--epochs", 3), ("--steps", 500), ("--training-texts", None), ("--test-texts", None)):
        parser.add_argument(name, type=int, default=value, help=argparse.SUPPRESS)  # for trying the script itself
    return parser.parse_args()


def _planned(options: argparse.Namespace) -> dict[Key, Run]:
    """Seed by seed, so that an unfinished table is balanced."""
    split = Split(validation_fraction=0, seed=0, training_texts=options.training_texts)
    recipe = {"epochs": options.epochs, "sequence_length": options.steps}
    return {
        (network, batching, seed): Run(reference(network).under(recipe | {"batching": batching}), seed, split)
        for seed in range(options.seeds)
        for network in NETWORKS
        for batching in BATCHINGS
    }


def _finished(path: Path, terms: Line) -> dict[Key, Line]:
    """The lines that belong to these terms; a last line that was cut off is trained again."""
    found: dict[Key, Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if all(line.get(name) == value for name, value in terms.items()):
            found[line["network"], line["batching"], line["seed"]] = line
    return found


def _train(runs: dict[Key, Run], folder: Path, terms: Line, options: argparse.Namespace) -> dict[Key, Line]:
    keys = {run.key: key for key, run in runs.items()}
    found: dict[Key, Line] = {}
    options.results.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    engine = LocalWorkers(2)
    try:
        for scored in train_and_score(engine, folder, runs.values(), options.test_texts):
            key = keys[scored.run.key]
            found[key] = line = _line(key, scored, terms)
            _append(options.results, line)
            accuracy = f"{100 * line['test_accuracy']:.2f} % in {line['seconds']:.0f} s"
            passed = f"{len(found)} of {len(runs)} after {time.perf_counter() - began:.0f} s"
            print(f"{key[0]}, {key[1]}, seed {key[2]}: {accuracy} ({passed})", flush=True)
    except KeyboardInterrupt:
        sys.exit("Stopped; the same command goes on from here.")
    finally:
        engine.close()
    return found


def _append(path: Path, line: Line) -> None:
    """On a line of its own, also behind one that was cut off."""
    cut_off = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * bool(cut_off) + json.dumps(line) + "\n")


def _line(key: Key, scored: Scored, terms: Line) -> Line:
    """`seconds` and `cpu_seconds` are of training and scoring."""
    network, batching, seed = key
    return {
        "network": network,
        "batching": batching,
        "seed": seed,
        "test_accuracy": scored.test_accuracy,
        "seconds": scored.seconds,
        "cpu_seconds": scored.cpu_seconds,
        **terms,
    }


def _markdown(finished: dict[Key, Line], corpus: str, options: argparse.Namespace) -> str:
    machine = environment()
    command = shlex.join([".venv/bin/python", "tests/benchmarks/batching.py", *sys.argv[1:]])
    versions = ", ".join(f"{name} {machine[name]}" for name in ("tensorflow", "keras"))
    texts = "the whole training half" if options.training_texts is None else f"{options.training_texts} texts"
    parts = [
        "# Fixed against bucketed batches",
        f"{datetime.now(UTC).date()} · {machine.get('processor')} · {versions} · corpus {corpus}",
        f"    {command}",
        f"Test accuracies in per cent after {options.epochs} epochs on {texts} by the book's recipe. `fixed` pads "
        "every batch to the sequence length; `bucketed` puts texts of similar length together and pads to the "
        "longest of the batch. sd is the standard deviation over seeds; the interval is Welch's t interval of the "
        "difference of means, bucketed less fixed, in percentage points.",
        _accuracies(finished, options.seeds),
        _differences(finished, options.seeds),
    ]
    return "\n\n".join(parts) + "\n"


def _accuracies(finished: dict[Key, Line], seeds: int) -> str:
    header = ["network", "batching", *(f"seed {seed}" for seed in range(seeds)), "mean", "sd", "CPU s a run"]
    rows = []
    for network in NETWORKS:
        for batching in BATCHINGS:
            cells = [finished.get((network, batching, seed)) for seed in range(seeds)]
            figures = [f"{100 * line['test_accuracy']:.2f}" if line else "–" for line in cells]
            values = _values(finished, network, batching, seeds)
            mean, sd = (f"{np.mean(values):.2f}" if values else "–"), _sd(values)
            seconds = [line["cpu_seconds"] for line in cells if line]
            rows.append([network, batching, *figures, mean, sd, f"{np.mean(seconds):.0f}" if seconds else "–"])
    return table(header, rows)


def _differences(finished: dict[Key, Line], seeds: int) -> str:
    rows = []
    for network in NETWORKS:
        fixed, bucketed = (_values(finished, network, batching, seeds) for batching in BATCHINGS)
        difference = f"{np.mean(bucketed) - np.mean(fixed):+.2f}" if fixed and bucketed else "–"
        rows.append([network, difference, _welch(bucketed, fixed)])
    return table(["network", "bucketed less fixed", "95 % interval"], rows)


def _values(finished: dict[Key, Line], network: str, batching: str, seeds: int) -> list[float]:
    """Test accuracies in per cent."""
    found = (finished.get((network, batching, seed)) for seed in range(seeds))
    return [100 * line["test_accuracy"] for line in found if line]


def _sd(values: Sequence[float]) -> str:
    return f"{np.std(values, ddof=1):.2f}" if len(values) > 1 else "–"


def _welch(values: Sequence[float], others: Sequence[float]) -> str:
    """B. L. Welch, 'The generalization of Student's problem', Biometrika 34, 1947; – for fewer than two each."""
    if min(len(values), len(others)) < 2 or np.std(values) == np.std(others) == 0:
        return "–"
    low, high = stats.ttest_ind(values, others, equal_var=False).confidence_interval(0.95)
    return f"{low:+.2f} to {high:+.2f}"


if __name__ == "__main__":
    try:
        main()
    except StudyError as error:
        sys.exit(str(error))
