"""What a study is told: profiles, and that their parts fit together."""

from search_spaces import BOOK
from study.config import PROFILES, load_config


def test_in_every_profile_tpe_suggests_and_the_pruner_acts_before_the_end() -> None:
    for profile in PROFILES:
        settings = load_config(None, {"profile": profile})
        for startup in (settings.search.startup_trials, settings.search.pruner_startup_trials):
            assert len(BOOK) < startup <= settings.trials - 3, profile
