from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics.grouping import GROUPS, groups, letter_display

NAMES = "ABCDEFG"
PAIRS = list(combinations(NAMES, 2))


def test_the_worked_example_of_the_chicken_feeds():
    # R's chickwts, Wilcoxon tests corrected by Holm; letters as in the interpretation guide of the R package cld.
    feeds = ["casein", "horsebean", "linseed", "meatmeal", "soybean", "sunflower"]
    apart = [
        ("casein", "horsebean"),
        ("casein", "linseed"),
        ("casein", "soybean"),
        ("horsebean", "meatmeal"),
        ("horsebean", "soybean"),
        ("horsebean", "sunflower"),
        ("linseed", "sunflower"),
        ("soybean", "sunflower"),
    ]
    assert letter_display(feeds, apart) == {
        "casein": "a",
        "horsebean": "b",
        "linseed": "bc",
        "meatmeal": "ac",
        "soybean": "c",
        "sunflower": "a",
    }


def test_four_treatments_step_by_step():
    # abcd; 1-2: {2 3 4} {1 3 4}; 1-3: {2 3 4} {1 4}, {3 4} absorbed; 1-4: {2 3 4} {1}; 2-4: {3 4} {2 3} {1}
    display = letter_display("1234", [("1", "2"), ("1", "3"), ("1", "4"), ("2", "4")])
    assert display == {"1": "a", "2": "b", "3": "bc", "4": "c"}


def test_all_alike_and_all_different():
    assert letter_display("AB", []) == {"A": "a", "B": "a"}
    assert letter_display("ABC", combinations("ABC", 2)) == {"A": "a", "B": "b", "C": "c"}
    assert letter_display("", []) == {}


def test_there_are_letters_for_more_than_52_groups():
    names = [str(number) for number in range(54)]
    display = letter_display(names, combinations(names, 2))
    assert [display[names[number]] for number in (0, 25, 26, 51, 52)] == ["a", "z", "A", "Z", "[53]"]


@given(st.sets(st.sampled_from(PAIRS)))
def test_two_share_a_letter_exactly_where_they_are_not_apart(apart):
    display = letter_display(NAMES, sorted(apart))
    for first, second in PAIRS:
        assert bool(set(display[first]) & set(display[second])) == ((first, second) not in apart)


@given(st.sets(st.sampled_from(PAIRS)), st.randoms())
def test_the_order_of_the_pairs_plays_no_part(apart, random):
    shuffled = sorted(apart)
    random.shuffle(shuffled)
    assert letter_display(NAMES, shuffled) == letter_display(NAMES, sorted(apart))


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="expected pairs of A, B; got C"):
        letter_display("AB", [("A", "C")])


def test_groups_go_by_falling_means():
    finals = pd.DataFrame({"configuration": ["x", "y", "z"] * 2, "test_accuracy": [0.7, 0.9, 0.8, 0.7, 0.9, 0.8]})
    pairs = pd.DataFrame({"first": ["y", "y", "z"], "second": ["z", "x", "x"], "apart": [False, True, False]})
    frame = groups(finals, pairs)
    assert frame["configuration"].tolist() == ["y", "z", "x"]
    assert frame["letters"].tolist() == ["a", "ab", "b"]
    assert frame["mean"].tolist() == pytest.approx([0.9, 0.8, 0.7])


def test_groups_of_nothing_have_their_columns():
    finals = pd.DataFrame({"configuration": pd.Series(dtype="str"), "test_accuracy": pd.Series(dtype="float64")})
    pairs = pd.DataFrame({"first": [], "second": [], "apart": pd.Series(dtype="bool")})
    assert {name: str(dtype) for name, dtype in groups(finals, pairs).dtypes.items()} == GROUPS
