"""The cheapest network that is practically as good as the one to use."""

from results.evidence.evidence import Evidence
from results.presentation.formatting import duration
from results.presentation.table import records

MUCH = 0.8  # of the best one's time: what is closer is no reason to take another


def cheaper(evidence: Evidence, fingerprint: str) -> str:
    """In a sentence, or empty: of the networks that the study's verdicts show to be practically the same as this
    one, the one that takes the least time to train, where that is much less."""
    from results.statistics.verdicts import SAME  # late: SciPy takes its time

    found, seconds = evidence.decided, evidence.seconds_a_run
    same = [row.second for row in records(found) if row.first == fingerprint and row.verdict == SAME]
    least = min(same, key=lambda name: seconds[name], default=None)
    if least is None or seconds[least] > MUCH * seconds[fingerprint]:
        return ""
    return (
        f"{evidence.titles[least]} is practically as good, within {100 * evidence.margin:g} points, and cheaper: "
        f"it trains in {duration(seconds[least])} instead of {duration(seconds[fingerprint])}."
    )
