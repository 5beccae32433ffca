import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from cpu import cpu_seconds
from synthetic import NOTICE, STUDY, add_finals, add_many_trials, add_trials, begin, book_and_found, filled

from results.evidence.evidence import gather
from results.report.page import TEMPLATES, as_json
from results.report.report import build_report, render
from results.report.scores.networks import networks_table
from results.report.search.optimism import optimism
from results.store.database import open_store
from results.store.schema import StoreError

HOSTILE = "</script><script>alert('x')</script> \"quoted\" & <b>bold</b>"
FIGURES = {
    "comparison",
    "curves",
    "training",
    "history",
    "importances",
    "parallel",
    "slices",
    "pareto",
    "cost",
}
MADE = datetime(2026, 3, 2, tzinfo=UTC)


class Page(HTMLParser):
    """Start tags with their attributes, the text of scripts, and the text that is read."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.words, self._open = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open = tag
        if tag == "script":
            self.scripts.append((dict(attributes), ""))

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._open != "style":
            self.words += data

    def ids(self):
        return {attributes["id"] for _, attributes in self.tags if "id" in attributes}

    def policy(self):
        return next(a["content"] for _, a in self.tags if a.get("http-equiv") == "Content-Security-Policy")


def study(folder, states=(), count=0, seeds=(), **card):
    store = open_store(folder / "study.db", create=True)
    begin(store, **card)
    add_trials(store, count, states=states)
    if seeds:
        add_finals(store, book_and_found(store), seeds)
    return store


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The path of a report and its page."""
    folder = tmp_path_factory.mktemp("report")
    path = build_report(filled(folder / "study.db"), None, folder / "made" / "report.html")
    return path, Page(path.read_text(encoding="utf-8"))


def test_it_is_one_file_of_bearable_size(built):
    path, _ = built
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]
    assert path.stat().st_size < 6_000_000


def test_building_it_says_nothing_of_optunas_and_loads_no_tensorflow(tmp_path):
    with filled(tmp_path / "study.db") as store:
        assert len(gather(store).trials) >= 8  # importances ask Optuna for studies of their own
    code = (
        "import sys; from study import cli\n"
        "sys.argv = ['study', 'report', '--database', 'study.db']\n"
        "try: cli.main()\n"
        "except SystemExit as ended: print(ended.code)\n"
        "print(sorted({'tensorflow', 'keras', 'distributed'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stderr, done.stdout.splitlines()) == ("", ["Report: runs/report.html", "0", "[]"])


def test_it_loads_nothing(built):
    _, page = built
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "img", "object", "embed", "base", "form")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:"))
    style = TEMPLATES.joinpath("report.css").read_text()
    assert "url(" not in style
    assert "@import" not in style


def test_its_policy_lets_only_its_own_scripts_run(built):
    _, page = built
    policy = page.policy()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert policy.count("unsafe-inline") == 1
    runnable = [text for attributes, text in page.scripts if attributes.get("type") != "application/json"]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in runnable]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert len(runnable) == 2


def test_its_sections_and_figures_can_be_linked_to(built):
    _, page = built
    wanted = {
        "answer",
        "pairwise",
        "networks",
        "search",
        "trust",
        "cost",
        "texts",
        "architectures",
        "best",
        "repeat",
        *(f"figure-{name}" for name in FIGURES),
    }
    assert wanted <= page.ids()
    targets = {a["href"][1:] for tag, a in page.tags if tag == "a"}
    assert targets <= page.ids()


def test_it_says_what_was_found_and_what_to_trust(built):
    _, page = built
    for words in (
        "5 configurations scored on 25,000 test texts of IMDB movie reviews, with 3 seeds each.",
        "percentage points",
        "corrected by Holm for the 10 pairs",
        "With 3 common seeds the t test rests on the differences being normally distributed",
        "Simple LSTM over CNN and LSTM",
        "The CNN and LSTM has less weights",
        "weights, CNN and LSTM (216,405) minus simple LSTM (213,301)",
        "86.79 %",
        "16,750 training samples",
        "Batching bucketed here, fixed as published.",
        "a search for the best validation accuracy after the last epoch",
        "below the median of the other trials at epoch 1",
        "the loss became NaN in epoch 1",
        "c0ffee",
        "15 times",
        "study run --name made-up",
        "0123abc",
    ):
        assert words in page.words, words
    assert "Stand-in corpus" not in page.words


def test_its_figures_are_json(built):
    _, page = built
    figures = {a["id"]: json.loads(text) for a, text in page.scripts if a.get("type") == "application/json"}
    several = {"data-slices-2", "data-slices-3", "data-slices-4", "data-pareto-2"}
    assert set(figures) == {f"data-{name}" for name in FIGURES} | several
    assert all(figure["data"] for figure in figures.values())


def test_the_stand_in_is_called_one(tmp_path):
    page = Page(render(gather(study(tmp_path, count=4, stand_in=True, notice=NOTICE))))
    assert ("div", {"class": "band", "role": "note"}) in page.tags
    assert NOTICE in page.words
    assert "no figure can be reproduced on it" in page.words
    assert "no claim is decided but the one that is counted" in page.words


