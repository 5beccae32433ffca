"""The report's section on classes: shown where there are more than two, or where they are of uneven size."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.metrics import classes
from results.presentation import table as cells
from results.presentation.style import BLUE, lay_out, safe
from results.presentation.table import NONE, Cell, Table, records
from results.report.page import drawn

CELL_HEIGHT = 44  # pixels of a row of the confusion matrix
NUMBERED = 15  # up to so many classes the counts stand in the figure; with more they do not fit
SHOWN = 30  # of more classes the largest stand in the figure: its cells grow with the square
MOST_CONFUSED = 30  # pairs of classes, where not all classes stand in the figure


@dataclass(frozen=True)
class ConfusionInfo:
    """The confusion matrix of one configuration: `counts` [classes, classes] are the mean over `seeds` seeds.

    `largest` is the class with the most test texts, `majority` its share.
    """

    title: str
    seeds: int
    names: list[str]
    counts: np.ndarray
    largest: str
    majority: float

    @property
    def others(self) -> int:
        """How many classes are not shown one by one."""
        return max(0, len(self.names) - SHOWN)

    def shown(self) -> tuple[list[str], np.ndarray]:
        """The names and counts of the figure: the largest SHOWN classes, and all others as the last one."""
        places, counts = classes.largest(self.counts, SHOWN)
        others = [f"the {self.others} others"] if self.others else []
        return [*(self.names[place] for place in places), *others], counts


def confusion_info(evidence: Evidence) -> ConfusionInfo | None:
    """That of the highest mean test accuracy; None where classes are two and even, or nothing was counted."""
    ranked = evidence.summary.sort_values("mean", ascending=False, kind="stable")
    known = (name for name in ranked["configuration"] if _tables(evidence, name))
    best = next(known, None)
    if best is None:
        return None
    found = _tables(evidence, best)
    support = found[0].sum(axis=1)
    if classes.are_even(support):
        return None
    names = [str(name) for name in evidence.card["classes"]]
    return ConfusionInfo(
        title=evidence.titles[best],
        seeds=len(found),
        names=names,
        counts=np.mean(found, axis=0),
        largest=names[int(support.argmax())],
        majority=classes.majority_share(found[0]),
    )


def figure(info: ConfusionInfo) -> go.Figure:
    """A heat map: rows the labels from the top, columns what was predicted, colour the share of the row."""
    plain, counts = info.shown()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [safe(name) for name in plain]
    drawn = go.Figure()
    drawn.add_heatmap(
        z=(100 * share).round(4).tolist(),
        x=names,
        y=names,
        zmin=0,
        zmax=100,
        colorscale=[[0, "rgba(0,114,178,0)"], [1, BLUE]],
        colorbar={"title": {"text": "% of row", "font": {"size": 12}}, "thickness": 12, "outlinewidth": 0},
        xgap=1,
        ygap=1,
        customdata=[[_count(info, value) for value in row] for row in counts],
        hovertemplate="%{y} taken for %{x}<br>%{customdata} texts, %{z:.1f} %<extra></extra>",
    )
    if len(names) <= NUMBERED:
        _write_counts(drawn, info, names, share)
    lay_out(drawn, height=CELL_HEIGHT * min(len(names), 20) + 120, x_title="predicted", y_title="label")
    drawn.update_xaxes(type="category", showgrid=False)
    drawn.update_yaxes(type="category", autorange="reversed", showgrid=False)
    drawn.update_layout(showlegend=False)
    return drawn


def counts(info: ConfusionInfo) -> Table:
    """The numbers behind the figure."""
    names, shown = info.shown()
    rows = [
        [cells.word(name), *[cells.number(value, _digits(info)) for value in row]]
        for name, row in zip(names, shown, strict=True)
    ]
    return Table([("Label", False), *[(f"taken for {name}", True) for name in names]], rows)


def confused(info: ConfusionInfo) -> Table:
    """The pairs of classes that are taken for one another most, of all classes."""
    support = info.counts.sum(axis=1)
    rows = [
        [
            cells.word(info.names[label]),
            cells.word(info.names[predicted]),
            cells.number(info.counts[label, predicted], _digits(info)),
            cells.percent(info.counts[label, predicted] / support[label]),
        ]
        for label, predicted in classes.most_confused(info.counts, MOST_CONFUSED)
    ]
    return cells.table(rows, "Label|Taken for|Test texts#|Share of the label#")


def by_class(evidence: Evidence) -> Table:
    """Support, precision, recall and F1 of each class of the confusion matrix shown."""
    info = confusion_info(evidence)
    rows = [
        [
            cells.word(row.name),
            cells.count(row.support),
            cells.percent(row.precision),
            cells.percent(row.recall),
            cells.percent(row.f1),
        ]
        for row in (records(classes.by_class(info.counts, info.names)) if info else ())
    ]
    return cells.table(rows, "Class|Test texts#|Precision#|Recall#|F1#")


def metrics(evidence: Evidence) -> Table:
    """Accuracy, balanced accuracy and macro F1 of all that was scored, and of always naming the largest class."""
    rows = []
    for row in records(evidence.summary):
        found = _tables(evidence, row.configuration)
        title = cells.word(evidence.titles[row.configuration], row.words)
        rows.append([title, cells.count(row.n), cells.percent(row.mean), *_means(found)])
    for row in records(evidence.baselines):
        found = [] if row.confusion is None else [row.confusion]
        rows.append([cells.word(row.title), Cell(NONE), cells.percent(row.test_accuracy), *_means(found)])
    info = confusion_info(evidence)
    if info:
        constant = classes.always_the_largest(info.counts)
        title = cells.word(f"Always “{info.largest}”")
        rows.append([title, Cell(NONE), cells.percent(info.majority), *_means([constant])])
    return cells.table(rows, "Configuration|Seeds#|Accuracy#|Balanced accuracy#|Macro F1#")


def _tables(evidence: Evidence, configuration: str) -> list[np.ndarray]:
    return [table for (name, _), table in evidence.confusions.items() if name == configuration]


def _means(tables: Iterable[np.ndarray]) -> list[Cell]:
    known = list(tables)
    if not known:
        return [cells.percent(None)] * 2
    return [
        cells.percent(float(np.mean([metric(each) for each in known])))
        for metric in (classes.balanced_accuracy, classes.macro_f1)
    ]


def _write_counts(drawn: go.Figure, info: ConfusionInfo, names: list[str], share: np.ndarray) -> None:
    for row, label in enumerate(names):
        for column, predicted in enumerate(names):
            colour = {"color": "white"} if share[row, column] > 0.5 else {}
            drawn.add_annotation(
                x=predicted,
                y=label,
                text=_count(info, info.counts[row, column]),
                showarrow=False,
                font={"size": 13} | colour,
            )


def _digits(info: ConfusionInfo) -> int:
    return 0 if info.seeds == 1 else 1


def _count(info: ConfusionInfo, value: float) -> str:
    return f"{value:,.{_digits(info)}f}"


def section(evidence: Evidence) -> dict[str, Any] | None:
    """Uneven or many classes, one by one; None where accuracy says it all."""
    info = confusion_info(evidence)
    if info is None:
        return None
    return {
        "classes": info,
        "confusion": drawn(figure(info), counts(info)),
        "confused": confused(info) if info.others else None,
        "by_class": by_class(evidence),
        "class_metrics": metrics(evidence),
    }
