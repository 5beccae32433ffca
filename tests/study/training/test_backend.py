"""What trains loads quickly: Keras without what it would load for interfaces that nobody uses here."""

import json
import subprocess
import sys

import pytest

CODE = """
import gc, json, sys
{before}
import study.training.epoch, study.training.tasks
loaded = [name for name in ("sklearn", "pandas", "scipy.stats") if name in sys.modules]
walked = len(gc.get_objects()) / gc.get_freeze_count()
import pandas, sklearn.base
print(json.dumps([walked, loaded, pandas.DataFrame([1]).size, sklearn.base.BaseEstimator.__name__]))
"""


@pytest.mark.parametrize(("before", "loaded"), [("", []), ("import pandas", ["pandas"])])
def test_neither_scikit_learn_nor_tables_are_loaded_and_both_can_be(before, loaded) -> None:
    done = subprocess.run([sys.executable, "-c", CODE.format(before=before)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    walked, *rest = json.loads(done.stdout)
    assert walked < 0.1  # of what was loaded next to nothing is left to Python's collector
    assert rest == [loaded, 1, "BaseEstimator"]
