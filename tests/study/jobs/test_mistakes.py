"""The texts told wrong, held against the user's own table and what the finals kept."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny

from results.evidence.predictions import averaged, correct
from results.store.database import open_store
from study import Study
from study.corpus.own.origin import FILE
from study.corpus.prepared.cache import folder_of
from study.errors import InputError
from study.jobs.mistakes import CAUTION, MISTAKES, mistakes

pytestmark = pytest.mark.usefixtures("words_are_counted")

WORDS = ("invoice refund card", "crash screen button", "password locked code")
QUEUES = ("billing", "bug", "=login")  # the last one a spreadsheet would run


def table(path: Path, count: int = 150) -> pd.DataFrame:
    """Tickets of three queues whose words tell them apart half of the time; some rows say nothing, some have no
    queue, one has a line break."""
    random = np.random.RandomState(0)
    rows = []
    for number in range(count):
        queue = number % 3
        words = WORDS[queue] if random.rand() < 0.5 else WORDS[random.randint(3)]
        body = "" if number % 29 == 3 else f"{words} number\n{number}"
        rows.append(
            ("" if number % 29 == 3 else f"=Ticket {number}", body, "" if number % 31 == 5 else QUEUES[queue])
        )
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("subject", "body", "queue"), *rows])
    return pd.DataFrame(rows, columns=["subject", "body", "queue"])


def settings(folder: Path, **changes: object) -> dict[str, object]:
    told = {"corpus": str(folder / "tickets.csv"), "text_column": ["subject", "body"], "trials": 1}
    given = tiny.settings(folder, **(told | {"finals": {"seeds": 3, "extra_seeds": 0}} | changes))
    return given | {"recipe": {"batch_size": 16}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("errors")
    frame = table(folder / "tickets.csv")
    return folder, frame, Study(**settings(folder)).run(quiet=True)


def test_every_error_is_a_row_of_the_users_table(study) -> None:
    folder, table, done = study
    found = done.errors("network")
    assert dict(found.dtypes.astype(str)) == MISTAKES
    with open_store(folder / "study.db") as store:
        ((_, right, texts),) = averaged(store, done.name).values()
        hits = np.array(list(correct(store, done.name).values()))
    assert 0 < len(found) == texts - right
    rows = table.iloc[found["row"] - 1]
    assert found["true"].tolist() == rows["queue"].tolist()
    assert found["text"].tolist() == [f"{row.subject}\n\n{row.body}" for row in rows.itertuples()]
    assert (found["true"] != found["told"]).all()
    assert found["probability"].is_monotonic_decreasing
    assert found["probability"].between(1 / 3, 1).all()
    assert found["row"].is_unique
    # of every text: how many of the seeds were wrong, by the test half in the order of the table
    test_rows = np.load(folder_of_corpus(folder, done) / FILE)["items"] + 1
    wrong = dict(zip(test_rows.tolist(), (~hits).sum(axis=0).tolist(), strict=True))
    assert found["seeds_wrong"].tolist() == [wrong[row] for row in found["row"]]
    assert found["wrong_share"].tolist() == pytest.approx((found["seeds_wrong"] / 3).tolist())
    assert (found["seeds"] == 3).all()


def folder_of_corpus(folder: Path, done: Study) -> Path:
    from results.evidence.studies import terms

    with open_store(folder / "study.db") as store:
        return folder_of(terms(store, done.name)["corpus"]["fingerprint"], folder / "cache")


def test_of_a_linear_model_what_is_kept(study) -> None:
    folder, table, done = study
    with open_store(folder / "study.db") as store:
        found = mistakes(store, done.name, folder / "cache", "nb-svm")
    assert found.title == "NB-SVM"
    assert found.frame["true"].tolist() == table.iloc[found.frame["row"] - 1]["queue"].tolist()
    assert set(found.frame["told"]) == {""}  # of three classes it is not known which
    assert found.frame["probability"].isna().all()
    assert found.frame["wrong_share"].is_monotonic_decreasing
    assert any("--model network" in note for note in found.notes)


def test_a_part_of_the_test_texts_alone(study, tmp_path) -> None:
    """Which of them were scored is drawn again as it was drawn then."""
    table_ = table(tmp_path / "tickets.csv")
    given = settings(tmp_path, finals={"seeds": 2, "extra_seeds": 0, "test_texts": 20, "baselines": False})
    found = Study(**given).run(quiet=True).errors("network")
    assert 0 < len(found) <= 20
    assert found["true"].tolist() == table_.iloc[found["row"] - 1]["queue"].tolist()


def test_on_the_command_line_and_as_csv(study, command, tmp_path) -> None:
    folder, _, done = study
    where = ("--database", folder / "study.db", "--cache", folder / "cache")
    status, output, errors = command("errors", done.name, *where, "--model", "network", "-o", tmp_path / "e.csv")
    assert (status, errors) == (0, "")
    written = pd.read_csv(tmp_path / "e.csv")
    assert f"told {len(written)} of 27 test texts wrong" in output
    assert CAUTION in output
    first = written.iloc[0]
    assert f"tickets.csv, row {first['row']}: " in output
    assert first["text"].startswith("'=Ticket ")  # no formula
    assert "'=login" in {*written["true"], *written["told"]}
    assert (
        command("errors", "other", *where)[2]
        == f"error: expected the name of a study, got 'other'; known: {done.name}\n"
    )
    nowhere = tmp_path / "no" / "e.csv"
    assert command("errors", *where, "-o", nowhere)[2].startswith(
        f"error: {nowhere}: expected a place where the errors"
    )


def test_a_table_that_is_gone_or_changed_leaves_the_rows(study) -> None:
    folder, _, done = study
    whole = done.errors("network")
    path = folder / "tickets.csv"
    before, times = path.read_bytes(), path.stat()
    try:
        path.write_bytes(before + b"one,more,bug\n")
        with open_store(folder / "study.db") as store:
            found = mistakes(store, done.name, folder / "cache", "network")
        assert f"{path} is no longer there as it was read: rows alone, without their texts." in found.notes
        assert found.frame.drop(columns="text").equals(whole.drop(columns="text"))
        assert set(found.frame["text"]) == {""}
        path.unlink()
        assert done.errors("network").equals(found.frame)
    finally:
        path.write_bytes(before)
        import os

        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    kept = folder_of_corpus(folder, done) / FILE
    kept.rename(folder / "aside")
    try:
        with open_store(folder / "study.db") as store:
            found = mistakes(store, done.name, folder / "cache", "network")
        assert any(
            "Where the texts are from is not kept: rows are numbers in the test half" in n for n in found.notes
        )
        assert set(found.frame["file"]) == {""}
    finally:
        (folder / "aside").rename(kept)


def test_a_model_without_finals_is_one_line(study) -> None:
    folder, *_ = study
    given = settings(folder, name="searched", finals={"seeds": 0, "baselines": False})
    with pytest.raises(InputError, match="expected a model with finals"):
        Study(**given).run(quiet=True).errors()


def test_a_bundle_reads_tables_as_the_one_it_learnt_from(study, command, tmp_path) -> None:
    *_, done = study
    done.export("nb-svm", tmp_path / "model")
    texts = [("Hello", "invoice refund", "7"), ("", "crash", "8")]
    with (tmp_path / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("subject", "body", "id"), *texts])
    expected = command("predict", tmp_path / "model", "Hello\n\ninvoice refund", "crash")[1]
    assert command("predict", tmp_path / "model", "--file", tmp_path / "new.csv")[1] == expected
    with (tmp_path / "bare.csv").open("w", newline="") as file:
        csv.writer(file).writerows(texts)
    bare = ("--file", tmp_path / "bare.csv", "--no-header")
    assert command("predict", tmp_path / "model", *bare, "--column", "1", "--column", "2")[1] == expected
    status, _, errors = command("predict", tmp_path / "model", *bare)
    assert (status, errors) == (
        2,
        f"error: {tmp_path / 'bare.csv'}: expected a column 'subject'; there are: 1, 2, 3\n",
    )
    (tmp_path / "lines.txt").write_text("crash\n")
    assert (
        command("predict", tmp_path / "model", "--file", tmp_path / "lines.txt")[1] == expected.splitlines(True)[1]
    )


def test_the_columns_are_options_and_settings(command, tmp_path) -> None:
    table(tmp_path / "tickets.csv")
    several = ("--text-column", "subject", "--text-column", "body", "--cache", tmp_path / "cache")
    status, output, _ = command("corpus", "describe", tmp_path / "tickets.csv", *several)
    assert (status, "texts 'subject' and 'body', labels 'queue', guessed by their names" in output) == (0, True)
    (tmp_path / "s.toml").write_text(f'text_column = ["subject", "body"]\ncache = "{tmp_path}/cache"\n')
    again = command("corpus", "describe", tmp_path / "tickets.csv", "--config", tmp_path / "s.toml")[1]
    assert output.endswith(again)  # what came before was of reading it
    settings = 'text_column = 2\nlabel_column = 3\nheader = false\nrare_classes = "drop"\n'
    (tmp_path / "s.toml").write_text(f'{settings}cache = "{tmp_path}/cache"\n')
    _, output, _ = command("corpus", "describe", tmp_path / "tickets.csv", "--config", tmp_path / "s.toml")
    assert "texts '2', labels '3'" in output
    assert "1 rare class left out (1 text): 'queue'" in output  # the header's cell is one more label
    told = ("--no-header", "--text-column", "2", "--label-column", "3", "--rare-classes", "drop")
    where = ("--cache", tmp_path / "cache")
    assert output.endswith(command("corpus", "describe", tmp_path / "tickets.csv", *told, *where)[1])
