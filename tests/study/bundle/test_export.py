"""A network of a study as a bundle: the right one, its weights, and what the card says of it."""

import dataclasses
import json
import sqlite3

import numpy as np
import pandas as pd
import pytest
import tiny

from results.evidence.evidence import gather
from results.store.database import open_store
from study.bundle import open_bundle
from study.bundle.choice import choose
from study.bundle.export import export
from study.bundle.model_card import model_card
from study.config import load_config
from study.corpus.prepared.cache import folder_of
from study.corpus.prepared.prepared import open_prepared
from study.driver.lease import lease
from study.errors import InputError, Refused
from study.jobs.study import run_study
from study.progress.watcher import Silent

WORDS = [f"w{number}" for number in range(4, tiny.VOCABULARY)]  # the word of an id has its number


class Listening(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def said(self, line: str) -> None:
        self.lines.append(line)


def in_words(tokens: np.ndarray, offsets: np.ndarray) -> list[str]:
    """The texts behind the ids of tiny's arrays, without the start id."""
    return [" ".join(f"w{token}" for token in part[1:]) for part in np.split(tokens, offsets[1:-1])]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study with finals of its best configuration alone, and a word index."""
    folder = tmp_path_factory.mktemp("export")
    config = load_config(None, tiny.settings(folder, trials=4))
    name = run_study(config, ["study", "run"], Silent())
    ranks = {word: rank for rank, word in enumerate(WORDS, start=1)}
    (folder / "words.json").write_text(json.dumps(ranks), encoding="utf-8")
    return folder, config, name


def exported(finished, which, to, watch=None, **changes):
    folder, config, name = finished
    options = {"states": config.states, "cache": config.cache, "word_index": folder / "words.json"} | changes
    with open_store(config.database) as store:
        return export(store, name, which, to, watch=watch, **options)


def evidence_of(finished):
    _, config, name = finished
    store = open_store(config.database)
    return store, gather(store, name)


@pytest.fixture(scope="module")
def best(finished, tmp_path_factory):
    return exported(finished, "network", tmp_path_factory.mktemp("best") / "bundle")


def unscored(finished) -> int:
    """A complete trial whose configuration has no finals."""
    _, evidence = evidence_of(finished)
    complete = evidence.trials[evidence.trials["state"] == "complete"]
    return int(complete.loc[~complete["configuration"].isin(evidence.finals["configuration"]), "number"].iloc[0])


def test_the_best_has_the_probabilities_of_the_first_seeds_final(finished, best) -> None:
    _, config, _ = finished
    query = (
        "SELECT predictions.probabilities FROM predictions JOIN finals ON finals.id = predictions.final "
        "JOIN runs ON runs.id = finals.run WHERE runs.seed = 0"
    )
    (kept,) = sqlite3.connect(config.database).execute(query).fetchall()
    expected = np.frombuffer(kept[0], "<f4").astype(float)
    arrays = tiny.arrays()
    texts = in_words(arrays["test_tokens"], arrays["test_offsets"])
    found = open_bundle(best).probabilities(texts)
    assert len(found) == 60
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=1e-6)


def test_the_card_says_what_it_is_how_good_and_of_which_seed(finished, best) -> None:
    _, config, name = finished
    card = (best / "MODEL_CARD.md").read_text(encoding="utf-8")
    scores = sqlite3.connect(config.database).execute(
        "SELECT runs.seed, test_accuracy FROM finals JOIN runs ON runs.id = finals.run ORDER BY runs.seed"
    )
    (_, first), (_, second) = scores.fetchall()
    assert f"| these weights (seed 0) | {100 * first:.2f} % |" in card
    assert f"| mean of 2 seeds | {50 * (first + second):.2f} % |" in card
    assert f"{100 * min(first, second):.2f} % to {100 * max(first, second):.2f} %" in card
    assert "those of the first seed, not of the one that scored best" in card
    assert "On the 60 texts of the test part" in card
    assert "Trained on all of the training half, no validation." in card
    assert f"study `{name}`" in card
    assert (
        open_prepared(next(path for path in config.cache.iterdir() if path.name != "sources")).card.fingerprint
        in card
    )
    assert "tensorflow 2." in card


def test_a_trial_without_finals_has_its_own_state_and_says_so(finished, tmp_path) -> None:
    number = unscored(finished)
    bundle = open_bundle(exported(finished, str(number), tmp_path / "bundle"))
    _, evidence = evidence_of(finished)
    trial = evidence.trials.set_index("number").loc[number]
    _, config, _ = finished
    corpus = open_prepared(folder_of(evidence.card["fingerprint"], config.cache))
    split = choose(open_store(config.database), evidence, str(number)).run.split
    _, validation = split.indices(corpus.training.labels)
    arrays = tiny.arrays()
    texts = np.array(in_words(arrays["train_tokens"], arrays["train_offsets"]), object)[validation]
    told = bundle.probabilities(list(texts)).argmax(axis=1) == arrays["train_labels"][validation]
    assert told.mean() == pytest.approx(trial["validation_accuracy"])
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "It has no score on the test part: no finals were run for this configuration." in card
    assert f"Validation accuracy {100 * trial['validation_accuracy']:.2f} %" in card
    assert "in part luck: expect less on new texts." in card
    assert "20 % of the training half for validation" in card


def test_weights_that_are_gone_are_trained_again_to_the_same(finished, best, tmp_path) -> None:
    watch = Listening()
    again = exported(finished, "network", tmp_path / "bundle", watch, states=tmp_path / "states")
    assert watch.lines[0].startswith("The weights are no longer kept: training them again, epochs 1 to ")
    texts = [" ".join(WORDS[number : number + 9]) for number in range(8)]
    np.testing.assert_array_equal(open_bundle(again).probabilities(texts), open_bundle(best).probabilities(texts))
    card = (again / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "trained again, to the same loss in the last digit" in card
    assert "trained again" not in (best / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_nothing_is_trained_again_while_a_driver_is_at_work(finished, tmp_path) -> None:
    _, config, name = finished
    driven = pytest.raises(Refused, match="is being driven by process")
    with open_store(config.database) as store, lease(store, name), driven:
        exported(finished, "network", tmp_path / "bundle", states=tmp_path / "states")
    assert not (tmp_path / "bundle").exists()


def test_the_best_is_chosen_on_validation_data_among_those_with_finals(finished) -> None:
    store, evidence = evidence_of(finished)
    ended = evidence.trials[evidence.trials["state"] == "complete"].drop_duplicates("configuration")
    first, second = ended["configuration"].iloc[:2]
    trials = evidence.trials.assign(
        validation_accuracy=evidence.trials["configuration"].map({first: 0.8, second: 0.7}).astype(float)
    )
    row = evidence.finals.iloc[:1]
    finals = [
        row.assign(configuration=first, test_accuracy=0.6),
        row.assign(configuration=second, test_accuracy=0.9),
    ]
    both = dataclasses.replace(evidence, trials=trials, finals=row.iloc[:0].reindex(columns=row.columns))
    assert choose(store, both, "best").fingerprint == first

    scored = dataclasses.replace(both, finals=pd.concat(finals))
    assert choose(store, scored, "best").fingerprint == first  # though the second did better on the test part
    alone = dataclasses.replace(both, finals=finals[1])
    chosen = choose(store, alone, "best")
    assert chosen.fingerprint == second
    assert chosen.why == "It is the only configuration with finals."
    store.close()


def test_a_configuration_is_named_by_the_beginning_of_its_fingerprint(finished) -> None:
    store, evidence = evidence_of(finished)
    fingerprint = evidence.finals["configuration"].iloc[0]
    assert choose(store, evidence, fingerprint[:10]).run.seed == 0
    assert choose(store, evidence, fingerprint).fingerprint == fingerprint
    store.close()


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("99", r"expected the number of a trial \(0 to 3\), got 99"),
        ("cnn-lstm", "got 'cnn-lstm', which names none; there are: [0-9a-f]{16}"),
        ("", "got '', which names several; there are: "),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(finished, which, message) -> None:
    store, evidence = evidence_of(finished)
    with pytest.raises(InputError, match=message):
        choose(store, evidence, which)
    store.close()


def test_a_trial_that_did_not_end_is_refused(finished) -> None:
    store, evidence = evidence_of(finished)
    trials = evidence.trials.assign(state="pruned", reason="after epoch 1 of 3", validation_accuracy=float("nan"))
    pruned = dataclasses.replace(evidence, trials=trials, judged=trials, finals=evidence.finals.iloc[:0])
    with pytest.raises(InputError, match=r"but trial 0 is pruned \(after epoch 1 of 3\); name another"):
        choose(store, pruned, "0")
    with pytest.raises(InputError, match="has no complete trial to choose the best by validation accuracy"):
        choose(store, pruned, "best")
    store.close()


def test_a_corpus_of_ids_makes_a_bundle_of_ids(finished, tmp_path) -> None:
    bundle = exported(finished, "network", tmp_path / "bundle", word_index=None)
    assert not (bundle / "vocabulary.json").exists()
    assert "a text is given as its ids, separated by spaces" in (bundle / "MODEL_CARD.md").read_text(
        encoding="utf-8"
    )
    assert open_bundle(bundle).predict(["1 5 6 7"])[0].unknown_words == 0


def test_a_word_index_of_another_corpus_is_refused(finished, tmp_path) -> None:
    (tmp_path / "short.json").write_text('{"the": 1, "film": 2}', encoding="utf-8")
    with pytest.raises(InputError, match="expected a word for each of the corpus's 36 ids, got 2; it belongs to"):
        exported(finished, "network", tmp_path / "bundle", word_index=tmp_path / "short.json")


def test_a_missing_corpus_is_one_line(finished, tmp_path) -> None:
    with pytest.raises(InputError, match=r"expected a prepared corpus in .*, but it is missing"):
        exported(finished, "network", tmp_path / "bundle", cache=tmp_path)


def test_a_place_that_is_taken_is_refused_before_anything_is_done(finished, tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match=r"it holds notes\.txt"):
        exported(finished, "network", tmp_path, cache=tmp_path)


def test_the_card_of_a_stand_in_warns_first(finished, tmp_path) -> None:

    description = json.loads(
        (exported(finished, "network", tmp_path / "b") / "bundle.json").read_text(encoding="utf-8")
    )
    description["corpus"]["notice"] = "Stand-in corpus: generated texts."
    card = model_card(description)
    assert card.splitlines()[2] == "> **Stand-in corpus: generated texts.**"
    assert "Trained on generated texts: of no use on real ones." in card
