"""What a recurrent layer over pieces of a text costs in accuracy and saves in time, against one over all of it.

    taskset -c 0 python tests/benchmarks/pieces.py --corpus aclImdb_v1.tar.gz

The LSTM of 64 units with the largest and the mean over its steps that the space `strong` begins with, on some
thousands of texts of 400 tokens, each length of piece on the same seeds, in turn.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import tiny
from spread import table

from search_spaces import Configuration, FixedTrial, Recipe, load_space, starts_of
from study.corpus import Corpus, default_cache, obtain_corpus
from study.corpus.prepared.splits import Split
from study.training.epoch import train_epoch
from study.training.run import Run

PIECES = (0, 128, 64, 32, 16)  # tokens; 0 is the whole text


def in_pieces_of(piece: int, **recipe: object) -> Configuration:
    """`recipe` on top of a learning rate that falls to 0 over three epochs."""
    space = load_space("strong", Recipe(schedule="linear"))
    whole = space.suggest(FixedTrial(starts_of(space)["lstm-max-and-mean"])).with_recipe(**recipe)
    (layer,) = whole.architecture.recurrent
    cut = whole.architecture.model_copy(update={"recurrent": (layer.model_copy(update={"piece": piece}),)})
    return whole.model_copy(update={"architecture": cut})


def measured(
    corpus: Corpus, split: Split, seeds: int, pieces: Sequence[int] = PIECES, **recipe: object
) -> Iterator[tuple[int, float, float]]:
    """Piece, validation accuracy after the last epoch, and CPU seconds of the fastest epoch, run by run."""
    for seed in range(seeds):
        for piece in pieces:
            run, state, epochs = Run(in_pieces_of(piece, **recipe), seed, split), None, []
            for epoch in range(1, run.configuration.recipe.epochs + 1):
                state, metrics = train_epoch(run, corpus, epoch, state)
                epochs.append(metrics)
            assert metrics.validation_accuracy is not None
            yield piece, metrics.validation_accuracy, min(each.cpu_seconds for each in epochs)
            print(f"seed {seed}, pieces of {piece}: {metrics.validation_accuracy:.2%}", flush=True)


def rows(found: list[tuple[int, float, float]]) -> Iterator[list[str]]:
    """Differences are seed by seed from the whole text."""
    by_piece: dict[int, list[tuple[float, float]]] = {}
    for piece, accuracy, cpu in found:
        by_piece.setdefault(piece, []).append((accuracy, cpu))
    for piece, runs in by_piece.items():
        accuracies, seconds = zip(*runs, strict=True)
        less = [100 * (own - other) for (own, _), (other, _) in zip(runs, by_piece[0], strict=True)]
        quicker = mean(other / own for (_, own), (_, other) in zip(runs, by_piece[0], strict=True))
        spread = f" ± {stdev(less):.2f}" if len(less) > 1 else ""
        yield [
            str(piece or "whole text"),
            f"{mean(accuracies):.2%}",
            f"{mean(less):+.2f}{spread}" if piece else "–",
            f"{mean(seconds):.1f}",
            f"{quicker:.2f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="auto", help="auto, imdb, stand-in, or a path (default: auto)")
    parser.add_argument("--texts", type=int, default=10_000, help="to train on and to judge by (default: 10,000)")
    parser.add_argument("--seeds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--smoke", action="store_true", help="seconds, on made-up texts: does it run?")
    options = parser.parse_args()
    if options.smoke:
        with tempfile.TemporaryDirectory() as folder:
            corpus, _ = obtain_corpus(
                str(tiny.write_corpus(Path(folder) / "tiny.npz")), cache=Path(folder) / "cache"
            )
            found = list(measured(corpus, Split(0.2, 0), 1, PIECES[:3], epochs=1, batch_size=32))
    else:
        corpus, _ = obtain_corpus(options.corpus, cache=default_cache())
        found = list(measured(corpus, Split(0.2, 0, options.texts), options.seeds))
    header = ["pieces of", "validation accuracy", "minus whole text, points", "CPU s an epoch", "times as fast"]
    print(table(header, rows(found)))
    if options.smoke:
        print(json.dumps({str(piece): cpu for piece, _, cpu in found}))


if __name__ == "__main__":
    main()
