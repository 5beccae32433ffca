"""The networks that the chapter's open questions are about: four of its own, and the CNN with dropout."""

from dataclasses import dataclass

from search_spaces.architecture import Architecture
from search_spaces.references import BOOK

PUBLISHED_EPOCHS = 3  # as many as the chapter trains

_SIMPLE, _LAYERS, _GATES, _CNN = BOOK


@dataclass(frozen=True)
class Network:
    """A network by its id, which for the chapter's is that of the reference."""

    id: str
    title: str
    architecture: Architecture


def _with_dropout_layers(architecture: Architecture) -> Architecture:
    """Dropout where section 26.2 puts it and as much of it: of words, behind the embedding, behind the LSTM."""
    pattern = _LAYERS.configuration.architecture
    (lstm,), (example,) = architecture.recurrent, pattern.recurrent
    return architecture.model_copy(
        update={
            "word_dropout": pattern.word_dropout,
            "embedding_dropout": pattern.embedding_dropout,
            "recurrent": (lstm.model_copy(update={"output_dropout": example.output_dropout}),),
        }
    )


CNN_WITH_DROPOUT = Network(
    "cnn-lstm-dropout", "CNN and LSTM with dropout", _with_dropout_layers(_CNN.configuration.architecture)
)
NETWORKS: tuple[Network, ...] = (
    *(Network(known.id, known.title, known.configuration.architecture) for known in BOOK),
    CNN_WITH_DROPOUT,
)


def network_of(architecture: Architecture) -> Network:
    """The network of that architecture, whatever its head, which follows the corpus. Raises LookupError where it
    is none of them."""
    of_two = architecture.model_copy(update={"head": "sigmoid"})
    for network in NETWORKS:
        if network.architecture == of_two:
            return network
    raise LookupError(f"expected one of the networks of the questions, got {architecture}")
