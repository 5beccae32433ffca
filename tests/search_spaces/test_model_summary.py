import pytest

from search_spaces import BOOK
from search_spaces.description import model_summary


def test_the_simple_lstm_layer_by_layer() -> None:
    text = model_summary(BOOK[0].configuration, 88_588, 2)
    lines = [line.split("  ") for line in text.splitlines()]
    shown = {line[0].partition(":")[0]: line[-1].strip() for line in lines if len(line) > 1}
    assert shown == {
        "Layer": "Parameters",
        "Token ids": "0",
        "Embedding": "160,000",
        "LSTM": "53,200",
        "Output": "101",
        "Together": "213,301",
    }


@pytest.mark.parametrize(("size", "own"), [(None, 88_588 * 32), (5000, 5000 * 32)])
def test_a_whole_vocabulary_is_the_corpuss(size, own) -> None:
    configuration = BOOK[0].configuration.with_recipe(vocabulary_size=size)
    assert f"{own:,}" in model_summary(configuration, 88_588, 2)
