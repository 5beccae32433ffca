"""Labelled texts: from their source to flat, memory-mapped arrays, and their splits.

The test half has a door of its own, `study.corpus.sealed`, which is not imported here.
"""

from study.corpus.cache import default_cache, folder_of
from study.corpus.choose import KNOWN, obtain_corpus
from study.corpus.encoding import encode_text
from study.corpus.preparation import Preparation, open_preparation
from study.corpus.prepared import Card, Corpus, open_prepared, open_words, write_prepared
from study.corpus.splits import Split, subset
from study.corpus.texts import Encoded, Progress, Texts

__all__ = [
    "KNOWN",
    "Card",
    "Corpus",
    "Encoded",
    "Preparation",
    "Progress",
    "Split",
    "Texts",
    "default_cache",
    "encode_text",
    "folder_of",
    "obtain_corpus",
    "open_preparation",
    "open_prepared",
    "open_words",
    "subset",
    "write_prepared",
]
