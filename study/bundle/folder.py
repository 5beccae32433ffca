"""A bundle's folder: which files it has, how it gets there in one step, and what may be overwritten.

model.keras                            the network with its weights, as stock Keras reads it
architecture.json  model.weights.h5    the same, apart
preparation.json  vocabulary.json      from a text to ids; no vocabulary where the corpus had ids alone
labels.json                            the classes, in the order of the probabilities
bundle.json                            what it is: format, study, configuration, corpus, scores, versions
MODEL_CARD.md                          the same for people
predict.py                             an example that needs TensorFlow alone

A linear model has linear.npz in place of the three files of a network, and an example that needs NumPy alone.
An average has labels.json, bundle.json, MODEL_CARD.md, predict.py, and a bundle for each member in members/00 ff.
"""

import json
import shutil
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.architecture import Configuration
from study.bundle.ensemble.card import ensemble_card
from study.bundle.model_card import model_card
from study.bundle.text_reader import TextReader, spelled_out
from study.errors import InputError, Refused

FORMAT = 3  # of averages; linear models are of format 2 and networks of 1: older versions read them
KIND = "architecture-study bundle"
FILES = (
    "MODEL_CARD.md",
    "architecture.json",
    "bundle.json",
    "labels.json",
    "linear.npz",
    "model.keras",
    "model.weights.h5",
    "predict.py",
    "preparation.json",
    "vocabulary.json",
)

MEMBERS = "members"  # the folder of an average's members

EXAMPLE = Path(__file__).with_name("predict.py")
LINEAR_EXAMPLE = Path(__file__).with_name("predict_linear.py")
ENSEMBLE_EXAMPLE = Path(__file__).parent / "ensemble" / "predict.py"


@dataclass(frozen=True)
class Contents:
    """What a bundle is made of. `network`: a Keras model of stock layers; or study.bundle.linear.LinearWeights,
    without a configuration. `description`: see `model_card`."""

    configuration: Configuration | None
    labels: tuple[str, ...]
    reader: TextReader
    network: Any
    description: dict[str, Any]


def write_bundle(folder: Path, contents: Contents, *, force: bool = False) -> None:
    """Writes the bundle, whole or not at all. Raises Refused where the folder holds something else."""

    put(folder, lambda place: _fill(place, contents), force=force)


def write_ensemble(
    folder: Path,
    members: Iterable[tuple[float, Contents]],
    description: dict[str, Any],
    *,
    force: bool = False,
) -> None:
    """Writes an average of these models with their weights as `write_bundle` does, one of them after another.
    `description`: see `study.bundle.ensemble.card`, but for `members`."""

    def fill(place: Path) -> None:
        told: list[dict[str, Any]] = []
        for weight, contents in members:
            name = member_folder(len(told))
            (place / name).mkdir(parents=True)
            _fill(place / name, contents)
            kept = {key: contents.description[key] for key in ("title", "words", "parameters")}
            seed = None if contents.configuration is None else contents.description["seed"]
            told.append({"folder": name, "weight": weight, **kept, "seed": seed})
        whole = {"kind": KIND, "format": FORMAT, **description, "members": told}
        write_json(place / "labels.json", description["corpus"]["classes"])
        write_json(place / "bundle.json", whole)
        (place / "MODEL_CARD.md").write_text(ensemble_card(whole), encoding="utf-8")
        shutil.copyfile(ENSEMBLE_EXAMPLE, place / "predict.py")

    put(folder, fill, force=force)


def member_folder(place: int) -> str:
    """Where in an average's folder the member of that place is."""
    return f"{MEMBERS}/{place:02d}"


