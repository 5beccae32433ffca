import json
import math

import pandas as pd
import plotly.graph_objects as go
import pytest
from synthetic import filled

from results.evidence.evidence import gather
from results.presentation.style import safe
from results.report.scores.comparison import comparison_figure, comparison_info
from results.report.scores.curves import curves_figure, curves_info
from results.report.search.history import history_figure, history_info

NAMES = {"a": "Simple LSTM", "b": "<b>Best</b> & %{x} 'found'"}


def finals(*rows):
    columns = ["configuration", "words", "reference", "parameters", "epochs", "run", "seed", "test_texts"]
    columns += ["test_loss", "test_accuracy", "train_seconds"]
    made = [
        (c, f"words of {c}", r, 10, 3, n, seed, 100, 0.3, acc, 9.0) for n, (c, r, seed, acc) in enumerate(rows)
    ]
    return pd.DataFrame(made, columns=columns)


def trials(*rows):
    columns = ["number", "state", "validation_accuracy", "words", "configuration", "reference", "run", "epochs"]
    return pd.DataFrame(rows, columns=columns).astype({"number": "int64", "validation_accuracy": "float64"})


def epochs(*rows):
    return pd.DataFrame(rows, columns=["run", "epoch", "train_accuracy", "validation_accuracy"])


def reported(*rows):
    frame = pd.DataFrame(rows, columns=["number", "epoch", "validation_accuracy"])
    return frame.astype({"number": "int64", "epoch": "int64", "validation_accuracy": "float64"})


def titles(figure):
    return {trace.name for trace in figure.data}


def test_comparison_shows_configurations_in_the_order_of_their_titles():
    scores = finals(("b", "", 1, 0.9), ("a", "simple-lstm", 1, 0.8), ("a", "simple-lstm", 2, 0.84))
    info = comparison_info(scores, NAMES)
    assert info.configurations["title"].tolist() == [NAMES["a"], NAMES["b"]]
    assert info.configurations["n"].tolist() == [2, 1]
    assert info.configurations["mean"].tolist() == pytest.approx([0.82, 0.9])
    assert info.seeds["test_accuracy"].tolist() == [0.9, 0.8, 0.84]
    assert info.rows[:2] == [NAMES["a"], NAMES["b"]]


def test_comparison_puts_published_figures_into_the_row_of_their_network():
    info = comparison_info(finals(("a", "simple-lstm", 1, 0.8)), NAMES)
    published = dict(zip(info.published["title"], info.published["test_accuracy"], strict=True))
    assert published["Simple LSTM"] == 0.8679  # Brownlee, Deep Learning With Python, 26.1
    assert published["CNN and LSTM"] == 0.8636  # 26.3: not trained here, so a row of its own
    assert 0.912 in published.values()  # Wang and Manning 2012
    assert len(info.rows) == len(set(info.rows))


def test_comparison_draws_an_interval_only_where_there_are_several_seeds():
    one = comparison_figure(comparison_info(finals(("a", "simple-lstm", 1, 0.8)), NAMES))
    assert titles(one) == {"one seed", "published"}
    two = comparison_figure(
        comparison_info(finals(("a", "simple-lstm", 1, 0.8), ("a", "simple-lstm", 2, 0.82)), NAMES)
    )
    mean = next(trace for trace in two.data if trace.name.startswith("mean"))
    half = 12.706204736432095 * 0.0141421356 / math.sqrt(2)  # t(1) at 97.5 %, sd of .80 and .82
    assert list(mean.x) == [81.0]
    assert list(mean.error_x.array) == pytest.approx([100 * half], rel=1e-4)


def test_comparison_without_finals_shows_what_is_published():
    info = comparison_info(finals(), {})
    assert info.configurations.empty
    assert len(info.rows) == len(info.published)
    assert titles(comparison_figure(info)) == {"one seed", "published"}


