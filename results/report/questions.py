"""The report's part on the chapter's open questions, and the answer of a study that asks nothing else."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from results.evidence.evidence import Evidence
from results.presentation.table import (
    NONE,
    Cell,
    Table,
    count,
    interval,
    number,
    p_text,
    percent,
    points,
    records,
    signed,
    table,
    word,
)
from results.report.answer import Answer
from results.report.page import drawn as drawn_with
from results.report.scores.curves import CurvesInfo, curves_figure
from results.statistics.questions import QUESTIONS, Contrast, best_epochs, contrasts, curves, said
from search_spaces.questions import NETWORKS, PUBLISHED_EPOCHS


def answer(observed: pd.DataFrame, last: int) -> Answer:
    """All questions in one sentence."""
    found = contrasts(observed, last)
    if not any(contrast.n > 1 for contrast in found):
        return Answer(
            f"There is no answer yet: no network of the questions has two seeds trained to epoch {last}.",
            ["Nothing has been scored on the sealed test part."],
        )
    told = [
        f"{contrast.short}: {contrast.verdict}"
        + ("" if math.isnan(contrast.low) else f" ({signed(100 * contrast.difference, 2)} points)")
        for contrast in found
    ]
    return Answer(
        f"The chapter's open questions, on validation data: {'; '.join(told)}.",
        [
            f"One test over seeds, corrected for these {len(found)} (Holm); the intervals are below.",
            "Nothing has been scored on the sealed test part.",
        ],
    )


def section(observed: pd.DataFrame, last: int, seeds: int) -> dict[str, Any]:
    """What the template shows of a study of so many seeds: the questions with their verdicts, and the tables. The
    figure is `figure`."""
    found = contrasts(observed, last)
    networks = observed.drop_duplicates("network")
    lengths = sorted(set(observed["epoch"]))
    return {
        "asked": [
            (question, [said(contrast) for contrast in found if contrast.question == question])
            for question in QUESTIONS
        ],
        "last": last,
        "lengths": None if 1 in lengths else " or ".join(str(each) for each in lengths),  # else every epoch
        "done": int((observed["epoch"] == last).sum()),
        "planned": seeds * len(NETWORKS),
        "early": PUBLISHED_EPOCHS,
        "contrasts": contrast_table(found),
        "best": _best(curves(observed)),
        "networks": list(zip(networks["title"], networks["words"], strict=True)),
    }


def figure(observed: pd.DataFrame) -> go.Figure:
    """Validation accuracy by epoch, a line a network, with the 95 % t interval of its mean as band."""
    found = curves(observed)
    drawn = found.rename(
        columns={
            "network": "reference",
            "mean": "validation_mean",
            "low": "validation_low",
            "high": "validation_high",
        }
    ).assign(train_mean=math.nan)
    published = pd.DataFrame(columns=["title", "reference", "epoch", "train_accuracy"])
    drawing = curves_figure(CurvesInfo(drawn, published))
    seen = 100 * observed["validation_accuracy"]
    # Intervals of two or three seeds reach far beyond; to show them whole would press the lines flat.
    drawing.update_yaxes(range=[float(seen.min()) - 1, float(seen.max()) + 1])
    return drawing


def curve_table(observed: pd.DataFrame) -> Table:
    """The figures behind the curves."""
    rows = [
        [
            word(row.title),
            count(row.epoch),
            count(row.n),
            percent(row.mean),
            interval(row.low, row.high),
            percent(row.train_mean),
            number(row.seconds, 1),
        ]
        for row in records(curves(observed))
    ]
    return table(
        rows,
        "Network|Epoch#|Seeds#|Validation accuracy#|95 % t interval#|Training accuracy#|Seconds an epoch#",
    )


def contrast_table(found: list[Contrast]) -> Table:
    """The contrasts with what decides each, and what stands beside."""
    rows = [
        [
            word(contrast.measured),
            word(contrast.verdict),
            points(contrast.difference, f"{contrast.n} seed{'' if contrast.n == 1 else 's'}"),
            _range(contrast.low, contrast.high),
            _p(contrast.p),
            _p(contrast.p_same),
            Cell(NONE) if math.isnan(contrast.seeds_needed) else count(int(contrast.seeds_needed)),
        ]
        for contrast in found
    ]
    return table(
        rows,
        "Contrast|Verdict|Difference#|95 % interval#|p, that they do not differ#|"
        "p, that they differ by the margin#|Seeds to decide#",
    )


def _best(found: pd.DataFrame) -> Table:
    rows = [
        [word(row.title), count(row.epoch), percent(row.mean), count(row.n)] for row in records(best_epochs(found))
    ]
    return table(rows, "Network|Epoch with the highest mean#|Its validation accuracy#|Seeds#")


def _range(low: float, high: float) -> Cell:
    return Cell(NONE) if math.isnan(low) else Cell(f"{signed(100 * low, 2)} to {signed(100 * high, 2)}", low)


def _p(p: float) -> Cell:
    return Cell(NONE) if math.isnan(p) else Cell(p_text(p), p)


def of_study(evidence: Evidence) -> dict[str, Any] | None:
    """The section of a study that asks them; None for one that asks none, or has no epoch yet."""
    if evidence.last_epoch is None or evidence.readings.empty:
        return None
    seeds = evidence.terms["questions"]["seeds"]
    plotted = drawn_with(figure(evidence.readings), curve_table(evidence.readings))
    return {"questions": section(evidence.readings, evidence.last_epoch, seeds) | {"figure": plotted}}
