"""docs/imdb/README.md says what its database says, and a page that does not is found out."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import synthetic

from results.evidence.archive import write_archive
from results.evidence.evidence import gather
from results.store.database import open_store

ROOT = Path(__file__).parents[2]
PAGE = """# A page
<!-- studies: book=made-up -->
The CNN has <!--= book.cnn-lstm.mean:1 -->…<!--/-->, over <!--= book.cnn-lstm.n -->…<!--/--> seeds.
<!-- begin: networks book -->
<!-- end -->
<!-- begin: pairs book -->
| an older | table |
<!-- end -->
The end.
"""


@pytest.fixture(scope="module")
def paper():
    sys.path.insert(0, str(ROOT / "docs" / "imdb"))  # as Python itself does for a script
    import paper

    yield paper
    sys.path.remove(str(ROOT / "docs" / "imdb"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    with synthetic.filled(folder / "whole.db", trials=8) as store:
        write_archive(store, [], folder / "study.db")
    return folder / "study.db"


@pytest.fixture
def folder(tmp_path, archive):
    (tmp_path / "study.db").write_bytes(archive.read_bytes())
    (tmp_path / "README.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_the_page_says_what_its_database_says(paper, capsys) -> None:
    assert paper.main(["--check"]) == 0, capsys.readouterr().err


def test_every_block_of_the_page_is_known(paper) -> None:
    asked = re.findall(r"<!-- begin: ([a-z-]+) ", (ROOT / "docs" / "imdb" / "README.md").read_text("utf-8"))
    assert set(asked) <= {*paper.BLOCKS, "picture"}


def test_what_is_written_passes_the_check_and_the_prose_stays(paper, folder, capsys) -> None:
    assert paper.main([], folder, folder / "reports") == 0
    page = (folder / "README.md").read_text(encoding="utf-8")
    with open_store(folder / "study.db") as store:
        row = gather(store).summary.query("reference == 'cnn-lstm'").iloc[0]
    assert f"The CNN has <!--= book.cnn-lstm.mean:1 -->{100 * row['mean']:.1f} %<!--/-->, over" in page
    assert "--= book.cnn-lstm.n -->3<!--/--> seeds.\n" in page
    assert f"| CNN and LSTM | 3 | {100 * row['mean']:.2f} ± {100 * row['sd']:.2f} % |" in page
    assert page.count(" against ") == 6
    assert "an older" not in page
    assert page.startswith("# A page\n")
    assert page.endswith("<!-- end -->\nThe end.\n")
    assert (folder / "reports" / "book.html").exists()
    assert paper.main(["--check"], folder) == 0
    assert paper.main([], folder, folder / "reports") == 0
    assert (folder / "README.md").read_text(encoding="utf-8") == page


def test_a_figure_or_table_that_is_not_the_databases_fails_the_check(paper, folder, capsys) -> None:
    with open_store(folder / "study.db") as store:
        right = paper.filled(PAGE, paper.read(PAGE, store))
    figure = re.sub(r"(mean:1 -->)[\d.]+", r"\g<1>12.3", right)
    cell = right.replace("undecided", "better", 1).replace("| CNN and LSTM | 3 |", "| CNN and LSTM | 4 |")
    for page, said in ((figure, "line 3: book.cnn-lstm.mean is 12.3 %"), (cell, "line 4: block networks of book")):
        (folder / "README.md").write_text(page, encoding="utf-8")
        assert paper.main(["--check"], folder) == 1
        assert said in capsys.readouterr().err
        assert (folder / "README.md").read_text(encoding="utf-8") == page


def test_a_picture_that_is_missing_fails_the_check(paper, folder, capsys) -> None:
    page = PAGE.replace("networks book", "picture book comparison")
    with open_store(folder / "study.db") as store:
        (folder / "README.md").write_text(paper.filled(page, paper.read(page, store)), encoding="utf-8")
    assert paper.main(["--check"], folder) == 1
    assert "book-comparison.png: no such picture" in capsys.readouterr().err


def test_without_a_database_a_page_with_figures_fails(paper, folder, capsys) -> None:
    (folder / "README.md").write_text(PAGE.replace("mean:1 -->…", "mean:1 -->87.0 %"), encoding="utf-8")
    (folder / "study.db").unlink()
    assert paper.main(["--check"], folder) == 1
    assert "book.cnn-lstm.mean is 87.0 % on the page, … in the database" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("made-up", "other", "book=other: expected a study of docs/imdb/study.db, which has: made-up"),
        ("networks book", "networks cook", "cook: expected one of the page's words for a study: book"),
        ("networks book", "network book", "network: expected one of the blocks picture, answer, networks"),
        ("The CNN has <", "The CNN has\n<", "a line that begins with a figure is no longer text"),
        ("cnn-lstm.n ", "rnn.n ", "book.rnn.n: study book has no such figure; it has: training-texts"),
    ],
)
def test_a_page_that_asks_for_what_is_not_there_is_told_so(paper, folder, capsys, old, new, said) -> None:
    (folder / "README.md").write_text(PAGE.replace(old, new), encoding="utf-8")
    assert paper.main([], folder) == 2
    assert said in capsys.readouterr().err


def test_a_table_without_rows_is_a_sentence(paper, folder) -> None:
    page = PAGE.replace("networks book", "baselines book")
    with open_store(folder / "study.db") as store:
        assert "\n*Nothing yet in study made-up.*\n" in paper.filled(page, paper.read(page, store))


def test_every_block_and_figure_can_be_made(paper, archive) -> None:
    with open_store(archive) as store:
        evidence = gather(store)
        for block in paper.BLOCKS.values():
            assert block(evidence).strip()
        figures = {name: paper.shown(value) for name, value in paper.figures_of(evidence).items()}
    assert figures["simple-lstm-minus-cnn-lstm.verdict"] in (
        "better",
        "practically the same",
        "undecided",
        "worse",
    )
    assert figures["claim-6.difference"] == "+3,104.00"
    assert figures["cnn-lstm.published"] == "86.36 %"
    assert figures["trials"] == "8"


def test_the_pages_commands_give_what_it_says(tmp_path, monkeypatch, command) -> None:
    page = (ROOT / "docs" / "imdb" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "docs" / "imdb").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "imdb" / "study.db", tmp_path / "docs" / "imdb")
    monkeypatch.chdir(tmp_path)
    written = re.findall(r"^\| [^|]+ \| `study ((?:best|report|show) [^`]+)` \|$", page, re.MULTILINE)
    said = {}
    for line in written:
        status, said[line], errors = command(*line.split())
        assert status == 0, (line, errors)
    answer = re.search(r"<!-- begin: answer book -->\n\n(.+?)\n", page)
    (best,) = (" ".join(told.split()) for line, told in said.items() if line.startswith("best --name standard"))
    assert answer is not None
    assert answer[1] in best
    assert len(written) >= 6
