"""Studies side by side: expected numbers by hand, refusals in one line, one page that loads nothing."""

import html

import numpy as np
import pytest
from scipy import stats
from synthetic import STUDY, add_finals, add_trials, begin

from results.side_by_side import page as side_by_side_views
from results.side_by_side import scores as side_by_side
from results.side_by_side.comparison_page import build_comparison
from results.store.database import open_store
from results.store.schema import StoreError
from results.store.tables import FinalRow
from search_spaces import BOOK

NETWORKS = [reference.under({"batching": "bucketed"}) for reference in BOOK]


def made(path, networks, seeds, shift=0.0, study=STUDY, **card):
    with open_store(path, create=True) as store:
        begin(store, study, **card)
        add_trials(store, 5, study)
        add_finals(store, networks, seeds, study)
        with store.session() as session:
            for final in session.query(FinalRow):
                final.test_accuracy += shift * final.id
    return str(path)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    one = made(folder / "one.db", NETWORKS[:2], (1, 2, 3))
    other = made(folder / "other.db", [NETWORKS[0], NETWORKS[2]], (2, 3, 4), shift=0.001)
    return one, other


def test_scores_have_a_row_a_configuration_and_study(pair) -> None:
    sides = side_by_side.gather_sides(pair)
    assert [side.label for side in sides] == [f"{STUDY} (one.db)", f"{STUDY} (other.db)"]
    found = side_by_side.scores(sides)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == side_by_side.SCORES
    assert found["title"].tolist() == [BOOK[0].title, BOOK[0].title, BOOK[1].title, BOOK[2].title]
    own = sides[0].evidence.finals.query("reference == 'simple-lstm'")["test_accuracy"]
    assert found["mean"][0] == pytest.approx(own.mean())


def test_common_seeds_are_paired(pair) -> None:
    sides = side_by_side.gather_sides(pair)
    [row] = side_by_side.differences(sides, side_by_side.scores(sides)).itertuples()
    ours, theirs = (
        side.evidence.finals.query("reference == 'simple-lstm'").set_index("seed")["test_accuracy"]
        for side in sides
    )
    paired = np.array([ours[2] - theirs[2], ours[3] - theirs[3]])
    half = stats.t.ppf(0.975, 1) * paired.std(ddof=1) / np.sqrt(2)
    assert (row.title, row.n) == (BOOK[0].title, 2)
    assert row.mean_difference == pytest.approx(paired.mean())
    assert (row.low, row.high) == pytest.approx((paired.mean() - half, paired.mean() + half))


def test_without_a_common_seed_the_interval_is_welchs(tmp_path) -> None:
    named = (made(tmp_path / "a.db", NETWORKS[:1], (1, 2, 3)), made(tmp_path / "b.db", NETWORKS[:1], (4, 5), 0.01))
    sides = side_by_side.gather_sides(named)
    [row] = side_by_side.differences(sides, side_by_side.scores(sides)).itertuples()
    a, b = (side.evidence.finals["test_accuracy"].to_numpy() for side in sides)
    va, vb = a.var(ddof=1) / 3, b.var(ddof=1) / 2
    degrees = (va + vb) ** 2 / (va**2 / 2 + vb**2 / 1)
    half = stats.t.ppf(0.975, degrees) * np.sqrt(va + vb)
    assert row.n == 0
    assert (row.low, row.high) == pytest.approx((a.mean() - b.mean() - half, a.mean() - b.mean() + half))


def test_equal_scores_are_called_the_same_and_terms_that_differ_are_told(pair, tmp_path) -> None:
    again = made(tmp_path / "again.db", NETWORKS[:2], (1, 2, 3), study="again")
    sides = side_by_side.gather_sides([pair[0], again])
    shown = side_by_side_views.differences_table(side_by_side.differences(sides, side_by_side.scores(sides)))
    assert [row[2].text for row in shown.rows] == ["the same", "the same"]
    assert side_by_side_views.terms_table(sides).rows == []


def test_other_texts_are_refused_with_both_names(pair, tmp_path) -> None:
    other = made(tmp_path / "french.db", NETWORKS[:1], (1,), study="french", name="French", fingerprint="f" * 64)
    with pytest.raises(
        StoreError, match=f"got {STUDY} on IMDB movie reviews .*and french on French .*ffffffffffff"
    ):
        side_by_side.gather_sides([pair[0], other])


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (lambda one: [one], "expected two or more databases to compare, got 1"),
        (lambda one: [one, one], "expected different studies, got one of them twice"),
        (lambda one: [one, f"{one}#none"], "expected the name of a study, got 'none'"),
    ],
)
def test_what_cannot_be_compared_is_one_line(pair, named, said) -> None:
    with pytest.raises(StoreError, match=said):
        side_by_side.gather_sides(named(pair[0]))


def test_the_page_is_one_file_that_loads_nothing(pair, tmp_path) -> None:
    hostile = "</script><script>alert(1)</script>"
    other = made(tmp_path / "hostile.db", NETWORKS[:2], (1, 2), study=hostile)
    page = build_comparison([*pair, other], tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert hostile not in page
    assert "default-src 'none'" in html.unescape(page)
    assert page.count('class="plot"') == 1
    for title in (BOOK[0].title, BOOK[1].title, BOOK[2].title):
        assert title in page


def test_studies_without_scores_have_a_page_too(tmp_path) -> None:
    named = [made(tmp_path / f"{name}.db", [], (), study=name) for name in ("a", "b")]
    page = build_comparison(named, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "None of these studies has scored anything" in page
    assert page.count("Best so far: ") == 2  # what each says by itself
