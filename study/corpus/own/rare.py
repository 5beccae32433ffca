"""Classes with too few texts to learn from or without one to test: left out, or merged into one."""

from dataclasses import dataclass

import numpy as np

from study.corpus.own.columns import DROP
from study.corpus.own.halves import FEWEST_OF_A_CLASS, LEFT_OUT, OTHER, by_class, too_few
from study.corpus.own.labels import in_order
from study.errors import InputError


@dataclass(frozen=True)
class Handled:
    """`classes`, the class of each text, uint16 [texts], and their halves; `counts`: the texts of each rare class.

    `into`: the class that they were merged into; empty where they were left out.
    """

    classes: tuple[str, ...]
    texts_class: np.ndarray
    halves: np.ndarray
    counts: dict[str, int]
    into: str = ""

    def words(self) -> str:
        """What was done, for people; empty where nothing was."""
        if not self.counts:
            return ""
        what = f"merged into {self.into!r}" if self.into else "left out"
        plural = "es" if len(self.counts) > 1 else ""
        texts = sum(self.counts.values())
        return f"{len(self.counts):,} rare class{plural} {what} ({texts:,} text{'' if texts == 1 else 's'})"


def without_rare(
    texts_class: np.ndarray, halves: np.ndarray, classes: tuple[str, ...], how: str | None
) -> Handled:
    """What `how` (columns.DROP, columns.MERGE, None) makes of rare classes.

    Raises InputError where those merged are still too few. The merged class is `other`, or `other classes` where
    there is another one of that name.
    """
    few, untested = too_few(texts_class, halves, classes)
    rare = {*few, *untested} if how else set()
    if not rare:
        return Handled(classes, texts_class, halves, {})
    counts = {name: count for name, count in by_class(texts_class, classes).items() if name in rare}
    is_rare = np.array([name in rare for name in classes])[texts_class]
    left = [name for name in classes if name not in rare]
    if how == DROP:
        chosen, into = left, ""
        halves = np.where(is_rare, LEFT_OUT, halves).astype(np.uint8)
    else:
        taken = {name.casefold() for name in left}
        into = next(name for name in (OTHER, f"{OTHER} classes", f"{OTHER} (merged)") if name not in taken)
        chosen = in_order([*left, into])
        few, untested = too_few(is_rare.astype(np.uint8), halves, ("", into))
        if into in (*few, *untested):
            raise InputError(
                f"expected {FEWEST_OF_A_CLASS} texts to learn from of the rare classes together, and one to test, "
                f"got {sum(counts.values())} of {len(counts)} classes in all; --rare-classes drop leaves them out"
            )
    if len(chosen) < 2:
        raise InputError(
            f"expected two classes at least without the rare ones (fewer than {FEWEST_OF_A_CLASS} texts to learn "
            f"from, or none to test), got {len(chosen)}; merge labels in the source"
        )
    places = {name: place for place, name in enumerate(chosen)}
    renumbered = np.array([places.get(into if name in rare else name, 0) for name in classes], np.uint16)
    return Handled(tuple(chosen), renumbered[texts_class], halves, counts, into)
