"""Which text of a corpus of one's own goes to which half, and whether that is enough to learn from.

`texts_class` and `halves` are the class and the half of each text, uint8, in the order of the source.
"""

import numpy as np

from study.corpus.own.files import TEST, TO_CUT, TRAIN
from study.errors import InputError

FEWEST_OF_A_CLASS = 5
FEWEST = 20
LEFT_OUT = 255  # as a half
OTHER = "other"  # what rare classes are merged into
_LONGEST = 500  # characters of a list in an error
_CUT_SEED = (0, 2)  # of the test half; other streams than those of `splits`


def by_class(texts_class: np.ndarray, classes: tuple[str, ...]) -> dict[str, int]:
    """How many texts each class has."""
    return dict(zip(classes, np.bincount(texts_class, minlength=len(classes)).tolist(), strict=True))


def check(texts_class: np.ndarray, halves: np.ndarray, classes: tuple[str, ...]) -> None:
    """There are two classes at least, with texts enough of each; those LEFT_OUT do not count."""
    if len(texts_class) == 0 or (halves == LEFT_OUT).all():
        raise InputError("expected labelled texts, got none with both a word and a label")
    if len(classes) < 2:
        raise InputError(f"expected two classes at least, got {classes[0]!r} alone")
    learnt, untested = too_few(texts_class, halves, classes)
    wrong = []
    if learnt:
        wrong.append(f"at least {FEWEST_OF_A_CLASS} texts of each class to learn from, got {_some(learnt)}")
    if untested:
        wrong.append(f"texts of each class in the test half too; none of {listed(untested)}")
    if wrong:
        raise InputError(
            f"expected {'; and '.join(wrong)}; --rare-classes drop leaves such classes out, --rare-classes merge "
            f"makes one class of them, {OTHER!r}"
        )
    if (kept := int((halves != LEFT_OUT).sum())) < FEWEST:
        raise InputError(f"expected at least {FEWEST} texts, got {kept}")


def too_few(
    texts_class: np.ndarray, halves: np.ndarray, classes: tuple[str, ...]
) -> tuple[dict[str, int], list[str]]:
    """The classes with too few texts to learn from, and how many; those of which there is nothing to test."""
    learnt = by_class(texts_class[(halves != TEST) & (halves != LEFT_OUT)], classes)
    tested = by_class(texts_class[halves == TEST], classes) if TEST in halves else {}
    few = {name: count for name, count in learnt.items() if count < FEWEST_OF_A_CLASS}
    return few, [name for name, count in tested.items() if not count]


def check_left(texts_class: np.ndarray, classes: tuple[str, ...]) -> None:
    """Without the duplicates there is still something to learn and to validate with."""
    if few := {name: count for name, count in by_class(texts_class, classes).items() if count < 2}:
        raise InputError(
            "expected at least 2 training texts of each class beside those whose words are in the test half too, "
            f"got {_some(few)}; look for duplicates in the source (--keep-duplicates keeps them)"
        )


def _some(counts: dict[str, int]) -> str:
    return listed([f"{count} of {name!r}" for name, count in counts.items()])


def listed(parts: list[str]) -> str:
    """As many as a line bears."""
    said, shown = "", 0
    for part in parts:
        if shown and len(said) + len(part) > _LONGEST:
            return f"{said} and {len(parts) - shown:,} others"
        said, shown = f"{said}, {part}" if said else part, shown + 1
    return said


def cut(texts_class: np.ndarray, halves: np.ndarray, digests: np.ndarray, fraction: float) -> np.ndarray:
    """The half of each text, uint8; of those to cut, that part of each class is for testing, one at least.

    Different texts are cut, and those of the same words go along with the first: so none is in both halves.
    """
    halves = halves.copy()
    to_cut = np.flatnonzero(halves == TO_CUT)
    if not len(to_cut):
        return halves
    _, first, which = np.unique(digests[to_cut], return_index=True, return_inverse=True)
    order = to_cut[np.sort(first)]  # different texts in the order of their source
    random = np.random.RandomState(_CUT_SEED)
    halves[to_cut] = TRAIN
    for label in np.unique(texts_class[to_cut]):
        places = random.permutation(order[texts_class[order] == label])
        halves[places[: max(1, round(fraction * len(places)))]] = TEST
    halves[to_cut] = halves[to_cut[first]][which]
    return halves


def contradictory(digests: np.ndarray, texts_class: np.ndarray) -> int:
    """How many different texts stand under more than one class."""
    order = np.lexsort((texts_class, digests))
    same_text = digests[order][1:] == digests[order][:-1]
    other_class = texts_class[order][1:] != texts_class[order][:-1]
    return len(np.unique(digests[order][1:][same_text & other_class]))
