"""What a study was begun with stays so, where the settings name nothing else."""

import pytest
import tiny

from study.config import PROFILES, load_config
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


def test_a_study_keeps_its_seeds_where_its_profile_has_others_now(tmp_path, monkeypatch) -> None:
    settings = tiny.settings(tmp_path, profile="thorough", trials=1, finals={"best": 0, "baselines": False})
    monkeypatch.setitem(PROFILES, "thorough", {"finals": {"seeds": 2, "extra_seeds": 1}})
    name = run_study(load_config(None, settings), ["study", "run"], Silent())
    monkeypatch.setitem(PROFILES, "thorough", {"finals": {"seeds": 7, "extra_seeds": 0}})
    for named, seeds in (({}, 2), ({"seeds": 5}, 5)):
        config = load_config(None, settings | {"finals": {"best": 0, "baselines": False} | named})
        found, _ = as_begun(config, obtained(config, Silent()), name)
        assert (found.finals.seeds, found.finals.extra_seeds) == (seeds, 1)
        new, _ = as_begun(config, obtained(config, Silent()), "not-begun")
        assert new.finals == config.finals
    assert run_study(load_config(None, settings), ["study", "run"], Silent()) == name
