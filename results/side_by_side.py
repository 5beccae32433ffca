"""Several studies of one corpus side by side: what each scored, and how equal configurations differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy import stats

from results.cells import NONE, Cell, Table, count, interval, signed, word
from results.drawing import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, lay_out, percent, records, safe
from results.evidence import Evidence, gather
from results.statistics import CONFIDENCE, by_configuration, has_spread, t_interval
from results.store import StoreError, open_store
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
_LOOKS = list(
    zip(
        (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY),
        ("circle", "square", "diamond", "triangle-up", "cross", "star"),
        strict=True,
    )
)
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


def scores_table(sides: Sequence[Side], found: pd.DataFrame) -> Table:
    """A row a configuration, a column a study."""
    rows = []
    for _, group in found.groupby("configuration", sort=False):
        by_study = {row.study: row for row in records(group)}
        first = next(iter(by_study.values()))
        rows.append([word(first.title, first.words), *(_score(by_study.get(side.label)) for side in sides)])
    return Table([("Configuration", False), *((side.label, True) for side in sides)], rows)


def differences_table(found: pd.DataFrame) -> Table:
    """In percentage points."""
    rows = []
    for row in records(found):
        same = row.n > 0 and np.isnan(row.low) and abs(row.mean_difference) < 1e-12
        seeds = f"{row.n} common" if row.n else f"none common: {row.first_n} and {row.second_n}"
        low_high = f"{signed(100 * row.low, 2)} to {signed(100 * row.high, 2)}" if not np.isnan(row.low) else NONE
        rows.append(
            [
                word(row.title),
                word(f"{row.first} minus {row.second}"),
                Cell("the same" if same else signed(100 * row.mean_difference, 2), float(row.mean_difference)),
                Cell(low_high, None if np.isnan(row.low) else float(row.low)),
                word(seeds),
            ]
        )
    columns = ["Configuration", "Studies", "Difference (points)", "95 % interval", "Seeds"]
    return Table([(title, place in (2, 3)) for place, title in enumerate(columns)], rows)


def figures_table(found: pd.DataFrame) -> Table:
    """The numbers behind the figure."""
    rows = [
        [
            word(row.title),
            word(row.study),
            count(row.n),
            _score(row),
            interval(row.mean_low, row.mean_high),
            count(row.test_texts),
        ]
        for row in records(found)
    ]
    columns = ["Configuration", "Study", "Seeds", "Test accuracy", "95 % t interval over seeds", "Test texts"]
    return Table([(title, place in (2, 3, 5)) for place, title in enumerate(columns)], rows)


def terms_table(sides: Sequence[Side]) -> Table:
    """What the studies were begun with, where they differ: a row a term."""
    told = {side.label: _terms(side.evidence) for side in sides}
    names = dict.fromkeys(name for terms in told.values() for name in terms)
    rows = [
        [word(name), *(word(told[side.label].get(name, NONE)) for side in sides)]
        for name in names
        if len({terms.get(name) for terms in told.values()}) > 1
    ]
    return Table([("Term", False), *((side.label, False) for side in sides)], rows)


def side_by_side_figure(sides: Sequence[Side], found: pd.DataFrame) -> go.Figure:
    """A row a configuration; in it a point a study, with the 95 % t interval of its mean."""
    titles = list(dict.fromkeys(found["title"]))
    figure = go.Figure()
    for place, side in enumerate(sides):
        own = found[found["study"] == side.label]
        colour, symbol = _LOOKS[place % len(_LOOKS)]
        shift = 0.12 + 0.5 * (place + 0.5) / len(sides)
        figure.add_scatter(
            x=percent(own["mean"]),
            y=[-titles.index(title) - shift for title in own["title"]],
            error_x={
                "array": percent((own["mean_high"] - own["mean"]).fillna(0)),
                "arrayminus": percent((own["mean"] - own["mean_low"]).fillna(0)),
                "thickness": 1.6,
                "width": 4,
            },
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            hoverinfo="text",
            hovertext=[
                f"{safe(row.title)}<br>{safe(row.study)}<br>{row.mean:.2%}, {_seeds(row.n)}"
                for row in records(own)
            ],
            name=safe(side.label),
        )
    for place, title in enumerate(titles):
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=-place + 0.05,
            showarrow=False,
            text=safe(title),
            font={"size": 13},
        )
        figure.add_shape(
            type="line",
            x0=0,
            x1=1,
            xref="paper",
            y0=-place - 0.75,
            y1=-place - 0.75,
            layer="below",
            line={"color": "rgba(128,128,128,0.25)", "width": 1},
        )
    row = 34 + 16 * len(sides)
    lay_out(figure, height=row * max(1, len(titles)) + 110, x_title="test accuracy (%)")
    figure.update_yaxes(visible=False, range=[-len(titles) + 0.2, 0.35])
    return figure


def _titles(sides: Sequence[Side], found: pd.DataFrame) -> list[str]:
    """A published network's title, with its recipe where two share one; else what the first study calls it."""
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


def _score(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    spread = "" if np.isnan(row.sd) else f" ± {100 * row.sd:.2f}"
    low_high = "" if np.isnan(row.mean_low) else f", 95 % {100 * row.mean_low:.2f} to {100 * row.mean_high:.2f}"
    return Cell(f"{100 * row.mean:.2f}{spread} %", float(row.mean), _seeds(row.n) + low_high)


def _seeds(n: int) -> str:
    return f"{n} seed{'' if n == 1 else 's'}"


def _terms(evidence: Evidence) -> dict[str, str]:
    plain: dict[str, str] = {"split of the search": evidence.split}
    for name, value in evidence.terms.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        plain |= {f"{name} {key}".replace("_", " ").strip(): str(said) for key, said in inner}
    if len(evidence.finals):
        plain["test texts"] = f"{evidence.finals['test_texts'].max():,}"
    return plain


__all__ = [
    "DIFFERENCES",
    "SCORES",
    "Side",
    "differences",
    "differences_table",
    "figures_table",
    "gather_sides",
    "scores",
    "scores_table",
    "side_by_side_figure",
    "terms_table",
]
