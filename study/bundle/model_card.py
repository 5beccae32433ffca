"""The model card: what a bundle is, on what it rests, how good it is and where it ends, in Markdown.

Everything is in the bundle's description, plain values as bundle.json keeps them:

    made, made_by, study, trial, words, fingerprint, parameters, seed, epochs, chosen (a sentence)
    corpus            name, source, fingerprint, classes, training_texts, median_length, notice
    trained_on        the split in words
    trained_again     None, or whether the weights, trained again, gave the numbers kept: true, false
    test              None, or seeds, mean, low, high, smallest, largest, own, own_low, own_high, texts
    validation        None, or accuracy, configurations (how many were compared by it)
    baselines         title and test_accuracy of each linear classifier on the same texts
    trained_with, exported_with   versions

Of a linear model `configuration`, `trial`, `fingerprint` and `epochs` are None, `test` has its own figures alone,
and `networks` has title, mean and seeds of each network on the same texts. `member`: whether it is one of several
that are averaged (study.bundle.ensemble).
"""

from collections.abc import Iterator
from typing import Any

from results.presentation.formatting import percent, percent_range
from search_spaces.architecture import Recipe
from study.corpus.prepared.encoding import FIRST_WORD

TEMPLATE = """# {title}

{warning}A text classifier: {classes}.

    {words}

{parameters:,} parameters. Trained in study `{study}`{how}.
{chosen}

## Use

    python predict.py "{example}"

needs {needs} and this folder alone. With the program that made it: `study predict FOLDER "{example}"`.
{use}

## Data

Corpus `{corpus}`: {source}.
Fingerprint (SHA-256) `{fingerprint}`.
Trained on {trained_on}.
{reads}

## How good it is

{scores}

## Limits

{limits}

## Made with

Trained with {trained_with}; exported {made} by {made_by} with {exported_with}.
{configuration}{again}
"""


def model_card(description: dict[str, Any]) -> str:
    """The card of a bundle with this description."""
    corpus = description["corpus"]
    linear = description["configuration"] is None
    recipe = None if linear else Recipe.model_validate(description["configuration"]["recipe"])
    classes = " or ".join(f"*{label}*" for label in corpus["classes"])
    by_ids = not description["reads_words"]
    return TEMPLATE.format(
        title=f"{' or '.join(corpus['classes'])}: {description['title']}",
        warning=f"> **{corpus['notice']}**\n\n" if corpus["notice"] else "",
        classes=classes,
        words=description["words"],
        parameters=description["parameters"],
        study=description["study"],
        how="" if linear else _how(description),
        needs="NumPy" if linear else "TensorFlow",
        chosen=description["chosen"],
        example="1 14 22 16" if by_ids else "a text",
        use=_use(by_ids, linear, corpus.get("tokens", "words")),
        corpus=corpus["name"],
        source=corpus["source"],
        fingerprint=corpus["fingerprint"],
        trained_on=description["trained_on"],
        reads=_reads(recipe, corpus, by_ids) if recipe else "The model reads all of a text.",
        scores="\n".join(_scores(description)),
        limits="\n".join(f"- {line}" for line in _limits(description, recipe)),
        trained_with=versions(description["trained_with"]),
        exported_with=versions(description["exported_with"]),
        made=description["made"],
        made_by=description["made_by"],
        configuration="" if linear else f"Configuration `{description['fingerprint']}`.",
        again=_fitted_again(description) if linear else _again(description["trained_again"]),
    )


def _how(description: dict[str, Any]) -> str:
    trial = "no trial" if description["trial"] is None else f"trial {description['trial']}"
    epochs = description["epochs"]
    return f" ({trial}), seed {description['seed']}, {epochs} epoch{'' if epochs == 1 else 's'}"


def _use(by_ids: bool, linear: bool, tokens: str) -> str:
    if by_ids:
        return (
            "The corpus had ids without words, so a text is given as its ids, separated by spaces. "
            "`study export --word-index FILE` makes a bundle that reads words."
        )
    if linear:
        return (
            f"{tokens.capitalize()} and pairs of {tokens} that the model does not know are left out. "
            "`preparation.json` has the rule in full, `linear.npz` the weights."
        )
    return (
        f"{tokens.capitalize()} the vocabulary lacks are left out; {tokens} too rare for the network become one "
        f"id for unknown {tokens}. "
        "`preparation.json` has the rule in full."
    )


def _reads(recipe: Recipe, corpus: dict[str, Any], by_ids: bool) -> str:
    side = "last" if recipe.truncation == "pre" else "first"
    read = (
        f"The network reads the {side} {recipe.sequence_length:,} tokens of a text (half of the corpus's texts "
        f"have {corpus['median_length']:.0f} or fewer)"
    )
    if recipe.vocabulary_size is None:
        return f"{read}."
    if by_ids:
        return f"{read} and knows the ids below {recipe.vocabulary_size:,}."
    return f"{read} and knows the {recipe.vocabulary_size - FIRST_WORD:,} most frequent words."


