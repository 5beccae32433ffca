"""What the seeds of a configuration tell together."""

import numpy as np
import pytest
import synthetic
from sqlalchemy import delete, insert, select

from results.evidence.predictions import as_bits, averaged, labels, told
from results.store.tables import FinalRow, PredictionRow


@pytest.fixture
def store(tmp_path):
    with synthetic.filled(tmp_path / "study.db", trials=6, seeds=(1, 2, 3)) as store:
        yield store


def keep(store, probabilities: dict[int, np.ndarray], right: dict[int, np.ndarray]) -> None:
    """These alone as the predictions of the finals of these ids, on so many test texts."""
    with store.session() as session:
        session.execute(delete(PredictionRow))
        for final, told in probabilities.items():
            session.get_one(FinalRow, final).test_texts = len(told)
            kept = {"final": final, "probabilities": told.astype("<f4").tobytes()}
            session.execute(insert(PredictionRow), kept | {"hits": np.packbits(right[final]).tobytes()})


def finals_of_one(store) -> tuple[str, list[int]]:
    with store.session() as session:
        rows = session.execute(select(FinalRow.configuration, FinalRow.id).where(FinalRow.kind == "final")).all()
    first = rows[0][0]
    return first, [id for configuration, id in rows if configuration == first]


def test_the_mean_of_the_probabilities_decides(store) -> None:
    configuration, (one, two, three) = finals_of_one(store)
    told = {one: [0.9, 0.4, 0.6, 0.2], two: [0.6, 0.4, 0.4, 0.1], three: [0.2, 0.9, 0.4, 0.6]}
    is_second = np.array([True, True, False, True])
    arrays = {final: np.array(values)[:, None] for final, values in told.items()}
    right = {final: (values[:, 0] > 0.5) == is_second for final, values in arrays.items()}
    keep(store, arrays, right)
    # means .567, .567, .467, .3: right, right, right, wrong, where the seeds alone got 2, 3 and 3 of them
    assert averaged(store, synthetic.STUDY) == {configuration: (3, 3, 4)}
    assert labels(store, synthetic.STUDY).tolist() == is_second.tolist()


def test_of_several_classes_what_nobody_told_right_is_wrong(store) -> None:
    configuration, (one, two, _) = finals_of_one(store)
    arrays = {
        one: np.array([[0.6, 0.3, 0.1], [0.5, 0.1, 0.4], [0.2, 0.7, 0.1]]),
        two: np.array([[0.1, 0.8, 0.1], [0.1, 0.2, 0.7], [0.2, 0.7, 0.1]]),
    }
    right = {one: np.array([False, True, False]), two: np.array([True, False, False])}
    keep(store, arrays, right)
    # means: class 1 (right, by the second), 2 (wrong: the first was right with 0), 1 (nobody was right)
    assert averaged(store, synthetic.STUDY) == {configuration: (2, 1, 3)}


def test_one_seed_is_no_average(store) -> None:
    _, (one, *_) = finals_of_one(store)
    keep(store, {one: np.array([[0.9]])}, {one: np.array([True])})
    assert averaged(store, synthetic.STUDY) == {}


def test_what_a_model_told_with_and_without_probabilities(store) -> None:
    configuration, (one, two, three) = finals_of_one(store)
    told_ = {one: [0.9, 0.4, 0.6, 0.2], two: [0.6, 0.4, 0.4, 0.1], three: [0.2, 0.9, 0.4, 0.6]}
    is_second = np.array([True, True, False, True])
    arrays = {final: np.array(values)[:, None] for final, values in told_.items()}
    keep(store, arrays, {final: (values[:, 0] > 0.5) == is_second for final, values in arrays.items()})
    whole = told(store, synthetic.STUDY, configuration)
    assert whole is not None
    assert (whole.seeds, whole.wrong.tolist(), whole.known.tolist()) == (3, [1, 2, 1, 2], [1, 1, 0, 1])
    assert whole.probabilities[:, 1] == pytest.approx([1.7 / 3, 1.7 / 3, 1.4 / 3, 0.9 / 3])
    assert told(store, synthetic.STUDY, "none") is None
    with store.session() as session:  # as an archive has it
        for final, bits in as_bits(store, synthetic.STUDY).items():
            session.get_one(PredictionRow, final).probabilities = bits
    archived = told(store, synthetic.STUDY, configuration)
    assert archived is not None
    assert archived.probabilities is None
    assert (archived.wrong.tolist(), archived.known.tolist()) == ([1, 2, 1, 2], [1, 1, 0, 1])
