"""Fills docs/imdb/README.md, and figures of README.md, from docs/imdb/study.db alone. See `make paper`.

No reviews, no training, no network. In a page,

    <!-- studies: book=NAME strong=NAME -->             says which study of the database a word stands for,
    <!-- begin: BLOCK WORD ... --> ... <!-- end -->     is a table or list (blocks.BLOCKS) or a picture,
    <!--= WORD.FIGURE -->...<!--/-->                    is one figure in a sentence (`--figures` lists them), and
    <!--= WORD.FIGURE:1 -->...<!--/-->                  the same with that many digits.

What stands between the marks is written anew; all else is prose and stays. `--check` writes nothing and fails
where the page says something else than the database.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from blocks import BLOCKS, NO_FIGURE, figures_of, shown  # beside this file

from results.evidence.evidence import Evidence, gather
from results.evidence.studies import study_names
from results.report.pictures import write_picture
from results.report.report import build_report
from results.store.database import Store, open_store

HERE = Path(__file__).parent
FIRST_PAGE = HERE.parents[1] / "README.md"  # what it says of the studies is filled and checked as well
DATABASE = "docs/imdb/study.db"  # as the commands on the page name it
REPORTS = Path("runs/imdb")
NOTHING = "*No study is archived yet.*"

_STUDIES = re.compile(r"<!-- studies:\s*(.*?)\s*-->", re.DOTALL)
_BLOCK = re.compile(r"(<!-- begin: ([a-z-]+) ([\w. -]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_FIGURE = re.compile(r"(<!--= ([\w.-]+?)(?::(\d))? -->).*?(<!--/-->)", re.DOTALL)


class PageError(ValueError):
    """The page asks for what is not there; the message says what is."""


def read(page: str, store: Store) -> dict[str, Evidence]:
    """The studies of the page by its own words for them. Raises PageError for one that the database lacks."""
    pairs_said = [pair.partition("=") for said_here in _STUDIES.findall(page) for pair in said_here.split()]
    known = study_names(store)
    for short, _, name in pairs_said:
        if name not in known:
            raise PageError(
                f"{short}={name}: expected a study of {DATABASE}, which has: {', '.join(sorted(known))}"
            )
    return {short: replace(gather(store, name), database=f"sqlite:///{DATABASE}") for short, _, name in pairs_said}


def filled(page: str, studies: Mapping[str, Evidence] | None) -> str:
    """The page with every block and figure as the studies have them; with NOTHING and NO_FIGURE for None.

    Raises PageError for a word, block or figure that is not known.
    """
    figures: dict[str, dict[str, tuple[str, Any]]] = {}
    if begins := re.search(r"^ *<!--= \S+", page, re.MULTILINE):
        raise PageError(
            f"{begins.group()}: a line that begins with a figure is no longer text; put a word before it"
        )

    def block(match: re.Match[str]) -> str:
        begin, name, words, end = match.groups()
        return f"{begin}\n{NOTHING if studies is None else _block(name, words.split(), studies)}\n\n{end}"

    def figure(match: re.Match[str]) -> str:
        begin, key, digits, end = match.groups()
        if studies is None:
            return f"{begin}{NO_FIGURE}{end}"
        short, _, name = key.partition(".")
        own = figures.setdefault(short, figures_of(_study(short, studies)))
        if name not in own:
            raise PageError(f"{key}: study {short} has no such figure; it has: {', '.join(own)}")
        return f"{begin}{shown(own[name], digits)}{end}"

    return _FIGURE.sub(figure, _BLOCK.sub(block, page))


def _block(name: str, words: list[str], studies: Mapping[str, Evidence]) -> str:
    if name == "picture":
        evidence, drawn = _study(words[0], studies), words[-1]
        return f"![Study {evidence.study}: {drawn}]({picture_name(words)})"
    if name not in BLOCKS:
        raise PageError(f"{name}: expected one of the blocks picture, {', '.join(BLOCKS)}")
    named = [_study(short, studies) for short in words]
    notices = dict.fromkeys(each.card["notice"] for each in named if each.card["stand_in"])
    content = BLOCKS[name](*named)
    if content.startswith("|") and content.count("\n") == 1:  # a head without rows
        content = f"*Nothing yet in study {' or '.join(each.study for each in named)}.*"
    return "\n\n".join([*(f"**{notice}**" for notice in notices), content])


def _study(short: str, studies: Mapping[str, Evidence]) -> Evidence:
    if short not in studies:
        raise PageError(f"{short}: expected one of the page's words for a study: {', '.join(studies)}")
    return studies[short]


def picture_name(words: Sequence[str]) -> str:
    return f"{words[0]}-{words[-1]}.png"


def pictures(page: str) -> list[list[str]]:
    """The words of every picture: for its study, and its name in results.report.pictures."""
    return [words.split() for _, name, words, _ in _BLOCK.findall(page) if name == "picture"]


def differences(page: str, expected: str) -> list[str]:
    """What the page says otherwise, by line."""
    there, here = (
        [match for kind in (_BLOCK, _FIGURE) for match in kind.finditer(text)] for text in (page, expected)
    )
    lines = []
    for old, new in zip(there, here, strict=True):
        if old.group() != new.group():
            line = page.count("\n", 0, old.start()) + 1
            if old.re is _BLOCK:
                said = f"block {old.group(2)} of {old.group(3)} is not what the database gives"
            else:
                said = f"{old.group(2)} is {_between(old)} on the page, {_between(new)} in the database"
            lines.append(f"line {line}: {said}")
    return lines


def _between(figure: re.Match[str]) -> str:
    return figure.group().removeprefix(figure.group(1)).removesuffix(figure.group(4))


def main(arguments: Sequence[str] | None = None, folder: Path = HERE, reports: Path = REPORTS) -> int:
    """Fills or checks the page of `folder`. Returns the exit status: 1 where the check fails, 2 for a bad page."""
    parser = argparse.ArgumentParser(description="The page of the study on the reviews, from its database.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where page and database differ")
    parser.add_argument("--figures", action="store_true", help="write nothing; list every figure for the text")
    options = parser.parse_args(arguments)
    pages = [folder / "README.md", *([FIRST_PAGE] if folder == HERE else [])]
    return max(_one(path, folder / "study.db", reports, options) for path in pages)


def _one(path: Path, database: Path, reports: Path, options: argparse.Namespace) -> int:
    """Fills or checks one page; its pictures and reports are those of the folder's own page."""
    page = path.read_text(encoding="utf-8")
    own = path.parent == database.parent
    try:
        if not database.exists():
            return _done(options, path, page, filled(page, None))
        with open_store(database) as store:
            studies = read(page, store)
            if options.figures:
                for short, evidence in studies.items() if own else ():
                    for name, value in figures_of(evidence).items():
                        print(f"{short}.{name:<40} {shown(value)}")
                return 0
            status = _done(options, path, page, filled(page, studies), pictures(page))
            for short, evidence in studies.items() if own and not options.check else ():
                print(f"Report: {build_report(store, evidence.study, reports / f'{short}.html')}")
            for words in () if options.check else pictures(page):
                print(f"Figure: {write_picture(studies[words[0]], words[-1], path.parent / picture_name(words))}")
            return status
    except ValueError as error:  # of the page, or of the database
        print(f"error: {path}: {error}", file=sys.stderr)
        return 2


def _done(
    options: argparse.Namespace, path: Path, page: str, expected: str, drawn: Sequence[Sequence[str]] = ()
) -> int:
    if not options.check:
        path.write_text(expected, encoding="utf-8")
        print(f"Page: {path}")
        return 0
    wrong = differences(page, expected)
    wrong += [f"{name}: no such picture" for name in map(picture_name, drawn) if not (path.parent / name).exists()]
    for line in wrong:
        print(f"{path}: {line}", file=sys.stderr)
    if wrong:
        print("`make paper` writes the page anew from its database", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