def test_curves_average_the_seeds_and_keep_their_range():
    info = curves_info(
        trials(
            (0, "complete", 0.8, "", "a", "simple-lstm", 1, 2), (1, "complete", 0.9, "", "a", "simple-lstm", 2, 2)
        ),
        epochs((1, 1, 0.6, 0.7), (1, 2, 0.8, 0.8), (2, 1, 0.7, 0.8), (2, 2, 0.9, 0.9)),
        NAMES,
    )
    assert info.curves["epoch"].tolist() == [1, 2]
    assert info.curves["n"].tolist() == [2, 2]
    assert info.curves["validation_mean"].tolist() == pytest.approx([0.75, 0.85])
    assert info.curves["validation_low"].tolist() == [0.7, 0.8]
    assert info.curves["validation_high"].tolist() == [0.8, 0.9]
    assert info.curves["train_mean"].tolist() == pytest.approx([0.65, 0.85])
    assert info.published["train_accuracy"].tolist() == [0.7149, 0.8577, 0.9019]  # the book's progress bars
    bands = [trace for trace in curves_figure(info).data if trace.fill == "toself"]
    assert list(bands[0].y) == [80.0, 90.0, 80.0, 70.0]


def test_curves_stop_where_the_configuration_does_and_count_a_seed_once():
    info = curves_info(
        trials((0, "complete", 0.8, "", "b", "", 1, 2), (1, "complete", 0.8, "", "b", "", 1, 2)),
        epochs((1, 1, 0.6, 0.7), (1, 2, 0.8, 0.8), (1, 3, 0.99, 0.7)),
        NAMES,
    )
    assert info.curves[["epoch", "n"]].to_numpy().tolist() == [[1, 1], [2, 1]]
    assert not any(trace.fill for trace in curves_figure(info).data)


def test_curves_of_nothing_are_empty():
    info = curves_info(trials(), epochs(), {})
    assert info.curves.empty
    assert list(curves_figure(info).data) == []


def test_history_keeps_the_last_report_of_what_did_not_end():
    info = history_info(
        trials(
            (0, "complete", 0.8, "first", "a", "simple-lstm", 1, 2),
            (1, "complete", 0.7, "second", "b", "", 2, 2),
            (2, "pruned", math.nan, "third", "", "", 3, 2),
            (3, "fail", math.nan, "fourth", "", "", 4, 2),
            (4, "waiting", math.nan, "", "", "", 5, 2),
        ),
        reported((0, 2, 0.8), (1, 2, 0.7), (2, 1, 0.6)),
        NAMES,
    )
    assert info.trials["number"].tolist() == [0, 1, 2, 3]
    assert info.trials["kind"].tolist() == ["reference network", "complete", "pruned", "failed"]
    assert info.trials["value"].tolist()[:3] == [0.8, 0.7, 0.6]
    assert math.isnan(info.trials["value"].iloc[3])
    assert info.best["best"].tolist() == [0.8, 0.8]
    figure = history_figure(info)
    assert titles(figure) == {"best so far", "reference network", "complete", "pruned", "failed"}
    failed = next(trace for trace in figure.data if trace.name == "failed")
    assert failed.y[0] < 60
    assert "nothing reported" in failed.hovertext[0]


def test_history_of_failed_trials_alone_is_drawn():
    info = history_info(trials((0, "fail", math.nan, "first", "", "", 1, 2)), reported(), {})
    assert titles(history_figure(info)) == {"failed"}


def test_other_peoples_text_is_no_html():
    assert safe("<a href='x'>&") == "&lt;a href=&#x27;x&#x27;&gt;&amp;"
    scores = finals(("b", "", 1, 0.9))
    words = '{"words": "<b>bold</b>"}'
    drawn = [
        comparison_figure(comparison_info(scores, NAMES)),
        history_figure(
            history_info(trials((0, "complete", 0.8, words, "b", "", 1, 2)), reported((0, 2, 0.8)), NAMES)
        ),
        curves_figure(
            curves_info(trials((0, "complete", 0.8, words, "b", "", 1, 1)), epochs((1, 1, 0.6, 0.7)), NAMES)
        ),
    ]
    for figure in drawn:
        assert "<b>" not in json.dumps(figure.to_plotly_json(), default=str)
        assert not any(trace.hovertemplate or trace.texttemplate for trace in figure.data)


def test_all_figures_of_a_study_are_drawn(tmp_path):
    evidence = gather(filled(tmp_path / "study.db", trials=12))
    comparison = comparison_figure(comparison_info(evidence.finals, evidence.titles))
    curves = curves_figure(curves_info(evidence.trials, evidence.epochs, evidence.titles))
    history = history_figure(history_info(evidence.trials, evidence.reported, evidence.titles))
    for figure in (comparison, curves, history):
        assert isinstance(figure, go.Figure)
        assert json.loads(figure.to_json())["data"]
