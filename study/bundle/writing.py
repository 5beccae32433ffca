"""A bundle written: the network in stock Keras's forms, and beside it all that predicting takes."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.architecture import Configuration
from study.bundle.folder import FORMAT, KIND, put, write_json
from study.bundle.model_card import model_card
from study.bundle.text_reader import TextReader, spelled_out

EXAMPLE = Path(__file__).with_name("predict.py")


@dataclass(frozen=True)
class Contents:
    """What a bundle is made of. `network`: a Keras model of stock layers. `description`: see `model_card`."""

    configuration: Configuration
    labels: tuple[str, ...]
    reader: TextReader
    network: Any
    description: dict[str, Any]


def write_bundle(folder: Path, contents: Contents, *, force: bool = False) -> None:
    """Writes the bundle, whole or not at all. Raises Refused where the folder holds something else."""

    def fill(place: Path) -> None:
        configuration = contents.configuration.model_dump(mode="json")
        description = {"kind": KIND, "format": FORMAT, **contents.description, "configuration": configuration}
        contents.network.save(place / "model.keras")
        contents.network.save_weights(place / "model.weights.h5")
        (place / "architecture.json").write_text(contents.network.to_json(indent=1) + "\n", encoding="utf-8")
        write_json(place / "preparation.json", spelled_out(contents.reader, contents.configuration))
        if contents.reader.preparation is not None:
            write_json(place / "vocabulary.json", contents.reader.preparation.words)
        write_json(place / "labels.json", contents.labels)
        write_json(place / "bundle.json", description)
        (place / "MODEL_CARD.md").write_text(model_card(description), encoding="utf-8")
        shutil.copyfile(EXAMPLE, place / "predict.py")

    put(folder, fill, force=force)
