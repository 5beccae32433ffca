import pytest

from results.model_summary import layers, model_summary
from search_spaces import BOOK, Recipe, WideSpace, random_trials


def test_the_layers_hold_all_parameters() -> None:
    space = WideSpace(Recipe())
    points = [configuration for _, configuration in random_trials(space, 40, seed=3)]
    for configuration in [*(reference.configuration for reference in BOOK), *points]:
        rows = list(layers(configuration.architecture, 5000, 2))
        assert sum(own for _, _, own in rows) == configuration.architecture.parameter_count(5000, 2)


def test_the_simple_lstm_layer_by_layer() -> None:
    text = model_summary(BOOK[0].configuration, 88_588, 2)
    lines = [line.split("  ") for line in text.splitlines()]
    shown = {line[0]: line[-1].strip() for line in lines if len(line) > 1}
    assert shown == {
        "Layer": "Parameters",
        "embedding": "160,000",
        "LSTM 100": "53,200",
        "dense 1, sigmoid": "101",
        "Together": "213,301",
    }


@pytest.mark.parametrize(("size", "own"), [(None, 88_588 * 32), (5000, 5000 * 32)])
def test_a_whole_vocabulary_is_the_corpuss(size, own) -> None:
    configuration = BOOK[0].configuration.with_recipe(vocabulary_size=size)
    assert f"{own:,}" in model_summary(configuration, 88_588, 2)
