"""Several studies of one corpus side by side: what each scored, and how equal configurations differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from results.evidence.evidence import Evidence, gather
from results.presentation.table import records
from results.statistics.intervals import CONFIDENCE, by_configuration, has_spread, t_interval
from results.store.database import open_store
from results.store.schema import StoreError
from search_spaces import REFERENCES

SCORES = {
    "study": "str",  # its label
    "configuration": "str",  # fingerprint
    "title": "str",
    "words": "str",
    "n": "int64",  # seeds
    "mean": "float64",  # test accuracy over the seeds
    "sd": "float64",
    "mean_low": "float64",  # 95 % t interval over seeds
    "mean_high": "float64",
    "test_texts": "int64",
}
DIFFERENCES = {
    "configuration": "str",
    "title": "str",
    "first": "str",  # label of a study
    "second": "str",
    "n": "int64",  # common seeds; 0 where the two samples are compared as they are
    "first_n": "int64",
    "second_n": "int64",
    "mean_difference": "float64",  # first minus second
    "low": "float64",  # 95 % interval: t of the paired differences, or Welch's where no seed is common
    "high": "float64",
}


_TITLES = {reference.id: reference.title for reference in REFERENCES}


@dataclass(frozen=True)
class Side:
    """A study under the label it has here."""

    label: str
    evidence: Evidence


def gather_sides(named: Sequence[str]) -> list[Side]:
    """The studies, each named by a database or DATABASE#STUDY; without a study, the newest in it.

    Raises StoreError for fewer than two, for one named twice, and where two rest on different corpora.
    """
    if len(named) < 2:
        raise StoreError(
            f"expected two or more databases to compare, got {len(named)}; name them: a.db b.db#study"
        )
    found = []
    for each in named:
        address, _, study = each.partition("#")
        with open_store(address) as store:
            found.append((each, address, gather(store, study or None)))
    names = [evidence.study for _, _, evidence in found]
    sides = [
        Side(
            evidence.study if names.count(evidence.study) == 1 else f"{evidence.study} ({Path(address).name})",
            evidence,
        )
        for _, address, evidence in found
    ]
    labels = [side.label for side in sides]
    if len(set(labels)) < len(labels):
        sides = [Side(each, side.evidence) for (each, _, _), side in zip(found, sides, strict=True)]
    if len({side.label for side in sides}) < len(sides):
        raise StoreError(f"expected different studies, got one of them twice: {', '.join(named)}")
    first = sides[0]
    for other in sides[1:]:
        ours, theirs = first.evidence.card, other.evidence.card
        if ours["fingerprint"] != theirs["fingerprint"]:
            raise StoreError(
                f"expected studies of one corpus, got {first.label} on {ours['name']} "
                f"({ours['fingerprint'][:12]}) and {other.label} on {theirs['name']} "
                f"({theirs['fingerprint'][:12]}); scores on different texts cannot be compared"
            )
    return sides


def scores(sides: Sequence[Side]) -> pd.DataFrame:
    """One row a configuration and study that scored it; columns SCORES. Published networks come first."""
    parts = []
    for side in sides:
        finals = side.evidence.finals
        parts.append(by_configuration(finals).assign(study=side.label))
    found = pd.concat(parts, ignore_index=True)
    places = {reference: place for place, reference in enumerate(_TITLES)}
    order = found["reference"].map(lambda name: places.get(name, len(places)))
    found = found.assign(title=_titles(sides, found), place=order).sort_values("place", kind="stable")
    return found[list(SCORES)].astype(SCORES).reset_index(drop=True)


def differences(sides: Sequence[Side], found: pd.DataFrame) -> pd.DataFrame:
    """One row a configuration and pair of studies that scored it; columns DIFFERENCES.

    On common seeds the differences are paired: with configuration, seed and test texts equal, only the machine,
    the versions and the texts trained on can differ. Without a common seed the interval is Welch's (1947,
    Biometrika 34).
    """
    titles = dict(zip(found["configuration"], found["title"], strict=True))
    rows = []
    for configuration, title in titles.items():
        for first, second in combinations(sides, 2):
            ours, theirs = (_by_seed(side, configuration) for side in (first, second))
            if len(ours) and len(theirs):
                rows.append(
                    {"configuration": configuration, "title": title, "first": first.label, "second": second.label}
                    | _difference(ours, theirs)
                )
    return pd.DataFrame(rows, columns=list(DIFFERENCES)).astype(DIFFERENCES)


def _titles(sides: Sequence[Side], found: pd.DataFrame) -> list[str]:
    """A reference network's title, with its recipe where two share one; else what the first study calls it."""
    own = {side.label: side.evidence.titles for side in sides}
    titles: dict[str, str] = {}
    for row in records(found):
        if row.configuration not in titles:
            title = _TITLES.get(row.reference) or f"{own[row.study][row.configuration]}, {row.study}"
            recipe = row.words.partition("; ")[2]
            titles[row.configuration] = f"{title}; {recipe}" if title in titles.values() else title
    return [titles[name] for name in found["configuration"]]


def _by_seed(side: Side, configuration: str) -> pd.Series:
    finals = side.evidence.finals
    return finals[finals["configuration"] == configuration].set_index("seed")["test_accuracy"]


def _difference(ours: pd.Series, theirs: pd.Series) -> dict[str, Any]:
    common = ours.index.intersection(theirs.index)
    sizes = {"n": len(common), "first_n": len(ours), "second_n": len(theirs)}
    if len(common):
        paired = (ours[common] - theirs[common]).to_numpy()
        low, high = t_interval(paired)
        return sizes | {"mean_difference": paired.mean(), "low": low, "high": high}
    low = high = float("nan")
    if has_spread(ours.to_numpy()) and has_spread(theirs.to_numpy()):
        low, high = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(CONFIDENCE)
    return sizes | {"mean_difference": ours.mean() - theirs.mean(), "low": low, "high": high}
