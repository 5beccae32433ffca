"""What a study was begun with stays so, where the settings name nothing else."""

import pytest
import tiny

from study.config import load_config
from study.jobs.session import as_begun, obtained
from study.jobs.study import run_study
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

BEFORE = {"seeds": 3, "extra_seeds": 6, "leaders": 0, "first_seed": 0}


def test_a_study_begun_with_other_numbers_of_seeds_goes_on_with_them(tmp_path) -> None:
    of_no_say = {"best": 0, "baselines": False, "average": False}
    begun = load_config(None, tiny.settings(tmp_path, trials=1, finals=BEFORE | of_no_say))
    name = run_study(begun, ["study", "run"], Silent())
    for named, seeds in (({}, 3), ({"seeds": 5}, 5)):
        config = load_config(None, tiny.settings(tmp_path, finals=named))
        found, _ = as_begun(config, obtained(config, Silent()), name)
        assert found.finals.model_dump(include=set(BEFORE)) == BEFORE | {"seeds": seeds}
        new, _ = as_begun(config, obtained(config, Silent()), "not-begun")
        assert new.finals == config.finals
