"""A browser without a window: `chromium`, driven by playwright."""

from __future__ import annotations

import base64
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

__all__ = ["browser", "picture"]

_QUALITY = 95
_SCALE = 1.5  # sharp enough, on screens with small pixels, too


@contextmanager
def browser(width: int, height: int) -> Iterator[Page]:
    """Run it; give a page of this size."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "these pictures are made in chromium, which is not installed"
        raise FileNotFoundError(message)
    with sync_playwright() as driver:
        run = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield run.new_page(
                viewport={"width": width, "height": height}, device_scale_factor=_SCALE
            )
        finally:
            run.close()


def picture(page: Page, selector: str) -> bytes:
    """Return how an element looks, as WebP: playwright itself knows PNG and JPEG only."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    made = session.send(
        "Page.captureScreenshot",
        {
            "format": "webp",
            "quality": _QUALITY,
            "clip": {**box, "scale": 1},
            "captureBeyondViewport": True,
        },
    )
    return base64.b64decode(made["data"])
