"""Configurations in words."""

import pytest

from search_spaces import (
    BookSpace,
    Configuration,
    Recipe,
    WideSpace,
    in_words,
    layers_in_words,
    random_trials,
    reference,
)


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("simple-lstm", "embedding 32 → LSTM 100 → sigmoid; 3 epochs"),
        (
            "lstm-dropout",
            "embedding 32, word dropout 0.2 → dropout 0.2 → LSTM 100 → dropout 0.2 → sigmoid; 3 epochs",
        ),
        (
            "lstm-gate-dropout",
            "embedding 32, word dropout 0.2 → LSTM 100 (input dropout 0.2, recurrent dropout 0.2) → sigmoid; "
            "3 epochs",
        ),
        ("cnn-lstm", "embedding 32 → convolution 32 × 3, pooling 2 → LSTM 100 → sigmoid; 3 epochs"),
        (
            "lab-gate-dropout",
            "embedding 32 → LSTM 100 (input dropout 0.2, recurrent dropout 0.2) → sigmoid; 3 epochs",
        ),
        (
            "index-lstm-50",
            "raw token ids → LSTM 50 → softmax; 75 epochs, batches of 100, whole vocabulary, first 50 tokens, "
            "zeros behind the text",
        ),
        (
            "embedding-lstm-50",
            "embedding 300 → LSTM 128 → softmax; 1 epoch, batches of 100, whole vocabulary, first 50 tokens, "
            "zeros behind the text",
        ),
    ],
)
def test_references_in_words(id: str, words: str) -> None:
    assert in_words(reference(id).configuration) == words


def test_a_large_configuration_in_words() -> None:
    layer = {"cell": "gru", "bidirectional": True, "recurrent_dropout": 0.1 + 2 * 0.1}
    configuration = Configuration.model_validate(
        {
            "architecture": {
                "embedding_size": 64,
                "conv": [{"filters": 16, "kernel_size": 5}],
                "recurrent": [layer | {"units": 40}, layer | {"units": 20, "output_dropout": 0.5}],
                "dense": [{"units": 48, "dropout": 0.1}, {"units": 16}],
            },
            "recipe": {
                "optimizer": "rmsprop",
                "learning_rate": 0.00123456,
                "batching": "bucketed",
                "vocabulary_size": 20000,
                "sequence_length": 300,
                "epochs": 1,
            },
        }
    )
    assert layers_in_words(configuration.architecture) == [
        "embedding 64",
        "convolution 16 × 5",
        "bidirectional GRU 40 (recurrent dropout 0.3)",
        "bidirectional GRU 20 (recurrent dropout 0.3)",
        "dropout 0.5",
        "dense 48 relu",
        "dropout 0.1",
        "dense 16 relu",
        "sigmoid",
    ]
    assert in_words(configuration).endswith(
        "; 1 epoch, RMSprop, learning rate 0.00123, bucketed batching, 20,000 words, last 300 tokens"
    )


@pytest.mark.parametrize("space", [BookSpace(Recipe()), WideSpace(Recipe())], ids=["book", "wide"])
def test_different_networks_have_different_words(space) -> None:
    architectures = {configuration.architecture for _, configuration in random_trials(space, 300)}
    assert len({tuple(layers_in_words(architecture)) for architecture in architectures}) == len(architectures)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "sgd"}, "SGD"),
        ({"learning_rate": 0.01}, "learning rate 0.01"),
        ({"batch_size": 32}, "batches of 32"),
        ({"truncation": "post"}, "first 500 tokens"),
        ({"padding": "post"}, "zeros behind the text"),
    ],
)
def test_what_departs_from_the_books_recipe_is_said(change: dict[str, object], words: str) -> None:
    assert in_words(reference("simple-lstm").under(change)).endswith(f"; 3 epochs, {words}")
