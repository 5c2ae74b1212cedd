"""The web panel in a browser, dark and light: a program is paused, and one task goes on."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pictures.browser import browser, picture
from pictures.stage import THEMES, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

__all__ = ["pictures"]

_SIZE = (1100, 800)
_SECONDS = 9_000  # milliseconds that the charts show before the pause, and after it


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the names of the pictures, and what they are, as WebP."""
    with stage() as here, here.program("shop.py"):
        panel = subprocess.Popen(
            ["pausable", "web"],
            env=here.surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        with panel:
            try:
                assert panel.stdout is not None
                address = panel.stdout.readline().strip()
                with browser(*_SIZE) as page:
                    _pause(page, address)
                    for theme in THEMES:
                        page.emulate_media(color_scheme=theme)
                        page.wait_for_timeout(1500)
                        yield f"web-{theme}", picture(page, "body")
            finally:
                panel.terminate()


def _pause(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("row", name="render-1").wait_for()
    page.wait_for_timeout(_SECONDS)
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Reason").fill("backup")
    page.get_by_role("button", name="OK").click()
    page.get_by_text("1 task still running").wait_for()
    page.wait_for_timeout(_SECONDS)
