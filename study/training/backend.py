"""TensorFlow and Keras, imported without their start-up lines, which no log level turns off.

Import them from here. What they say while loading is shown only where loading fails.
"""

import atexit
import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def _native_stderr_held() -> Iterator[None]:
    """Holds back what is written to file descriptor 2, past Python's sys.stderr."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def _taken_for_missing(*modules: str) -> Iterator[None]:
    """Those that are not loaded yet cannot be imported meanwhile, as where they are not installed.

    Keras goes on without them: it would load them for interfaces of its own that are not used here.
    """
    absent: dict[str, Any] = dict.fromkeys(name for name in modules if name not in sys.modules)
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """The collector walks all that was loaded so far, again and again, and next to nothing of it is garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor is it walked later, by whatever library asks for a full collection
        if collecting:
            gc.enable()


# Each of the last two saves a quarter of the time that loading takes.
with _native_stderr_held(), _taken_for_missing("sklearn", "pandas"), _nothing_collected():
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of tracing a new network, which a study does with each
    tf.config.list_physical_devices()  # the devices are looked up once, and not without comment

atexit.register(gc.freeze)  # or all of it would be walked once more to end: nearly all of the time that takes

__all__ = ["keras", "tf"]
