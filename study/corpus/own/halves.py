"""Which text of a corpus of one's own goes to which half, and whether that is enough to learn from.

`texts_class` and `halves` are the class and the half of each text, uint8, in the order of the source.
"""

import numpy as np

from study.corpus.own.files import TEST, TO_CUT, TRAIN
from study.corpus.own.spill import Spill
from study.errors import InputError

FEWEST_OF_A_CLASS = 5
FEWEST = 20
_CUT_SEED = (0, 2)  # of the test half; other streams than those of `splits`


def by_class(texts_class: np.ndarray, classes: tuple[str, ...]) -> dict[str, int]:
    """How many texts each class has."""
    return dict(zip(classes, np.bincount(texts_class, minlength=len(classes)).tolist(), strict=True))


def check(texts_class: np.ndarray, halves: np.ndarray, classes: tuple[str, ...]) -> None:
    """There are two classes at least, with texts enough of each."""
    if len(texts_class) == 0:
        raise InputError("expected labelled texts, got none with both a word and a label")
    if len(classes) < 2:
        raise InputError(f"expected two classes at least, got {classes[0]!r} alone")
    learnt = by_class(texts_class[halves != TEST], classes)
    if few := {name: count for name, count in learnt.items() if count < FEWEST_OF_A_CLASS}:
        raise InputError(
            f"expected at least {FEWEST_OF_A_CLASS} texts of each class to learn from, got {_some(few)}; "
            "remove or join such classes"
        )
    if TEST in halves and (
        lacking := [n for n, c in by_class(texts_class[halves == TEST], classes).items() if not c]
    ):
        raise InputError(f"expected texts of each class in the test half too; none of {', '.join(lacking)}")
    if len(texts_class) < FEWEST:
        raise InputError(f"expected at least {FEWEST} texts, got {len(texts_class)}")


def check_left(texts_class: np.ndarray, classes: tuple[str, ...]) -> None:
    """Without the duplicates there is still something to learn and to validate with."""
    if few := {name: count for name, count in by_class(texts_class, classes).items() if count < 2}:
        raise InputError(
            "expected at least 2 training texts of each class beside those whose words are in the test half too, "
            f"got {_some(few)}; look for duplicates in the source (--keep-duplicates keeps them)"
        )


def _some(counts: dict[str, int]) -> str:
    shown = ", ".join(f"{count} of {name!r}" for name, count in list(counts.items())[:5])
    return shown + (f" and few of {len(counts) - 5} others" if len(counts) > 5 else "")


def cut(texts_class: np.ndarray, spill: Spill, fraction: float) -> np.ndarray:
    """The half of each text, uint8; of those to cut, that part of each class is for testing, one at least.

    Different texts are cut, and those of the same words go along with the first: so none is in both halves.
    """
    halves = spill.halves.copy()
    if TO_CUT not in halves:
        return halves
    _, first, which = np.unique(spill.digests, return_index=True, return_inverse=True)
    order = np.sort(first)  # different texts in the order of their source
    random = np.random.RandomState(_CUT_SEED)
    halves[:] = TRAIN
    for label in np.unique(texts_class):
        places = random.permutation(order[texts_class[order] == label])
        halves[places[: max(1, round(fraction * len(places)))]] = TEST
    cut: np.ndarray = halves[first][which]
    return cut


def contradictory(digests: np.ndarray, texts_class: np.ndarray, different: int) -> int:
    """How many different texts stand under more than one class."""
    order = np.lexsort((texts_class, digests))
    same_text = digests[order][1:] == digests[order][:-1]
    other_class = texts_class[order][1:] != texts_class[order][:-1]
    return len(np.unique(digests[order][1:][same_text & other_class]))
