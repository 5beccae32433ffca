"""Predictions that skip the padding equal those that walk it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import BOOK, Architecture, Configuration, Recipe
from study.training.network import build_network
from study.training.padding import PaddingWalked, covers, cut

LENGTH = 60


def configuration_of(conv=(), recurrent=({"units": 5},), embedding_size=4, length=LENGTH) -> Configuration:
    layers = {"embedding_size": embedding_size, "conv": conv, "recurrent": recurrent}
    recipe = Recipe(sequence_length=length, vocabulary_size=30)
    return Configuration(architecture=Architecture.model_validate(layers), recipe=recipe)


def padded(lengths, length=LENGTH, seed=0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    tokens = np.zeros((len(lengths), length), np.int32)
    for row, kept in enumerate(lengths):
        tokens[row, length - kept :] = generator.integers(1, 30, kept)
    return tokens


def check_predictions(configuration: Configuration, lengths, *, telling: bool = True) -> None:
    model = build_network(configuration, 30, 2, seed=1)
    walked = PaddingWalked(model, configuration)
    walked.walk()
    tokens = padded(lengths, configuration.recipe.sequence_length)
    plain = model(tokens, training=False).numpy()
    assert np.ptp(plain) > 1e-4 or not telling  # else equality would say nothing
    np.testing.assert_allclose(walked.predict(tokens), plain, atol=1e-5)


CONV = st.lists(
    st.builds(
        lambda kernel, pooling: {"filters": 3, "kernel_size": kernel, "pooling": pooling},
        st.integers(1, 7),
        st.integers(1, 4),
    ),
    max_size=2,
)
RECURRENT = st.lists(
    st.builds(
        lambda cell, units: {"cell": cell, "units": units}, st.sampled_from(["lstm", "gru"]), st.integers(2, 4)
    ),
    min_size=1,
    max_size=2,
).map(lambda layers: [layer | {"cell": layers[0]["cell"]} for layer in layers])


@settings(max_examples=10, deadline=None)
@given(conv=CONV, recurrent=RECURRENT, longest=st.integers(1, LENGTH), length=st.sampled_from([60, 61]))
def test_skipping_the_padding_changes_nothing(conv, recurrent, longest, length) -> None:
    check_predictions(
        configuration_of(conv, recurrent, length=length), [longest, max(1, longest // 2), 1], telling=False
    )


@pytest.mark.parametrize("reference", BOOK, ids=lambda reference: reference.id)
def test_the_books_networks(reference) -> None:
    configuration = reference.under({"vocabulary_size": 30})
    assert covers(configuration)
    check_predictions(configuration, [40, 37, 12])


def test_raw_token_ids() -> None:
    check_predictions(configuration_of(embedding_size=0), [20, 10, 3])


def test_a_short_batch_is_cut_and_a_full_one_is_not() -> None:
    conv = ({"filters": 3, "kernel_size": 3, "pooling": 2},)
    architecture = configuration_of(conv).architecture
    assert cut(padded([10]), architecture).start > 40
    assert cut(padded([60]), architecture).start == 0


def test_what_is_read_from_the_right_or_padded_there_is_left_alone() -> None:
    both_ways = configuration_of(recurrent=({"units": 5, "bidirectional": True},))
    assert not covers(both_ways)
    assert not covers(configuration_of().with_recipe(padding="post"))
    assert not covers(configuration_of().with_recipe(batching="bucketed"))


def test_new_weights_want_a_new_walk() -> None:
    configuration = configuration_of()
    model = build_network(configuration, 30, 2, seed=1)
    walked = PaddingWalked(model, configuration)
    walked.walk()
    model.set_weights([2 * weight for weight in model.get_weights()])
    tokens = padded([9, 5])
    walked.walk()
    np.testing.assert_allclose(walked.predict(tokens), model(tokens, training=False).numpy(), atol=1e-5)


@pytest.mark.parametrize("reference", BOOK, ids=lambda reference: reference.id)
def test_skipping_the_padding_changes_nothing_for_softmax_heads(reference) -> None:
    configuration = reference.configuration.for_classes(4).with_recipe(sequence_length=40, vocabulary_size=30)
    model = build_network(configuration, 30, 4, seed=1)
    walked = PaddingWalked(model, configuration)
    walked.walk()
    tokens = padded([12, 7, 1], 40)
    plain = model(tokens, training=False).numpy()
    assert plain.shape == (3, 4)
    assert np.ptp(plain, axis=0).max() > 1e-4
    np.testing.assert_allclose(walked.predict(tokens), plain, atol=1e-5)
