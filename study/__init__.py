"""Comparing text classifiers: corpora, networks, epochs, the search, and the command line.

From Python: `from study import Study`; see docs/api.md.
"""

import os
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
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


def _load_ours(name: str) -> None:
    """The package `name` of this distribution, where the path leads to another one first: a file beside a script.

    Raises InputError where that one was imported already.
    """
    ours = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), name, "__init__.py")
    loaded = sys.modules.get(name)
    first = find_spec(name) if loaded is None else None
    found = getattr(loaded, "__file__", None) if loaded else first and first.origin
    if found and os.path.realpath(found) == os.path.realpath(ours):
        return
    if loaded is not None:
        from study.errors import InputError

        place = found or next(iter(loaded.__path__), "a folder")
        raise InputError(
            f"expected {name!r} to be the package of architecture-study, got {place}, which was imported before; "
            "rename that one"
        )
    spec = spec_from_file_location(name, ours, submodule_search_locations=[os.path.dirname(ours)])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


for _name in ("search_spaces", "results"):
    _load_ours(_name)

__all__ = ["Best", "Bundle", "InputError", "Prediction", "Refused", "Study", "StudyError", "open_bundle"]
