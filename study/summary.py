"""The table at the end of `study run`: the chapter's networks beside their published figures, and the best."""

from rich.console import Console
from rich.table import Table

from results import frames
from results.statistics import by_configuration
from results.store import Store
from search_spaces import BOOK
from study.view import duration, percent


def print_summary(store: Store, study: str, console: Console) -> None:
    """One row a configuration with finals; nothing where there are none."""
    found = by_configuration(frames.finals(store, study))
    if found.empty:
        console.print("No finals yet: the test part is unopened.")
        return
    published = {reference.id: reference for reference in BOOK}
    table = Table(box=None, pad_edge=False, title=f"Test accuracy, study {study}", title_justify="left")
    for title in ("network", "published", "ours", "lowest to highest", "seeds", "parameters", "to train"):
        table.add_column(title, justify="left" if title == "network" else "right", no_wrap=True)
    best: list[str] = []
    for _, row in found.iterrows():
        reference = published.get(row["reference"])
        if reference is None:
            best.append(row["words"])
        table.add_row(
            reference.title if reference else f"best found ({len(best)})",
            percent(reference.published.test_accuracy) if reference else "–",
            percent(row["mean"]),
            f"{percent(row['min'])} to {percent(row['max'])}" if row["n"] > 1 else "–",
            str(row["n"]),
            f"{row['parameters']:,}",
            duration(row["train_seconds"]),
        )
    console.print(table)
    for place, words in enumerate(best, start=1):
        console.print(f"best found ({place}): {words}", soft_wrap=True)
    notice = frames.terms(store, study)["corpus"].get("notice")
    if notice:
        console.print(notice, style="bold", soft_wrap=True)
