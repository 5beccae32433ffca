"""A study's answer as GitHub Markdown: for a README, and for the study's note in the dashboard."""

import re

from results.answer.decision import decide
from results.evidence.evidence import Evidence
from results.presentation.table import NONE, Cell, Table, interval, percent, records, without_empty_columns, word
from results.report import questions
from results.report.answer import answer
from results.report.scores.networks import networks_table
from search_spaces import BOOK_IDS

_SHOWN = {
    "Network": "Network",
    "Published test accuracy": "Published",
    "Test accuracy here": "Test accuracy here",
    "95 % t interval": "95 % t interval",
    "Verdict": "Verdict",
    "Validation accuracy": "Validation accuracy",
}


def summary(evidence: Evidence) -> str:
    """The notice of a stand-in, the answer's sentences, and the table of the networks."""
    asked = evidence.last_epoch is not None and evidence.finals.empty
    said = questions.answer(evidence.readings, evidence.last_epoch or 0) if asked else answer(evidence)
    decision = decide(evidence)
    first = [decision.verdict, " ".join([*decision.grounds, said.verdict])] if decision else [said.verdict]
    command = [f"`{decision.command}`"] if decision else []
    parts = [f"**{escaped(first[0])}**", *map(escaped, first[1:]), *command]
    parts += [escaped(" ".join(said.grounds)), *([] if asked else [markdown_table(networks(evidence))])]
    if evidence.card["stand_in"]:
        parts.insert(0, f"**{escaped(evidence.card['notice'])}**")
    return "\n\n".join(parts) + "\n"


def networks(evidence: Evidence) -> Table:
    """The chapter's networks, whatever else was scored, and the linear baselines: columns as in _SHOWN."""
    full = networks_table(evidence)
    titles = [" ".join(title.split()) for title, _ in full.columns]  # a column may have a fixed space
    columns = [(name, name not in ("Network", "Verdict")) for name in _SHOWN.values()]
    places = [titles.index(title) if title in titles else None for title in _SHOWN]
    rows = [
        [Cell(NONE) if place is None else _plain(row[place]) for place in places] for row in full.rows
    ]  # on texts of one's own some are left out
    if evidence.beside_published:
        return Table(columns, [*rows, *_found(evidence), *_baselines(evidence)])
    return without_empty_columns(Table(columns, [*rows, *_baselines(evidence)]))


def markdown_table(content: Table) -> str:
    """A table in GitHub's Markdown; notes stand in brackets, numbers to the right."""
    lines = [
        [escaped(title) for title, _ in content.columns],
        ["--:" if numeric else ":--" for _, numeric in content.columns],
        *([_shown(cell) for cell in row] for row in content.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: object) -> str:
    """Other people's text so that Markdown and HTML in it are shown, not done; in one line."""
    return re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", " ".join(str(text).split()))


def _shown(cell: Cell) -> str:
    return escaped(f"{cell.text} ({cell.note})" if cell.note else cell.text)


def _plain(cell: Cell) -> Cell:
    """Layers under a name and intervals under a verdict are for the report."""
    return cell if re.fullmatch(r"\d+ seeds?", cell.note) else Cell(cell.text, cell.sort)


def _found(evidence: Evidence) -> list[list[Cell]]:
    summary = evidence.summary
    validation = evidence.ranked.set_index("configuration")["validation_accuracy"]
    rows = []
    for row in records(summary[~summary["reference"].isin(BOOK_IDS)]):
        spread = "" if row.n == 1 else f" ± {100 * row.sd:.2f}"
        seeds = f"{row.n} seed{'' if row.n == 1 else 's'}"
        rows.append(
            [
                word(evidence.titles[row.configuration]),
                Cell(NONE),
                Cell(f"{100 * row.mean:.2f}{spread} %", row.mean, seeds),
                interval(row.mean_low, row.mean_high),
                Cell(NONE),
                percent(validation.get(row.configuration)),
            ]
        )
    return rows


def _baselines(evidence: Evidence) -> list[list[Cell]]:
    return [
        [
            word(row.title),
            Cell(NONE),
            Cell(f"{100 * row.test_accuracy:.2f} %", row.test_accuracy),
            *[Cell(NONE)] * 2,
            percent(row.validation_accuracy),
        ]
        for row in records(evidence.baselines)
    ]
