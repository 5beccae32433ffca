"""What runs are expected to take: what was timed, and the rest in proportion; a budget."""

import pytest
import tiny

from search_spaces import BOOK
from study.corpus import Split
from study.driver.durations import Budget, expected_seconds
from study.training.run import Run


class Timed:
    """A ledger that timed these networks, seconds an epoch."""

    def __init__(self, **seconds: float) -> None:
        self._seconds = seconds

    def epoch_seconds(self) -> dict[str, float]:
        by_id = {each.id.replace("-", "_"): run_of(each).configuration.run_fingerprint for each in BOOK}
        return {by_id[name]: seconds for name, seconds in self._seconds.items()}

    def parameters_of(self, configuration) -> int:
        return configuration.architecture.parameter_count(100)


def run_of(reference, **recipe: object) -> Run:
    return Run(reference.under(tiny.RECIPE | recipe), 0, Split(0.2, 0))


def test_what_was_timed_is_taken_by_its_time_and_the_rest_by_its_size() -> None:
    runs = [run_of(each) for each in BOOK]
    simple, layers, gates, cnn = expected_seconds(runs, Timed(simple_lstm=2.0, cnn_lstm=1.0))
    assert (simple, cnn) == (6.0, 3.0)  # three epochs each
    sizes = [run.configuration.architecture.parameter_count(100) for run in runs]
    assert layers == gates == pytest.approx(9.0 * sizes[1] / (sizes[0] + sizes[3]))


def test_where_nothing_was_timed_longer_and_larger_runs_take_longer() -> None:
    runs = [run_of(BOOK[0], epochs=2), run_of(BOOK[0], epochs=4), run_of(BOOK[0], sequence_length=10, epochs=2)]
    two, four, short = expected_seconds(runs, Timed())
    assert four == 2 * two == 4 * short
    assert four < 1


def test_a_budget_is_spent_when_its_time_is_over_or_reserved() -> None:
    assert not Budget().spent(1e9)
    assert not Budget(3600).spent()
    assert Budget(3600).spent(reserved=3601)
    assert Budget(0).spent()
