"""The test half. Opened for finals alone, so that no search can look at it by accident."""

from pathlib import Path

from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.prepared import open_half
from study.corpus.prepared.texts import Texts


def open_test_part(fingerprint: str, cache: Path) -> Texts:
    """Open the test half of the prepared corpus with this fingerprint, memory-mapped.

    The caller logs the opening. Raises InputError where the corpus is not in `cache` or is damaged.
    """
    return open_half(folder_of(fingerprint, cache), "test")
