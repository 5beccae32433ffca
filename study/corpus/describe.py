"""A prepared corpus in figures and words: what `study corpus describe` prints."""

import numpy as np

from study.corpus.obtain import Obtained
from study.corpus.own.findings import Findings, defaults_for, steps_an_epoch
from study.corpus.own.halves import listed
from study.corpus.prepared.encoding import FIRST_WORD

_PIECE = 2**22  # tokens
_PERCENTILES = (5, 25, 50, 75, 95, 99, 100)


def describe(obtained: Obtained) -> list[tuple[str, str]]:
    """Pairs of what and how much, in reading order. Lengths are of the training half, in words."""
    corpus, findings = obtained.corpus, obtained.findings
    card = corpus.card
    words = corpus.training.lengths - 1  # without the start id
    lengths = np.percentile(words, _PERCENTILES)
    counts = _counts(corpus.training.tokens, card.vocabulary_size)[FIRST_WORD:]
    rows = [("corpus", f"{card.name}: {card.source}"), ("fingerprint", card.fingerprint[:16])]
    if findings:
        cut = findings.test_fraction
        rows.append(("test half", f"{100 * cut:g} % of each class, cut off" if cut else "the source's own"))
    if findings and findings.columns:
        texts, label = findings.columns
        by = f", guessed by their {'names' if findings.named else 'contents'}" if findings.guessed else ""
        rows.append(("columns", f"texts {' and '.join(map(repr, texts))}, labels {label!r}{by}"))
    rows.append(("texts", f"{card.training_texts:,} for training, {card.test_texts:,} for testing"))
    training = np.bincount(corpus.training.labels, minlength=len(card.classes)).tolist()
    for name, count in zip(card.classes, training, strict=True):
        tested = f", {findings.test[name]:,} for testing" if findings else ""
        rows.append((f"  {name}", f"{count:,} for training ({100 * count / card.training_texts:.1f} %){tested}"))
    rows.append((f"length in {card.tokens}", f"mean {words.mean():.1f}"))
    rows += [
        (f"  {p} %" if p < 100 else "  longest", f"{n:,.0f}") for p, n in zip(_PERCENTILES, lengths, strict=True)
    ]
    rows.append(
        (
            "vocabulary",
            f"{np.count_nonzero(counts):,} {card.tokens}, {np.count_nonzero(counts == 1):,} of them once",
        )
    )
    if card.covering:
        rows.append(("", f"95 % of all {card.tokens} with the {card.covering - FIRST_WORD:,} most frequent"))
    return rows + (_left_out(findings) if findings else []) + _recipe(obtained)


def _counts(tokens: np.ndarray, size: int) -> np.ndarray:
    """How often each id occurs, int64 [size]; a piece at a time, since counting takes 8 bytes a token."""
    counts = np.zeros(size, np.int64)
    for start in range(0, len(tokens), _PIECE):
        counts += np.bincount(tokens[start : start + _PIECE], minlength=size)
    return counts


def _left_out(findings: Findings) -> list[tuple[str, str]]:
    removed = "removed" if findings.removed else "kept"
    rare = (
        [("rare classes", f"{findings.handled}: {listed([*map(repr, findings.rare)])}")] if findings.rare else []
    )
    return [
        *rare,
        ("empty", f"{findings.empty:,} of {findings.read:,} texts without a word, left out"),
        ("unlabelled", f"{findings.unlabelled:,} left out"),
        ("duplicates", f"{findings.shared:,} training texts are in the test half too: {removed}"),
        ("", f"{findings.repeated:,} repeat another of the training half"),
        ("", f"{findings.contradictory:,} texts stand under more than one label"),
        ("", "(duplicates: the same words in the same order, case and punctuation aside)"),
        *(("note", note) for note in findings.notes),
    ]


def _recipe(obtained: Obtained) -> list[tuple[str, str]]:
    defaults = defaults_for(obtained.corpus.card)
    if not defaults:
        return [("recipe", "the settings' own")]
    batch, epochs = defaults["batch_size"], defaults["epochs"]
    steps = steps_an_epoch(obtained.corpus.card.training_texts, batch)
    return [
        ("recipe", "unless the settings say otherwise:"),
        ("  sequence_length", f"{defaults['sequence_length']:,} (95 % of texts whole; 20 to 500)"),
        (
            "  vocabulary_size",
            f"{defaults['vocabulary_size']:,} (95 % of {obtained.corpus.card.tokens} known; 1,000 to 20,000)",
        ),
        ("  batch_size", f"{batch} ({steps:,} steps an epoch on 80 % of the texts; 8 to 64)"),
        (
            "  epochs",
            f"{epochs} ({epochs * steps:,} steps, 500 are aimed at; 3 to 12; a search tries 1 to {2 * epochs})",
        ),
    ]
