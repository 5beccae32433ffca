"""Labelled texts: from their source to flat, memory-mapped arrays, and their splits.

The test half has a door of its own, `study.corpus.prepared.sealed`, which is not imported here.
"""

from study.corpus.obtain import KNOWN, Obtained, obtain, obtain_corpus
from study.corpus.own.columns import Reading
from study.corpus.own.findings import Findings, defaults_for, steps_an_epoch
from study.corpus.own.unlabelled import read_texts
from study.corpus.prepared.cache import default_cache, folder_of
from study.corpus.prepared.encoding import Preparation, encode_text, open_preparation
from study.corpus.prepared.prepared import Card, Corpus, open_prepared, open_words, write_prepared
from study.corpus.prepared.splits import Split, subset
from study.corpus.prepared.texts import Encoded, Progress, Texts

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
    "read_texts",
    "steps_an_epoch",
    "subset",
    "write_prepared",
]
