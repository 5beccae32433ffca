"""The model card of an average. Its description, plain values as bundle.json keeps them:

made, made_by, study, corpus, reads_words, trained_with, exported_with   as study.bundle.model_card has them
title, words, chosen (a sentence), cpu_seconds (to predict 1,000 texts)
members           folder, weight, title, words, parameters and seed of each
test              own, own_low, own_high, texts
validation        accuracy
compared          against the one model that would be used else, in words
"""

from collections.abc import Iterator
from typing import Any

from results.presentation.formatting import percent
from study.bundle.model_card import between, everybodys_limits, versions

TEMPLATE = """# {title}

{warning}A text classifier: {classes}. The class probabilities of {number} models averaged.

    {words}

{parameters:,} parameters together. Trained in study `{study}`.
{chosen}

## Use

    python predict.py "{example}"

needs TensorFlow and this folder alone. With the program that made it: `study predict FOLDER "{example}"`.
1,000 texts took {seconds:.3g} CPU seconds on the machine that chose it.

## Members

Each is a bundle of its own, with its card.

{members}

## Data

Corpus `{corpus}`: {source}.
Fingerprint (SHA-256) `{fingerprint}`.

## How good it is

{scores}

## Limits

{limits}

## Made with

Trained with {trained_with}; exported {made} by {made_by} with {exported_with}.
"""


def ensemble_card(description: dict[str, Any]) -> str:
    """The card of a bundle of an average with this description."""
    corpus = description["corpus"]
    return TEMPLATE.format(
        title=f"{' or '.join(corpus['classes'])}: {description['title']}",
        warning=f"> **{corpus['notice']}**\n\n" if corpus["notice"] else "",
        classes=" or ".join(f"*{label}*" for label in corpus["classes"]),
        number=len(description["members"]),
        words=description["words"],
        parameters=sum(member["parameters"] for member in description["members"]),
        study=description["study"],
        chosen=description["chosen"],
        example="a text" if description["reads_words"] else "1 14 22 16",
        seconds=description["cpu_seconds"],
        members="\n".join(_members(description)),
        corpus=corpus["name"],
        source=corpus["source"],
        fingerprint=corpus["fingerprint"],
        scores="\n".join(_scores(description)),
        limits="\n".join(f"- {line}" for line in everybodys_limits(corpus)),
        trained_with=versions(description["trained_with"]),
        exported_with=versions(description["exported_with"]),
        made=description["made"],
        made_by=description["made_by"],
    )


def _members(description: dict[str, Any]) -> Iterator[str]:
    yield "| folder | weight | model | seed |"
    yield "|---|---|---|---|"
    for member in description["members"]:
        seed = "" if member["seed"] is None else member["seed"]
        yield f"| `{member['folder']}` | {member['weight']:.4f} | {member['title']}: {member['words']} | {seed} |"


def _scores(description: dict[str, Any]) -> Iterator[str]:
    test, validation = description["test"], description["validation"]
    yield f"On the {test['texts']:,} texts of the test part, which were not used to train or to choose:"
    yield ""
    yield "| | accuracy | 95 % interval | of |"
    yield "|---|---|---|---|"
    interval = between(test["own_low"], test["own_high"])
    yield f"| this average | {percent(test['own'])} | {interval} | these models, other texts |"
    yield ""
    yield f"It is {description['compared']}."
    yield ""
    yield (
        f"Validation accuracy {percent(validation['accuracy'])}, of the same networks trained without the "
        "validation texts; the weights were chosen by them, so that figure is optimistic."
    )
