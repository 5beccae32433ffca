"""Where the best of a search lies at the end of a searched range, so that a wider one may hold a better."""

from collections.abc import Iterator
from typing import Any

from results.evidence.evidence import Evidence

_FEW = 4  # a range of fewer values has no inside to speak of


def edges(evidence: Evidence, fingerprint: str) -> Iterator[str]:
    """Settings of the best at the end of a range of numbers that could go on there; 0 is an end of its own."""
    numbers = set(evidence.trials.loc[evidence.trials["configuration"] == fingerprint, "number"])
    trial = next((trial for trial in evidence.asked if trial.number in numbers), None)
    for name, asked in (trial.distributions if trial else {}).items():
        value, ends = trial.params[name] if trial else None, _ends(asked)
        if ends is None:
            continue
        for end, what in zip(ends, ("lowest", "highest"), strict=True):
            if value == end != 0:
                yield f"{name} {value:g}, the {what}"


def _ends(asked: Any) -> tuple[float, float] | None:
    """Of a distribution of at least a few numbers."""
    choices = getattr(asked, "choices", None)
    if choices is not None:
        numbers = [each for each in choices if isinstance(each, int | float) and not isinstance(each, bool)]
        known = len(numbers) == len(choices) >= _FEW
        return (min(numbers), max(numbers)) if known else None
    if asked.step and (asked.high - asked.low) / asked.step + 1 < _FEW:
        return None
    return asked.low, asked.high
