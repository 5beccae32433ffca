"""Comparing text classifiers: corpora, networks, epochs, the search, and the command line.

From Python: `from study import Study`; see docs/api.md.
"""

import os
from typing import TYPE_CHECKING, Any

# Before TensorFlow is first imported anywhere: one thread a process. Two one-thread processes beat one
# two-thread process by 1.75x on these networks, and one thread makes every number repeatable to the last bit.
for _name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

if TYPE_CHECKING:
    from study.api import Best, Study
    from study.bundle import Bundle, Prediction, open_bundle
    from study.errors import InputError, Refused, StudyError

_HOMES = {
    "Best": "study.api",
    "Bundle": "study.bundle",
    "InputError": "study.errors",
    "Prediction": "study.bundle",
    "Refused": "study.errors",
    "Study": "study.api",
    "StudyError": "study.errors",
    "open_bundle": "study.bundle",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: `import study` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'study' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


__all__ = ["Best", "Bundle", "InputError", "Prediction", "Refused", "Study", "StudyError", "open_bundle"]
