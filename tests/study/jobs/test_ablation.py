"""What each element brings: every network but for one element, on equal seeds, on validation texts alone."""

import numpy as np
import pandas as pd
import pytest
import tiny
from typer.testing import CliRunner

from results.evidence import ablations, frames, studies
from results.evidence.ablations import TRAINED
from results.evidence.archive import write_archive
from results.evidence.evidence import gather
from results.report.report import render
from results.statistics.ablations import brought
from results.store.database import open_store
from search_spaces import BOOK, Configuration
from study.cli import app
from study.config import load_config
from study.jobs.ablation import run_ablation, without_each
from study.jobs.study import run_study
from study.progress.watcher import Silent

pytestmark = pytest.mark.usefixtures("words_are_counted")

RICH = Configuration.model_validate(
    {
        "architecture": {
            "embedding_size": 8,
            "embedding_dropout": 0.2,
            "conv": [{"filters": 4, "kernel_size": 3, "beside": [5], "pooling": 2}],
            "recurrent": [{"units": 3, "bidirectional": True, "recurrent_dropout": 0.1}],
            "readout": "max",
            "dense": [{"units": 4}],
            "ngrams": {"buckets": 64, "by_ratios": True},
        },
        "recipe": {"weight_decay": 0.01, "label_smoothing": 0.1, "token_dropout": 0.1, "schedule": "linear"},
    }
)


def test_every_element_is_left_out_once_and_nothing_else_changes() -> None:
    found = without_each(RICH)
    assert list(found) == [
        "dropout behind the embedding",
        "the convolutions",
        "convolutions of several widths",
        "pooling",
        "the recurrent layers",
        "the second direction",
        "dropout in the gates",
        "the readout max, in place of last",
        "the dense layers",
        "n-grams",
        "all but the n-grams",
        "log-count ratios",
        "runs of several words",
        "weight decay",
        "label smoothing",
        "token dropout",
        "the falling learning rate",
    ]
    assert len({each.fingerprint for each in found.values()} | {RICH.fingerprint}) == 18
    alone = found["all but the n-grams"].architecture
    assert (alone.reads_in_order, alone.ngrams) == (False, RICH.architecture.ngrams)
    for title, changed in (("weight decay", {"weight_decay"}), ("the falling learning rate", {"schedule"})):
        assert found[title].architecture == RICH.architecture
        was, now = RICH.recipe.model_dump(), found[title].recipe.model_dump()
        assert {key for key in was if was[key] != now[key]} == changed
    assert found["pooling"].architecture.conv[0].kernel_sizes == (3, 5)


def test_what_cannot_stand_without_it_is_no_element() -> None:
    simple = BOOK[0].configuration
    pieces = {"embedding_size": 8, "recurrent": [{"units": 3, "piece": 16}], "readout": "max"}
    found = without_each(Configuration.model_validate({"architecture": pieces}))
    assert list(found) == ["the recurrent layers", "pieces side by side"]  # which need the readout
    assert "the recurrent layers" not in without_each(simple)  # its last state is read
    ngrams = Configuration.model_validate(
        {"architecture": {"embedding_size": 0, "recurrent": [], "ngrams": {"buckets": 64}}}
    )
    assert list(without_each(ngrams)) == ["runs of several words"]


def trained(**accuracies) -> pd.DataFrame:
    rows = [
        (name, "" if name == "whole" else f"the {name}", name, 10, seed, accuracy, 3, 2.0, 1.0)
        for name, own in accuracies.items()
        for seed, accuracy in enumerate(own)
    ]
    return pd.DataFrame(rows, columns=list(TRAINED)).astype(TRAINED)