def test_other_peoples_text_stays_text(tmp_path):
    name = HOSTILE
    store = open_store(tmp_path / "study.db", create=True)
    begin(store, study=name, name=HOSTILE, source=HOSTILE, classes=[HOSTILE], stand_in=True, notice=HOSTILE)
    add_trials(store, 6, study=name)
    text = render(gather(store, name))
    page = Page(text)
    assert HOSTILE in page.words
    assert not any("alert" in script for _, script in page.scripts)
    assert not any(tag == "b" for tag, _ in page.tags)


def test_json_cannot_end_its_script_element():
    text = str(as_json({"name": HOSTILE}))
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": HOSTILE}


@pytest.mark.parametrize(
    ("states", "count", "seeds", "said"),
    [
        ((), 0, (), ["No trial has been begun", "no trial has ended with a score", "No learning curves"]),
        (["fail"] * 3, 3, (), ["3 failed", "No trial is complete", "the loss became NaN"]),
        ((), 5, (), ["Nothing has been scored on the test part yet", "The best found has not been scored"]),
        ((), 0, (), ["fewer than two configurations have been scored"]),
        (
            (),
            0,
            (1,),
            [
                "one seed cannot carry a ranking",
                "Pairs with fewer than two common seeds",
                "No trial has been begun",
            ],
        ),
        (["running", "pruned"], 2, (), ["1 running", "1 pruned"]),
    ],
)
def test_what_is_missing_is_said(tmp_path, states, count, seeds, said):
    page = Page(render(gather(study(tmp_path, states, count, seeds))))
    for words in said:
        assert words in page.words


def test_missing_environment_is_no_error(tmp_path):
    from results.store.tables import InvocationRow

    store = study(tmp_path)
    with store.session() as session:
        for row in session.query(InvocationRow):
            row.environment = {}
    assert "None were kept." in Page(render(gather(store))).words


def test_optimism_is_validation_minus_test(tmp_path):
    evidence = gather(filled(tmp_path / "study.db", trials=30, seeds=(1, 2)))
    found = evidence.finals[evidence.finals["configuration"] == evidence.best]
    trial = evidence.trials[evidence.trials["configuration"] == evidence.best]
    told = optimism(evidence)
    assert told["difference"] == pytest.approx(
        trial["validation_accuracy"].iloc[0] - found["test_accuracy"].sum() / 2
    )
    assert told["seeds"] == 2


def test_the_networks_stand_beside_their_published_figures(tmp_path):
    evidence = gather(filled(tmp_path / "study.db", trials=4, seeds=(1,)))
    table = networks_table(evidence)
    assert [row[1].text for row in table.rows] == ["86.79 %", "85.56 %", "82.82 %", "86.36 %"]
    assert [row[2].note for row in table.rows] == ["1 seed"] * 4
    assert [row[4].text for row in table.rows] == ["cannot tell"] * 4
    assert [row[6].text for row in table.rows] == ["213,301", "213,301", "213,301", "216,405"]
    first = evidence.finals.iloc[0]
    assert table.rows[0][8].sort == pytest.approx(first["train_seconds"])
    assert table.rows[0][7].sort == pytest.approx(first["train_seconds"] / 3)


def test_it_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    store = study(tmp_path)
    path = tmp_path / "out" / "report.html"
    build_report(store, STUDY, path)
    before = path.read_bytes()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        build_report(store, STUDY, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_others_may_read_the_file_as_far_as_the_umask_says(tmp_path):
    mask = os.umask(0o022)
    try:
        path = build_report(study(tmp_path), None, tmp_path / "report.html")
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_unknown_study_is_refused(tmp_path):
    with pytest.raises(StoreError, match="known: made-up"):
        build_report(study(tmp_path), "other", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_the_same_evidence_makes_the_same_page(tmp_path):
    store = study(tmp_path, count=6)
    assert render(gather(store), MADE) == render(gather(store), MADE)


@pytest.mark.slow
def test_10_000_trials_make_a_page_that_can_be_used(tmp_path):
    store = filled(tmp_path / "study.db", trials=12, seeds=())
    few = cpu_seconds(lambda: build_report(store, None, tmp_path / "few.html"))
    add_many_trials(store, 9_988)
    add_finals(store, book_and_found(store))
    path = tmp_path / "report.html"
    assert cpu_seconds(lambda: build_report(store, None, path)) < 10 * few
    assert path.stat().st_size < 6_000_000
    page = Page(path.read_text(encoding="utf-8"))
    assert "10,000 trials:" in page.words
    assert sum(tag == "tr" for tag, _ in page.tags) < 1000
    for attributes, drawn in page.scripts:
        if attributes.get("type") == "application/json":
            assert sum(len(trace.get("x") or ()) for trace in json.loads(drawn)["data"]) < 5000


@pytest.mark.slow
def test_500_trials_take_little_longer_than_12(tmp_path):
    few, many = (filled(tmp_path / f"{trials}.db", trials=trials) for trials in (12, 500))
    path = tmp_path / "report.html"
    of_few = cpu_seconds(lambda: build_report(few, None, path))
    assert cpu_seconds(lambda: build_report(many, None, path)) < 10 * of_few
    assert path.stat().st_size < 6_000_000
