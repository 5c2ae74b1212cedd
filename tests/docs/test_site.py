"""The site in a real browser: it can be read by all, fits, and asks nobody but itself."""

from __future__ import annotations

import re

import pytest
from docs.built import site
from notebook.lab import browser, chromium, expect

PAGES = (
    "docs/index.html",
    "docs/how-to/stand-back-while-a-resource-is-down.html",
    "docs/reference/pools.html",
    "docs/reference/api/pools.html",
    "examples/watch.py.html",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_pages_can_be_read_by_all(name, width, scheme):
    """No page sticks out of its window, or violates the rules of accessibility, in both schemes."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    built, path = site(), chromium()
    with browser(path, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto((built / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()


def test_the_search_finds_what_is_written():
    """A word that one page is about is found, without a server; so is a name of the API."""
    built, path = site(), chromium()
    with browser(path) as page:
        for word, found in (("straggler", "Glossary"), ("wait_quiescent_async", "pausable.Group")):
            page.goto(f"{(built / 'search.html').as_uri()}?q={word}")
            expect(page.locator("#search-results li", has_text=found).first).to_be_visible()


def test_nothing_comes_from_other_servers():
    """No page loads a script, a style, a font or a picture from elsewhere."""
    loads = re.compile(
        r"<(?:script|link|img|source|iframe)\b[^>]*\b(?:src|href|srcset)=\"(?:https?:)?//"
    )
    styles = re.compile(r"@import|url\([\"']?(?:https?:)?//")
    for each in site().rglob("*.html"):
        assert not loads.search(each.read_text("utf-8")), each
    for each in site().rglob("*.css"):
        assert not styles.search(each.read_text("utf-8")), each
