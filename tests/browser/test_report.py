"""The report as Chromium shows it."""

import re
import zlib

import pytest
from chromium import CHROMIUM, QUIET
from synthetic import add_finals, add_trials, begin, book_and_found, filled

from results.report.report import build_report
from results.store.database import open_store

HOSTILE = "</script><script>document.title = 'run'</script><b>bold</b> & %{x} $1$"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: no chromium on the PATH"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    return build_report(filled(folder / "study.db", trials=30, seeds=(1, 2, 3)), None, folder / "report.html")


@pytest.fixture(scope="module")
def opened(browser, report):
    """One page for the tests that leave it as it was, but for its size, order and place."""
    with Shown(browser, report) as shown:
        yield shown


@pytest.fixture
def page(opened):
    opened.page.set_viewport_size({"width": 1200, "height": 800})
    return opened.page


class Shown:
    """A page with what it said and asked for."""

    def __init__(self, browser, path, scheme="light", width=1200, fragment=""):
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.said, self.requests = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector("html[data-drawn]", state="attached", timeout=300_000)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def colour(self, selector, name):
        found = self.page.eval_on_selector(selector, f"e => getComputedStyle(e)['{name}']")
        return [int(part) for part in found.strip("rgb()").split(",")[:3]]


def contrast(one, other):
    """WCAG 2.2, contrast ratio of two sRGB colours."""

    def luminance(colour):
        shares = [part / 255 for part in colour]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1200)])
def test_it_is_quiet_fits_and_draws(browser, report, scheme, width):
    with Shown(browser, report, scheme, width) as shown:
        page = shown.page
        assert shown.said == []
        assert shown.requests == [report.as_uri()]
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        plots = page.query_selector_all(".plot")
        assert len(plots) == 13
        for plot in plots:
            box = plot.query_selector(".main-svg").bounding_box()
            assert box["width"] > 250
            assert box["height"] > 250
            assert plot.query_selector_all(".scatterlayer .point, .barlayer .point")
            assert len(plot.query_selector_all(".cartesianlayer path")) > 3
        paper = shown.colour("body", "backgroundColor")
        for selector, name in (("body", "color"), (".plot .xtick text", "fill"), ("figcaption", "color")):
            assert contrast(shown.colour(selector, name), paper) > 4.5


def test_figures_follow_the_scheme_and_the_printer(browser, report):
    with Shown(browser, report, "light") as shown:
        page, tick = shown.page, ".plot .xtick text"
        ink = shown.colour(tick, "fill")
        assert sum(ink) < 600
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(
            "tick => { const drawn = document.querySelector(tick), fill = drawn && getComputedStyle(drawn).fill;"
            " return fill && fill.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) > 600 }",
            arg=tick,
        )
        page.emulate_media(color_scheme="dark", media="print")
        page.wait_for_function(  # figures are drawn anew, their ticks are away for a moment
            "([tick, ink]) => { const drawn = document.querySelector(tick);"
            " return drawn && getComputedStyle(drawn).fill === ink }",
            arg=[tick, f"rgb({', '.join(map(str, ink))})"],
        )
        assert shown.colour("body", "backgroundColor") == [255, 255, 255]


def column(page, number):
    return page.eval_on_selector_all(
        f"#networks table >> nth=0 >> tbody td:nth-child({number})", "cells => cells.map(cell => cell.innerText)"
    )


def test_tables_sort_by_click_and_by_key(page):
    header = page.locator("#networks table").first.locator("th").nth(1)
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    published = [82.82, 85.56, 86.36, 86.79]  # Brownlee, Deep Learning With Python, 26.1 to 26.3
    assert [float(text.split()[0]) for text in column(page, 2)] == published
    header.locator("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert [float(text.split()[0]) for text in column(page, 2)] == published[::-1]
    name = page.locator("#networks table").first.locator("th").first
    name.locator("button").press(" ")
    assert header.get_attribute("aria-sort") is None
    assert column(page, 1)[0].startswith("CNN and LSTM")


def test_what_is_missing_sorts_last_either_way(page):
    page.evaluate("document.querySelector('#figure-history details').open = true")
    header = page.locator("#figure-history th").nth(2)
    for _ in range(2):
        header.locator("button").click()
        cells = page.eval_on_selector_all(
            "#figure-history tbody td:nth-child(3)", "cells => cells.map(cell => cell.innerText)"
        )
        assert cells[-1] == "–"
        assert cells[0] != "–"


def test_links_lead_to_their_sections(page):
    page.click("nav >> text=The search")
    assert page.url.endswith("#search")
    assert abs(page.locator("#search").bounding_box()["y"]) < 60


def test_a_link_from_outside_leads_to_its_figure(browser, report):
    with Shown(browser, report, width=360, fragment="#figure-history") as shown:
        assert abs(shown.page.locator("#figure-history").bounding_box()["y"]) < 60


def test_a_script_put_in_does_not_run(opened):
    put_in = "const e = document.createElement('script'); e.text = 'window.ran = 1'; document.body.append(e)"
    opened.page.evaluate(f"() => {{ {put_in} }}")
    assert opened.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in opened.said)


