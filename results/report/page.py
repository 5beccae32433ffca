"""A self-contained HTML page from a template: its figures, scripts and policy, and how it gets to disk.

A page runs no script but its own: a Content-Security-Policy names their hashes and lets nothing be loaded.
"""

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from results.evidence.evidence import Evidence
from results.presentation.table import Table, sentence_case

TEMPLATES = Path(__file__).parent / "templates"
_WITH_MACROS = '{% from "macros.html.j2" import table, figure, facts, heading %}{% include inner %}'


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


def page(template: str, made: datetime | None, **values: Any) -> str:
    """The page as text; `made` is the time it says it was made at, by default the present."""
    scripts = [script(get_plotlyjs()), script((TEMPLATES / "report.js").read_text(encoding="utf-8"))]
    return (
        _environment()
        .get_template(template)
        .render(
            made=f"{made or datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            policy=_policy(scripts),
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            scripts=scripts,
            **values,
        )
    )


def part(template: str, values: Mapping[str, Any]) -> Markup:
    """A section of a page: `template` is a file in templates/ or a template itself, with the macros of all."""
    environment = _environment()
    inner = environment.from_string(template) if "{" in template else environment.get_template(template)
    return Markup(environment.from_string(_WITH_MACROS).render(inner=inner, **values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence_case"] = sentence_case
    environment.filters["unbroken"] = unbroken
    return environment


def unbroken(sentence: str) -> str:
    """With spaces at which no line breaks between a number and its unit."""
    return re.sub(r"(?<=\d) (?=%|points?\b|s\b|min\b|h\b)", "\u00a0", sentence)


def plot(figure: go.Figure) -> dict[str, Any]:
    """A figure for the templates: its JSON and its height in pixels."""
    plain = json.loads(figure.to_json())
    layout = plain["layout"]
    return {"json": as_json({"data": plain["data"], "layout": layout}), "height": layout["height"]}


def drawn(figure: go.Figure, behind: Table, *more: go.Figure, **said: Any) -> dict[str, Any]:
    """A figure for the templates, with the table behind it; of several, that stand side by side. `said`: what its
    caption says of this study."""
    return {"plots": [plot(each) for each in (figure, *more)], "table": behind, "said": said}


def as_json(value: object) -> Markup:
    """JSON that nothing in it can end the script element around it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def script(code: str) -> Markup:
    """Our code for a script element; browsers hash it with line feeds only."""
    return Markup(code.replace("\r\n", "\n").replace("\r", "\n"))


def write(path: Path, text: str) -> None:
    """Puts the page there in one step: it is complete or not there. Raises OSError, naming `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor, sibling = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from error  # not of the file beside it
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(sibling).chmod(0o666 & ~umask)  # mkstemp's 0600 would keep others from reading what is sent around
        os.replace(sibling, path)
    except BaseException:
        Path(sibling).unlink(missing_ok=True)
        raise


def _policy(scripts: list[Markup]) -> str:
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
