"""The terminal panel, dark and light: a pool is paused, and one task goes on."""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pausable.control.folders import VARIABLE
from pausable.control.link import Link
from pausable.tui.app import Top
from pictures.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pictures"]

_THEMES = {"dark": "textual-dark", "light": "textual-light"}
_SIZE = (112, 28)
_TIMEOUT = 30.0


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the names of the pictures, and what they are, as SVG."""
    with stage() as here, here.program("shop.py") as running, _as_the_command():
        address = f"{here.surroundings[VARIABLE]}/{running.pid}.sock"
        for name, theme in _THEMES.items():
            yield f"top-{name}", asyncio.run(_picture(address, running.pid, theme))


@contextmanager
def _as_the_command() -> Iterator[None]:
    """Have this process named as `pausable top` is: owners of holds are."""
    name = Path("/proc/self/comm")
    before = name.read_text(encoding="utf-8")
    name.write_text("pausable", encoding="utf-8")
    try:
        yield
    finally:
        name.write_text(before, encoding="utf-8")


async def _picture(address: str, pid: int, theme: str) -> str:
    app = Top([Link(address, pid, "shop", hz=10.0)])
    app.theme = theme
    async with app.run_test(size=_SIZE) as pilot:
        await asyncio.wait_for(_see(app, pilot, "render-1"), _TIMEOUT)
        await pilot.press("p", *"backup", "enter")
        await asyncio.wait_for(_see(app, pilot, "1 task still running"), _TIMEOUT)
        await asyncio.wait_for(_see(app, pilot, "held for 2."), _TIMEOUT)
        svg = app.export_screenshot(title="pausable top")
        await pilot.press("r")
        await asyncio.wait_for(_see(app, pilot, "a hold is released"), _TIMEOUT)
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # they would come from outside
    return re.sub(r"terminal-\d+", "terminal", svg)


async def _see(app: Top, pilot: object, text: str) -> None:
    while text not in _text(app):
        await pilot.pause(0.05)  # type: ignore[attr-defined]


def _text(app: Top) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(part.text for part in strip) for strip in strips)