def test_other_peoples_text_is_shown_as_it_is(browser, tmp_path):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store, study=HOSTILE, name=HOSTILE, stand_in=True, notice=HOSTILE)
    add_trials(store, 6, study=HOSTILE)
    add_finals(store, book_and_found(store, HOSTILE), (1,), study=HOSTILE)
    with Shown(browser, build_report(store, None, tmp_path / "report.html")) as shown:
        page = shown.page
        assert shown.said == []
        assert page.locator("h1").inner_text() == HOSTILE
        assert HOSTILE in page.locator(".band").inner_text()
        assert page.locator("b").count() == 0
        assert page.title().startswith(HOSTILE)


@pytest.mark.parametrize("states", [(), ("fail",), ("pruned", "running")])
def test_a_study_without_scores_is_quiet_too(browser, tmp_path, states):
    store = open_store(tmp_path / "study.db", create=True)
    begin(store)
    add_trials(store, len(states), states=states)
    with Shown(browser, build_report(store, None, tmp_path / "report.html"), width=360) as shown:
        assert shown.said == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") == 360


def test_no_width_scrolls_sideways(page):
    for width in (360, 480, 640, 768, 900, 1024, 1100, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)


def test_a_wide_window_cuts_no_table_off(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    hidden = page.eval_on_selector_all(
        ".scroll", "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"
    )
    assert hidden == []


def test_layers_stand_in_rows_and_stack_on_a_narrow_screen(page):
    tops = "nets => nets.map(n => n.querySelector('.layer.recurrent').getBoundingClientRect().top)"
    wide = page.eval_on_selector_all(".net", tops)
    assert len(wide) == 5
    assert max(wide) - min(wide) < 1
    page.set_viewport_size({"width": 360, "height": 800})
    assert len(set(page.eval_on_selector_all(".net", tops))) == 5


def test_what_is_printed_before_all_is_drawn_holds_every_figure(browser, report):
    context = browser.new_context()
    context.add_init_script("window.setTimeout = () => 0")  # the next figure's turn never comes
    page = context.new_page()
    page.goto(report.as_uri())
    drawn = "plots => plots.filter(plot => plot.querySelector('.main-svg')).length"
    plots = page.locator(".plot").count()
    assert page.eval_on_selector_all(".plot", drawn) < plots
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.eval_on_selector_all(".plot", drawn) == plots
    context.close()


def test_the_head_of_a_table_is_printed_again_on_its_next_page(browser, report):
    def drawn_texts(pdf):
        streams = (part.partition(b"endstream")[0] for part in re.split(rb"stream\r?\n", pdf)[1:])
        return sum(zlib.decompressobj().decompress(each).count(b"Tj") for each in streams if each[:1] == b"x")

    with Shown(browser, report) as shown:
        shown.page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true);"
            "const body = document.querySelector('#networks tbody'), rows = [...body.rows];"
            "for (let i = 0; i < 40; i++) body.append(...rows.map(row => row.cloneNode(true)))"
        )
        heads = drawn_texts(shown.page.pdf(format="A4", prefer_css_page_size=True))
        shown.page.add_style_tag(content="@media print { thead { display: table-row-group !important; } }")
        assert heads > drawn_texts(shown.page.pdf(format="A4", prefer_css_page_size=True)) + 20


def test_it_prints_to_pages_that_hold_their_figures(browser, report):
    with Shown(browser, report) as shown:
        shown.page.emulate_media(media="print")
        shown.page.wait_for_function(
            "() => { const drawn = [...document.querySelectorAll('.plot .main-svg')];"
            " return drawn.length > 0 && drawn.every(each => each.clientWidth <= 660) }"
        )
        pages = shown.page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")
        assert 5 <= pages <= 20
