"""What trains loads quickly: Keras without what it would load for interfaces that nobody uses here."""

import json
import subprocess
import sys

import pytest

CODE = """
import json, sys
{before}
import study.training.epoch, study.training.tasks
loaded = [name for name in ("sklearn", "pandas", "scipy.stats") if name in sys.modules]
import pandas, sklearn.base
print(json.dumps([loaded, pandas.DataFrame([1]).size, sklearn.base.BaseEstimator.__name__]))
"""


@pytest.mark.parametrize(("before", "loaded"), [("", []), ("import pandas", ["pandas"])])
def test_neither_scikit_learn_nor_tables_are_loaded_and_both_can_be(before, loaded) -> None:
    done = subprocess.run([sys.executable, "-c", CODE.format(before=before)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [loaded, 1, "BaseEstimator"]
