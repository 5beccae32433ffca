"""What a section of the report is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from results.evidence.evidence import Evidence


@dataclass(frozen=True)
class Section:
    """One section: its anchor, its title in the navigation, its template, and what the template shows.

    `template` is the name of a file in templates/, or a Jinja template itself, for one from outside; both have the
    macros of macros.html.j2, and besides `content` the study, card, split and what else render() gives to all.
    `content` reads the evidence and gives the template's values; None leaves the section out. A study of the
    chapter's open questions alone shows those sections that are `of_questions`.
    """

    id: str
    title: str
    template: str
    content: Callable[[Evidence], Mapping[str, Any] | None]
    of_questions: bool = True
