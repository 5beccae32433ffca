"""Splits: stratified, seeded, disjoint; the same in every process."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from study.corpus import Split, subset
from study.errors import InputError

BALANCED = np.arange(1000) % 2
label_lists = st.lists(st.integers(0, 3), min_size=1, max_size=300)
seeds = st.integers(0, 2**32 - 1)


@given(labels=label_lists, fraction=st.floats(0, 0.9), seed=seeds, share=st.none() | st.floats(0.1, 1))
def test_parts_are_disjoint_stratified_and_of_the_size_asked(
    labels: list[int], fraction: float, seed: int, share: float | None
) -> None:
    size = None if share is None else max(1, round(share * len(labels)))
    split = Split(fraction, seed, size)
    try:
        training, validation = split.indices(np.array(labels))
    except InputError:
        assume(False)
    used = len(labels) if size is None else size
    assert training.dtype == validation.dtype == np.int64
    assert len(set(training.tolist()) | set(validation.tolist())) == len(training) + len(validation) == used
    assert len(validation) == round(fraction * used)
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    counts = np.bincount(np.array(labels)[np.sort(np.concatenate([training, validation]))], minlength=4)
    held_out = np.bincount(np.array(labels)[validation], minlength=4)
    if used:
        assert (np.abs(held_out - counts * len(validation) / used) < 1).all()


@given(labels=label_lists, seed=seeds, share=st.floats(0, 1))
def test_subset_is_stratified(labels: list[int], seed: int, share: float) -> None:
    size = round(share * len(labels))
    chosen = subset(np.array(labels), size, seed)
    assert len(set(chosen.tolist())) == size
    assert chosen.dtype == np.int64
    expected = np.bincount(labels, minlength=4) * size / len(labels)
    assert (np.abs(np.bincount(np.array(labels)[chosen], minlength=4) - expected) < 1).all()


@given(texts=st.integers(30, 300), seed=seeds, share=st.none() | st.floats(0.8, 1))
def test_texts_of_the_same_words_go_into_one_part(texts: int, seed: int, share: float | None) -> None:
    first = np.arange(texts) // 3 * 3  # always three in a row are the same
    size = None if share is None else round(share * texts)
    training, validation = Split(0.3, seed, size, by_text=True).indices(np.arange(texts) // 3 % 2, first)
    assert not set(first[training]) & set(first[validation])
    assert len(set(training.tolist()) | set(validation.tolist())) == (size or texts)
    assert abs(len(validation) - 0.3 * (size or texts)) < 8


def test_where_all_texts_differ_the_cut_is_the_one_of_older_studies() -> None:
    alone = np.arange(len(BALANCED))
    for split in (Split(0.2, 7), Split(0.2, 7, 500)):
        by_text = replace(split, by_text=True)
        old, new = split.indices(BALANCED), by_text.indices(BALANCED, alone)
        assert all(np.array_equal(*parts) for parts in zip(old, new, strict=True))
        assert by_text.fingerprint != split.fingerprint


def test_fingerprints_of_older_studies_stay() -> None:
    assert Split(0.2, 7, 500).fingerprint == "8ad009b97f728ef2"


def test_same_seed_same_parts_other_seed_other_parts() -> None:
    first, again, other = (Split(0.2, seed).indices(BALANCED)[1].tolist() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_parts_stay_the_same_for_ever() -> None:
    """A study resumed by a later version must cut the same parts."""
    training, validation = Split(0.2, 7, 500).indices(BALANCED)
    digest = hashlib.sha256(training.astype("<i8").tobytes() + validation.astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == "86af7dad93ba3741"


def test_nothing_held_out() -> None:
    training, validation = Split(0, 1).indices(BALANCED)
    assert training.tolist() == list(range(1000))
    assert validation.tolist() == []
    assert validation.dtype == np.int64


def test_validation_is_cut_from_the_subset() -> None:
    training, validation = Split(0.25, 1, 100).indices(BALANCED)
    assert (len(training), len(validation)) == (75, 25)
    assert set(training.tolist()) | set(validation.tolist()) == set(subset(BALANCED, 100, 1).tolist())


def test_fingerprint_is_that_of_the_canonical_json() -> None:
    canonical = '{"seed":3,"training_texts":null,"validation_fraction":0.2}'
    assert Split(0.2, 3).fingerprint == hashlib.sha256(canonical.encode()).hexdigest()[:16]
    assert Split(0, 3).fingerprint == Split(0.0, 3).fingerprint
    assert len({Split(0.2, 3).fingerprint, Split(0.2, 4).fingerprint, Split(0.2, 3, 100).fingerprint}) == 3


def test_words() -> None:
    assert Split(0.2, 3).words() == "20 % of the training half for validation (stratified, seed 3)"
    assert Split(0.1, 0, 4000).words() == "10 % of 4,000 training texts for validation (stratified, seed 0)"
    assert Split(0, 3).words() == "all of the training half, no validation"
    assert Split(0, 3, 50).words() == "all of 50 training texts, no validation (stratified, seed 3)"


@pytest.mark.parametrize(
    ("fraction", "seed", "size", "message"),
    [
        (1.0, 0, None, "fraction of at least 0 and below 1, got 1.0"),
        (-0.1, 0, None, "got -0.1"),
        (float("nan"), 0, None, "got nan"),
        (0.2, -1, None, "split seed from 0 to 4294967295, got -1"),
        (0.2, 2**32, None, "got 4294967296"),
        (0.2, 0, 0, "at least 1 training text, got 0"),
    ],
)
def test_split_that_cannot_be(fraction: float, seed: int, size: int | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Split(fraction, seed, size)


def test_more_texts_than_there_are() -> None:
    with pytest.raises(InputError, match=r"at most 1,000 texts.*got 1,001"):
        Split(0.2, 0, 1001).indices(BALANCED)
    with pytest.raises(InputError, match=r"at most 1,000 texts.*got 2,000"):
        subset(BALANCED, 2000, 0)


def test_part_that_would_lack_a_class() -> None:
    with pytest.raises(InputError, match=r"every class in the validation part.*leaves it 1 of 4"):
        Split(0.25, 0).indices(np.array([0, 1, 0, 1]))
    with pytest.raises(InputError, match="every class in the training part"):
        Split(0.0, 0, 1).indices(np.array([0, 1, 0, 1]))
