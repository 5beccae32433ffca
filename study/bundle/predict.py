"""The class of a text: python predict.py "a text" ...   Needs TensorFlow alone, and the files beside this one."""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: it says much
import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
RULE, LABELS = (json.loads((HERE / name).read_text("utf-8")) for name in ("preparation.json", "labels.json"))
WORDS = json.loads((HERE / "vocabulary.json").read_text("utf-8")) if (HERE / "vocabulary.json").exists() else None
IDS = {word: number for number, word in enumerate(WORDS or [], start=RULE["first_word_id"])}
SPACES = str.maketrans(dict.fromkeys(RULE["separators"], " "))
MODEL = tf.keras.models.load_model(HERE / "model.keras", compile=False)


def tokens(text: str) -> list[str]:
    """The words of a text, or its characters, as the texts to learn from were split."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").lower()  # halves of characters
    if RULE["rule"].startswith("characters"):
        return [character for character in text if not character.isspace()]
    return text.strip().translate(SPACES).split(" ")


def token_ids(text: str) -> list[int]:
    """The ids the network reads: unknown words left out, the rare ones replaced, cut, padded."""
    known = (IDS[token] for token in tokens(text) if token in IDS)
    ids = [RULE["start_id"], *known] if WORDS else map(int, text.split())
    ids = [number if number < RULE["vocabulary_size"] else RULE["unknown_id"] for number in ids]
    ids = ids[-RULE["sequence_length"] :] if RULE["truncation"] == "pre" else ids[: RULE["sequence_length"]]
    padding = [RULE["padding_id"]] * (-len(ids) % RULE["padded_to_a_multiple_of"])
    return padding + ids if RULE["padding"] == "pre" else ids + padding


def probabilities(text: str) -> np.ndarray:
    """The probability of each class, in the order of LABELS."""
    found: np.ndarray = MODEL(np.array([token_ids(text)], np.int32)).numpy()[0].astype(float)
    return found if len(found) > 1 else np.array([1 - found[0], found[0]])


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(f'expected texts, got none; try: python {sys.argv[0]} "a text" "another text"')
    for each in sys.argv[1:]:
        found = probabilities(each)
        print(LABELS[found.argmax()], f"{found.max():.6f}", sep="\t")
