"""Prepared corpora on disk: written in one step, opened memory-mapped, the test half behind its own door."""

import ast
import dataclasses
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import study.corpus
from study.corpus import Encoded, Texts, default_cache, open_prepared, open_words, write_prepared
from study.corpus.prepared.sealed import open_test_part
from study.errors import InputError

CLASSES = ("negative", "positive")


def texts(*lists: list[int], labels: list[int]) -> Texts:
    offsets = np.cumsum([0, *(len(tokens) for tokens in lists)])
    return Texts(np.concatenate([np.array(t, np.int64) for t in lists]), offsets, np.array(labels))


@pytest.fixture
def encoded() -> Encoded:
    return Encoded(
        name="tiny",
        source="by hand",
        classes=CLASSES,
        vocabulary_size=7,
        training=texts([1, 4, 5, 6], [1, 4], [1], labels=[0, 1, 1]),
        test=texts([1, 6], [1, 5, 5], labels=[1, 0]),
        words=("the", "film", "good"),
    )


def test_training_half_comes_back_memory_mapped(encoded: Encoded, tmp_path: Path) -> None:
    corpus = open_prepared(write_prepared(encoded, tmp_path))
    assert isinstance(corpus.training.tokens, np.memmap)
    assert corpus.training.tokens.dtype == np.uint16
    assert corpus.training.tokens.tolist() == [1, 4, 5, 6, 1, 4, 1]
    assert corpus.training.offsets.dtype == np.int64
    assert corpus.training.offsets.tolist() == [0, 4, 6, 7]
    assert corpus.training.labels.dtype == np.uint8
    assert corpus.training.labels.tolist() == [0, 1, 1]
    assert corpus.training.lengths.tolist() == [4, 2, 1]
    assert len(corpus.training) == 3


def test_card_describes_the_training_half(encoded: Encoded, tmp_path: Path) -> None:
    card = open_prepared(write_prepared(encoded, tmp_path)).card
    assert (card.training_texts, card.test_texts, card.vocabulary_size) == (3, 2, 7)
    assert card.classes == CLASSES
    assert card.mean_length == pytest.approx(7 / 3)
    assert card.median_length == 2
    assert card.p95_length == pytest.approx(3.8)  # 2 + 0.9 * (4 - 2), between the second and the third
    assert card.notice == ""
    assert len(card.fingerprint) == 64


def test_stand_in_carries_its_notice(encoded: Encoded, tmp_path: Path) -> None:
    card = open_prepared(write_prepared(dataclasses.replace(encoded, stand_in=True), tmp_path)).card
    assert "generated texts, no real reviews" in card.notice


def test_large_vocabulary_takes_32_bits(encoded: Encoded, tmp_path: Path) -> None:
    large = dataclasses.replace(encoded, vocabulary_size=2**16 + 1, training=texts([1, 2**16], [1], labels=[0, 1]))
    tokens = open_prepared(write_prepared(large, tmp_path)).training.tokens
    assert tokens.dtype == np.uint32
    assert tokens.tolist() == [1, 65536, 1]


def test_fingerprint_follows_content_not_name(encoded: Encoded, tmp_path: Path) -> None:
    def fingerprint(**changes: object) -> str:
        return open_prepared(write_prepared(dataclasses.replace(encoded, **changes), tmp_path)).card.fingerprint

    first = fingerprint()
    assert fingerprint(name="other", source="elsewhere") == first
    others = [
        fingerprint(classes=("bad", "good")),
        fingerprint(test=texts([1, 6], [1, 5, 4], labels=[1, 0])),
        fingerprint(training=texts([1, 4, 5, 6], [1, 4], [1], labels=[0, 0, 1])),
        fingerprint(training=texts([1, 4, 5], [6, 1, 4], [1], labels=[0, 1, 1])),
    ]
    assert len({first, *others}) == 5


def test_folder_is_named_by_the_fingerprint_and_nothing_else_is_left(encoded: Encoded, tmp_path: Path) -> None:
    folder = write_prepared(encoded, tmp_path)
    assert folder.name == open_prepared(folder).card.fingerprint[:16]
    assert write_prepared(encoded, tmp_path) == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_test_half_opens_by_the_sealed_door(encoded: Encoded, tmp_path: Path) -> None:
    card = open_prepared(write_prepared(encoded, tmp_path)).card
    test = open_test_part(card.fingerprint, tmp_path)
    assert test.tokens.tolist() == [1, 6, 1, 5, 5]
    assert test.labels.tolist() == [1, 0]


