"""A bundle of an untrained network, and what the study's own network says."""

from pathlib import Path

import numpy as np

from search_spaces import Configuration
from study.bundle import write_bundle
from study.bundle.folder import Contents
from study.bundle.stock_layers import as_keras
from study.bundle.text_reader import TextReader
from study.corpus.prepared.encoding import RULE, Preparation
from study.corpus.prepared.prepared import Card
from study.corpus.prepared.texts import Texts
from study.training.epoch import LiveNetwork

WORDS = ("the", "film", "bad", "good", "it's", "not", "café", "a", "so", "dull", "\ufffd")


TEXTS = [
    "The film, so GOOD!",
    "It's not bad\tnot\n dull",
    "",
    "?!",
    "unheard of",
    "good \udcff dull",
    "café\u00a0café the\u00a0",
    "a film so so so so bad it's good; a dull film, not good, not so bad a film",
]


FORMS = {
    "sigmoid": ({"embedding_dropout": 0.2, "word_dropout": 0.2}, {"vocabulary_size": 11}, 2),
    "fixed": ({}, {"batching": "fixed", "sequence_length": 9}, 2),
    "raw ids": ({"embedding_size": 0}, {"padding": "post", "truncation": "post"}, 2),
    "softmax": (
        {
            "head": "softmax",
            "conv": [{"filters": 3, "kernel_size": 3, "pooling": 3}],
            "recurrent": [
                {"units": 3, "bidirectional": True, "input_dropout": 0.2, "recurrent_dropout": 0.1},
                {"units": 2, "cell": "gru"},
            ],
            "dense": [{"units": 3, "dropout": 0.2}],
        },
        {"vocabulary_size": None},
        3,
    ),
}


def card_of(classes: int) -> Card:
    names = tuple(f"class {number}" for number in range(classes))
    return Card("tiny", "hand-made", "ab" * 32, names, False, 8, 8, 4 + len(WORDS), 9.0, 9.0, 9.0)


def made(
    folder: Path, form: str, words: tuple[str, ...] | None = WORDS, rule: str = RULE
) -> tuple[LiveNetwork, Configuration]:
    """A bundle of an untrained network of that form, and the study's own network."""
    layers, recipe, classes = FORMS[form]
    architecture = {"embedding_size": 3, "recurrent": [{"units": 3}], **layers}
    given = {"architecture": architecture, "recipe": {"batching": "bucketed", "sequence_length": 12, **recipe}}
    configuration = Configuration.model_validate(given)
    card = card_of(classes)
    network = LiveNetwork(configuration, card)
    network.begin(seed=1)
    size = configuration.recipe.vocabulary_size or card.vocabulary_size
    description = {
        "made": "2026-01-01",
        "made_by": "a test",
        "study": "tiny",
        "trial": 1,
        "title": form,
        "words": "layers",
        "fingerprint": "0" * 16,
        "parameters": 10,
        "seed": 0,
        "epochs": 3,
        "chosen": "It was named.",
        "corpus": {"name": "tiny", "source": "hand-made", "fingerprint": "ab", "classes": list(card.classes)}
        | {"notice": "", "median_length": 9.0},
        "reads_words": words is not None,
        "trained_on": "everything",
        "trained_again": None,
        "test": None,
        "validation": None,
        "baselines": [],
        "trained_with": {},
        "exported_with": {},
    }
    reader = TextReader(Preparation(words, rule) if words else None, size)
    write_bundle(folder, Contents(configuration, card.classes, reader, as_keras(network.model), description))
    return network, configuration


def studys_own(network: LiveNetwork, texts: list[str]) -> np.ndarray:
    """The probabilities of the study's own network, [texts, classes]; the ids are looked up here by hand."""
    ids = [
        [
            1,
            *(
                4 + WORDS.index(word)
                for word in text.replace("\udcff", "\ufffd").strip().lower().translate(SPACES).split(" ")
                if word in WORDS
            ),
        ]
        for text in texts
    ]
    tokens = np.array([number for text in ids for number in text], np.uint32)
    flat = Texts(tokens, np.cumsum([0, *map(len, ids)]), np.zeros(len(ids), np.uint8))
    found = network.predict(flat, np.arange(len(ids))).astype(float)
    return found if found.shape[1] > 1 else np.concatenate([1 - found, found], axis=1)


SPACES = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
