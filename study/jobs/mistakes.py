"""The test texts that a study's model tells wrong, the surest first: what its finals told of each, and where each
text came from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from results.evidence import predictions
from results.evidence.csv_files import plain
from results.evidence.evidence import Evidence, gather
from results.evidence.predictions import UNKNOWN, Told, told
from results.store.database import Store
from study.bundle.choice import BEST, ChosenBaseline, choose_any, search_split
from study.corpus.own.origin import Origin, open_origin
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.splits import subset
from study.errors import InputError

MISTAKES = {
    "file": "str",
    "row": "int64",  # of that file, from 1, a header not counted; without a file, of the test half
    "true": "str",  # the class; empty where it is not known
    "told": "str",  # the class that the seeds together told; empty where it is not known
    "probability": "float64",  # of that class, the mean over the seeds; NaN of a linear model
    "seeds_wrong": "int64",  # finals of the model that told it wrong
    "seeds": "int64",  # finals of the model
    "wrong_share": "float64",  # of all networks' finals of the study, those that told it wrong
    "text": "str",  # empty where the file is no longer there as it was
}
CAUTION = (
    "These are texts of the test part: whatever is changed after reading them is no longer tested by it, but by "
    "texts that are new."
)


@dataclass(frozen=True)
class Mistakes:
    """`frame`: columns MISTAKES, a row a text, the surest first; `of` so many `texts` that `title` was scored on.
    `notes`: what there is to say, a line each."""

    study: str
    title: str
    texts: int
    frame: pd.DataFrame
    notes: list[str]

    def write(self, path: Path) -> None:
        """All of it as CSV, what a spreadsheet would run as a formula behind a '. Raises InputError."""
        try:
            plain(self.frame.copy()).to_csv(path, index=False)
        except OSError as error:
            raise InputError(
                f"{path}: expected a place where the errors can be written, got: {error.strerror or error}"
            ) from error


def mistakes(store: Store, study: str | None, cache: Path, which: str = BEST) -> Mistakes:
    """What `which` (as study.bundle.choice.choose_any) told wrong, by the study's finals alone: nothing is scored.

    A network's answer is that of its seeds together, their probabilities averaged. Raises InputError where the
    model has no finals, StoreError where there is no such study.
    """
    evidence = gather(store, study)
    chosen = choose_any(store, evidence, which)
    name = chosen.kind if isinstance(chosen, ChosenBaseline) else chosen.fingerprint
    said = told(store, evidence.study, name)
    if said is None:
        raise InputError(
            f"study {evidence.study}: expected a model with finals, whose answers on the test part are kept, got "
            "one without; `study finals` scores the best"
        )
    notes = [CAUTION]
    origin = open_origin(folder_of(evidence.card["fingerprint"], cache))
    places = _places(store, evidence, origin, len(said.wrong), notes)
    frame = _frame(evidence, said, _share(store, evidence.study, said), origin, places, notes)
    titles = (
        evidence.baselines.set_index("kind")["title"] if isinstance(chosen, ChosenBaseline) else evidence.titles
    )
    return Mistakes(evidence.study, str(titles[name]), len(said.wrong), frame, notes)


def _share(store: Store, study: str, said: Told) -> np.ndarray:
    """The share of all finals that told each text wrong, float64 [texts]."""
    hits = [each for each in predictions.correct(store, study).values() if len(each) == len(said.wrong)]
    return np.asarray(1 - np.mean(hits, axis=0)) if hits else said.wrong / said.seeds


def _places(
    store: Store, evidence: Evidence, origin: Origin | None, texts: int, notes: list[str]
) -> np.ndarray | None:
    """The places in the test half of the texts that were scored, int64 [texts]; None where that is not known."""
    if origin is not None and texts <= len(origin.items):
        if texts == len(origin.items):
            return np.arange(texts)
        return subset(origin.classes, texts, search_split(store, evidence.study).seed)
    scored = evidence.card["test_texts"]
    what = "the test half" if texts == scored else f"those {texts:,} texts of the test half that were scored"
    again = (
        "; `study corpus describe PATH` on texts of your own notes their rows"
        if evidence.card.get("covering")
        else ""
    )
    notes.append(f"Where the texts are from is not kept: rows are numbers in {what}{again}.")
    return None


def _frame(
    evidence: Evidence,
    said: Told,
    share: np.ndarray,
    origin: Origin | None,
    places: np.ndarray | None,
    notes: list[str],
) -> pd.DataFrame:
    classes = evidence.card["classes"]
    true = said.known if origin is None or places is None else origin.classes[places].astype(np.int64)
    found, sure = _found(said, true, len(classes))
    wrong = np.flatnonzero(found != true if said.probabilities is not None else _mostly_wrong(said))
    wrong = wrong[np.lexsort((wrong, -share[wrong], -np.nan_to_num(sure[wrong])))]
    if said.probabilities is None:
        notes.append(
            "Of a linear model, and in an archive, only what was told right is kept: the order is by the share of "
            "networks that were wrong; --model network shows the best network's, where probabilities are kept."
        )
    at = [("", int(text) + 1) for text in wrong]
    looked_up: dict[int, str] = {}
    if origin is not None and places is not None:
        at = [origin.place(int(places[text])) for text in wrong]
        looked_up = _texts(origin, [int(places[text]) for text in wrong], notes)
    values = {
        "file": [file for file, _ in at],
        "row": [row for _, row in at],
        "true": [_named(classes, number) for number in true[wrong]],
        "told": [_named(classes, number) for number in found[wrong]],
        "probability": sure[wrong],
        "seeds_wrong": said.wrong[wrong],
        "seeds": said.seeds,
        "wrong_share": share[wrong],
        "text": ["" if places is None else looked_up.get(int(places[text]), "") for text in wrong],
    }
    return pd.DataFrame(values, columns=list(MISTAKES)).astype(MISTAKES)


def _found(said: Told, true: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The class that was told of each text, int64 [texts], and its probability."""
    if said.probabilities is not None:
        return said.probabilities.argmax(axis=1), said.probabilities.max(axis=1)
    other = 1 - true if classes == 2 else np.full(len(true), UNKNOWN)
    found = np.where(_mostly_wrong(said), np.where(true == UNKNOWN, UNKNOWN, other), true)
    return found, np.full(len(true), np.nan)


def _mostly_wrong(said: Told) -> np.ndarray:
    """Which texts most of the seeds told wrong, bool [texts]: all there is to go by without probabilities."""
    return np.asarray(2 * said.wrong > said.seeds)


def _texts(origin: Origin, places: list[int], notes: list[str]) -> dict[int, str]:
    """The texts, where their files are still there as they were read."""
    if not origin.unchanged():
        notes.append(f"{origin.path} is no longer there as it was read: rows alone, without their texts.")
        return {}
    try:
        return origin.look_up(places)
    except InputError as error:
        notes.append(f"The texts cannot be read again: {error}")
        return {}


def _named(classes: list[str], number: int) -> str:
    return "" if number == UNKNOWN else str(classes[number])
