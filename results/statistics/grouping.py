"""Which configurations cannot be told apart: letters that stand for all the pairwise comparisons at once."""

import string
from collections.abc import Iterable, Sequence

import pandas as pd

GROUPS = {"configuration": "str", "mean": "float64", "letters": "str"}


def groups(finals: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a configuration, the highest mean first, with its letters; columns GROUPS.

    `pairs` is statistics.comparisons.pairwise of these finals. What was not shown to differ, or never compared,
    shares a letter: that is not a proof of being equal.
    """
    means = finals.groupby("configuration", sort=False)["test_accuracy"].mean()
    means = means.sort_values(ascending=False, kind="stable")
    told = pairs[pairs["apart"]]
    letters = letter_display(list(means.index), zip(told["first"], told["second"], strict=True))
    rows = [(name, mean, letters[str(name)]) for name, mean in means.items()]
    return pd.DataFrame(rows, columns=list(GROUPS)).astype(GROUPS)


def letter_display(order: Sequence[str], apart: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name → its letters: two names share a letter exactly where they are not `apart`.

    Insert and absorb (Piepho 2004, An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons,
    JCGS 13(2)): one group of all; a pair that is apart splits every group that holds both in two, each without one
    of them; a group within another one is dropped. Letters go by `order`, the first name gets an a. Raises
    ValueError where a pair names what is not in `order`.
    """
    columns = [frozenset(order)] if order else []
    for first, second in apart:
        if unknown := {first, second} - set(order):
            raise ValueError(f"expected pairs of {', '.join(order)}; got {', '.join(sorted(unknown))}")
        split = [column - {name} for column in columns if {first, second} <= column for name in (first, second)]
        whole = [column for column in columns if not {first, second} <= column]
        columns = _absorbed(whole + split)
    places = {name: place for place, name in enumerate(order)}
    columns.sort(key=lambda column: sorted(places[name] for name in column))
    return {
        name: "".join(_letter(number) for number, column in enumerate(columns) if name in column) for name in order
    }


def _absorbed(columns: list[frozenset[str]]) -> list[frozenset[str]]:
    distinct = list(dict.fromkeys(columns))
    return [column for column in distinct if not any(column < other for other in distinct)]


def _letter(number: int) -> str:
    return string.ascii_letters[number] if number < len(string.ascii_letters) else f"[{number + 1}]"
