"""The class of a text: python predict.py "a text" ...   Needs NumPy alone, and the files beside this one."""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RULE, LABELS = (json.loads((HERE / name).read_text("utf-8")) for name in ("preparation.json", "labels.json"))
WORDS = json.loads((HERE / "vocabulary.json").read_text("utf-8")) if (HERE / "vocabulary.json").exists() else None
IDS = {word: number for number, word in enumerate(WORDS or [], start=RULE["first_word_id"])}
SPACES = str.maketrans(dict.fromkeys(RULE["separators"], " "))
MODEL = dict(np.load(HERE / "linear.npz", allow_pickle=False))


def tokens(text: str) -> list[str]:
    """The words of a text, or its characters, as the texts to learn from were split."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").lower()  # halves of characters
    if RULE["rule"].startswith("characters"):
        return [character for character in text if not character.isspace()]
    return text.strip().translate(SPACES).split(" ")


def features(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The places of the words and pairs of neighbours that the model knows, and their values."""
    if WORDS:
        numbers = [RULE["start_id"], *(IDS[token] for token in tokens(text) if token in IDS)]
    else:
        numbers = [int(number) for number in text.split()]
    ids = np.array(numbers, np.int64)
    keys, counts = np.unique(np.concatenate([ids, (ids[:-1] + 1) * 2**32 + ids[1:]]), return_counts=True)
    places = np.minimum(np.searchsorted(MODEL["keys"], keys), len(MODEL["keys"]) - 1)
    known = MODEL["keys"][places] == keys
    places, counts = places[known], counts[known]
    if "inverse_texts" not in MODEL:
        return places, np.ones(len(places))
    values = counts * MODEL["inverse_texts"][places]
    return places, values / (np.sqrt((values**2).sum()) or 1)


def probabilities(text: str) -> np.ndarray:
    """Of each class, in the order of LABELS; those that the model was not fitted on have 0."""
    places, values = features(text)
    scores = values @ MODEL["weights"][places] + MODEL["biases"]
    scores = scores if len(scores) > 1 else np.array([0, scores[0]])
    shares = np.exp(scores - scores.max())
    found = np.zeros(len(LABELS))
    found[MODEL["classes"]] = shares / shares.sum()
    return found


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(f'expected texts, got none; try: python {sys.argv[0]} "a text" "another text"')
    for each in sys.argv[1:]:
        found = probabilities(each)
        print(LABELS[found.argmax()], f"{found.max():.6f}", sep="\t")
