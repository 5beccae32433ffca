"""The published configurations and figures, against rows copied by hand from their sources."""

import pytest

from search_spaces import BOOK, MARKS, REFERENCES, Configuration, Recipe, UnknownName, name_of, reference

# id, test accuracy in %, (loss, accuracy) by epoch, seconds an epoch, section of the book
BOOK_ROWS = [
    ("simple-lstm", 86.79, ((0.5570, 0.7149), (0.3530, 0.8577), (0.2559, 0.9019)), 107, "26.1"),
    ("lstm-dropout", 85.56, ((0.5802, 0.6898), (0.4112, 0.8232), (0.3825, 0.8365)), 108, "26.2"),
    ("lstm-gate-dropout", 82.82, ((0.6623, 0.5935), (0.5159, 0.7484), (0.4502, 0.7981)), 112, "26.2"),
    ("cnn-lstm", 86.36, ((0.5186, 0.7263), (0.2946, 0.8825), (0.2291, 0.9126)), 58, "26.3"),
]
LSTM_100 = {"units": 100}
GATES = {"units": 100, "input_dropout": 0.2, "recurrent_dropout": 0.2}
FIRST_50 = {
    "batch_size": 100,
    "vocabulary_size": None,
    "sequence_length": 50,
    "padding": "post",
    "truncation": "post",
}
NETWORKS: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("simple-lstm", {"embedding_size": 32, "recurrent": [LSTM_100]}, {}),
    (
        "lstm-dropout",
        {
            "embedding_size": 32,
            "word_dropout": 0.2,
            "embedding_dropout": 0.2,
            "recurrent": [LSTM_100 | {"output_dropout": 0.2}],
        },
        {},
    ),
    ("lstm-gate-dropout", {"embedding_size": 32, "word_dropout": 0.2, "recurrent": [GATES]}, {}),
    (
        "cnn-lstm",
        {
            "embedding_size": 32,
            "conv": [{"filters": 32, "kernel_size": 3, "pooling": 2}],
            "recurrent": [LSTM_100],
        },
        {},
    ),
    ("lab-gate-dropout", {"embedding_size": 32, "recurrent": [GATES]}, {}),
    (
        "index-lstm-50",
        {"embedding_size": 0, "recurrent": [{"units": 50}], "head": "softmax"},
        FIRST_50 | {"epochs": 75},
    ),
    (
        "embedding-lstm-50",
        {"embedding_size": 300, "recurrent": [{"units": 128}], "head": "softmax"},
        FIRST_50 | {"epochs": 1},
    ),
]


def test_there_are_seven_of_which_four_are_the_books() -> None:
    assert [published.id for published in REFERENCES] == [id for id, _, _ in NETWORKS]
    assert [published.id for published in BOOK] == [row[0] for row in BOOK_ROWS]


@pytest.mark.parametrize(("id", "architecture", "recipe"), NETWORKS, ids=[id for id, _, _ in NETWORKS])
def test_the_networks_are_as_published(id: str, architecture: object, recipe: object) -> None:
    configuration = Configuration.model_validate({"architecture": architecture, "recipe": recipe})
    assert reference(id).configuration == configuration


def test_the_books_recipe_is_the_default() -> None:
    book = {
        "optimizer": "adam",
        "learning_rate": 0.001,  # Keras's default for Adam
        "batch_size": 64,
        "epochs": 3,
        "batching": "fixed",
        "vocabulary_size": 5000,
        "sequence_length": 500,
        "padding": "pre",
        "truncation": "pre",
        "schedule": "constant",
        "clip_norm": 0.0,
        "weight_decay": 0.0,
        "label_smoothing": 0.0,
        "token_dropout": 0.0,
    }
    assert Recipe().model_dump() == book
    assert all(published.configuration.recipe == Recipe() for published in BOOK)
    assert all(published.configuration.recipe.batching == "fixed" for published in REFERENCES)


@pytest.mark.parametrize(("id", "percent", "curve", "seconds", "section"), BOOK_ROWS)
def test_the_books_figures(id: str, percent: float, curve, seconds: float, section: str) -> None:
    published = reference(id).published
    assert published.test_accuracy == pytest.approx(percent / 100)
    assert published.training_curve == curve
    assert (published.train_loss, published.train_accuracy) == curve[-1]
    assert published.seconds_per_epoch == seconds
    assert "Deep Learning With Python" in reference(id).source
    assert reference(id).source.endswith(f"section {section}")


@pytest.mark.parametrize(
    ("id", "test_accuracy", "train_accuracy", "train_loss"),
    [
        ("lab-gate-dropout", 0.8663, 0.8932, 0.2687),
        ("index-lstm-50", None, 0.58, None),
        ("embedding-lstm-50", None, 0.73, None),
    ],
)
def test_the_other_figures(id: str, test_accuracy, train_accuracy, train_loss) -> None:
    published = reference(id).published
    assert (published.test_accuracy, published.train_accuracy) == (test_accuracy, train_accuracy)
    assert published.train_loss == train_loss
    assert published.training_curve == ()
    assert published.seconds_per_epoch is None


@pytest.mark.parametrize(("id", "count"), [("simple-lstm", 213_301), ("cnn-lstm", 216_405)])
def test_the_books_parameter_counts(id: str, count: int) -> None:
    configuration = reference(id).configuration
    vocabulary_size = configuration.recipe.vocabulary_size
    assert vocabulary_size is not None
    assert configuration.architecture.parameter_count(vocabulary_size) == count


@pytest.mark.parametrize("published", BOOK, ids=lambda published: published.id)
def test_the_books_notes_say_that_the_data_were_others(published) -> None:
    assert "16,750 training samples" in published.notes
    assert "25,000" in published.notes
    drops_words = published.configuration.architecture.word_dropout > 0
    assert ("Word dropout is Keras 1's" in published.notes) == drops_words


def test_the_marks_for_scale() -> None:
    assert [mark.test_accuracy for mark in MARKS] == [0.8889, 0.912, 0.8841]


def test_every_reference_has_words_for_people_and_a_fingerprint_of_its_own() -> None:
    assert all(published.title and published.source and published.notes for published in REFERENCES)
    assert len({published.title for published in REFERENCES}) == 7
    assert len({published.configuration.fingerprint for published in REFERENCES}) == 7


@pytest.mark.parametrize("published", REFERENCES, ids=lambda published: published.id)
def test_a_network_is_recognised_under_any_recipe(published) -> None:
    changed = published.under({"batching": "bucketed", "sequence_length": 80})
    assert changed.recipe.sequence_length == 80
    assert changed.recipe.padding == published.configuration.recipe.padding
    assert name_of(changed) == name_of(published.configuration) == published.id


def test_other_epochs_are_another_network_than_the_published() -> None:
    assert name_of(reference("simple-lstm").under({"epochs": 4})) is None


def test_another_network_has_no_name() -> None:
    plain = {"architecture": {"embedding_size": 32, "recurrent": [{"units": 99}]}}
    assert name_of(Configuration.model_validate(plain)) is None


def test_an_unknown_id_lists_the_known_ones_sorted() -> None:
    known = "cnn-lstm, embedding-lstm-50, index-lstm-50, lab-gate-dropout, lstm-dropout, "
    known += "lstm-gate-dropout, simple-lstm"
    with pytest.raises(UnknownName, match=f"^no reference is called 'lstm'; expected one of: {known}$"):
        reference("lstm")


def test_changing_what_no_recipe_has_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        BOOK[0].under({"momentum": 0.9})
