"""Every text once, padded on the right side, and nothing that depends on more than the arguments."""

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import Architecture, Configuration, Recipe, RecurrentLayer
from study.corpus.prepared.batches import evaluation_batches, training_batches
from study.corpus.prepared.texts import Texts

ONE = (RecurrentLayer(units=1),)


def texts_of(seed: int = 0) -> Texts:
    made = tiny.arrays(seed)
    return Texts(made["train_tokens"], made["train_offsets"], made["train_labels"])


def configuration_of(recipe: dict, conv: tuple = ()) -> Configuration:
    architecture = Architecture(embedding_size=1, conv=conv, recurrent=ONE)
    return Configuration(architecture=architecture, recipe=Recipe(**recipe))


def padded(tokens: list[int], recipe: Recipe, steps: int) -> list[int]:
    """Written after the documentation of Keras's pad_sequences, a text at a time."""
    kept = tokens[-recipe.sequence_length :] if recipe.truncation == "pre" else tokens[: recipe.sequence_length]
    known = [token if recipe.vocabulary_size is None or token < recipe.vocabulary_size else 2 for token in kept]
    zeros = [0] * (steps - len(known))
    return zeros + known if recipe.padding == "pre" else known + zeros


@settings(max_examples=40, deadline=None)
@given(
    batching=st.sampled_from(["fixed", "bucketed"]),
    padding=st.sampled_from(["pre", "post"]),
    truncation=st.sampled_from(["pre", "post"]),
    length=st.integers(1, 40),
    size=st.integers(1, 50),
    vocabulary=st.one_of(st.none(), st.integers(4, 60)),
    seed=st.integers(0, 5),
    training=st.booleans(),
)
def test_every_text_comes_once_and_padded(
    batching, padding, truncation, length, size, vocabulary, seed, training
) -> None:
    texts = texts_of()
    configuration = configuration_of(
        {
            "batching": batching,
            "padding": padding,
            "truncation": truncation,
            "sequence_length": length,
            "batch_size": size,
            "vocabulary_size": vocabulary,
        }
    )
    chosen = np.random.default_rng(seed).permutation(len(texts))[:70]
    generator = np.random.default_rng(seed)
    batches = list(
        training_batches(texts, chosen, configuration, generator)
        if training
        else evaluation_batches(texts, chosen, configuration)
    )
    assert sorted(np.concatenate([batch.positions for batch in batches])) == sorted(chosen)
    for batch in batches:
        steps = batch.tokens.shape[1]
        longest = max(min(length, texts.lengths[position]) for position in batch.positions)
        bucketed = longest if training else 8 * -(-longest // 8)
        assert steps == (length if batching == "fixed" else bucketed)
        for row, label, position in zip(batch.tokens, batch.labels, batch.positions, strict=True):
            own = texts.tokens[texts.offsets[position] : texts.offsets[position + 1]].tolist()
            assert row.tolist() == padded(own, configuration.recipe, steps)
            assert label == texts.labels[position]


def test_what_a_text_is_padded_to_in_an_evaluation_is_no_matter_of_the_others() -> None:
    conv = ({"filters": 1, "kernel_size": 3, "pooling": 3},)
    texts, configuration = texts_of(), configuration_of({"batching": "bucketed"}, conv)
    everything = evaluation_batches(texts, np.arange(len(texts)), configuration)
    among_all = {
        place: row for batch in everything for place, row in zip(batch.positions, batch.tokens, strict=True)
    }
    for place in range(len(texts)):
        (alone,) = evaluation_batches(texts, np.array([place]), configuration)
        assert alone.tokens[0].tolist() == among_all[place].tolist()
        assert len(alone.tokens[0]) == 9 * -(-texts.lengths[place] // 9)


def test_training_batches_depend_on_the_generator_alone() -> None:
    texts, configuration = texts_of(), configuration_of({"batching": "bucketed", "batch_size": 8})
    everything = np.arange(len(texts))

    def order(seed: int) -> list[int]:
        batches = training_batches(texts, everything, configuration, np.random.default_rng(seed))
        return np.concatenate([batch.positions for batch in batches]).tolist()

    assert order(1) == order(1) != order(2)


def test_bucketed_batches_hold_texts_of_similar_length_in_shuffled_order() -> None:
    texts, configuration = texts_of(), configuration_of({"batching": "bucketed", "batch_size": 10})
    batches = list(training_batches(texts, np.arange(120), configuration, np.random.default_rng(0)))
    steps = [batch.tokens.shape[1] for batch in batches]
    assert sum(steps) * 10 < 1.15 * texts.lengths.sum()  # hardly any padding
    assert steps != sorted(steps)


@pytest.mark.parametrize("batching", ["bucketed"])
def test_a_text_fills_whole_pooling_windows(batching) -> None:
    conv = ({"filters": 1, "kernel_size": 3, "pooling": 3}, {"filters": 1, "kernel_size": 3, "pooling": 2})
    architecture = Architecture.model_validate({"embedding_size": 1, "conv": conv, "recurrent": [{"units": 1}]})
    configuration = Configuration(architecture=architecture, recipe=Recipe(batching=batching, batch_size=7))
    batches = training_batches(texts_of(), np.arange(120), configuration, np.random.default_rng(0))
    assert all(batch.tokens.shape[1] % 6 == 0 for batch in batches)
