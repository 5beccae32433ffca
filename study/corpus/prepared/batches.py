"""Encoded texts to padded batches, straight from the memory map: no padded copy of the corpus is made."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from search_spaces.architecture import Configuration, Recipe
from study.corpus.prepared.texts import Texts

UNKNOWN = 2
POOLED_BATCHES = 40  # texts are sorted by length within pools of so many batches, so that batches still vary
EVALUATION_BATCH = 128
PADDED_TO = 8  # outside training a text is padded to a multiple of so many tokens, whatever stands beside it


@dataclass(frozen=True)
class Batch:
    """`tokens` int32 [texts, steps], `labels` uint8 [texts], `positions` int64 [texts]: their rows in `Texts`."""

    tokens: np.ndarray
    labels: np.ndarray
    positions: np.ndarray


def training_batches(
    texts: Texts, chosen: np.ndarray, configuration: Configuration, generator: np.random.Generator
) -> Iterator[Batch]:
    """Every chosen text once, in an order that depends on `generator` alone.

    `fixed` pads each batch to the sequence length. `bucketed` sorts by length within shuffled pools, cuts the
    pools into batches, shuffles the batches, and pads each to its longest text. Tokens that are left out become
    padding where they stand.
    """
    for batch in _training_batches(texts, chosen, configuration, generator):
        rate = configuration.recipe.token_dropout
        if rate:
            batch.tokens[generator.random(batch.tokens.shape) < rate] = 0
        yield batch


def _training_batches(
    texts: Texts, chosen: np.ndarray, configuration: Configuration, generator: np.random.Generator
) -> Iterator[Batch]:
    recipe = configuration.recipe
    order = generator.permutation(chosen)
    if recipe.batching == "fixed":
        for start in range(0, len(order), recipe.batch_size):
            yield _batch(texts, order[start : start + recipe.batch_size], recipe, recipe.sequence_length)
        return
    lengths = _kept_lengths(texts, order, recipe)
    pool = POOLED_BATCHES * recipe.batch_size
    batches: list[np.ndarray] = []
    for start in range(0, len(order), pool):
        by_length = start + np.argsort(lengths[start : start + pool], kind="stable")
        batches += [by_length[at : at + recipe.batch_size] for at in range(0, len(by_length), recipe.batch_size)]
    step = _length_step(configuration)
    for index in generator.permutation(len(batches)):
        members = batches[index]
        yield _batch(texts, order[members], recipe, _round_up(int(lengths[members].max()), step))


def evaluation_batches(texts: Texts, chosen: np.ndarray, configuration: Configuration) -> Iterator[Batch]:
    """Every chosen text once, shortest first. What a text is padded to depends on its own length alone, so that
    its probabilities are the same alone as among others."""
    recipe = configuration.recipe
    steps = _evaluated_steps(_kept_lengths(texts, chosen, recipe), configuration)
    order = np.argsort(steps, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(steps[order])) + 1):
        for start in range(0, len(group), EVALUATION_BATCH):
            members = group[start : start + EVALUATION_BATCH]
            yield _batch(texts, chosen[members], recipe, int(steps[members[0]]))


def evaluation_step(configuration: Configuration) -> int:
    """`bucketed` pads a text to the next multiple of this outside training: whole pooling windows, some tokens."""
    step = _length_step(configuration)
    return -(-PADDED_TO // step) * step


def _evaluated_steps(lengths: np.ndarray, configuration: Configuration) -> np.ndarray:
    """What texts of these kept lengths are padded to: int64 [texts]."""
    if configuration.recipe.batching == "fixed":
        return np.full(len(lengths), configuration.recipe.sequence_length)
    step = evaluation_step(configuration)
    steps: np.ndarray = -(-lengths // step) * step
    return steps


def _kept_lengths(texts: Texts, chosen: np.ndarray, recipe: Recipe) -> np.ndarray:
    kept: np.ndarray = np.minimum(texts.lengths[chosen], recipe.sequence_length)
    return kept


def _length_step(configuration: Configuration) -> int:
    """Pooling drops the steps that fill no window, and those would be a text's last: keep to whole windows. What
    a user's network does with a text shorter than its own windows is not known: it never gets one."""
    step = PADDED_TO if configuration.architecture.own else 1
    for block in configuration.architecture.conv:
        step *= block.pooling
    return step


def _round_up(length: int, step: int) -> int:
    return max(1, -(-length // step)) * step


def _batch(texts: Texts, positions: np.ndarray, recipe: Recipe, steps: int) -> Batch:
    tokens = np.zeros((len(positions), steps), np.int32)
    for row, position in enumerate(positions):
        begin, end = int(texts.offsets[position]), int(texts.offsets[position + 1])
        kept = min(end - begin, recipe.sequence_length)
        source = (
            texts.tokens[end - kept : end] if recipe.truncation == "pre" else texts.tokens[begin : begin + kept]
        )
        if recipe.padding == "pre":
            tokens[row, steps - kept :] = source
        else:
            tokens[row, :kept] = source
    if recipe.vocabulary_size is not None:
        tokens[tokens >= recipe.vocabulary_size] = UNKNOWN
    return Batch(tokens, np.asarray(texts.labels[positions]), positions)
