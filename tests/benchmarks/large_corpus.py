"""How much memory and time a large CSV takes to prepare. Everything is made in a temporary folder and deleted.

    python tests/benchmarks/large_corpus.py --megabytes 2000

Texts of about 90 words, drawn from 50,000 by Zipf's law, each with a number of its own: so the words never end, as
in real tickets.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

POOL = 20_000  # different texts, but for their numbers
CLASSES = ("billing", "bug", "login", "praise")

PREPARE = """
import json, sys, time
from pathlib import Path
from study.corpus import Reading, obtain
from study.training.memory import peak_memory_mb
begun, used = time.perf_counter(), time.process_time()
found = obtain(sys.argv[1], Reading(), cache=Path(sys.argv[2]))
card = found.corpus.card
print(json.dumps({
    "seconds": round(time.perf_counter() - begun, 2),
    "processor_seconds": round(time.process_time() - used, 2),
    "peak_megabytes": round(peak_memory_mb()),
    "texts": card.training_texts + card.test_texts,
    "vocabulary": card.vocabulary_size,
    "training_tokens": len(found.corpus.training.tokens),
}))
"""


def write_csv(path: Path, megabytes: int, seed: int = 0) -> Path:
    """A CSV of four classes, of about that size."""
    generator = np.random.default_rng(seed)
    words = np.array([f"word{number}" for number in range(50_000)])
    pool = [
        " ".join(words[np.minimum(generator.zipf(1.3, length), len(words)) - 1])
        for length in generator.integers(20, 160, POOL)
    ]
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text,label\n")
        while file.tell() < megabytes * 10**6:
            rows = range(number, number + POOL)
            file.writelines(
                f'{row},"{pool[row % POOL]}, no. {row}",{CLASSES[row % len(CLASSES)]}\n' for row in rows
            )
            number += POOL
    return path


def measured(csv: Path, cache: Path) -> dict[str, float]:
    """Figures of preparing it, in a process of its own: its peak of memory is its alone."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, str(csv), str(cache)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--smoke", action="store_true", help="one megabyte, in seconds: does it run?")
    parser.add_argument("--folder", type=Path, help="Where the temporary folder goes.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        begun = time.perf_counter()
        path = write_csv(Path(folder) / "large.csv", 1 if given.smoke else given.megabytes)
        print(f"{path.stat().st_size / 1e6:,.0f} MB written in {time.perf_counter() - begun:.0f} s")
        found = measured(path, Path(folder) / "cache")
    for name, figure in found.items():
        print(f"{name.replace('_', ' '):<20}{figure:,}")
    if given.smoke:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
