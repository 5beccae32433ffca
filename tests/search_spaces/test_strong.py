"""The space `strong`: its points come back, its starts are points of it, its heads fit the classes."""

import pytest

from search_spaces import (
    BOOK,
    BookSpace,
    FixedTrial,
    OutsideSpace,
    Recipe,
    StrongSpace,
    WideSpace,
    in_words,
    random_trials,
    starts_of,
)
from search_spaces.strong import KINDS, READOUTS

SPACE = StrongSpace(Recipe(batching="bucketed"))


def test_random_points_come_back_and_reach_every_kind() -> None:
    trials = random_trials(SPACE, 300)
    for trial, configuration in trials:
        parameters = SPACE.params_of(configuration)
        assert parameters == pytest.approx(trial.parameters)
        assert SPACE.suggest(FixedTrial(parameters)) == configuration
        assert configuration.recipe.batching == "bucketed"
    assert {trial.parameters["kind"] for trial, _ in trials} == set(KINDS)
    assert {configuration.architecture.readout for _, configuration in trials} == {"last", *READOUTS}
    branches = [configuration.architecture.ngrams for _, configuration in trials]
    forms = {branch and (branch.size > 0, branch.by_ratios) for branch in branches}
    assert forms == {None, (False, False), (False, True), (True, False)}


@pytest.mark.parametrize("name", SPACE.starts)
def test_a_start_is_a_point_of_the_space(name) -> None:
    configuration = SPACE.suggest(FixedTrial(SPACE.starts[name]))
    assert SPACE.params_of(configuration) == SPACE.starts[name]


def test_the_starts_in_words() -> None:
    made = {name: SPACE.suggest(FixedTrial(parameters)) for name, parameters in SPACE.starts.items()}
    assert len({configuration.fingerprint for configuration in made.values()}) == len(made)
    assert in_words(made["convolution-max"]).startswith(
        "embedding 128, word dropout 0.3 → convolution 256 × 3 → max over the steps → sigmoid; 3 epochs"
    )
    assert in_words(made["n-grams-by-ratios"]).startswith(
        "words and pairs in 1,048,576 buckets, sum by log-count ratios → sigmoid; 3 epochs"
    )


def test_other_spaces_start_from_nothing_of_their_own() -> None:
    assert starts_of(SPACE) == SPACE.starts
    assert not starts_of(BookSpace(Recipe()))
    assert not starts_of(WideSpace(Recipe()))


def test_several_classes_have_a_softmax_head() -> None:
    for _, configuration in random_trials(StrongSpace(Recipe(), classes=4), 20):
        assert configuration.architecture.head == "softmax"


@pytest.mark.parametrize("published", BOOK, ids=lambda published: published.id)
def test_the_books_networks_are_outside(published) -> None:
    with pytest.raises(OutsideSpace, match="no point of the search space 'strong'"):
        SPACE.params_of(published.configuration)
