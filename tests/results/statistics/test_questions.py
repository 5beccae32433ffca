"""The chapter's open questions: contrasts, verdicts and words from readings made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from results.evidence.questions import READINGS
from results.report import questions as questions_section
from results.statistics.comparisons import holm
from results.statistics.questions import CURVES, best_epochs, contrasts, curves, said
from results.statistics.verdicts import BETTER, SAME, UNDECIDED, WORSE
from search_spaces import BOOK, in_words
from search_spaces.questions import CNN_WITH_DROPOUT, NETWORKS

SIMPLE, LAYERS, GATES, CNN, CNN_DROPOUT = (network.id for network in NETWORKS)
EVEN = (0.0, 0.001, -0.001, 0.002, -0.002)  # by seed: mean 0
WIDE = (0.0, 0.03, -0.03, 0.02, -0.02)


def readings(early=0.85, late=0.86, around=EVEN, **last):
    """Five seeds of five networks after epochs 3 and 10. `last`: network → accuracies after epoch 10."""
    rows = []
    for network in NETWORKS:
        accuracies = last.get(network.id.replace("-", "_"), [late] * 5)
        for seed, accuracy in enumerate(accuracies):
            noise = around[seed] if network.id in (LAYERS, CNN_DROPOUT) else 0.0
            for epoch, value in ((3, early), (10, accuracy + noise)):
                rows.append((network.id, network.title, "words", 1, seed, epoch, value, 0.9, 20.0 + seed))
    return pd.DataFrame(rows, columns=list(READINGS)).astype(READINGS)


def test_the_contrasts_are_one_family_of_verdicts():
    frame = readings(lstm_gate_dropout=[0.84, 0.842, 0.838, 0.841, 0.837], cnn_lstm_dropout=[0.87] * 5)
    found = contrasts(frame, 10)
    layers, gates = np.array([0.86] * 5) + EVEN, np.array([0.84, 0.842, 0.838, 0.841, 0.837])
    plain = [
        stats.ttest_1samp(layers, 0.85).pvalue,  # the other side has no spread
        stats.ttest_1samp(gates, 0.85).pvalue,
        stats.ttest_ind(gates, layers, equal_var=False).pvalue,
        stats.ttest_1samp(np.array([0.87] * 5) + EVEN, 0.86).pvalue,
    ]
    assert [contrast.p for contrast in found] == pytest.approx(holm(plain))
    assert [contrast.difference for contrast in found] == pytest.approx([0.01, -0.0104, -0.0204, 0.01])
    assert [contrast.verdict for contrast in found] == [BETTER, WORSE, WORSE, BETTER]
    interval = stats.ttest_ind(gates, layers, equal_var=False).confidence_interval()
    assert (found[2].low, found[2].high) == pytest.approx(tuple(interval))


def test_what_wavers_is_undecided_and_what_it_takes_is_said():
    first, *_ = contrasts(readings(around=WIDE), 10)
    assert first.verdict == UNDECIDED
    assert said(first).startswith(
        "Undecided. LSTM with dropout layers, after epoch 10 minus after epoch 3: +1.00 points (95"
    )
    assert said(first).endswith(f"About {first.seeds_needed:.0f} seeds would decide in 80\u00a0% of studies.")
    assert first.seeds_needed > 5


def test_likeness_is_a_verdict():
    first, *_ = contrasts(readings(late=0.851), 10)
    assert first.verdict == SAME
    assert first.p_same < 0.05
    assert said(first).startswith("Practically the same. LSTM with dropout layers, after epoch 10")


def test_each_side_has_its_own_seeds():
    frame = readings()
    unfinished = (frame["network"] == GATES) & (frame["epoch"] == 10) & (frame["seed"] > 1)
    found = contrasts(frame[~unfinished], 10)
    assert [contrast.n for contrast in found] == [5, 2, 2, 5]


@pytest.mark.parametrize("seeds", [0, 1])
def test_fewer_than_two_seeds_answer_nothing(seeds):
    frame = readings()
    found = contrasts(frame[frame["seed"] < seeds], 10)
    assert [(contrast.n, contrast.verdict) for contrast in found] == [(seeds, UNDECIDED)] * 4
    assert all("at least two are needed" in said(contrast) for contrast in found)
    answer = questions_section.answer(frame[frame["seed"] < seeds], 10)
    assert answer.verdict.startswith("There is no answer yet: no network of the questions has two seeds")


def test_the_answer_names_every_question_with_its_verdict():
    frame = readings(lstm_gate_dropout=[0.84, 0.842, 0.838, 0.841, 0.837])
    assert questions_section.answer(frame, 10).verdict == (
        "The chapter's open questions, on validation data: more epochs help the LSTM with dropout layers: better "
        "(+1.00 points); more epochs help the LSTM with dropout in the gates: worse (−1.04 points); dropout in "
        "the gates beats dropout layers: worse (−2.04 points); dropout helps the CNN and LSTM: practically the "
        "same (0.00 points)."
    )


def test_the_table_has_true_minus_signs():
    found = contrasts(readings(lstm_gate_dropout=[0.84, 0.842, 0.838, 0.841, 0.837]), 10)
    shown = [cell.text for row in questions_section.contrast_table(found).rows for cell in row]
    assert "−2.04" in shown
    assert not any(text.startswith("-") for text in shown)


def test_curves_have_the_interval_of_the_mean_and_the_best_epoch_is_the_highest():
    found = curves(readings(around=WIDE, late=0.84))
    assert len(found) == 10
    row = found[(found["network"] == LAYERS) & (found["epoch"] == 10)].iloc[0]
    low, high = stats.t.interval(0.95, 4, 0.84, stats.sem(WIDE))
    assert (row["n"], row["mean"], row["low"], row["high"]) == (5, *map(pytest.approx, (0.84, low, high)))
    assert row["seconds"] == 22.0
    assert best_epochs(found)["epoch"].tolist() == [3] * 5


def test_no_readings_leave_columns():
    empty = readings().iloc[:0]
    assert {name: str(dtype) for name, dtype in curves(empty).dtypes.items()} == CURVES
    assert best_epochs(curves(empty)).empty


def test_the_section_says_how_many_runs_are_through():
    frame = readings()
    unfinished = (frame["network"] == GATES) & (frame["epoch"] == 10) & (frame["seed"] > 1)
    section = questions_section.section(frame[~unfinished], 10, 5)
    assert (section["done"], section["planned"]) == (22, 25)
    assert [len(sentences) for _, sentences in section["asked"]] == [2, 1, 1]
    assert len(section["contrasts"].rows) == 4
    assert [row[0].text for row in section["best"].rows] == [network.title for network in NETWORKS]


def test_the_figure_has_a_line_and_a_band_for_each_network():
    figure = questions_section.figure(readings(around=WIDE))
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert named == [network.title for network in NETWORKS]
    assert len(questions_section.curve_table(readings()).rows) == 10


def test_the_cnn_gets_dropout_by_the_pattern_of_the_book():
    layers, cnn = BOOK[1].configuration, BOOK[3].configuration
    ours = cnn.model_copy(update={"architecture": CNN_WITH_DROPOUT.architecture})
    assert in_words(ours) == (
        "embedding 32, word dropout 0.2 → dropout 0.2 → convolution 32 × 3, pooling 2 → LSTM 100 → dropout 0.2 → "
        "sigmoid; 3 epochs"
    )
    assert layers.architecture.recurrent == ours.architecture.recurrent
    assert [network.id for network in NETWORKS[:4]] == [known.id for known in BOOK]
