"""The dashboard, the side by side page and a PNG as Chromium makes them."""

import threading

import pytest
from chromium import CHROMIUM, QUIET
from synthetic import STUDY, add_finals, add_trials, begin, book_and_found, filled

from results.dashboard.publisher import Publisher, artifacts_beside
from results.dashboard.server import bind, page_of
from results.evidence.evidence import gather
from results.report.pictures import NAMES, SCALE, WIDTH, picture, write_picture
from results.side_by_side.comparison_page import build_comparison
from results.store.database import open_store
from results.store.schema import StoreError

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: no chromium on the PATH"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with filled(tmp_path_factory.mktemp("board") / "study.db", trials=12) as store:
        Publisher(store, STUDY, artifacts_beside(store)).publish()
        yield store


@pytest.fixture(scope="module")
def page():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.said = []
        page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        yield page
        browser.close()


def test_our_plots_notes_and_files_are_on_the_dashboard(store, page) -> None:
    with bind(store, 0, lambda *_: False) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        address = f"http://127.0.0.1:{server.server_port}{page_of(store, STUDY)}"
        page.goto(address)
        for title in ("Test accuracy: seeds", "Learning curves: validation", "Accuracy against the time"):
            page.wait_for_selector(f".js-plotly-plot .gtitle:has-text('{title}')", timeout=300_000)
            plot = page.locator(f".js-plotly-plot:has(.gtitle:has-text('{title}'))")
            assert plot.locator(".scatterlayer .trace").count() > 1, title
        page.wait_for_selector("text=models.txt")
        page.goto(f"{address}/note")
        page.wait_for_selector("td:has-text('LSTM with dropout in the gates')")
        assert page.locator("table tr").count() == 6
        page.goto(f"{address}/trials?numbers=0")
        page.wait_for_selector("strong:has-text('Trial 0, complete')")
        assert page.said == []
        page.goto("about:blank")
        server.shutdown()
        serving.join()


def test_the_side_by_side_page_draws_and_is_quiet(store, page, tmp_path) -> None:
    with open_store(tmp_path / "other.db", create=True) as other:
        begin(other, "other")
        add_trials(other, 5, "other")
        add_finals(other, book_and_found(other, "other")[:3], (1, 2), "other")
    named = [str(store.file), str(tmp_path / "other.db")]
    path = build_comparison(named, tmp_path / "page.html")
    page.said.clear()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn='1']", state="attached", timeout=300_000)
    assert len(page.query_selector_all(".plot .scatterlayer .trace")) == 2
    assert page.evaluate("document.documentElement.scrollWidth") == 1300
    assert page.said == []


def test_a_figure_becomes_a_png(store, tmp_path) -> None:
    evidence = gather(store, STUDY)
    assert len({picture(evidence, name).to_json() for name in NAMES}) == 4
    data = write_picture(evidence, "trade-off", tmp_path / "new" / "figure.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == WIDTH * SCALE
    assert len(data) > 10_000


def test_no_such_figure_and_no_browser_are_one_line(store, tmp_path, monkeypatch) -> None:
    evidence = gather(store, STUDY)
    with pytest.raises(StoreError, match="expected one of: comparison, curves, history, trade-off"):
        write_picture(evidence, "pie", tmp_path / "pie.png")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    with pytest.raises(StoreError, match="sudo apt install chromium"):
        write_picture(evidence, "curves", tmp_path / "curves.png")
