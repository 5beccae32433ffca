"""No setting does nothing without a word: every key is tried."""

from typing import Any

import pytest
import tiny

from search_spaces import Recipe, load_space, random_trials
from study.config import StudyConfig, load_config
from study.corpus.prepared.splits import Split
from study.driver.terms import study_terms
from study.errors import InputError
from study.jobs.unused import given_in, refuse_unused

OTHER: dict[str, Any] = {
    "optimizer": "sgd", "learning_rate": 0.002, "batch_size": 16, "epochs": 5, "batching": "fixed",
    "vocabulary_size": 777, "sequence_length": 77, "padding": "post", "truncation": "post", "schedule": "cooldown",
    "clip_norm": 2.0, "weight_decay": 0.1, "label_smoothing": 0.2, "token_dropout": 0.3,
}  # fmt: skip
BUCKETED = {"batching": "bucketed"}  # as in every study by default
SEARCHED = {
    "book": set(),
    "wide": {"optimizer", "learning_rate", "padding", "truncation"},
    "strong": {"learning_rate", "vocabulary_size", "sequence_length", "token_dropout"},
}


def refused(**settings: Any) -> str:
    try:
        refuse_unused(load_config(None, settings))
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("space", SEARCHED)
@pytest.mark.parametrize("key", Recipe.model_fields)
def test_every_key_of_a_recipe_changes_what_is_drawn_or_is_refused(space: str, key: str) -> None:
    said = refused(space=space, recipe={key: OTHER[key]})
    if key in SEARCHED[space]:
        assert said.startswith(f"recipe.{key}: expected no value, since the space {space} searches it (")
        assert said.endswith(f"got {OTHER[key]!r}; leave it out, or write a space of your own")
        return
    assert not said
    drawn = [
        [configuration.recipe for _, configuration in random_trials(load_space(space, Recipe(**changes)), 50)]
        for changes in (BUCKETED, BUCKETED | {key: OTHER[key]})
    ]
    assert [getattr(each, key) for each in drawn[0]] != [getattr(each, key) for each in drawn[1]]


@pytest.mark.parametrize("profile", ["quick", "standard", "thorough"])
@pytest.mark.parametrize("space", SEARCHED)
def test_what_a_profile_has_is_not_refused(space: str, profile: str) -> None:
    assert not refused(space=space, profile=profile)
    assert given_in(load_config(None, {"profile": profile}), "recipe") == {}


def test_a_space_of_ones_own_is_asked_too(tmp_path) -> None:
    space = str(tiny.write_space(tmp_path / "own.py"))
    assert refused(space=space, recipe={"epochs": 9}).startswith(
        "recipe.epochs: expected no value, since the space own searches it (1 to 4), got 9"
    )
    assert not refused(space=space, recipe={"learning_rate": 0.5})


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"search": {"pruner": "none", "pruner_warmup_epochs": 2}}, "search.pruner_warmup_epochs"),
        ({"search": {"pruner": "none", "pruner_startup_trials": 9}}, "search.pruner_startup_trials"),
        ({"search": {"pruner": "successive-halving", "pruner_startup_trials": 9}}, "search.pruner_startup_trials"),
        ({"finals": {"seeds": 0, "best": 3}}, "finals.best"),
        ({"finals": {"seeds": 0, "extra_seeds": 3}}, "finals.extra_seeds"),
        ({"finals": {"seeds": 0, "test_texts": 30}}, "finals.test_texts"),
        ({"finals": {"seeds": 1, "extra_seeds": 3}}, "finals.extra_seeds"),
        ({"finals": {"best": 0, "leaders": 2}}, "finals.leaders"),
        ({"objectives": "accuracy,seconds", "finals": {"leaders": 2}}, "finals.leaders"),
        ({"workers": 1, "memory_limit": "2GB"}, "memory_limit"),
        ({"scheduler": "tcp://x:1", "workers": 3}, "workers"),
    ],
)
def test_what_another_setting_switches_off_is_refused(settings: dict[str, Any], named: str) -> None:
    assert refused(**settings).startswith(f"{named}: expected ")


@pytest.mark.parametrize(
    "settings",
    [
        {"search": {"pruner": "none"}, "profile": "quick"},
        {"finals": {"seeds": 0}, "profile": "quick"},
        {"finals": {"seeds": 0, "extra_seeds": 0, "baselines": False}},
        {"finals": {"seeds": 1, "extra_seeds": 0}},
        {"search": {"pruner": "successive-halving", "pruner_warmup_epochs": 2}},
        {"workers": 2, "memory_limit": "2GB"},
    ],
)
def test_what_has_a_part_is_not(settings: dict[str, Any]) -> None:
    assert not refused(**settings)


# Keys that decide where, how fast and how much, or what is read, but no number of the study they are given for.
ELSEWHERE = {
    "profile", "corpus", "word_index", "text_column", "label_column", "encoding", "test_corpus", "test_fraction",
    "keep_duplicates", "cache", "space", "name", "fork", "database", "report", "states", "trials", "budget",
    "target", "workers", "scheduler", "memory_limit", "deterministic", "recipe", "finals.best", "finals.baselines",
    "questions.seeds", "questions.epochs", "finals.average", "header", "rare_classes", "tokens",
}  # fmt: skip
VALUES: dict[str, Any] = {"objectives": "f1", "seed": 7, "split.training_texts": 99, "split.seed": 5,
    "split.validation_fraction": 0.3, "search.pruner": "none", "search.pruner_startup_trials": 3,
    "search.pruner_warmup_epochs": 3, "search.startup_trials": 3, "search.early_stopping": 2,
    "finals.seeds": 5, "finals.extra_seeds": 5, "finals.test_texts": 50, "finals.margin": 2.0,
    "finals.leaders": 2, "finals.first_seed": 3}  # fmt: skip


def keys() -> list[str]:
    found = []
    for name, field in StudyConfig.model_fields.items():
        parts = getattr(field.annotation, "model_fields", None)
        found += [name] if parts is None or name == "recipe" else [f"{name}.{part}" for part in parts]
    return found


@pytest.mark.parametrize("key", sorted(set(keys()) - ELSEWHERE))
def test_every_other_key_is_among_a_studys_terms(key: str) -> None:
    def terms(settings: dict[str, Any]) -> object:
        config = load_config(None, settings)
        part = config.split
        split = Split(part.validation_fraction, part.seed, part.training_texts)
        return study_terms(config, load_space("book", config.recipe)), split

    table, _, name = key.partition(".")
    assert terms({table: {name: VALUES[key]} if name else VALUES[key]}) != terms({})


def test_every_key_is_in_one_of_these_lists() -> None:
    assert set(keys()) == ELSEWHERE | set(VALUES)
    assert set(OTHER) == set(Recipe.model_fields)
