"""While a study runs it is told how long it will go on, and its networks are called as its results call them."""

import re

import pytest
import tiny

from results.evidence import evidence
from results.store.database import open_store
from study.config import load_config
from study.jobs.study import run_study
from study.progress.outlook import Outlook
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")


class Hearing(Silent):
    def __init__(self) -> None:
        self.expected: list[float] = []
        self.titles: list[str] = []

    def expects(self, seconds: float) -> None:
        self.expected.append(seconds)

    def step_done(self, run, title, outcome, score) -> None:
        self.titles.append(title)


def test_a_study_foresees_its_end_and_uses_its_results_names(tmp_path) -> None:
    heard = Hearing()
    config = load_config(None, tiny.settings(tmp_path, budget="10m"))
    name = run_study(config, ["study", "run"], heard)
    assert heard.expected
    assert all(0 <= seconds <= 600 for seconds in heard.expected)
    assert heard.expected[-1] == min(heard.expected)
    with open_store(config.database) as store:
        titles = evidence.gather(store, name).titles.values()
    best = next(title for title in titles if title.startswith("Best found"))
    finals = [title for title in heard.titles if title.startswith("best found")]
    assert finals == [f"{best[0].lower()}{best[1:]}, seed {seed}" for seed in (0, 1)]
    rest = [title for title in heard.titles if title not in finals]
    assert all(re.fullmatch(r"trial \d|leader trial \d, seed [12]", title) for title in rest)


def test_looking_ahead_takes_a_share_of_the_time(monkeypatch) -> None:
    now, looks = 0.0, 0

    def look() -> float:
        nonlocal now, looks
        now, looks = now + 1, looks + 1
        return 10.0

    monkeypatch.setattr("time.monotonic", lambda: now)
    outlook = Outlook(Silent(), look)
    for _ in range(300):
        outlook.epoch_done(None, 1, None)  # type: ignore[arg-type]
        now += 1
    assert looks == 6  # one second of looking in every fifty
