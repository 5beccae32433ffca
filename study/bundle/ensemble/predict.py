"""The class of a text by the average of the models in members/: python predict.py "a text" ...

Needs TensorFlow alone, and the files beside this one.
"""

import functools
import json
import runpy
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LABELS = json.loads((HERE / "labels.json").read_text("utf-8"))


@functools.cache
def members() -> list[tuple[float, Any]]:
    """Weight and probabilities of each; with the first text, since TensorFlow takes seconds to load."""
    return [
        (member["weight"], runpy.run_path(str(HERE / member["folder"] / "predict.py"))["probabilities"])
        for member in json.loads((HERE / "bundle.json").read_text("utf-8"))["members"]
    ]


def probabilities(text: str) -> Any:
    """The probability of each class, in the order of LABELS: the weighted mean of what the members say."""
    return sum(weight * member(text) for weight, member in members())


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(f'expected texts, got none; try: python {sys.argv[0]} "a text" "another text"')
    for each in sys.argv[1:]:
        found = probabilities(each)
        print(LABELS[found.argmax()], f"{found.max():.6f}", sep="\t")
