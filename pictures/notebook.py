"""A pool in a JupyterLab, dark and light: its live panel, after a press of Pause."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pictures.browser import browser, picture
from pictures.stage import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pictures"]

_SIZE = (900, 1000)
_THEMES = {"dark": "JupyterLab Dark", "light": "JupyterLab Light"}
_CELL = """\
import time
from pausable import ThreadPoolExecutor, checkpoint

def render(page):
    for line in range(100_000):
        checkpoint()
        time.sleep(0.01)

pool = ThreadPoolExecutor(4, thread_name_prefix="pages")
images = pool.group("images", limit=2)
for page in range(8):
    (images if page % 2 else pool).submit(render, page)
pool"""
_AWAY = "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }"
_CHANGE = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
_END = """() => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  return kernel.requestExecute({ code: "pool.stop('seen'); pool.resume(); pool.shutdown()" }).done;
}"""


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the names of the pictures, and what they are, as WebP."""
    sys.path.append(str(HERE.parent / "tests"))  # they know how to run one
    from notebook.lab import lab, notebook, run_all  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory() as made, browser(*_SIZE) as page:
        folder = Path(made)
        name = notebook(folder, _CELL, "")
        with lab(folder) as address:
            run_all(page, address, name)
            panel = page.locator(".pausable-panel")
            panel.locator("tbody tr", has_text="running").first.wait_for()
            page.wait_for_timeout(3000)
            panel.get_by_role("button").click()
            panel.get_by_text("paused in the notebook").wait_for()
            page.wait_for_timeout(2000)
            page.evaluate(_AWAY)
            for theme, called in _THEMES.items():
                page.evaluate(_CHANGE, called)
                page.wait_for_timeout(1000)
                yield f"notebook-{theme}", picture(page, ".jp-CodeCell:has(.pausable-panel)")
            page.evaluate(_END)
