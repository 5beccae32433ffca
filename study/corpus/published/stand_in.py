"""The stand-in corpus: generated 'reviews' for trying a study without a download and without real texts.

Only figures measured on real reviews are shipped (`stand_in_statistics.npz`): quantiles of length, and the
frequency of the 5,000 most frequent words in negative and in positive reviews. A text is drawn word by word:

- its length from the real quantiles, halved and cut at 200 tokens;
- its words from the frequencies of its class, the difference between the classes' log frequencies multiplied
  by `SHARPNESS`, so that 4,000 short texts are enough to learn from;
- a share `TURNING` of the texts turns at a 'but': what stands before it speaks for the other class, and what
  follows carries the verdict;
- a negator ('not', 'never', ...) is followed by words of the other class, the telling ones preferred.

So the order of words matters, and counting words finds out less than reading in order.
"""

import hashlib
from pathlib import Path

import numpy as np

from study.corpus.prepared.encoding import FIRST_WORD, START
from study.corpus.prepared.texts import Encoded, Texts

TRAINING_TEXTS = 4_000
TEST_TEXTS = 2_000
LENGTH_SCALE = 0.5
LONGEST = 200  # tokens, the start id included
SHORTEST = 10
SHARPNESS = 2.0
TURNING = 0.35
TURN_BETWEEN = (0.2, 0.7)  # where in its text the 'but' stands
NEGATED = 3  # tokens behind a negator
SEED = 20_110_619
_STATISTICS = Path(__file__).with_name("stand_in_statistics.npz")
_STEPS = 2**40  # probabilities are whole numbers of this many steps, so that rounding cannot move a draw


def stand_in_identity() -> str:
    """What identifies the generated corpus: the figures, the rule and its constants, which this module holds."""
    contents = _STATISTICS.read_bytes() + Path(__file__).read_bytes()
    return f"stand-in {hashlib.sha256(contents).hexdigest()}"


def generate_stand_in() -> Encoded:
    """Generate the stand-in corpus: always the same, both classes equally frequent, shuffled. Takes 1 s."""
    with np.load(_STATISTICS, allow_pickle=False) as arrays:
        statistics = {name: arrays[name] for name in arrays.files}
    # RandomState: its streams are the same in every version of NumPy.
    training = _generate(statistics, TRAINING_TEXTS, np.random.RandomState(SEED))
    test = _generate(statistics, TEST_TEXTS, np.random.RandomState(SEED + 1))
    return Encoded(
        name="stand-in",
        source=(
            f"generated from word frequencies and lengths measured on real reviews (lengths times {LENGTH_SCALE}, "
            f"at most {LONGEST} tokens; seed {SEED}); no real texts"
        ),
        classes=("negative", "positive"),
        vocabulary_size=FIRST_WORD + statistics["log_probability"].shape[1],
        training=training,
        test=test,
        stand_in=True,
    )


def _generate(statistics: dict[str, np.ndarray], texts: int, random: np.random.RandomState) -> Texts:
    labels = random.permutation(np.arange(texts) % 2).astype(np.uint8)
    lengths = _lengths(statistics["length_quantiles"], texts, random)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    text_of = np.repeat(np.arange(texts), lengths)  # (tokens,)
    place = np.arange(offsets[-1]) - offsets[text_of]  # place of each token in its text
    negators, turn = statistics["negators"].astype(np.int64), int(statistics["turn"])
    words, telling = _frequencies(statistics["log_probability"], turn - FIRST_WORD)

    turns_at = np.where(random.random_sample(texts) < TURNING, random.uniform(*TURN_BETWEEN, texts), 0) * lengths
    turns_at = turns_at.astype(np.int64)  # 0: does not turn
    speaks_for = labels[text_of] ^ (place < turns_at[text_of])  # the class the words at this place come from
    tokens = _draw(words, speaks_for, random)
    negated = _follows(np.isin(tokens, negators), place) & ~np.isin(tokens, negators)
    tokens = np.where(negated, _draw(telling, 1 - speaks_for, random), tokens)
    tokens[(place == turns_at[text_of]) & (place > 0)] = turn
    tokens[place == 0] = START
    return Texts(tokens, offsets, labels)


def _lengths(quantiles: np.ndarray, texts: int, random: np.random.RandomState) -> np.ndarray:
    """Draw lengths in tokens, (texts,) int64."""
    real = np.interp(random.random_sample(texts), np.linspace(0, 1, len(quantiles)), quantiles)
    lengths: np.ndarray = np.clip(np.rint(real * LENGTH_SCALE), SHORTEST, LONGEST).astype(np.int64)
    return lengths


def _frequencies(log_probability: np.ndarray, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies by class of all words, and of words as they follow a negator; (2, words), rows sum to 1.

    Behind a negator a word counts by how much more frequent it is in its class than in the other.
    """
    logs = log_probability / 100  # hundredths
    middle = logs.mean(axis=0)
    sharpened = np.exp(middle + SHARPNESS * (logs - middle))
    sharpened[:, turn] = 0  # only where a text turns
    words = sharpened / sharpened.sum(axis=1, keepdims=True)
    telling = np.maximum(words - words[::-1], 0)
    return words, telling / telling.sum(axis=1, keepdims=True)


def _draw(frequencies: np.ndarray, classes: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Draw one word for each entry of `classes`, (tokens,) int64 ids."""
    steps = np.cumsum(np.rint(frequencies * _STEPS).astype(np.int64), axis=1)
    drawn = np.empty(len(classes), np.int64)
    for label, ends in enumerate(steps):
        here = classes == label
        drawn[here] = np.searchsorted(ends, random.randint(0, ends[-1], here.sum(), np.int64), side="right")
    return drawn + FIRST_WORD


def _follows(marked: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Whether one of the `NEGATED` tokens before, in the same text, is marked; (tokens,) bool."""
    behind = np.zeros_like(marked)
    for distance in range(1, NEGATED + 1):
        behind[distance:] |= marked[:-distance] & (place[distance:] >= distance)
    return behind
