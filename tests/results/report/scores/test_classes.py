"""The section on classes, from a made-up study whose confusion matrices are written by hand."""

import numpy as np
import pytest
from synthetic import STUDY, filled

from results.evidence.evidence import gather
from results.metrics.classes import balanced_accuracy
from results.report.report import build_report
from results.report.scores import classes as class_sections
from results.store.tables import FinalRow

UNEVEN = [[[6, 2], [1, 1]], [[8, 0], [2, 0]], [[7, 1], [0, 2]]]  # a seed each; 8 texts of class 0, 2 of class 1


@pytest.fixture
def store(tmp_path):
    store = filled(tmp_path / "study.db", trials=5)
    yield store
    store.close()


def count(store, tables):
    """Gives the finals of every configuration these counts, seed by seed."""
    with store.session() as session:
        for place, final in enumerate(session.query(FinalRow).order_by(FinalRow.id)):
            final.confusion = tables[place % len(tables)]
    return gather(store, STUDY)


def test_the_matrix_is_the_mean_over_the_seeds_of_the_most_accurate(store):
    evidence = count(store, UNEVEN)
    info = class_sections.confusion_info(evidence)
    means = evidence.finals.groupby("configuration")["test_accuracy"].mean()
    assert info.title == evidence.titles[means.idxmax()]
    assert info.seeds == 3
    assert info.counts.tolist() == [[7, 1], [1, 1]]
    assert (info.largest, info.majority) == ("negative", 0.8)
    table = class_sections.by_class(evidence)
    assert [cell.text for cell in table.rows[0]] == ["negative", "8", "87.50 %", "87.50 %", "87.50 %"]
    assert [cell.text for cell in table.rows[1]] == ["positive", "2", "50.00 %", "50.00 %", "50.00 %"]


def test_metrics_are_means_over_the_seeds_not_of_the_mean_matrix(store):
    evidence = count(store, UNEVEN)
    table = class_sections.metrics(evidence)
    expected = np.mean([balanced_accuracy(np.array(each)) for each in UNEVEN])
    assert table.rows[0][3].sort == pytest.approx(expected)
    last = [cell.text for cell in table.rows[-1]]
    assert last == ["Always “negative”", "–", "80.00 %", "50.00 %", "44.44 %"]


def test_the_figure_has_the_label_in_rows_from_the_top_and_the_counts(store):
    drawn = class_sections.figure(class_sections.confusion_info(count(store, UNEVEN)))
    heat = drawn.data[0]
    assert np.array(heat.z).tolist() == [[87.5, 12.5], [50.0, 50.0]]
    assert drawn.layout.yaxis.autorange == "reversed"
    assert [note.text for note in drawn.layout.annotations] == ["7.0", "1.0", "1.0", "1.0"]


def test_two_even_classes_have_no_section(store, tmp_path):
    evidence = count(store, [[[5, 1], [2, 4]]])
    assert class_sections.confusion_info(evidence) is None
    page = build_report(store, STUDY, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="classes"' not in page


def test_names_of_classes_are_text_and_no_markup(store, tmp_path):
    evidence = count(store, UNEVEN)
    evidence.card["classes"] = ["<b>no</b>", "yes"]
    info = class_sections.confusion_info(evidence)
    assert class_sections.figure(info).data[0].x[0] == "&lt;b&gt;no&lt;/b&gt;"


def test_many_classes_have_their_counts_in_the_table_alone(store):
    counts = np.diag(np.arange(1, 21)).tolist()
    evidence = count(store, [counts])
    evidence.card["classes"] = [f"class {place}" for place in range(20)]
    info = class_sections.confusion_info(evidence)
    assert not class_sections.figure(info).layout.annotations
    assert len(class_sections.counts(info).rows) == 20
