"""A preparation: texts to the very ids that are in the prepared arrays, also after a trip through JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from corpora import REVIEWS, archive, as_lists
from hypothesis import given
from hypothesis import strategies as st

from study.corpus import Preparation, obtain_corpus, open_preparation
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.sealed import open_test_part
from study.errors import InputError


def test_texts_get_the_ids_of_the_prepared_arrays(tmp_path: Path) -> None:
    corpus, _ = obtain_corpus(str(archive(tmp_path / "a.tar.gz", REVIEWS)), cache=tmp_path)
    preparation = open_preparation(folder_of(corpus.card.fingerprint, tmp_path))
    assert preparation is not None
    for half, texts in (("train", corpus.training), ("test", open_test_part(corpus.card.fingerprint, tmp_path))):
        given_texts = [text for name, text in REVIEWS.items() if f"/{half}/" in name]
        assert sorted(preparation.encode(given_texts)) == sorted(as_lists(texts))


def test_corpus_of_ids_alone_has_none(tmp_path: Path) -> None:
    corpus, _ = obtain_corpus("stand-in", cache=tmp_path)
    assert open_preparation(folder_of(corpus.card.fingerprint, tmp_path)) is None


@given(words=st.lists(st.text(min_size=1), unique=True), text=st.text())
def test_json_keeps_it(words: list[str], text: str) -> None:
    preparation = Preparation(tuple(words))
    again = Preparation.from_json(json.loads(json.dumps(preparation.as_json())))
    assert again == preparation
    assert again.encode([text]) == preparation.encode([text])


def test_ids_by_hand() -> None:
    preparation = Preparation(("good", "film"))
    assert preparation.encode(["A GOOD, good film", ""]) == [[1, 4, 4, 5], [1]]
    assert np.array(preparation.encode([])).size == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"rule": "bytes", "words": []}, "prepared by the rule .*, got 'bytes'"),
        ({"words": []}, "got 'None'"),
        ({"rule": "keras words, unknown ones left out", "words": "film"}, "a list of strings, got str"),
        ({"rule": "keras words, unknown ones left out", "words": ["a", "a"]}, "each word of a preparation once"),
    ],
)
def test_other_values_are_refused(value: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Preparation.from_json(value)
