from dataclasses import replace

import pandas as pd
import pytest
from synthetic import filled

from results.evidence import ablations
from results.evidence.evidence import gather
from results.report import costs
from results.report.costs import saved_in_words


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return gather(filled(tmp_path_factory.mktemp("costs") / "study.db", trials=12, seeds=(1, 2)))


def trials(evidence, *rows):
    """Rows of state, run, epochs wanted, epochs trained, last epoch; all of one configuration."""
    template = evidence.trials.iloc[0].to_dict()
    columns = ("state", "run", "epochs", "epochs_trained", "last_epoch")
    made = [template | {"number": n} | dict(zip(columns, row, strict=True)) for n, row in enumerate(rows)]
    frame = pd.DataFrame(made, columns=evidence.trials.columns).astype(evidence.trials.dtypes.to_dict())
    return replace(evidence, trials=frame)


def test_saved_epochs_are_told_by_why(evidence):
    rows = [("complete", 1, 3, 3, 3), ("complete", 1, 5, 2, 5), ("pruned", 2, 6, 2, 2), ("fail", 3, 4, 1, None)]
    found = costs.saved(trials(evidence, *rows))
    assert (found.wanted, found.reused, found.pruned) == (14, 3, 4)
    said = saved_in_words(found)
    assert said[0] == "The complete and pruned trials asked for 14 epochs; 7 epochs were trained for them."
    assert said[1].startswith("Pruning saved 4 epochs")
    assert said[2].startswith("Reuse saved 3 epochs")


def test_finals_that_share_a_run_share_its_epochs(evidence):
    finals = evidence.finals.head(3).assign(run=[1, 1, 2], epochs=[3, 5, 4])
    assert costs.saved(replace(evidence, finals=finals)).shared_by_finals == 3


def test_every_second_is_counted_once(evidence):
    networks, stages = costs.by_network(evidence), costs.stages(evidence)
    assert networks["search"].sum() + networks["finals"].sum() == pytest.approx(evidence.epochs["seconds"].sum())
    assert stages["seconds"].sum() == pytest.approx(evidence.epochs["seconds"].sum())
    assert stages["epochs"].sum() == len(evidence.epochs)
    assert stages["stage"].tolist() == ["search", "finals"]
    assert networks["title"].iloc[-1] == costs.OTHERS


def test_leaders_and_elements_left_out_are_stages_of_their_own(evidence):
    kept = {"configuration": "a", "title": "", "words": "", "parameters": 1, "seed": 1, "validation_accuracy": 0.9}
    frame = pd.DataFrame([kept | {"epochs": 3, "seconds": 60.0, "cpu_seconds": 50.0}] * 2).astype(
        ablations.TRAINED
    )
    fewer = evidence.trials.head(-1)  # so the last one's run is no trial's
    found = costs.stages(replace(evidence, trials=fewer, ablation=ablations.Ablation("a", 4, frame)))
    assert found["stage"].tolist() == ["search", "leaders on further seeds", "finals", "elements left out"]
    assert found["epochs"].tolist()[3:] == [6]
    assert found["seconds"].sum() == pytest.approx(evidence.epochs["seconds"].sum() + 120)
    nothing_searched = replace(evidence, trials=evidence.trials.head(0))
    assert costs.stages(nothing_searched)["stage"].tolist() == ["runs", "finals"]


def test_the_clock_is_that_of_the_commands(evidence):
    assert costs.wall_clock(evidence.invocations) == 7200  # as tests/synthetic.py made it
