import math

import numpy as np
import pytest
from cpu import cpu_seconds

from results.statistics.resampling import BOTH, over_seeds_and_texts


def drawn(texts=400, seeds=5, accuracy=0.8, name="a", seed=1):
    generator = np.random.default_rng(seed)
    return {(name, number): generator.random(texts) < accuracy for number in range(seeds)}


def test_the_same_seed_gives_the_same_intervals():
    correct = drawn() | drawn(name="b", seed=2)
    assert over_seeds_and_texts(correct, seed=3).equals(over_seeds_and_texts(correct, seed=3))
    assert not over_seeds_and_texts(correct, seed=3).equals(over_seeds_and_texts(correct, seed=4))


def test_an_interval_does_not_depend_on_what_else_was_scored():
    alone = over_seeds_and_texts(drawn()).iloc[0]
    beside = over_seeds_and_texts(drawn(name="b", seeds=3, seed=2) | drawn() | drawn(texts=50, name="c")).iloc[1]
    assert alone.tolist() == beside.tolist()


def test_it_is_the_percentile_interval_of_resamples_drawn_one_by_one():
    correct = drawn(texts=60, seeds=4)
    hits = np.stack(list(correct.values())).astype(float)  # [seeds, texts]
    generator = np.random.default_rng(9)
    means = [
        hits[np.ix_(generator.integers(0, 4, 4), generator.integers(0, 60, 60))].mean() for _ in range(20_000)
    ]
    row = over_seeds_and_texts(correct, resamples=20_000).iloc[0]
    assert (row["both_low"], row["both_high"]) == pytest.approx(
        tuple(np.quantile(means, (0.025, 0.975))), abs=0.004
    )


def test_without_noise_between_texts_only_seeds_move_it():
    # Two seeds, all right and all wrong: the mean of a resample is 0, ½ or 1, with probability ¼, ½, ¼.
    correct = {("a", 0): np.ones(30, bool), ("a", 1): np.zeros(30, bool)}
    row = over_seeds_and_texts(correct).iloc[0]
    assert (row["both_low"], row["both_high"]) == (0.0, 1.0)


def test_one_seed_has_no_interval():
    row = over_seeds_and_texts(drawn(seeds=1)).iloc[0]
    assert row["n"] == 1
    assert math.isnan(row["both_low"])
    assert math.isnan(row["both_high"])


def test_columns_are_fixed_also_when_empty():
    for frame in (over_seeds_and_texts({}), over_seeds_and_texts(drawn())):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == BOTH


@pytest.mark.slow
def test_five_configurations_on_ten_seeds_and_25_000_texts_take_what_a_few_hundred_draws_do():
    correct = {key: hits for name in "abcde" for key, hits in drawn(25_000, 10, name=name).items()}
    generator, shares = np.random.default_rng(0), np.full(25_000, 1 / 25_000)
    one_by_one = cpu_seconds(lambda: generator.multinomial(25_000, shares, size=200))
    assert cpu_seconds(lambda: over_seeds_and_texts(correct)) < 8 * one_by_one
