import math

import pytest
from synthetic import filled

from results.evidence.evidence import gather
from results.report.scores.pairwise import beside_table, groups_table, pairwise_table
from results.report.scores.published import claims_table
from results.statistics.comparisons import pairwise
from results.statistics.published import Verdict, claims


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return gather(filled(tmp_path_factory.mktemp("tables") / "study.db", trials=8, seeds=(1, 2, 3, 4, 5)))


@pytest.fixture(scope="module")
def pairs(evidence):
    return pairwise(evidence.finals, evidence.correct)


def column(table, title):
    [place] = [place for place, (name, _) in enumerate(table.columns) if name == title]
    return [row[place] for row in table.rows]


def test_every_pair_has_a_row_with_its_verdict(evidence, pairs):
    table = pairwise_table(pairs, evidence.titles)
    assert len(table.rows) == 10
    assert [cell.text == "first is more accurate" for cell in column(table, "Verdict")] == pairs["apart"].tolist()
    assert column(table, "Difference (points)")[0].text == f"{100 * pairs['mean_difference'][0]:+.2f}"
    assert column(table, "Difference (points)")[0].note == "5 seeds"
    assert [cell.sort for cell in column(table, "p, corrected")] == pairs["p_holm"].tolist()


def test_what_decides_nothing_stands_apart(evidence, pairs):
    table = beside_table(pairs, evidence.titles)
    assert [cell.sort for cell in column(table, "p of sign flips")] == pairs["p_signs"].tolist()
    assert [row[3].sort > row[2].sort for row in table.rows] == [True] * 10


def test_one_seed_leaves_dashes(evidence):
    one = evidence.finals[evidence.finals["seed"] == 1]
    [row, *_] = pairwise_table(pairwise(one, evidence.correct), evidence.titles).rows
    assert (row[1].text, row[1].note) == ("cannot tell", "fewer than 2 common seeds")
    assert row[2].note == "1 seed"
    assert [cell.text for cell in row[3:]] == ["–"] * 3


def test_two_rows_share_a_letter_where_they_are_not_told_apart(evidence, pairs):
    table = groups_table(evidence, pairs)
    letters = {row[0].text: set(row[1].text) for row in table.rows}
    for pair in pairs.itertuples():
        shared = letters[evidence.titles[pair.first]] & letters[evidence.titles[pair.second]]
        assert bool(shared) != pair.apart
    means = [cell.sort for cell in column(table, "Mean")]
    assert means == sorted(means, reverse=True)
    assert all(" to " in cell.text for cell in column(table, "95\u00a0% bootstrap over seeds and texts"))


def test_claims_are_in_their_units(evidence):
    table = claims_table(claims(evidence.finals, evidence.epochs))
    differences = [cell.text for cell in column(table, "Difference here")]
    assert [text.split(" ")[-1] for text in differences] == ["points"] * 4 + ["s", "+3,104"]
    assert column(table, "Difference here")[-1].note == "counted"
    assert column(table, "As printed")[0].note == "section 26.2"
    assert column(table, "p, corrected")[-1].text == "–"


def test_what_a_claim_lacks_is_a_dash():
    nothing = Verdict("c", "cannot tell", "m", "accuracy", 0, *[math.nan] * 4, "t", "86 %", "A Book, section 1.2")
    [row] = claims_table([nothing]).rows
    assert [cell.text for cell in row] == ["c", "cannot tell", "–", "–", "–", "86 %"]
