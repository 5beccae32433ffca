"""study export and study predict as a user meets them."""

import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from bundles import TEXTS, made, studys_own

from study.bundle import open_bundle
from study.config import load_config
from study.jobs.study import run_study
from study.progress.watcher import Silent

STUDY = Path(sys.executable).with_name("study")


@pytest.fixture(scope="module", autouse=True)
def opened_once():
    """A bundle's network is built for the first of the commands alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("study.bundle.open_bundle", functools.cache(open_bundle))
        yield


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "bundle"
    network, _ = made(folder, "softmax")
    return folder, network


def test_a_study_is_exported_and_predicts(tmp_path, command) -> None:
    run_study(load_config(None, tiny.settings(tmp_path, trials=2)), ["study"], Silent())
    settings = f'database = "{tmp_path}/study.db"\nstates = "{tmp_path}/states"\ncache = "{tmp_path}/cache"\n'
    (tmp_path / "study.toml").write_text(settings, encoding="utf-8")
    status, output, errors = command(
        "export", "network", "-o", tmp_path / "model", "--config", tmp_path / "study.toml"
    )
    assert (status, errors) == (0, "")
    assert output == (
        f"Bundle: {tmp_path}/model (read {tmp_path}/model/MODEL_CARD.md; try: study predict {tmp_path}/model "
        "'1 14 22 16')\n"
    )
    status, output, errors = command("predict", tmp_path / "model", "1 14 22 16", "1 5 6")
    assert (status, errors, output.count("\n")) == (0, "", 2)
    status, _, errors = command("export", "none", "-o", tmp_path / "other", "--config", tmp_path / "study.toml")
    assert status == 2
    assert errors.startswith("error: expected best, network, ensemble, a trial's number, or one model of study")
    assert not (tmp_path / "other").exists()


def test_labels_and_probabilities_come_a_line_a_text(bundle, command) -> None:
    folder, network = bundle
    status, output, errors = command("predict", folder, *TEXTS)
    assert status == 0
    for line, row in zip(output.splitlines(), studys_own(network, TEXTS), strict=True):
        assert line == f"class {row.argmax()}\t{row.max():.6f}"
    assert errors == "note: 3 texts have no word that the model knows; their class says nothing\n"


def test_json_has_every_class_and_the_unknown_words(bundle, command) -> None:
    folder, network = bundle
    _, output, _ = command("predict", folder, "--json", "the film", "unheard of film")
    rows = [json.loads(line) for line in output.splitlines()]
    expected = studys_own(network, ["the film"])[0]
    assert rows[0]["probabilities"] == pytest.approx({f"class {n}": p for n, p in enumerate(expected)}, abs=1e-6)
    assert rows[0]["probability"] == max(rows[0]["probabilities"].values())
    assert [row["unknown_words"] for row in rows] == pytest.approx([0, 2 / 3])


def test_a_file_a_column_and_the_standard_input_say_the_same(bundle, command, tmp_path, monkeypatch) -> None:
    folder, _ = bundle
    texts = ["the film", "bad, bad film", "", "café", '"so" dull']
    (tmp_path / "texts.txt").write_bytes("\r\n".join(texts).encode())
    quoted = [text.replace('"', '""') for text in texts]
    (tmp_path / "texts.csv").write_text(
        "\n".join(["id,text", *(f'1,"{text}"' for text in quoted)]), encoding="utf-8"
    )
    _, expected, _ = command("predict", folder, *texts)
    assert command("predict", folder, "--file", tmp_path / "texts.txt")[1] == expected
    assert command("predict", folder, "--file", tmp_path / "texts.csv", "--column", "text")[1] == expected
    (tmp_path / "given").write_text("\n".join(texts), encoding="utf-8")
    with (tmp_path / "given").open() as given:
        monkeypatch.setattr(sys, "stdin", given)
        assert command("predict", folder)[1] == expected


def test_every_table_that_trains_predicts(bundle, command, tmp_path, monkeypatch) -> None:
    """Marks at the beginning, delimiters, formats, packed files, long fields: as `study run` reads them."""
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq

    folder, _ = bundle
    long = "the film " * 20_000
    _, expected, _ = command("predict", folder, "the film", "bad film", long)
    rows = [("the film", "1"), ("bad film", "2"), (long, "3")]
    for name, mark, delimiter, encoding in [
        ("bom.csv", "\ufeff", ",", "utf-8"),
        ("semi.csv", "", ";", "utf-8"),
        ("tab.tsv", "", "\t", "utf-8"),
        ("wide.csv", "\ufeff", ",", "utf-16-le"),
    ]:
        text = mark + "".join(delimiter.join(row) + "\n" for row in [("text", "id"), *rows])
        (tmp_path / name).write_bytes(text.encode(encoding))
        told = ("--column", "text", "--encoding", encoding)
        assert command("predict", folder, "-f", tmp_path / name, *told)[:2] == (0, expected), name
    json_lines = "".join(json.dumps({"text": text, "id": number}) + "\n" for text, number in rows)
    (tmp_path / "rows.jsonl").write_text(json_lines)
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(json_lines.encode()))
    pq.write_table(pa.table({"text": [text for text, _ in rows]}), tmp_path / "rows.parquet")
    for name in ("rows.jsonl", "rows.jsonl.gz", "rows.parquet"):
        assert command("predict", folder, "-f", tmp_path / name, "--column", "text")[:2] == (0, expected), name
    with (tmp_path / "rows.jsonl").open() as given:
        monkeypatch.setattr(sys, "stdin", given)
        assert command("predict", folder, "--column", "text")[:2] == (0, expected)


def test_a_mark_at_the_beginning_of_lines_is_no_part_of_the_first_text(bundle, command, tmp_path) -> None:
    (tmp_path / "lines.txt").write_bytes("\ufefffilm\nfilm\n".encode())
    _, output, errors = command("predict", bundle[0], "-f", tmp_path / "lines.txt")
    first, second = output.splitlines()
    assert (first, errors) == (second, "")


def test_a_row_without_a_text_keeps_its_line(bundle, command, tmp_path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "film"}\n{"id": 1}\n{"text": "film \\ud83d"}\n')
    status, output, errors = command("predict", bundle[0], "-f", tmp_path / "rows.jsonl", "--column", "text")
    assert (status, output.count("\n")) == (0, 3)
    assert errors.startswith("note: 1 text has no word")


def test_a_reader_that_has_had_enough_is_no_error(bundle) -> None:
    folder, _ = bundle
    lines = "the film\n" * 20_000
    shell = f"'{STUDY}' predict '{folder}' | head -1"
    done = subprocess.run(["sh", "-c", shell], input=lines, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "a text"], "nowhere: expected the folder of a bundle, got nothing"),
        (["{bundle}", "a text", "--file", "x"], "expected texts, or --file and --column, got both"),
        (["{bundle}", "--file", "none.txt"], "none.txt: expected a file of texts, got: No such file"),
        (["{bundle}", "--file", "t.csv"], "t.csv: expected --column NAME, the column of the texts"),
        (["{bundle}", "--file", "latin.txt"], "latin.txt, line 1, byte 4: expected utf-8, got 0xe9"),
        (["{bundle}", "--file", "latin.txt", "--encoding", "rot13"], "expected an encoding such as utf-8"),
        (["{bundle}", "--file", "."], ".: expected a file of texts, got: Is a directory"),
        (["{bundle}", "--file", "cut.csv", "--column", "text"], "cut.csv, line 2: expected 2 fields"),
        (["{bundle}", "--file", "rows.jsonl"], "rows.jsonl: expected --column NAME"),
        (
            ["{bundle}", "--file", "t.csv", "--column", "body"],
            "t.csv: expected a column 'body'; there are: id",
        ),
    ],
)
def test_bad_input_is_one_line(bundle, command, arguments, message, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.txt").write_bytes("caf\xe9 film".encode("latin-1"))
    (tmp_path / "t.csv").write_text("id,text\n1,film\n", encoding="utf-8")
    (tmp_path / "cut.csv").write_text("text,id\na film, a dull one,1\n", encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text('{"text": "film"}\n', encoding="utf-8")
    status, output, errors = command("predict", *(part.format(bundle=bundle[0]) for part in arguments))
    assert (status, output) == (2, "")
    assert errors.startswith(f"error: {message}")
    assert errors.count("\n") == 1
