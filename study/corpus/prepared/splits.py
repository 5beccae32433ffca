"""Training and validation part, cut from the training half: stratified and seeded."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from study.corpus.prepared.texts import Texts, first_of_same
from study.errors import InputError

_SUBSET, _VALIDATION = 0, 1  # purposes: one seed gives each its own stream


@dataclass(frozen=True)
class Split:
    """How the training half is cut. Every class keeps its share in each part, to within one text.

    validation_fraction  0 <= fraction < 1; 0 trains on everything
    seed                 0 to 2**32 - 1
    training_texts       use so many texts of the training half alone, validation included; None: all
    by_text              texts of the same words go into one part; False: as older studies were cut
    """

    validation_fraction: float
    seed: int
    training_texts: int | None = None
    by_text: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.validation_fraction < 1:
            raise InputError(
                f"expected a validation fraction of at least 0 and below 1, got {self.validation_fraction}"
            )
        if not 0 <= self.seed < 2**32:
            raise InputError(f"expected a split seed from 0 to {2**32 - 1}, got {self.seed}")
        if self.training_texts is not None and self.training_texts < 1:
            raise InputError(f"expected at least 1 training text, got {self.training_texts}")

    @property
    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of the canonical JSON."""
        values = {**asdict(self), "validation_fraction": float(self.validation_fraction)}
        if not self.by_text:
            del values["by_text"]  # older fingerprints stay
        return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]

    def words(self) -> str:
        """The split in words, for people."""
        texts = "the training half" if self.training_texts is None else f"{self.training_texts:,} training texts"
        seeded = f"stratified, seed {self.seed}"
        if self.validation_fraction == 0:
            return f"all of {texts}, no validation" + ("" if self.training_texts is None else f" ({seeded})")
        return f"{100 * self.validation_fraction:g} % of {texts} for validation ({seeded})"

    def parts(self, texts: Texts) -> tuple[np.ndarray, np.ndarray]:
        """`indices` of these texts."""
        cut_by_text = self.by_text and self.validation_fraction > 0
        return self.indices(texts.labels, first_of_same(texts) if cut_by_text else None)

    def indices(self, labels: np.ndarray, first: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return places of the training and of the validation texts: both int64, rising, disjoint.

        `first`: of each text the place of the first one of the same words, which it goes along with; None: all
        differ.
        Raises InputError where there are fewer texts than asked for, or a part would lack a class.
        """
        labels = np.asarray(labels)
        used = np.arange(len(labels), dtype=np.int64)
        if self.training_texts is not None:
            used = _chosen(labels, self.training_texts, self.seed, _SUBSET)
        heads, of_head = used, np.arange(len(used))
        if first is not None:
            _, place, of_head = np.unique(first[used], return_index=True, return_inverse=True)
            heads = used[place]
        size = round(self.validation_fraction * len(heads))
        chosen = _chosen(labels[heads], size, self.seed, _VALIDATION)
        validation = used[np.isin(of_head, chosen)]
        training = np.setdiff1d(used, validation, assume_unique=True)
        for name, part in (("training", training), ("validation", validation)):
            if self.validation_fraction == 0 and name == "validation":
                continue
            if len(np.unique(labels[part])) < len(np.unique(labels)):
                raise InputError(
                    f"expected texts of every class in the {name} part, but {self.words()} leaves it "
                    f"{len(part):,} of {len(labels):,} texts; use more texts or another validation fraction"
                )
        return training, validation


def subset(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return the places of `size` texts, int64 and rising: stratified, the same for the same seed.

    Raises InputError where there are fewer texts.
    """
    return _chosen(np.asarray(labels), size, seed, _SUBSET)


def _chosen(labels: np.ndarray, size: int, seed: int, purpose: int) -> np.ndarray:
    if not 0 <= size <= len(labels):
        raise InputError(f"expected at most {len(labels):,} texts, as many as there are; got {size:,}")
    random = np.random.RandomState([seed, purpose])  # its streams are the same in every version of NumPy
    classes = np.unique(labels)
    shuffled = [random.permutation(np.flatnonzero(labels == label)) for label in classes]
    shares = _shares(np.array([len(places) for places in shuffled], np.int64), size)
    parts = [places[:share] for places, share in zip(shuffled, shares, strict=True)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *parts])).astype(np.int64)


def _shares(counts: np.ndarray, size: int) -> np.ndarray:
    """Divide `size` in proportion to `counts`, the largest remainders rounded up; (classes,) int64."""
    if not size:
        return np.zeros_like(counts)
    whole, remainders = np.divmod(counts * size, counts.sum())
    rounded_up = np.argsort(-remainders, kind="stable")[: size - whole.sum()]
    whole[rounded_up] += 1
    return whole
