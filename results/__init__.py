"""What is kept and shown: the one database, its frames, and the report.

From Python: `from results import frames, studies`, `from results import open_store, gather, build_report`; see
docs/notebook.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.evidence import frames, studies
    from results.evidence.evidence import gather
    from results.report.report import build_report
    from results.statistics.comparisons import pairwise
    from results.statistics.intervals import by_configuration
    from results.store import open_store

_HOMES = {
    "build_report": "results.report.report",
    "by_configuration": "results.statistics.intervals",
    "frames": "results.evidence",
    "gather": "results.evidence.evidence",
    "open_store": "results.store",
    "pairwise": "results.statistics.comparisons",
    "studies": "results.evidence",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: `import results` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'results' has no attribute {name!r}")
    from importlib import import_module

    home = _HOMES[name]
    inner = f"{home}.{name}"
    return import_module(inner) if name in ("frames", "studies") else getattr(import_module(home), name)


__all__ = ["build_report", "by_configuration", "frames", "gather", "open_store", "pairwise", "studies"]
