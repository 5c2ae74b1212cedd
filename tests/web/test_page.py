"""The page, in a real browser: seen, pressed, typed at, and read by a machine for people's sake."""

from __future__ import annotations

import shutil
import threading

import pytest
from helpers import until

import pausable
from pausable.futures import ThreadPoolExecutor

pytest.importorskip("playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("chromium is not installed", allow_module_level=True)

from playwright.sync_api import expect, sync_playwright  # noqa: E402 - see above

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser():
    """Start a browser for the tests of this module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, start):
    """Return a function that opens a panel; no page may say anything in the console."""
    contexts, said = [], []
    del start  # its panels end after the pages

    def run(panel, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.extend(foreign(request.url, panel)))
        page.goto(panel.address)
        return page

    def foreign(url, panel):
        return [] if url.startswith((f"http://127.0.0.1:{panel.port}/", "data:")) else [url]

    run.is_cut_off = False
    yield run
    for context in contexts:
        context.close()
    assert said == [] or run.is_cut_off


@pytest.fixture
def page(open_page, panel):
    """Return the page of a panel."""
    return open_page(panel)


def row(page, name):
    """Return the row of a scope or task."""
    return page.get_by_role("row").filter(has=page.get_by_role("gridcell", name=name, exact=True))


def test_what_is_seen(pool, page):
    """The tree is live; the token is not in the address any more."""
    expect(row(page, "work-1")).to_contain_text("running")
    expect(row(page, "int-3")).to_contain_text("queued")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    assert "token" not in page.url
    with pool.pause("lunch", owner="cook", timeout=10):
        expect(row(page, "work-1")).to_contain_text("resting")
        expect(row(page, pool.status().path)).to_contain_text("lunch (cook)")
        expect(page.locator("#events")).to_contain_text("is paused by cook, until a resume: lunch")
    expect(row(page, "work-1")).to_contain_text("running")


def test_buttons(pool, page):
    """Pause with a reason, see it rest, resume."""
    row(page, pool.status().path).click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Reason").fill("low battery")
    page.get_by_role("button", name="OK").click()
    expect(row(page, "work-2")).to_contain_text("resting")
    expect(page.locator("#details")).to_contain_text("until a resume: low battery")
    assert [hold.reason for hold in pool.holds()] == ["low battery"]
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#outcome")).to_have_text("resumed: 1 hold released")
    assert not pool.is_paused()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#outcome")).to_have_text("nothing to resume: no pause holds it")


def test_with_the_keyboard_alone(pool, page):
    """Tab to the tree; arrows move, space pauses and resumes, letters are verbs."""
    expect(row(page, "work-1")).to_be_visible()
    while page.evaluate("document.activeElement.tagName") != "TR":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(row(page, "work-1")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Space")
    expect(row(page, "work-1")).to_contain_text("resting")
    expect(row(page, "work-2")).to_contain_text("running")
    page.keyboard.press("Space")
    expect(row(page, "work-1")).to_contain_text("running")
    page.keyboard.press("w")
    expect(page.get_by_role("dialog")).to_contain_text("in work: ")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("work-2")
    expect(row(page, "work-1")).to_have_count(0)
    expect(row(page, "work-2")).to_be_visible()
    assert pool.status().running == 2


def test_who_is_quick_after_a_dialog_keeps_the_focus(pool, page):
    """The browser tells later that a dialog was closed: the filter may have been reached by then."""
    row(page, "work-1").click()
    page.keyboard.press("w")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("""
        () => new Promise((done) => {
          const dialog = document.getElementById("dialog");
          dialog.addEventListener("close", () => setTimeout(done), { once: true });
          dialog.close();
          document.getElementById("filter").focus();
        })
    """)
    assert page.evaluate("document.activeElement.id") == "filter"


def test_a_task_is_stopped(pool, page):
    """It asks once; Cancel is no."""
    row(page, "work-2").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Cancel").click()
    assert pool.status().stopped == 0
    expect(row(page, "work-2")).to_be_focused()
    page.keyboard.press("x")
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(row(page, "work-2")).to_have_count(0)
    until(lambda: pool.status().stopped == 1)
    expect(row(page, pool.status().path)).to_have_attribute("aria-selected", "true")


def test_a_limit_is_set(pool, page):
    """What is none is refused."""
    row(page, pool.status().path).click()
    for text, said in (("lots", "is no limit"), ("3", "limit set")):
        page.get_by_role("button", name="Limit").click()
        page.get_by_label("A number, or none").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator("#outcome")).to_contain_text(said)
    expect(row(page, pool.status().path)).to_contain_text("at most 3")


def test_a_fault_is_decided(panel, open_page):
    """It is shown with its traceback and variables."""
    tried = set()

    def price(item):
        if item not in tried:
            tried.add(item)
            raise KeyError(item)
        return 5

    with ThreadPoolExecutor(1, on_fault="hold", thread_name_prefix="prices") as pool:
        figs, kiwis = pool.submit(price, "fig"), pool.submit(price, "kiwi")
        page = open_page(panel)
        row(page, pool.status().path).click()
        for answer in ("Retry", "Resolve"):
            expect(row(page, pool.status().path)).to_contain_text("1 fault to decide")
            page.get_by_role("button", name="Faults").click()
            dialog = page.get_by_role("dialog")
            expect(dialog).to_contain_text("KeyError: ")
            expect(dialog).to_contain_text("item = ")
            page.get_by_label("Result for").fill("7")
            dialog.get_by_role("button", name=answer, exact=True).click()
            expect(page.locator("#outcome")).to_contain_text("1 fault decided")
        assert (figs.result(10), kiwis.result(10)) == (5, 7)


def test_request_and_fact(page):
    """While a task runs on under a closed gate, it is pausing, and named with its line."""
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(is_over.wait)
        try:
            until(lambda: pool.status().running == 1)
            hold = pausable.pause("backup")
            expect(page.locator("#details")).to_contain_text("pausing: 1 task still running")
            expect(page.locator("#details")).to_contain_text("wait-1 at ")
            hold.release()
        finally:
            is_over.set()


def test_a_page_that_is_cut_off_says_so(page, open_page, panel):
    """What is stale looks stale."""
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    open_page.is_cut_off = True  # the browser tells of it, too
    panel.end()
    expect(page.locator("#connection")).to_contain_text("disconnected: the last news is")
    expect(page.locator("body")).to_have_class("lost")


def test_read_only(start, open_page, pool):
    """There are no verbs to press."""
    page = open_page(start(read_only=True))
    expect(row(page, "work-1")).to_be_visible()
    for name in ("Pause", "Resume", "Stop"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    expect(page.get_by_role("button", name="Where")).to_be_visible()
    assert not pool.is_paused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 2560])
def test_it_can_be_read_by_all(pool, open_page, panel, scheme, width):
    """No violation of the accessibility rules, in both schemes; nothing sticks out of the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    viewport = {"width": width, "height": 900}
    page = open_page(panel, color_scheme=scheme, viewport=viewport, bypass_csp=True)
    with pool.pause("lunch", timeout=10):
        expect(row(page, "work-1")).to_contain_text("resting")
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        row(page, "work-1").click()
        page.keyboard.press("w")
        expect(page.get_by_role("dialog")).to_be_visible()
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()