def test_sealed_door_without_a_corpus(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing or damaged"):
        open_test_part("0" * 64, tmp_path)


def test_corpus_holds_nothing_of_the_test_half(encoded: Encoded, tmp_path: Path) -> None:
    """It knows its folder, in which both halves lie; sealed.py alone opens the other one there."""
    corpus = open_prepared(write_prepared(encoded, tmp_path))
    assert [field.name for field in dataclasses.fields(corpus)] == ["card", "training", "folder"]
    mapped = [value for value in vars(corpus.training).values() if isinstance(value, np.memmap)]
    assert mapped
    assert all(Path(str(array.filename)).name.startswith("train_") for array in mapped)
    assert not any(isinstance(value, Path) for value in vars(corpus.card).values())


def test_no_module_of_the_corpus_opens_the_test_half() -> None:
    folder = Path(study.corpus.__file__).parent
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
        imported |= {f"{n.module}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert "study.corpus.prepared.sealed" not in imported, path.name
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, study.corpus; print(*sys.modules)"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert "study.corpus.prepared.sealed" not in loaded
    assert not {"keras", "tensorflow"} & set(loaded)


def test_words_are_kept_and_added_later(encoded: Encoded, tmp_path: Path) -> None:
    folder = write_prepared(dataclasses.replace(encoded, words=None), tmp_path)
    assert open_words(folder) is None
    write_prepared(encoded, tmp_path)
    assert open_words(folder) == ("the", "film", "good")
    write_prepared(dataclasses.replace(encoded, words=None), tmp_path)
    assert open_words(folder) == ("the", "film", "good")


@pytest.mark.parametrize("name", ["train_tokens.npy", "test_labels.npy", "card.json"])
def test_damaged_corpus_is_written_anew(encoded: Encoded, tmp_path: Path, name: str) -> None:
    folder = write_prepared(encoded, tmp_path)
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])
    assert write_prepared(encoded, tmp_path) == folder
    assert open_prepared(folder).training.tokens.tolist() == [1, 4, 5, 6, 1, 4, 1]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("name", ["train_tokens.npy", "train_offsets.npy", "train_labels.npy", "card.json"])
def test_damaged_corpus_is_not_opened(encoded: Encoded, tmp_path: Path, name: str) -> None:
    folder = write_prepared(encoded, tmp_path)
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"missing or damaged.*prepare the corpus anew"):
        open_prepared(folder)
    path.unlink()
    with pytest.raises(InputError, match="missing or damaged"):
        open_prepared(folder)


def test_card_of_another_version_is_not_opened(encoded: Encoded, tmp_path: Path) -> None:
    folder = write_prepared(encoded, tmp_path)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "colour": "red"}))
    with pytest.raises(InputError, match=r"missing or damaged.*colour"):
        open_prepared(folder)


def test_full_disk_leaves_nothing_behind(
    encoded: Encoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def write_text(path: Path, *_: object, **__: object) -> int:
        written.extend(path.parent.iterdir())  # the arrays are there already
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(InputError, match=r"no space left .* free about 1 MB or .*--cache"):
        write_prepared(encoded, tmp_path)
    assert len(written) == 6
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_limited_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """The arrays themselves meet the limit: a quota, seen through a limit on the size of a file."""
    script = f"""
import resource, signal, numpy as np
from pathlib import Path
from study.corpus import Encoded, Texts, write_prepared
from study.errors import InputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
half = Texts(np.ones(20_000, int), np.arange(20_001), np.arange(20_000) % 2)
try:
    write_prepared(Encoded("big", "", ("a", "b"), 7, half, half), Path({str(tmp_path)!r}))
except InputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("no space left")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_deleted_in_time(encoded: Encoded, tmp_path: Path) -> None:
    old, recent = tmp_path / ".unfinished-old", tmp_path / ".unfinished-recent"
    for folder in (old, recent):
        folder.mkdir()
        (folder / "spill").write_bytes(b"words")
    os.utime(old, (0, 0))
    write_prepared(encoded, tmp_path)
    assert not old.exists()
    assert recent.exists()


def test_cache_that_cannot_be_written(encoded: Encoded, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"expected a cache folder that can be written.*--cache"):
        write_prepared(encoded, tmp_path / "file")


def test_default_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("STUDY_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_cache() == Path("/home/me/.cache/architecture-study")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert default_cache() == Path("/var/cache/me/architecture-study")
    monkeypatch.setenv("STUDY_CACHE", "~/corpora")
    assert default_cache() == Path("/home/me/corpora")


@pytest.mark.parametrize(
    ("tokens", "offsets", "labels", "message"),
    [
        ([1, 4], [0, 2], [0, 1], "one offset more than labels, got 2 offsets and 2 labels"),
        ([1, 4], [0, 1, 3], [0, 1], "from 0 to the number of tokens, 2, got 0 to 3"),
        ([1, 4], [1, 2], [0], "got 1 to 2"),
        ([1, 4], [0, 3, 1, 2], [0, 1, 0], "rising offsets.*text 1 has -2 tokens"),
        ([1, 4], [0, 2, 2], [0, 1], "rising offsets.*text 1 has 0 tokens"),
        ([[1, 4]], [0, 2], [0], "one axis"),
    ],
)
def test_arrays_that_do_not_fit(tokens: object, offsets: object, labels: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Texts(np.array(tokens), np.array(offsets), np.array(labels))


def test_opening_reads_no_tokens(encoded: Encoded, tmp_path: Path) -> None:
    """A corpus of 200 MB opens without its tokens being read into memory."""
    half = Texts(np.ones(10**8, np.uint16), np.array([0, 10**8]), np.array([0]))
    folder = write_prepared(dataclasses.replace(encoded, training=half), tmp_path)
    script = (
        "import sys; from pathlib import Path; from study.corpus import open_prepared\n"
        "from study.training.memory import peak_memory_mb\n"
        "before = peak_memory_mb()\n"
        "open_prepared(Path(sys.argv[1]))\n"
        "print(peak_memory_mb() - before)"
    )
    grown = subprocess.run(
        [sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True
    ).stdout
    assert float(grown) < 20
