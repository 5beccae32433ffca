"""A bundle opened: from texts to classes and their probabilities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from results.metrics.averaging import weighted
from search_spaces.architecture import Configuration
from study.bundle.folder import damaged, member_folder, read_description, read_json
from study.bundle.linear import read_weights, spelled_out_linear
from study.bundle.stock_layers import load_stock
from study.bundle.text_reader import IDS, TextReader, spelled_out
from study.corpus.own.columns import Reading
from study.corpus.prepared.batches import evaluation_batches
from study.corpus.prepared.encoding import Preparation
from study.corpus.prepared.texts import Texts
from study.errors import InputError

Score = Callable[[Texts], np.ndarray]  # encoded texts -> probabilities, float64 [texts, classes]


@dataclass(frozen=True)
class Prediction:
    """What the model says of one text.

    label            the most probable class
    probability      its probability
    probabilities    of every class, by its name
    unknown_words    the share of the text's words that the model does not know; 1 where it knows none
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    unknown_words: float


class Bundle:
    """A model with all it needs to predict from texts; `open_bundle` reads one.

    `scored`: of texts the probabilities, float64 [texts, classes], and what share of each one's words the model
    does not know, float64 [texts].
    """

    def __init__(
        self,
        folder: Path,
        description: dict[str, Any],
        labels: list[str],
        scored: Callable[[list[str]], tuple[np.ndarray, np.ndarray]],
    ) -> None:
        self.folder = folder
        self.description = description
        self.labels = labels
        self._of_texts = scored

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in their order. Raises InputError for anything but texts."""
        probabilities, unknown = self.scored(texts)
        return [
            Prediction(
                label=self.labels[int(row.argmax())],
                probability=float(row.max()),
                probabilities=dict(zip(self.labels, row.tolist(), strict=True)),
                unknown_words=float(share),
            )
            for row, share in zip(probabilities, unknown, strict=True)
        ]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """The probability of each class, float64 [texts, classes], columns in the order of `labels`."""
        return self.scored(texts)[0]

    def reading_of(
        self,
        *,
        text_column: Sequence[str] | None = None,
        header: bool | None = None,
        encoding: str | None = None,
        learnt: bool = True,
    ) -> Reading:
        """How to read texts to predict: as told, the rest as the table that the model learnt from, where `learnt`.

        Raises InputError for an encoding that is none.
        """
        corpus = self.description.get("corpus")
        kept = corpus.get("reading") if learnt and isinstance(corpus, dict) else None
        kept = kept if isinstance(kept, dict) else {}
        columns = text_column or [str(column) for column in kept.get("text_column", [])]
        with_header = kept.get("header", True) if header is None else header
        return Reading(
            tuple(columns), header=bool(with_header), encoding=encoding or kept.get("encoding", "utf-8")
        )

    def scored(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The same, and the share of each text's words that the model does not know, float64 [texts]."""
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts, got {type(texts).__name__}; one text is a list of one")
        return self._of_texts(list(texts))


def open_bundle(folder: str | Path) -> Bundle:
    """The bundle in that folder.

    Raises InputError where it is missing, damaged or of a format yet to come, and Refused where its Keras file has
    other layers than stock ones.
    """
    folder = Path(folder)
    description = read_description(folder)
    labels = [str(label) for label in read_json(folder, "labels.json", list)]
    if "members" in description:
        return Bundle(folder, description, labels, _average(folder, description["members"], labels))
    rule = read_json(folder, "preparation.json", dict)
    preparation = None
    if rule.get("rule") != IDS:
        words = read_json(folder, "vocabulary.json", list)
        preparation = Preparation.from_json({"rule": rule.get("rule"), "words": words})
    reader = TextReader(preparation, int(rule.get("vocabulary_size", 0)))
    if "configuration" in description and description["configuration"] is None:
        if rule != spelled_out_linear(reader):
            raise damaged(folder, "preparation.json", "it is not that of a linear model")
        weights = read_weights(folder, len(labels))
        score: Score = partial(weights.probabilities, classes=len(labels))
    else:
        score = _network(folder, description, reader, rule, labels)

    def scored(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        encoded, unknown = reader.encode(texts)
        return score(encoded), unknown

    return Bundle(folder, description, labels, scored)


def _average(folder: Path, listed: Any, labels: list[str]) -> Callable[[list[str]], tuple[np.ndarray, np.ndarray]]:
    """What an average of the members tells; of a text's words it knows those that any of them knows."""
    weights = [member.get("weight") for member in listed] if isinstance(listed, list) else []
    if not weights or not all(isinstance(weight, float) and 0 < weight <= 1 for weight in weights):
        raise damaged(folder, "bundle.json", "expected members, each with a weight above 0 and up to 1")
    members = []
    for place in range(len(weights)):
        member = open_bundle(folder / member_folder(place))
        if "members" in member.description or member.labels != labels:
            raise damaged(member.folder, "labels.json", "it is no member of that average")
        members.append(member)

    def scored(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        told = [member.scored(texts) for member in members]
        unknown = np.min([share for _, share in told], axis=0)
        return weighted([found for found, _ in told], weights), unknown

    return scored


def _network(
    folder: Path, description: dict[str, Any], reader: TextReader, rule: dict[str, Any], labels: list[str]
) -> Score:
    """What a network's probabilities are computed by."""
    try:
        configuration = Configuration.model_validate(description.get("configuration"))
    except ValidationError as error:
        raise damaged(folder, "bundle.json", "its configuration is not valid") from error
    if rule != spelled_out(reader, configuration):
        raise damaged(folder, "preparation.json", "it is not what bundle.json's configuration asks for")
    model = load_stock(folder)
    softmax = configuration.architecture.head == "softmax"
    if model.output_shape[-1] != (len(labels) if softmax else 1) or (not softmax and len(labels) != 2):
        raise damaged(folder, "labels.json", f"{len(labels)} labels do not fit the network's output")
    from study.training.backend import tf

    call = tf.function(
        lambda tokens: model(tokens, training=False),
        input_signature=[tf.TensorSpec([None, None], tf.int32)],
        autograph=False,
    )

    def score(encoded: Texts) -> np.ndarray:
        found = np.empty((len(encoded), len(labels)))
        for batch in evaluation_batches(encoded, np.arange(len(encoded)), configuration):
            rows = np.asarray(call(batch.tokens), np.float64)
            found[batch.positions] = rows if rows.shape[1] > 1 else np.concatenate([1 - rows, rows], axis=1)
        return found

    return score
