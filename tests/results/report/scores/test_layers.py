import pytest

from results.report.scores.layers import side_by_side
from search_spaces import BOOK, Architecture
from search_spaces.layers import Layer, Shape, layers

SHAPE = Shape(5000, 500)


def book():
    return {reference.title: (reference.configuration.architecture, SHAPE) for reference in BOOK}


def large():
    return Architecture.model_validate(
        {
            "embedding_size": 8,
            "conv": [{"filters": 4, "kernel_size": 3, "pooling": 2}, {"filters": 6, "kernel_size": 2}],
            "recurrent": [
                {"cell": "gru", "units": 5, "bidirectional": True, "output_dropout": 0.1},
                {"units": 3},
            ],
            "dense": [{"units": 7, "dropout": 0.2}],
            "head": "softmax",
        }
    )


@pytest.mark.parametrize("architecture", [*(reference.configuration.architecture for reference in BOOK), large()])
def test_parameters_add_up_to_those_of_the_architecture(architecture):
    drawn = list(layers(architecture, Shape(5000, 500, classes=4)))
    assert sum(layer.parameters for layer in drawn) == architecture.parameter_count(5000, classes=4)


def test_shapes_are_what_a_text_becomes():
    shapes = {layer.slot: layer.shape for layer in layers(large(), Shape(100, 30, classes=4))}
    assert shapes == {
        "input": "30",
        "embedding": "30 × 8",
        "conv 1": "30 × 4",
        "pool 1": "15 × 4",
        "conv 2": "15 × 6",
        "recurrent 1": "15 × 10",
        "recurrent dropout 1": "15 × 10",
        "recurrent 2": "3",
        "dense 1": "7",
        "dense dropout 1": "7",
        "head": "4",
    }


def test_what_departs_from_the_first_is_marked():
    first, dropout, gates, cnn = side_by_side(book())
    assert {place.change for place in first.places} == {""}
    changes = [
        [(place.change, place.layer.name) for place in column.places if place.change]
        for column in (dropout, gates, cnn)
    ]
    assert changes == [
        [("changed", "Embedding"), ("added", "Dropout"), ("added", "Dropout")],
        [("changed", "Embedding"), ("changed", "LSTM")],
        [("added", "Convolution"), ("added", "Max pooling")],
    ]
    assert [column.parameters for column in (first, dropout, gates, cnn)] == [213_301, 213_301, 213_301, 216_405]


def test_rows_line_up_and_what_is_left_out_is_named():
    with_it, without = (Architecture(embedding_size=size, recurrent=({"units": 4},)) for size in (8, 0))
    columns = side_by_side({"with": (with_it, SHAPE), "without": (without, SHAPE)})
    assert len({len(column.places) for column in columns}) == 1
    assert [place.change for place in columns[1].places] == ["", "left out: Embedding", "", ""]
    for place in zip(*(column.places for column in side_by_side(book())), strict=True):
        assert len({each.layer.slot for each in place if each.layer}) == 1


def test_no_network_has_no_columns():
    assert side_by_side({}) == []
    assert isinstance(next(layers(large(), SHAPE)), Layer)
