"""Measure the figures the stand-in corpus is generated from: lengths and word frequencies, no text.

    python tests/benchmarks/measure_stand_in.py reviews.npz word_index.json
    study/corpus/published/stand_in_statistics.npz

`reviews.npz` is a flat archive with `train_tokens`, `train_offsets` and `train_labels`; `word_index.json` is
its word index, word -> rank. Rewrites the third file:

    length_quantiles  (101,) uint16        training lengths in tokens at 0 %, 1 %, ... 100 %
    log_probability   (2, 5000) int16      log of each word's share among the top words of negative and of
                                           positive reviews, in hundredths; word r has id r + 4
    negators          (k,) uint16          ids of words that negate what follows
    turn              () uint16            id of 'but'

With `--smoke` alone it measures a made-up corpus and writes nothing: does it run?
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
import tiny

FIRST_WORD = 4
WORDS = 5000
NEGATORS = [
    *("not", "no", "never", "nothing", "without", "hardly", "cannot", "neither", "nor", "isn't", "don't"),
    *("didn't", "doesn't", "wasn't", "can't", "couldn't", "won't", "wouldn't", "aren't"),
]


def measure(reviews: Path, word_index: Path) -> dict[str, np.ndarray]:
    """Return the arrays described above, measured on the training half alone."""
    ranks = json.loads(word_index.read_text(encoding="utf-8"))
    with np.load(reviews, allow_pickle=False) as arrays:
        tokens, labels = arrays["train_tokens"], arrays["train_labels"]
        lengths = np.diff(arrays["train_offsets"])
    label_of_token = np.repeat(labels, lengths)
    known = slice(FIRST_WORD, FIRST_WORD + WORDS)
    of_class = [tokens[label_of_token == label] for label in (0, 1)]
    counts = np.stack([np.bincount(ids, minlength=known.stop)[known] for ids in of_class])  # (2, words)
    smoothed = counts + 0.5
    shares = smoothed / smoothed.sum(axis=1, keepdims=True)
    return {
        "length_quantiles": np.quantile(lengths, np.linspace(0, 1, 101)).astype(np.uint16),
        "log_probability": np.rint(100 * np.log(shares)).astype(np.int16),
        "negators": np.array([ranks[word] + FIRST_WORD - 1 for word in NEGATORS], np.uint16),
        "turn": np.array(ranks["but"] + FIRST_WORD - 1, np.uint16),
    }


def main() -> None:
    if sys.argv[1:] == ["--smoke"]:
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index.json"
            index.write_text(json.dumps({word: rank for rank, word in enumerate(["but", *NEGATORS], 1)}))
            found = measure(tiny.write_corpus(Path(folder) / "tiny.npz"), index)
        median, negators = found["length_quantiles"][50], found["negators"]
        print(
            json.dumps({"median length": int(median), "negators": negators.tolist(), "turn": int(found["turn"])})
        )
    elif len(sys.argv) == 4:
        np.savez_compressed(sys.argv[3], **measure(Path(sys.argv[1]), Path(sys.argv[2])))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