def test_what_helps_comes_first_and_what_harms_last() -> None:
    frame = trained(
        whole=[0.900, 0.901, 0.902],
        tail=[0.930, 0.931, 0.929],
        head=[0.850, 0.851, 0.852],
        heart=[0.9005, 0.9015, 0.9015],
    )
    head, heart, tail = brought(frame, "whole")
    assert head.title == "the head"
    assert head.difference == pytest.approx(0.05)
    assert (head.verdict, heart.verdict, tail.verdict) == ("better", "practically the same", "worse")
    assert head.sentence.startswith("the head helps: +5.00 points (95\u00a0% interval +4.")
    assert "makes practically no difference" in heart.sentence
    assert brought(frame[frame["configuration"] != "whole"], "whole") == []
    one = brought(trained(whole=[0.9], head=[0.8]), "whole")[0]
    assert one.sentence == "the head: +10.00 points, of too few seeds to tell more."


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    space = tiny.SPACE.replace('"recurrent": [{"units": units}]', '"recurrent": [], "readout": "max"').replace(
        '"embedding_dropout": rate', '"embedding_dropout": 0.2 + rate'
    )
    recipe = tiny.RECIPE | {"schedule": "constant"}
    config = load_config(None, tiny.settings(folder, trials=1, finals={"seeds": 0}, recipe=recipe))
    (folder / "tiny.py").write_text(space, encoding="utf-8")
    name = run_study(config, ["study", "run"], Silent())
    assert run_ablation(config, "network", 2, ["study", "ablate"], Silent()) == name
    return config, name


def test_each_is_trained_on_equal_seeds_on_the_searchs_split(finished) -> None:
    config, name = finished
    with open_store(config.database) as store:
        found = ablations.read(store, name)
        best = gather(store, name).winner
        assert found.whole == best
        assert found.planned == len(found.trained) == 2 * found.trained["configuration"].nunique()
        assert set(found.trained["title"]) == {
            "",
            "dropout behind the embedding",
            "the readout max, in place of mean",
        }
        assert set(found.trained.groupby("configuration")["seed"].apply(tuple)) == {(0, 1)}
        trials = frames.trials(store, name).set_index("configuration")
        own = found.trained[(found.trained["configuration"] == best) & (found.trained["seed"] == 0)]
        assert own["validation_accuracy"].iloc[0] == trials.loc[[best], "validation_accuracy"].iloc[0]
        assert frames.invocations(store)["test_openings"].sum() == 0


def test_it_is_shown_with_its_study_and_is_none_of_its_own(finished) -> None:
    config, name = finished
    with open_store(config.database) as store:
        assert studies.study_names(store) == [name]
        evidence = gather(store)
        page = render(evidence)
    assert "What each element brings" in page
    assert "the readout max, in place of mean" in page
    said = CliRunner().invoke(app, ["status", "--database", config.database]).output
    assert name in said.splitlines()[0]


def test_an_archive_has_it(finished, tmp_path) -> None:
    config, name = finished
    with open_store(config.database) as store:
        path, named = write_archive(store, [name], tmp_path / "archive.db")
        whole = ablations.read(store, name)
    assert named == [name]
    with open_store(path) as archive:
        found = ablations.read(archive, name)
    assert (found.whole, found.planned) == (whole.whole, whole.planned)
    pd.testing.assert_frame_equal(found.trained, whole.trained)


def test_a_second_call_trains_nothing_and_more_seeds_are_another(finished) -> None:
    config, name = finished

    class Listening(Silent):
        def __init__(self) -> None:
            self.lines, self.runs = [], 0

        def said(self, line: str) -> None:
            self.lines.append(line)

        def run_began(self, *arguments) -> None:
            self.runs += 1

    watch = Listening()
    run_ablation(config, "network", 2, ["study", "ablate"], watch)
    assert (watch.runs, watch.lines) == (0, ["Nothing to do: all 6 runs of this ablation are trained."])
    run_ablation(config, "network", 3, ["study", "ablate"], watch)
    assert watch.runs == 3  # of the third seed; the others are shared
    with open_store(config.database) as store:
        assert np.unique(ablations.read(store, name).trained["seed"]).tolist() == [0, 1, 2]
