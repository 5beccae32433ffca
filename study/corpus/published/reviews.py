"""The published reviews as text files: the archive `aclImdb_v1.tar.gz`, or its unpacked folder.

    {train,test}/{neg,pos}/{id}_{rating}.txt        anything else is passed over

Read as a corpus of one's own is; the order is neg then pos, each by the number its file name starts with, and the
words may be those of a published index (see `gathered`).
"""

import contextlib
import re
from pathlib import Path, PurePosixPath

from study.corpus.own.archives import source_at
from study.corpus.own.columns import Reading
from study.corpus.own.files import TEST, TRAIN, Own
from study.corpus.prepared.texts import Encoded, Progress
from study.corpus.published.gathered import Gathered
from study.errors import InputError

_CLASSES = {"neg": "negative", "pos": "positive"}  # folder -> class
_LAYOUT = "expected {train,test}/{neg,pos}/*.txt, as in aclImdb_v1.tar.gz"


def is_review(name: str) -> bool:
    """Whether a file's path is that of a published review."""
    return re.search(r"(?:^|/)(?:train|test)/(?:neg|pos)/[^./][^/]*\.txt$", name) is not None


def read_reviews(path: Path, word_index: Path | None = None, progress: Progress | None = None) -> Encoded:
    """Read a `.tar.gz` or a folder. Raises InputError where it is damaged or cut short, holds a text that is not
    UTF-8, or a half lacks a class."""
    source = source_at(path)
    paths = [PurePosixPath(name) for name in source.names() if is_review(name)]
    roots = sorted({str(each.parents[2]) for each in paths})
    if len(roots) > 1:
        raise InputError(f"{path}: expected one set of reviews, got two: {roots[0]} and {roots[1]}")
    halves = {"train": TRAIN, "test": TEST}
    own = Own(Reading(), [(source, {str(p): (halves[p.parts[-3]], p.parts[-2]) for p in paths})])
    gathered = Gathered(tuple(_CLASSES.values()))
    with contextlib.closing(own.items(progress)) as items:
        for each, (half, folder, text) in zip(paths, items, strict=True):
            number = re.match("[0-9]+", each.name)
            key = (int(number[0]) if number else float("inf"), each.name)
            gathered.add("train" if half == TRAIN else "test", list(_CLASSES).index(str(folder)), key, str(text))
    folders = {name: folder for folder, name in _CLASSES.items()}
    if lacking := [f"{half}/{folders[name]}" for half, name in gathered.lacking()]:
        raise InputError(f"{path}: {_LAYOUT}; no texts in {', '.join(lacking)}")
    return gathered.encoded("imdb-texts", f"text files in {path.name}", word_index)