def _fill(place: Path, contents: Contents) -> None:
    configuration = contents.configuration
    kept = None if configuration is None else configuration.model_dump(mode="json")
    version = 2 if configuration is None else 1
    description = {"kind": KIND, "format": version, **contents.description, "configuration": kept}
    if configuration is None:
        from study.bundle.linear import spelled_out_linear

        contents.network.write(place)
        rule, example = spelled_out_linear(contents.reader), LINEAR_EXAMPLE
    else:
        contents.network.save(place / "model.keras")
        contents.network.save_weights(place / "model.weights.h5")
        (place / "architecture.json").write_text(contents.network.to_json(indent=1) + "\n", encoding="utf-8")
        rule, example = spelled_out(contents.reader, configuration), EXAMPLE
    write_json(place / "preparation.json", rule)
    if contents.reader.preparation is not None:
        write_json(place / "vocabulary.json", contents.reader.preparation.words)
    write_json(place / "labels.json", contents.labels)
    write_json(place / "bundle.json", description)
    (place / "MODEL_CARD.md").write_text(model_card(description), encoding="utf-8")
    shutil.copyfile(example, place / "predict.py")


def check_place(folder: Path, *, force: bool) -> None:
    """Raises Refused where a bundle must not be put: a file, this folder, or one with other things in it.

    A bundle is replaced by a bundle. `force` allows other things too; they stay beside the bundle's files.
    """
    place = folder.resolve()
    if place.exists() and not place.is_dir():
        raise Refused(f"{folder}: expected a folder for the bundle, got a file; name another")
    if Path.cwd().is_relative_to(place):
        raise Refused(f"{folder}: expected a folder of its own for the bundle; name one, as in -o model")
    others = (
        sorted(path.name for path in place.iterdir() if path.name not in (*FILES, MEMBERS))
        if place.exists()
        else []
    )
    ours = not any(place.iterdir()) or _is_bundle(place) if place.exists() else True
    if not force and (others or not ours):
        found = ", ".join(others[:3]) or "files of the same names"
        raise Refused(
            f"{folder}: expected a new folder or one of a bundle alone, but it holds {found}; "
            "name another, or --force to put the bundle's files among them"
        )


def put(folder: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Lets `fill` write into a folder beside this one and moves it here, whole or not at all.

    Raises Refused as `check_place`, OSError where it cannot be written.
    """
    check_place(folder, force=force)
    place = folder.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}-{uuid.uuid4().hex}")
    try:
        unfinished.mkdir()
        fill(unfinished)
        if place.exists():
            older = unfinished.with_name(f"{unfinished.name}-older")
            place.rename(older)
            unfinished.rename(place)
            for path in older.iterdir():
                if path.name not in (*FILES, MEMBERS):
                    path.rename(place / path.name)
            shutil.rmtree(older)
        else:
            unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """What bundle.json says. Raises InputError where this is no bundle, or one of a format yet to come."""
    if not folder.is_dir():
        what = "a file" if folder.exists() else "nothing"
        raise InputError(f"{folder}: expected the folder of a bundle, got {what}; `study export` makes one")
    if not (folder / "bundle.json").exists():
        raise InputError(f"{folder}: expected a bundle, but it has no bundle.json; `study export` makes one")
    description: dict[str, Any] = read_json(folder, "bundle.json", dict)
    version = description.get("format")
    if description.get("kind") != KIND or type(version) is not int:
        raise InputError(f"{folder}: expected a bundle, but its bundle.json is of something else")
    if version > FORMAT:
        raise InputError(
            f"{folder}: expected a bundle of format {FORMAT} at most, got format {version}, made by "
            f"{description.get('made_by', 'a newer version')}; use that version, or export it with this one"
        )
    return description


def read_json(folder: Path, name: str, expected: type) -> Any:
    """The value in one of a bundle's files. Raises InputError where it is missing or damaged."""
    try:
        value = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise damaged(folder, name, why) from error
    if not isinstance(value, expected):
        raise damaged(folder, name, f"expected {expected.__name__}, got {type(value).__name__}")
    return value


def damaged(folder: Path, name: str, why: object) -> InputError:
    """The error for a bundle that is not all there."""
    return InputError(f"{folder}: {name} is missing or damaged ({why}); export the bundle anew")


def _is_bundle(folder: Path) -> bool:
    try:
        return read_description(folder) is not None
    except InputError:
        return False
