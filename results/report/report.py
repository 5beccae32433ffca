"""A study as one self-contained HTML file: from the database alone, without TensorFlow, read without a network."""

from datetime import datetime
from pathlib import Path

from results.evidence.evidence import Evidence, gather
from results.report import costs, first_screen, provenance, questions
from results.report.page import Section, page, part, write
from results.report.scores import classes, networks, pairwise
from results.report.search import ablation, history
from results.store.database import Store

# The page in its order. [add a section: one module, one template, one entry; from outside, append one]
SECTIONS = [
    Section("answer", "Answer", "answer.html.j2", first_screen.section),
    Section("questions", "Open questions", "questions.html.j2", questions.of_study),
    Section("networks", "Networks", "networks.html.j2", networks.section, of_questions=False),
    Section("pairwise", "Pairwise", "pairwise.html.j2", pairwise.section, of_questions=False),
    Section("classes", "Classes", "classes.html.j2", classes.section, of_questions=False),
    Section("search", "The search", "search.html.j2", history.section, of_questions=False),
    Section("ablation", "Elements", "ablation.html.j2", ablation.section, of_questions=False),
    Section("cost", "Cost", "cost.html.j2", costs.section, of_questions=False),
    Section("trust", "What to trust", "trust.html.j2", provenance.section),
]


def build_report(store: Store, study: str | None, path: Path) -> Path:
    """Writes the report of a study, by default the newest, and returns `path`.

    The file is complete or not there: it is written beside `path` and then moved. Raises StoreError where there is
    no such study, OSError where `path` cannot be written.
    """
    evidence = gather(store, study)
    write(path, render(evidence))
    return path


def render(evidence: Evidence, made: datetime | None = None) -> str:
    """The page as text; `made` is the time it says it was made at, by default the present."""
    asks = evidence.last_epoch is not None and not evidence.readings.empty
    whole = not asks or bool(len(evidence.finals) or len(evidence.trials))
    common = {
        "study": evidence.study,
        "card": evidence.card,
        "split": evidence.split,
        "finals": len(evidence.finals),
        "searched": evidence.objectives[0].title,
        "beside_published": evidence.beside_published,
        "on_the_reviews": evidence.on_the_reviews,
        "training_texts": evidence.training_texts or evidence.card["training_texts"],
        "whole": whole,
    }
    shown = []
    for section in SECTIONS:
        content = section.content(evidence) if whole or section.of_questions else None
        if content is not None:
            shown.append((section, part(section.template, common | dict(content))))
    return page("report.html.j2", made, sections=shown, study=evidence.study, card=evidence.card)
