"""The table at the end of `study run`: the chapter's networks beside their published figures, best, baselines."""

from rich.console import Console
from rich.table import Table

from results import frames
from results.classes import are_even, majority_share
from results.statistics import by_configuration
from results.store import Store
from search_spaces import BOOK, MARKS
from study.view import duration


def print_summary(store: Store, study: str, console: Console) -> None:
    """One row a configuration with finals, one a linear baseline; nothing where there are neither."""
    found = by_configuration(frames.finals(store, study))
    baselines = frames.baselines(store, study)
    if found.empty and baselines.empty:
        console.print("No finals yet: the test part is unopened.")
        return
    published = {reference.id: reference for reference in BOOK}
    title = f"Test accuracy in %, study {study}"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", padding=(0, 2, 0, 0))
    for column in ("network", "published", "ours", "range", "seeds", "to train"):
        table.add_column(column, justify="left" if column == "network" else "right", no_wrap=True)
    best: list[str] = []
    for _, row in found.iterrows():
        reference = published.get(row["reference"])
        if reference is None:
            best.append(row["words"])
        table.add_row(
            reference.title if reference else f"best found ({len(best)})",
            _hundredths(reference.published.test_accuracy if reference else None),
            _hundredths(row["mean"]),
            f"{_hundredths(row['min'])}–{_hundredths(row['max'])}" if row["n"] > 1 else "–",
            str(row["n"]),
            duration(row["train_seconds"]),
        )
    for _, row in baselines.iterrows():
        mark = next((mark.test_accuracy for mark in MARKS if mark.title.startswith(row["title"])), None)
        ours = _hundredths(row["test_accuracy"])
        table.add_row(row["title"], _hundredths(mark), ours, "–", "–", duration(row["seconds"]))
    console.print(table)
    for place, words in enumerate(best, start=1):
        console.print(f"best found ({place}): {words}", soft_wrap=True)
    card = frames.terms(store, study)["corpus"]
    counts = next(iter(frames.confusions(store, study).values()), None)
    if counts is not None and not are_even(counts.sum(axis=1)):
        largest = card["classes"][int(counts.sum(axis=1).argmax())]
        console.print(
            f"always “{largest}”, the largest class: {_hundredths(majority_share(counts))}", soft_wrap=True
        )
    notice = card.get("notice")
    if notice:
        console.print(notice, style="bold", soft_wrap=True)


def _hundredths(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.2f}"
