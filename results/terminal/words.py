"""The values of `results.terminal.lookup` for reading."""

from collections.abc import Callable, Mapping
from typing import Any

from results.presentation.formatting import percent, percent_range
from results.terminal.lookup import Values


def best_in_words(values: Values) -> str:
    """`best` for reading."""
    head = f"Study {values['study']} on {values['corpus']}"
    if values["chosen_by"] is None:
        return "\n".join([*_unsearched(head, values), *([values["notice"]] if values["notice"] else [])])
    answer = values["answer"]
    lines = [head, *_answered(answer), "The best network:"] if answer else [head]
    lines += [f"  {values['title']}", f"  {values['words']}", f"  {values['parameters']:,} parameters"]
    test, validation = values["test"], values["validation_accuracy"]
    if test:
        seeds = test["seeds"]
        interval = (
            f", 95 % t interval {percent_range(test['low'], test['high'])}" if test["low"] is not None else ""
        )
        each = ", ".join(f"{100 * accuracy:.2f}" for accuracy in test["accuracies"])
        over = f"mean of {len(seeds)} seeds ({each})" if len(seeds) > 1 else "one seed"
        lines.append(f"  test accuracy {percent(test['mean'])}, {over}{interval}")
    if validation is not None:
        chosen_for_it = "" if values["reference"] else " (optimistic: it was chosen for it)"
        lines.append(f"  validation accuracy {percent(validation)}{chosen_for_it}")
    if not test:
        lines.append("  nothing is scored on the test part yet: `study finals` does that")
    else:
        lines.append(f"  chosen by {values['chosen_by']}")
        lines += [f"  {line}" for line in values["decisions"]]
    if values["show"]:
        lines.append(f"Show it: {values['show']}")
    return "\n".join([*lines, *([values["notice"]] if values["notice"] else [])])


def _unsearched(head: str, values: Values) -> list[str]:
    """What a study says that has no winner: the networks it scored, its answers, or that nothing is there yet."""
    if values["answers"]:
        said = [f"  {line}" for question, lines in values["answers"].items() for line in (question, *lines)]
        return [f"{head}, the open questions, on validation data:", *said]
    if not values["networks"]:
        what = "trial has ended with a score" if values["kind"] == "search" else "run is scored"
        return [f"{head}: no {what} yet."]
    lines = [f"{head}: nothing was searched, so nothing is chosen. Scored on the test part:"]
    for each in values["networks"]:
        test = each["test"]
        spread = f", 95 % t interval {percent_range(test['low'], test['high'])}" if test["low"] is not None else ""
        lines.append(f"  {each['title']}: {percent(test['mean'])}, {_some(len(test['seeds']), 'seed')}{spread}")
    return lines


def _answered(answer: Values) -> list[str]:
    return [answer["verdict"], *answer["grounds"], f"Take it out: {answer['export']}", ""]


def trial_in_words(values: Values) -> str:
    """`show` for reading."""
    state = "failed" if values["state"] == "fail" else values["state"]
    score = values["validation_accuracy"]
    said = f": validation accuracy {percent(score)}" if score is not None else ""
    lines = [f"Trial {values['number']} of study {values['study']}, {state}{said}"]
    if values["words"]:
        lines.append(f"  {values['words']}")
        reference = f", reference network {values['reference']}" if values["reference"] else ""
        lines.append(
            f"  {values['parameters']:,} parameters, seed {values['seed']}, run {values['run']}{reference}"
        )
    if values["reason"]:
        lines.append(f"  why: {values['reason']}")
    if values["started"]:
        lines.append(f"  {values['started'][:19]} to {(values['completed'] or 'now')[:19]} UTC")
    if values["curve"]:
        workers = ", ".join(dict.fromkeys(str(epoch["worker"]) for epoch in values["curve"]))
        lines += ["", *_columns(_CURVE, values["curve"]), f"Trained by {workers}."]
    if values["notice"]:
        lines.append(values["notice"])
    return "\n".join(lines)


def listing_in_words(studies: list[Values]) -> str:
    """`listing` for reading."""
    lines: list[str] = []
    for values in studies:
        states = ", ".join(f"{number} {state}" for state, number in values["trials"].items()) or "no trials"
        if values["kind"] != "search":
            states = {"questions": f"open questions, {_some(values['runs'], 'run')} begun"}.get(
                values["kind"], "reproduction of published networks"
            )
        best = values["best_validation_accuracy"]
        lines.append(
            f"{values['study']}  ({values['corpus']}, begun {values['begun'][:16].replace('T', ' ')} UTC)\n"
            f"  {states}; {_some(values['finals'], 'run')} scored on the test part"
            + (f"; best validation accuracy {percent(best)}" if best is not None else "")
        )
        if values.get("each"):
            lines += ["", *_columns(_TRIAL, values["each"]), ""]
    return "\n".join(lines)


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _real(digits: int) -> Callable[[Any], str]:
    return lambda value: "–" if value is None else f"{value:,.{digits}f}"


def _text(value: Any) -> str:
    return "–" if value in (None, "") else f"{value}"


_CURVE: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "epoch": ("epoch", _text),
    "validation_accuracy": ("validation", percent),
    "train_accuracy": ("training", percent),
    "validation_loss": ("val. loss", _real(4)),
    "train_loss": ("loss", _real(4)),
    "seconds": ("seconds", _real(1)),
}
_TRIAL: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "number": ("trial", _text),
    "state": ("state", _text),
    "validation_accuracy": ("validation", percent),
    "parameters": ("parameters", _real(0)),
    "words": ("configuration", _text),
}


def _columns(shape: Mapping[str, tuple[str, Callable[[Any], str]]], rows: list[Values]) -> list[str]:
    """Rows as aligned lines under their titles; text to the left, numbers to the right."""
    cells = [[title for title, _ in shape.values()]]
    cells += [[shown(row[key]) for key, (_, shown) in shape.items()] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(shape))]
    left = [key in ("state", "words") for key in shape]
    return [
        "  "
        + "  ".join(
            text.ljust(width) if is_left else text.rjust(width)
            for text, width, is_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in cells
    ]
