"""A report about texts of one's own: it speaks of them, not of the book, and has no empty columns."""

import re

import pytest
from synthetic import filled

from results.evidence.evidence import gather
from results.presentation.table import NONE, Cell, Table, detectable, without_empty_columns
from results.report.markdown import networks
from results.report.report import render
from results.report.scores.networks import networks_table

OWN = {"name": "tickets", "source": "tickets.csv", "fingerprint": "ab" * 32, "classes": ["billing", "login"]}
OWN |= {"training_texts": 6000, "test_texts": 1500}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    with filled(tmp_path_factory.mktemp("own") / "study.db", trials=8, **OWN) as store:
        yield gather(store)


def test_it_says_nothing_of_the_book(evidence) -> None:
    page = re.sub(r"(?s)<(script|style)[^>]*>.*?</\1>", "", render(evidence))
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace("space book", "")
    for word in ("chapter", "book", "ublished", "review"):
        assert word not in text
    assert "Use Best found" in text or "Use " in text


def test_its_networks_have_no_published_columns_and_whatever_was_scored_is_there(evidence) -> None:
    found = networks_table(evidence)
    titles = [title for title, _ in found.columns]
    assert "Network" in titles
    assert not any("ublished" in title or title == "Verdict" for title in titles)
    assert {row[0].text for row in found.rows} >= {
        evidence.titles[name] for name in evidence.summary["configuration"]
    }
    assert [title for title, _ in networks(evidence).columns][:2] == ["Network", "Test accuracy here"]


def test_empty_columns_are_left_out_and_rows_stay() -> None:
    content = Table([("a", False), ("b", True)], [[Cell("x"), Cell(NONE)], [Cell("y"), Cell(NONE)]])
    found = without_empty_columns(content)
    assert found.columns == [("a", False)]
    assert [[cell.text for cell in row] for row in found.rows] == [["x"], ["y"]]
    assert without_empty_columns(Table(content.columns, [])).columns == content.columns


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.9791, "98"), (0.0304, "3.0"), (0.0996, "10"), (0.0094, "0.9"), (float("nan"), NONE)],
)
def test_what_would_be_detected_is_rounded(difference, text) -> None:
    assert detectable(difference).text == text
