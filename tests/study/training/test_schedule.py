"""The learning rate step by step; a run at a falling rate is exact across processes, its length its identity."""

import numpy as np
import pytest
import tiny

from search_spaces import BOOK, Configuration, Recipe, in_words
from study.corpus import Split, obtain_corpus
from study.training.epoch import LiveNetwork, forget_networks, predict, score, train_epoch
from study.training.run import Run
from study.training.schedule import learning_rates


def rates(schedule: str, epochs: int = 3, steps: int = 4) -> list[float]:
    recipe = Recipe(schedule=schedule, epochs=epochs, learning_rate=0.12)
    return [round(rate, 6) for epoch in range(1, epochs + 1) for rate in learning_rates(recipe, epoch, steps)]


def test_the_rate_falls_over_the_run_or_its_last_epoch() -> None:
    assert rates("constant") == [0.12] * 12
    assert rates("linear") == [round(0.12 * left / 12, 6) for left in range(12, 0, -1)]
    assert rates("cooldown") == [0.12] * 8 + [0.12, 0.09, 0.06, 0.03]
    assert rates("cooldown", epochs=1) == rates("linear", epochs=1)


def configured(**recipe: object) -> Configuration:
    return BOOK[1].under(tiny.RECIPE | recipe)


def test_neutral_values_leave_fingerprints_as_they_were() -> None:
    old = BOOK[0].configuration
    assert old.fingerprint == "8ba44f746a79067e"
    assert old.with_recipe(schedule="constant", clip_norm=0.0).fingerprint == old.fingerprint


def test_a_falling_rate_makes_the_number_of_epochs_part_of_the_run() -> None:
    for schedule in ("linear", "cooldown"):
        short, long = (configured(schedule=schedule, epochs=epochs) for epochs in (2, 3))
        assert short.run_fingerprint != long.run_fingerprint


def test_the_departures_are_said() -> None:
    assert in_words(configured(schedule="linear")).count("learning rate falling to 0") == 1
    assert "falling to 0 in the last epoch" in in_words(configured(schedule="cooldown"))
    assert "gradients clipped at norm 0.5" in in_words(configured(clip_norm=0.5))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return obtain_corpus(str(tiny.write_corpus(folder / "tiny.npz")), cache=folder / "cache")[0]


def trained(corpus, *, afresh: bool = False, epochs: int = 3, **recipe: object) -> tuple[dict, list[float]]:
    run, state, losses = Run(configured(epochs=epochs, **recipe), 3, Split(0.2, 0)), None, []
    for epoch in range(1, epochs + 1):
        if afresh:
            forget_networks()
        state, metrics = train_epoch(run, corpus, epoch, state)
        losses.append(metrics.train_loss)
    return state, losses


@pytest.mark.parametrize("schedule", ["linear", "cooldown"])
def test_an_interrupted_run_goes_on_at_the_same_rates(corpus, schedule) -> None:
    straight, losses = trained(corpus, schedule=schedule)
    again, losses_again = trained(corpus, schedule=schedule, afresh=True)
    assert losses == losses_again
    assert all(np.array_equal(straight[name], again[name]) for name in straight)


def test_the_rate_is_what_the_steps_are_made_at(corpus) -> None:
    _, constant = trained(corpus)
    _, cooled = trained(corpus, schedule="cooldown")
    _, linear = trained(corpus, schedule="linear")
    assert cooled[:2] == constant[:2]
    assert len({constant[2], cooled[2], linear[2]}) == 3
    _, alone = trained(corpus, schedule="linear", epochs=1)
    assert alone[0] not in (constant[0], linear[0])


def test_what_ends_for_good_keeps_its_weights_alone(corpus) -> None:
    run = Run(configured(schedule="linear", epochs=2), 3, Split(0.2, 0))
    first, _ = train_epoch(run, corpus, 1, None)
    last, metrics = train_epoch(run, corpus, 2, first)
    going_on, _ = trained(corpus, epochs=2)
    network = LiveNetwork(run.configuration, corpus.card)
    assert len(last) == len(network.model.weights) < len(first) == len(going_on)
    chosen = run.split.parts(corpus.training)[1]
    told = score(predict(run, corpus.card, corpus.training, chosen, last), corpus.training.labels[chosen])
    assert told == (metrics.validation_loss, metrics.validation_accuracy)


def test_a_falling_rate_has_no_epoch_behind_its_last(corpus) -> None:
    state, _ = trained(corpus, schedule="linear", epochs=2)
    with pytest.raises(ValueError, match="expected at most epoch 2, where the learning rate is 0, got 3"):
        train_epoch(Run(configured(schedule="linear", epochs=2), 3, Split(0.2, 0)), corpus, 3, state)


def test_clipping_bounds_the_norm_of_all_gradients_together(corpus) -> None:
    """One step of plain gradient descent at rate 1 moves the weights by the clipped gradients."""
    tokens, labels = np.array([[5, 6, 7], [8, 9, 10]], np.int32), np.array([0, 1], np.int32)
    moved = {}
    for clip in (0.0, 1e-3):
        layers = {"embedding_size": 4, "recurrent": [{"units": 3}]}
        recipe = tiny.RECIPE | {"optimizer": "sgd", "learning_rate": 1.0, "clip_norm": clip}
        configuration = Configuration.model_validate({"architecture": layers, "recipe": recipe})
        network = LiveNetwork(configuration, corpus.card)
        network.begin(1)
        before = [np.array(weight) for weight in network.model.trainable_weights]
        network._train_step(tokens, labels)
        steps = [np.array(w) - b for w, b in zip(network.model.trainable_weights, before, strict=True)]
        moved[clip] = np.sqrt(sum((step**2).sum() for step in steps))
    assert moved[1e-3] == pytest.approx(1e-3, rel=0.01)
    assert moved[0.0] > 1e-2
