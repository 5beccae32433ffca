"""The section on classes, from a made-up study whose confusion matrices are written by hand."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from synthetic import STUDY, filled

from results.dashboard.notes import study_note
from results.evidence.columns import CONFUSED
from results.evidence.csv_files import write_csv
from results.evidence.evidence import gather
from results.metrics.classes import balanced_accuracy
from results.report import markdown
from results.report.report import build_report
from results.report.scores import classes as class_sections
from results.store.tables import CorpusRow, FinalRow
from results.terminal.summary import print_summary

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


@pytest.fixture
def of_256_classes(store):
    """As many classes as a corpus may have, with long names; the texts of class k are k + 1, half told wrong."""
    places = np.arange(256)
    counts = np.diag(places + 1)
    counts[places, places[::-1]] += places + 1
    evidence = count(store, [counts.tolist()])
    names = [f"a class whose name is rather long, number {place:03d} {'x' * 60}" for place in range(256)]
    with store.session() as session:
        row = session.query(CorpusRow).one()
        row.card = row.card | {"classes": names}
    return gather(store, evidence.study)


def test_of_many_classes_the_largest_stand_in_the_figure(store, of_256_classes, tmp_path):
    info = class_sections.confusion_info(of_256_classes)
    names, counts = info.shown()
    assert names == [*info.names[226:], "the 226 others"]
    assert counts.sum() == info.counts.sum()
    heat = class_sections.figure(info).data[0]
    assert np.shape(heat.z) == (31, 31)
    first = class_sections.confused(info).rows[0]
    assert [cell.text for cell in first] == [info.names[255], info.names[0], "256.0", "50.00 %"]
    assert len(class_sections.by_class(of_256_classes).rows) == 256
    page = build_report(store, STUDY, tmp_path / "report.html")
    assert page.stat().st_size < 6_000_000
    text = page.read_text(encoding="utf-8")
    assert "the 226 others stand together" in text
    assert "confusions.csv" in text
    assert "What was taken for what most often" in text


def test_many_classes_make_no_note_longer(store, of_256_classes):
    """The largest class alone is named."""
    out = Console(file=io.StringIO(), width=400)
    print_summary(store, STUDY, out)
    for text in (markdown.summary(of_256_classes), study_note(of_256_classes), out.file.getvalue()):
        assert text.count("a class whose name") <= 2


def test_all_confusions_are_in_the_csv_files(store, of_256_classes, tmp_path):
    write_csv(store, STUDY, tmp_path)
    written = pd.read_csv(tmp_path / "confusions.csv")
    assert list(written.columns) == list(CONFUSED)
    for (configuration, seed), counts in of_256_classes.confusions.items():
        own = written[(written["configuration"] == configuration) & (written["seed"] == seed)]
        assert own["texts"].sum() == counts.sum()
        assert own.loc[own["label"] == own["predicted"], "texts"].sum() == np.trace(counts)
        assert len(own) == np.count_nonzero(counts)
