"""What a report costs by its number of trials: seconds to build, size, seconds until a browser has drawn it.

python tests/benchmarks/report_build.py 500 10000
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import optuna
from playwright.sync_api import sync_playwright
from synthetic import add_finals, add_many_trials, book_and_found, filled

from results.report.report import build_report


def measure(count: int, folder: Path) -> str:
    """One line of figures."""
    store = filled(folder / "study.db", trials=12, seeds=())
    add_many_trials(store, count - 12)
    add_finals(store, book_and_found(store))
    wall, processor = time.monotonic(), time.process_time()
    path = build_report(store, None, folder / "report.html")
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    return (
        f"{count:>6,} trials: built in {wall:.1f} s ({processor:.1f} s of processor time), "
        f"{path.stat().st_size / 1e6:.2f} MB, drawn after {_drawn(path):.1f} s"
    )


def _drawn(path: Path) -> float:
    with sync_playwright() as running:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        page = browser.new_page()
        begun = time.monotonic()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn]", state="attached", timeout=120_000)
        took = time.monotonic() - begun
        browser.close()
    return took


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for count in [int(each) for each in sys.argv[1:]] or [500, 10_000]:
        with tempfile.TemporaryDirectory() as folder:
            print(measure(count, Path(folder)), flush=True)
