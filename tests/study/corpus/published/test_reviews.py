"""Reviews as text files: archives and folders, sound and broken; and the real archive, where it is present."""

import gzip
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from corpora import NOT_REVIEWS, REVIEWS, archive, as_lists, folder
from cpu import cpu_seconds
from hypothesis import given
from hypothesis import strategies as st

from study.corpus import Reading, encode_text, obtain
from study.corpus.prepared.encoding import read_word_index, split_words
from study.corpus.prepared.texts import Encoded
from study.corpus.published.reviews import read_reviews
from study.errors import InputError


def test_words_ids_and_order_of_a_small_archive(tmp_path: Path) -> None:
    encoded = read_reviews(archive(tmp_path / "reviews.tar.gz", REVIEWS | NOT_REVIEWS))
    assert encoded.words == ("film", "a", "bad", "good", "br", "not")  # equal counts: alphabetical
    film, a, bad, good, br, no = range(4, 10)
    # Negative by number (0, 9, 10), then positive; then the permutation the published set is in.
    by_number = [[1, a, bad, film], [1, bad, br, film], [1, no, a, good, film], [1, a, good, film]]
    order = np.random.RandomState(113).permutation(4)
    assert as_lists(encoded.training) == [by_number[place] for place in order]
    assert encoded.training.labels.tolist() == [[0, 0, 0, 1][place] for place in order]
    # 'awful' and 'delight' are no words of the training half: left out.
    test = [[1, no, good], [1, film, good, a]]
    order = np.random.RandomState(114).permutation(2)
    assert as_lists(encoded.test) == [test[place] for place in order]
    assert encoded.classes == ("negative", "positive")
    assert encoded.vocabulary_size == 10


def test_archive_and_folder_give_the_same_in_any_order(tmp_path: Path) -> None:
    first = read_reviews(archive(tmp_path / "a.tar.gz", REVIEWS))
    backwards = read_reviews(archive(tmp_path / "b.tar.gz", dict(reversed(REVIEWS.items()))))
    without_parent = {name.removeprefix("aclImdb/"): text for name, text in REVIEWS.items()}
    bare = read_reviews(archive(tmp_path / "c.tar.gz", without_parent))
    unpacked = folder(tmp_path / "unpacked", REVIEWS | NOT_REVIEWS)
    parent, itself = read_reviews(unpacked), read_reviews(unpacked / "aclImdb")
    for other in (backwards, bare, parent, itself):
        assert other.words == first.words
        assert as_lists(other.training) == as_lists(first.training)
        assert as_lists(other.test) == as_lists(first.test)


def test_published_word_index_replaces_the_vocabulary(tmp_path: Path) -> None:
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"delight": 2, "awful": 1, "film": 3}))
    encoded = read_reviews(archive(tmp_path / "a.tar.gz", REVIEWS), index)
    assert encoded.words == ("awful", "delight", "film")
    assert sorted(as_lists(encoded.training)) == [[1, 6]] * 4
    assert sorted(as_lists(encoded.test)) == [[1, 4], [1, 6, 5]]


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None, str]] = []
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    read_reviews(path, progress=lambda *report: seen.append(report))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size, "bytes of a.tar.gz")
    read_reviews(folder(tmp_path / "f", REVIEWS), progress=lambda *report: seen.append(report))
    size = sum(len(text.encode()) for text in REVIEWS.values())
    assert seen[-1] == (size, size, "bytes of f")


@pytest.mark.parametrize("cut", [1, 8, 40, 200])
def test_archive_cut_short(tmp_path: Path, cut: int) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match=r"damaged or cut short.*get it again"):
        read_reviews(path)


def test_archive_cut_between_members_before_it_was_packed(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[: 3 * 1024]))
    with pytest.raises(InputError, match=r"no texts in train/pos, test/neg, test/pos"):
        read_reviews(path)


