"""What is left of the validation accuracy of what was chosen by it, on the test part."""

from typing import Any

from results.evidence.evidence import Evidence
from results.presentation.table import (
    Table,
    percent,
    points,
    records,
    signed,
    table,
    word,
)


def optimism(evidence: Evidence) -> dict[str, Any] | None:
    """Validation minus test accuracy of the best found; None where one of the two is missing."""
    summary = evidence.summary.set_index("configuration")
    if evidence.best is None or evidence.best not in summary.index:
        return None
    ranked = evidence.ranked.set_index("configuration")
    validation = float(ranked["validation_accuracy"][evidence.best])
    judged_on = int(ranked["seeds"][evidence.best])
    test, seeds = float(summary["mean"][evidence.best]), int(summary["n"][evidence.best])
    return {
        "title": evidence.titles[evidence.best],
        "validation": validation,
        "judged_on": judged_on,
        "test": test,
        "seeds": seeds,
        "difference": validation - test,
        "signed": signed(100 * (validation - test), 2),
    }


def optimism_table(evidence: Evidence) -> Table:
    """Validation minus test accuracy of every configuration that has both, by validation accuracy."""
    test = evidence.summary.set_index("configuration")["mean"]
    rows = [
        [
            word(evidence.titles[row.configuration]),
            percent(row.validation_accuracy),
            percent(test[row.configuration]),
            points(row.validation_accuracy - test[row.configuration]),
        ]
        for row in records(evidence.ranked)
        if row.configuration in test.index
    ]
    return table(rows, "Configuration|Validation accuracy#|Test accuracy#|Validation minus test (points)#")