def _scores(description: dict[str, Any]) -> Iterator[str]:
    test, validation = description["test"], description["validation"]
    if test is None and validation is None:
        yield "Not known: it was neither validated nor scored on the test part."
    if test is not None:
        yield from _test_scores(test, description)
    else:
        yield "It has no score on the test part: no finals were run for this configuration."
    if validation is not None:
        others = validation["configurations"]
        yield ""
        yield f"Validation accuracy {percent(validation['accuracy'])}, trained without the validation texts."
        if test is None and others > 1:
            yield (
                f"{others} configurations were compared by this figure, so the highest is in part luck: expect "
                "less on new texts."
            )


def _test_scores(test: dict[str, Any], description: dict[str, Any]) -> Iterator[str]:
    """A table of what was measured, and what the intervals are of."""
    yield f"On the {test['texts']:,} texts of the test part, which were not used to train or to choose:"
    yield ""
    yield "| | accuracy | 95 % interval | of |"
    yield "|---|---|---|---|"
    own = f"{percent(test['own'])} | {between(test['own_low'], test['own_high'])}"
    if description["configuration"] is None:
        yield f"| this model | {own} | this model, other texts |"
        for network in description["networks"]:
            seeds = f"{network['seeds']} seed{'' if network['seeds'] == 1 else 's'}"
            yield f"| {network['title']}, a network, for comparison | {percent(network['mean'])} | | {seeds} |"
        return
    yield f"| these weights (seed {description['seed']}) | {own} | this network, other texts |"
    if test["seeds"] > 1:
        mean = f"{percent(test['mean'])} | {between(test['low'], test['high'])}"
        yield f"| mean of {test['seeds']} seeds | {mean} | the mean over seeds, these texts |"
        yield f"| the seeds, worst to best | {percent(test['smallest'])} to {percent(test['largest'])} | | |"
    for baseline in description["baselines"]:
        yield f"| {baseline['title']}, linear, for comparison | {percent(baseline['test_accuracy'])} | | |"
    yield ""
    if test["seeds"] > 1 and not description.get("member"):
        yield (
            "The weights are those of the first seed, not of the one that scored best: choosing by the test part "
            "would make its figures too good."
        )
    elif test["seeds"] == 1:
        yield "One seed: how much another would differ is not known."


def _limits(description: dict[str, Any], recipe: Recipe | None) -> Iterator[str]:
    corpus = description["corpus"]
    linear = max((baseline["test_accuracy"] for baseline in description["baselines"]), default=0.0)
    if recipe and description["test"] and linear > description["test"]["mean"]:
        yield f"A linear classifier told more of the same texts right: {percent(linear)}."
    yield from everybodys_limits(corpus)
    if recipe:
        side = "before the last" if recipe.truncation == "pre" else "behind the first"
        yield f"It does not see what stands {side} {recipe.sequence_length:,} tokens of a text."
    elif description["kind_of_model"] == "nb-svm":
        yield "A support vector machine has no probabilities: they are its scores, made to shares by the softmax."


def everybodys_limits(corpus: dict[str, Any]) -> Iterator[str]:
    """What any model on this corpus, by its card, cannot do."""
    if corpus["notice"]:
        yield "Trained on generated texts: of no use on real ones."
    yield (
        f"It knows texts like those of `{corpus['name']}` alone. On texts of another kind, time or language its "
        "accuracy is not known, and it answers all the same."
    )
    yield f"It always names one of {len(corpus['classes'])} classes, also for texts that belong to none of them."
    yield "The probabilities were not calibrated: .9 need not be right nine times in ten."
    yield "Whether it treats groups of people alike was not looked into."


def _again(trained_again: bool | None) -> str:
    if trained_again is None:
        return ""
    if trained_again:
        return "\nThe weights were no longer kept and were trained again, to the same loss in the last digit."
    return (
        "\n**The weights were no longer kept and were trained again; the loss came out differently (another "
        "machine or other versions), so the scores above are of a close relative.**"
    )


def _fitted_again(description: dict[str, Any]) -> str:
    validation = percent(description["validation"]["accuracy"])
    if description["trained_again"]:
        return (
            "A linear model is kept by its settings; it was fitted again from them, with the validation accuracy "
            f"it had, {validation}."
        )
    return (
        "**It was fitted again from its settings, and its validation accuracy came out differently (another "
        f"machine or other versions) from the {validation} it had, so the scores above are of a close relative.**"
    )


def versions(of: dict[str, Any]) -> str:
    """'keras 3.15.1, numpy 2.4.0'."""
    return ", ".join(f"{name} {version}" for name, version in of.items()) or "unknown versions"


def between(low: float | None, high: float | None) -> str:
    """'86.10 to 87.40 %', or that there is none."""
    return "none: no spread" if low is None or high is None else percent_range(low, high)
