"""What the terminal shows of a running study."""

import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from search_spaces import BOOK
from study.corpus import Split
from study.progress.terminal import Lines, Panel, view_for
from study.training.run import EpochMetrics, Run

RUN = Run(BOOK[0].configuration, 0, Split(0.2, 0))


def metrics(accuracy: float) -> EpochMetrics:
    return EpochMetrics(0.5, 0.8, 0.5, accuracy, 1.0, 1.0, 100.0, "here:1")


def console(terminal: bool, width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)


def shown(panel: Panel) -> str:
    screen = console(terminal=False)
    screen.print(panel._rendered())
    return screen.file.getvalue()


def test_a_resumed_panel_starts_from_what_is_known() -> None:
    panel = Panel(console(terminal=True))
    panel.stage_began("search", 6, 16, 0.8125)
    panel.run_began(RUN, "trial 6", [metrics(0.71), metrics(0.7654)])
    assert "search: 6 of 16, best so far 81.25 %" in shown(panel)
    assert "2 of 3" in shown(panel)
    assert "76.54 %" in shown(panel)


def test_a_new_run_has_no_epoch_yet_and_news_moves_it_on() -> None:
    panel = Panel(console(terminal=True))
    panel.stage_began("search", 0, 16)
    panel.run_began(RUN, "trial 0")
    assert "best so far –" in shown(panel)
    assert "0 of 3" in shown(panel)
    panel.epoch_done(RUN, 1, metrics(0.7))
    assert "1 of 3" in shown(panel)
    panel.step_done(RUN, "trial 0", "complete", 0.7)
    assert "1 of 16, best so far 70.00 %" in shown(panel)


def test_the_bar_is_of_the_whole_job(monkeypatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    panel = Panel(console(terminal=True))
    panel.stage_began("search", 0, 16)
    assert "0 s elapsed, time left: not known yet" in shown(panel)
    panel.expects(90)
    now += 30
    assert "33 % 30 s elapsed, about 1 min 00 s left" in shown(panel)
    panel.step_done(RUN, "trial 0", "complete", 0.7)  # the stage's pace would say 7 min 30 s
    assert "33 % 30 s elapsed, about 1 min 00 s left" in shown(panel)
    panel.stage_began("finals", 0, 15)
    assert "━" in shown(panel)
    now += 600
    assert "100 % 10 min 30 s elapsed, longer than foreseen" in shown(panel)


def test_a_job_of_one_stage_goes_by_its_pace(monkeypatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    panel = Panel(console(terminal=True))
    panel.stage_began("runs", 2, 6)
    now += 40
    panel.step_done(RUN, "Simple LSTM, 3 epochs, seed 0", "trained", 0.7)
    assert "25 % 40 s elapsed, about 2 min 00 s left" in shown(panel)


def test_in_a_pipe_every_line_names_its_trial() -> None:
    screen = console(terminal=False)
    lines = Lines(screen)
    lines.stage_began("search", 0, 16)
    other = Run(BOOK[3].configuration, 0, Split(0.2, 0))
    lines.run_began(RUN, "trial 0, Simple LSTM")
    lines.run_began(other, "trial 3, CNN and LSTM")
    lines.run_began(other, "trial 4")
    lines.epoch_done(RUN, 1, metrics(0.7))
    lines.epoch_done(other, 1, metrics(0.75))
    lines.step_done(other, "trial 4", "pruned", 0.75)
    lines.epoch_done(other, 2, metrics(0.8))
    said = screen.file.getvalue().splitlines()
    assert said[4:] == [
        "trial 0, Simple LSTM: epoch 1 of 3: validation 70.00 %, training 80.00 % in 1.0 s",
        "trial 3, CNN and LSTM; trial 4: epoch 1 of 3: validation 75.00 %, training 80.00 % in 1.0 s",
        said[6],
        "trial 3, CNN and LSTM: epoch 2 of 3: validation 80.00 %, training 80.00 % in 1.0 s",
    ]
    assert said[6].startswith("trial 4 pruned: 75.00 %; 1 of 16, best so far –, about ")


@pytest.mark.parametrize("terminal", [True, False])
def test_long_lines_break_between_words_on_a_terminal_and_nowhere_else(terminal) -> None:
    screen = console(terminal, width=30)
    view = view_for(screen)
    assert type(view) is (Panel if terminal else Lines)
    said = "the chapter's networks are left out of the search"
    view.said(said)
    lines = [line.rstrip() for line in screen.file.getvalue().splitlines()]
    assert lines == (["the chapter's networks are", "left out of the search"] if terminal else [said])


@pytest.mark.parametrize(("encoding", "arrow"), [("ascii", "?"), ("latin-1", "?"), ("utf-8", "→")])
def test_other_peoples_text_is_shown_as_it_is(encoding, arrow) -> None:
    """Brackets are no markup, colons no pictures, and a character that the output lacks is no error."""
    program = (
        "from study.progress.terminal import standard_console as console\n"
        "console().print('[red]a[/red] [/quote] :smile: \\N{RIGHTWARDS ARROW} \\ud83d')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding=encoding,
        check=True,
    )
    assert done.stdout == f"[red]a[/red] [/quote] :smile: {arrow} ?\n"


def test_what_a_command_says_needs_no_character_of_the_terminals() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from study.cli import main; main()", "spaces", "show", "book"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        encoding="latin-1",
    )
    assert (done.returncode, done.stderr) == (0, "")
