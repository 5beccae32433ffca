"""The first screen: what to make of the study, and every score in one figure."""

from typing import Any

from results.answer.decision import decide
from results.evidence.evidence import Evidence
from results.report import questions
from results.report.answer import answer, seeds_in_words
from results.report.page import drawn
from results.report.scores.comparison import comparison_figure, comparison_info, comparison_table


def section(evidence: Evidence) -> dict[str, Any]:
    """The first screen: what to make of the study, and every score in one figure."""
    info = comparison_info(
        evidence.finals, evidence.titles, evidence.baselines, beside_published=evidence.beside_published
    )
    return {
        "decision": decide(evidence),
        "answer": answer(evidence)
        if evidence.last_epoch is None or len(evidence.finals)
        else questions.answer(evidence.readings, evidence.last_epoch),
        "comparison": drawn(comparison_figure(info), comparison_table(info, evidence.averaged)),
        "linear": len(evidence.baselines),
        "scored": evidence.finals["configuration"].nunique(),
        "seeds": seeds_in_words(evidence.finals),
        "test_texts": int(evidence.finals["test_texts"].max()) if len(evidence.finals) else 0,
    }
