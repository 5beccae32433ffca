"""Labelled texts: from their source to flat, memory-mapped arrays, and their splits.

The test half has a door of its own, `study.corpus.sealed`, which is not imported here.
"""

from study.corpus.cache import default_cache, folder_of
from study.corpus.choose import KNOWN, Obtained, obtain, obtain_corpus
from study.corpus.encoding import encode_text
from study.corpus.findings import Findings, defaults_for
from study.corpus.preparation import Preparation, open_preparation
from study.corpus.prepared import Card, Corpus, open_prepared, open_words, write_prepared
from study.corpus.reading import Reading
from study.corpus.splits import Split, subset
from study.corpus.texts import Encoded, Progress, Texts

__all__ = [
    "KNOWN",
    "Card",
    "Corpus",
    "Encoded",
    "Findings",
    "Obtained",
    "Preparation",
    "Progress",
    "Reading",
    "Split",
    "Texts",
    "default_cache",
    "defaults_for",
    "encode_text",
    "folder_of",
    "obtain",
    "obtain_corpus",
    "open_preparation",
    "open_prepared",
    "open_words",
    "subset",
    "write_prepared",
]
