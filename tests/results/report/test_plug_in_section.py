"""A section from outside the packages, as a user's plug-in would add one; and what one report computes once."""

from collections import Counter

from synthetic import filled

from results import gather
from results.evidence import evidence as evidence_module
from results.presentation.table import count, table, word
from results.report import SECTIONS, Section
from results.report import report as report_module
from results.report.report import render
from results.statistics import comparisons, intervals

TEMPLATE = """
<section id="workers">
{{ heading("workers", "Who trained") }}
<p>Epochs of {{ study }} by worker, {{ note }}.</p>
{{ table(by_worker, "Epochs by worker") }}
</section>
"""


def epochs_by_worker(evidence):
    rows = [[word(name), count(number)] for name, number in evidence.epochs["worker"].value_counts().items()]
    return {"by_worker": table(rows, "Worker|Epochs#"), "note": "<as counted>"} if rows else None


def test_one_is_added_by_appending_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("results.report.report.SECTIONS", [*SECTIONS])
    report_module.SECTIONS.append(Section("workers", "Who trained", TEMPLATE, epochs_by_worker))
    with filled(tmp_path / "study.db", trials=6) as store:
        page = render(gather(store))
    assert '<a href="#workers">Who trained</a>' in page
    assert page.count('<section id="workers">') == 1
    assert page.index('id="trust"') < page.index('<section id="workers">') < page.index("</main>")
    assert "by worker, &lt;as counted&gt;." in page
    assert "Epochs by worker</caption>" in page


def test_one_without_anything_to_show_is_left_out(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        "results.report.report.SECTIONS", [*SECTIONS, Section("none", "None", "{{ x }}", lambda _: None)]
    )
    with filled(tmp_path / "study.db", trials=2) as store:
        assert 'href="#none"' not in render(gather(store))


def test_one_report_computes_each_statistic_once(tmp_path, monkeypatch) -> None:
    calls: Counter[str] = Counter()

    def counted(module, name):
        real = getattr(module, name)

        def wrapper(*arguments, **options):
            calls[name] += 1
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, wrapper)

    with filled(tmp_path / "study.db", trials=6) as store:
        evidence = gather(store)
    counted(intervals, "by_configuration")
    counted(comparisons, "pairwise")
    counted(evidence_module, "distinct")
    render(evidence)
    assert calls == {"by_configuration": 1, "pairwise": 1, "distinct": 1}
