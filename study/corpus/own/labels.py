"""Labels as they come -> classes: distinct strings, sorted; whole numbers by size, in whatever spelling."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from study.corpus.own.halves import listed
from study.errors import InputError

MOST_CLASSES = 256  # a label takes one byte in the prepared form
LONGEST = 255  # characters of a label, as of the name of a folder; what is longer is most often a text
MOST_LABELS = 16_000  # four spellings of each fit into 16 bits
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Labels:
    """The labels seen so far, each with its place in order of appearance. `many`: there may be more than classes,
    since the rare ones will be none."""

    def __init__(self, *, many: bool = False) -> None:
        self._places: dict[str, int] = {}
        self._most = MOST_LABELS if many else MOST_CLASSES

    def place(self, label: str) -> int:
        """The place of a label, white space at its ends aside. Raises InputError past the most different ones, and
        for one that is too long to be a label."""
        found = self._places.get(label)
        if found is None:
            label = label.strip()
            if len(label) > LONGEST:
                raise InputError(
                    f"expected labels of at most {LONGEST} characters, got one of {len(label):,} that begins with "
                    f"{label[:40]!r}; name the column of the classes with --label-column"
                )
            found = self._places.setdefault(label, len(self._places))
            if len(self._places) > 4 * self._most:  # 1, 1.0 and 1.00 are one class
                self.classes()
        return found

    def classes(self) -> tuple[tuple[str, ...], np.ndarray, str]:
        """The classes in order, the class of each place, uint16 [places], and what there is to say of them.

        Raises InputError where the labels are real numbers, or too many.
        """
        names = {label: label for label in self._places}
        said = ""
        if names and all(_NUMBER.fullmatch(label) for label in names):
            real = [label for label in names if not float(label).is_integer()]
            if real:
                raise InputError(
                    f"expected classes, but the labels are real numbers such as {real[0]}: predicting those is "
                    "regression, which is not studied here; name the column of the classes with --label-column"
                )
            whole = {label for label in names if not label.lstrip("+-").isdecimal()}  # 1.0, not 1 or 01
            names = {label: str(int(float(label))) if label in whole else label for label in names}
            if whole:
                said = "labels that are whole numbers written as 1.0 are taken as 1"
        classes = in_order(set(names.values()))
        check_number(classes, self._most)
        folded = Counter(name.casefold() for name in classes)
        alike = [name for name in classes if folded[name.casefold()] > 1]
        if alike:
            said = f"classes that differ in upper and lower case alone are kept apart: {listed(alike)}"
        order = {name: number for number, name in enumerate(classes)}
        return tuple(classes), np.array([order[names[label]] for label in self._places], np.uint16), said


def check_number(classes: Sequence[str], most: int = MOST_CLASSES) -> None:
    """Raises InputError where there are too many classes."""
    if len(classes) > most:
        raise InputError(
            f"expected at most {most:,} classes, got more, such as {classes[0]!r} and {classes[1]!r}; "
            "name the column of the classes with --label-column, or --rare-classes merge where many are rare"
        )


def in_order(names: Iterable[str]) -> list[str]:
    """The names in the order of classes."""
    return sorted(names, key=_key)


def _key(name: str) -> tuple[float, str]:
    """Whole numbers by size, before words in alphabetical order."""
    return (float(name) if re.fullmatch(r"-?\d+", name) else float("inf"), name)
