"""What a report costs by its number of trials: seconds to build, size, seconds until a browser has drawn it.

python tests/benchmarks/report_build.py 500 10000    (--smoke: in seconds, of few trials: does it run?)
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import optuna
from synthetic import add_finals, add_many_trials, book_and_found, filled

from results.report.report import build_report


def measure(count: int, folder: Path) -> dict[str, float]:
    """Figures of a report of so many trials; without a browser, none of drawing it."""
    store = filled(folder / "study.db", trials=12, seeds=())
    add_many_trials(store, count - 12)
    add_finals(store, book_and_found(store))
    wall, processor = time.monotonic(), time.process_time()
    path = build_report(store, None, folder / "report.html")
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    found = {"built in s": wall, "processor s": processor, "MB": path.stat().st_size / 1e6}
    return found | ({"drawn after s": _drawn(path)} if shutil.which("chromium") else {})


def _drawn(path: Path) -> float:
    from playwright.sync_api import sync_playwright

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
    smoke = sys.argv[1:] == ["--smoke"]
    for count in [20] if smoke else [int(each) for each in sys.argv[1:]] or [500, 10_000]:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(count, Path(folder))
        print(
            f"{count:>6,} trials: {', '.join(f'{name} {value:.2f}' for name, value in found.items())}", flush=True
        )
    if smoke:
        print(json.dumps(found))
