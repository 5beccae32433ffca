"""States of runs as files: what cannot be read costs time alone."""

import numpy as np
import pytest

from results.store.tables import RunRow
from study.driver.states import States

RUN = RunRow(run_fingerprint="a", seed=0, corpus="b", split="c")


def test_the_newest_state_is_found_as_it_was_saved(tmp_path) -> None:
    states = States(tmp_path / "states")
    for epoch in (1, 2):
        states.save(RUN, epoch, {"000": np.arange(3.0) + epoch}, lasting=epoch == 1)
    epoch, state = states.last(RUN, 2)
    assert epoch == 2
    np.testing.assert_array_equal(state["000"], [2.0, 3.0, 4.0])
    assert states.last(RUN, 1)[0] == 1


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: b"",
        lambda content: content[:60],
        lambda content: bytes(len(content)),
        lambda content: b"PK",
    ],
)
def test_what_a_power_cut_leaves_of_a_state_is_passed_over(tmp_path, damaged) -> None:
    states = States(tmp_path)
    for epoch in (1, 2):
        states.save(RUN, epoch, {"000": np.arange(3.0)})
    path = states.path(RUN, 2)
    path.write_bytes(damaged(path.read_bytes()))
    assert states.last(RUN, 2)[0] == 1