def test_archive_with_changed_bytes(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", REVIEWS)
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 0xFF
    path.write_bytes(contents)
    with pytest.raises(InputError, match="damaged or cut short"):
        read_reviews(path)


@pytest.mark.parametrize("name", ["/etc/train/neg/1_1.txt", "aclImdb/../../train/neg/1_1.txt", "../x"])
def test_member_outside_the_archive(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"inside the archive's own folder, got '.*not opened"):
        read_reviews(archive(tmp_path / "a.tar.gz", REVIEWS | {name: "bad"}))


def test_a_linked_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        link = tarfile.TarInfo("aclImdb/train/neg/0_1.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(link)
    with pytest.raises(InputError, match="expected files, got the link"):
        read_reviews(path)


def test_review_that_is_not_utf8(tmp_path: Path) -> None:
    reviews = REVIEWS | {"aclImdb/train/pos/7_8.txt": "caf\xe9".encode("latin-1")}
    with pytest.raises(InputError, match=r"a\.tar\.gz: aclImdb/train/pos/7_8\.txt, byte 4: expected utf-8"):
        read_reviews(archive(tmp_path / "a.tar.gz", reviews))
    path = folder(tmp_path / "f", REVIEWS)
    (path / "aclImdb/train/pos/7_8.txt").write_bytes(b"caf\xe9")
    with pytest.raises(InputError, match=r"train/pos/7_8\.txt, byte 4: expected utf-8"):
        read_reviews(path)


@pytest.mark.parametrize("missing", ["train/neg", "train/pos", "test/neg", "test/pos"])
def test_labels_missing(tmp_path: Path, missing: str) -> None:
    reviews = {name: text for name, text in REVIEWS.items() if missing not in name}
    with pytest.raises(InputError, match=f"expected {{train,test}}/{{neg,pos}}.*no texts in {missing}$"):
        read_reviews(archive(tmp_path / "a.tar.gz", reviews))
    with pytest.raises(InputError, match=f"no texts in {missing}$"):
        read_reviews(folder(tmp_path / "f", reviews))


def test_half_missing(tmp_path: Path) -> None:
    reviews = {name: text for name, text in REVIEWS.items() if "/test/" not in name}
    with pytest.raises(InputError, match="no texts in test/neg, test/pos"):
        read_reviews(archive(tmp_path / "a.tar.gz", reviews))


def test_texts_without_labels(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "1.txt").write_text("a film")
    with pytest.raises(InputError, match="no texts in train/neg, train/pos, test/neg, test/pos"):
        read_reviews(tmp_path)
    with pytest.raises(InputError, match="no texts in train/neg"):
        read_reviews(tmp_path / "train")


def test_two_sets_in_one_archive(tmp_path: Path) -> None:
    twice = REVIEWS | {name.replace("aclImdb", "other"): text for name, text in REVIEWS.items()}
    with pytest.raises(InputError, match="expected one set of reviews, got two: aclImdb and other"):
        read_reviews(archive(tmp_path / "a.tar.gz", twice))


def test_encoding_rule_by_hand() -> None:
    assert split_words("It's GOOD,isn't it?\tYes/no\n") == ["it's", "good", "isn't", "it", "yes", "no"]
    assert split_words("one\x85two three\x85") == ["one\x85two", "three"]
    assert split_words(" ... ") == []
    assert encode_text("A good, good film", {"good": 4, "film": 5}) == [1, 4, 4, 5]


@given(st.text())
def test_words_hold_no_separator_and_are_lower_case(text: str) -> None:
    for word in split_words(text):
        assert word
        assert not set(word) & set('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n ')
        assert word == word.lower()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ("not JSON", "cannot be read"),
        ("[]", "got list"),
        ("{}", "got dict"),
        ('{"a": "1"}', "no whole number"),
        ('{"a": 1, "b": 3}', "the 2 ranks are not 1 to 2"),
        ('{"a": 1, "b": 1}', "the 2 ranks are not 1 to 2"),
    ],
)
def test_word_index_that_is_none(tmp_path: Path, contents: str, message: str) -> None:
    path = tmp_path / "index.json"
    path.write_text(contents)
    with pytest.raises(InputError, match=f"word index .*expected a JSON object.*{message}"):
        read_word_index(path)


PREPARE = """
import sys, time
from pathlib import Path
from study.corpus import Reading, obtain
from study.training.memory import peak_memory_mb
source, index, cache = map(Path, sys.argv[1:])
began = time.process_time()
corpus = obtain(str(source), Reading(keep_duplicates=True), cache=cache, word_index=index).corpus
print(time.process_time() - began, peak_memory_mb(), corpus.card.fingerprint)
"""


@pytest.fixture(scope="module")
def prepared_archive(real_data: Path, tmp_path_factory) -> tuple[Path, list[str]]:
    """The cache that all 50,000 reviews were prepared in, and what PREPARE says of it."""
    cache = tmp_path_factory.mktemp("cache")
    sources = [str(real_data / "aclImdb_v1.tar.gz"), str(real_data / "imdb_word_index.json")]
    command = [sys.executable, "-c", PREPARE, *sources, str(cache)]
    return cache, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.slow
@pytest.mark.real_data
def test_the_published_archive_takes_ten_times_what_counting_its_words_takes(real_data, prepared_archive) -> None:
    """In processor time; opened again it takes a tenth."""
    cache, (prepared, *_) = prepared_archive
    source, index = real_data / "aclImdb_v1.tar.gz", real_data / "imdb_word_index.json"

    def counted() -> None:  # what any program that counts its words has to do
        with tarfile.open(source, "r|gz") as packed:
            files = (packed.extractfile(member) for member in packed if member.isfile())
            sum(len(file.read().decode("utf-8", "replace").lower().split()) for file in files)

    read = cpu_seconds(counted)
    assert float(prepared) < 10 * read
    reading = Reading(keep_duplicates=True)
    assert cpu_seconds(lambda: obtain(str(source), reading, cache=cache, word_index=index)) < read / 10


@pytest.mark.real_data
def test_published_archive_gives_the_published_arrays(real_data: Path, prepared_archive) -> None:
    from study.corpus import folder_of, open_prepared
    from study.corpus.prepared.sealed import open_test_part

    cache, (_, peak, fingerprint) = prepared_archive
    assert float(peak) < 600
    corpus = open_prepared(folder_of(fingerprint, cache))
    halves = {"train": corpus.training, "test": open_test_part(fingerprint, cache)}
    with np.load(real_data / "imdb_sequences.npz", allow_pickle=False) as published:
        for half, texts in halves.items():
            for name in ("tokens", "offsets", "labels"):
                np.testing.assert_array_equal(getattr(texts, name), published[f"{half}_{name}"])
    assert corpus.card.median_length == 178
    assert corpus.card.mean_length == pytest.approx(238.71, abs=0.005)
    assert (corpus.training.lengths > 500).mean() == pytest.approx(0.084, abs=0.0005)
    assert corpus.card.vocabulary_size == 88_588
    published_set = Encoded("reviews", "", corpus.card.classes, 88_588, halves["train"], halves["test"])
    assert len(published_set.without_shared().training) == 25_000 - 123
