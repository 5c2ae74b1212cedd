"""`pausable run`, dark and light: a key pauses a program, another terminal resumes it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pictures.film import Pane, film
from pictures.recording import Recording, Shell
from pictures.site import site
from pictures.stage import HERE, THEMES, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.stage import Stage

__all__ = ["pictures"]

_COLUMNS = 84
_TAKES = 9
_LATE = "still run"  # said where tasks take more than 0.1 s to rest, as on a busy machine
_TITLE = (
    "A crawler that knows nothing of pausable runs in a terminal. The space bar pauses it, its four"
    " tasks rest at their lines; another terminal resumes it, and it ends."
)


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the names of the pictures, and what they are, as SVG."""
    with stage() as here, site() as proxy:
        shutil.copy(HERE / "crawl.py", here.folder)
        for _ in range(_TAKES):
            shells, still, seconds = _record(here, proxy)
            if not _shows(shells[0], _LATE):
                break
        else:
            message = f"in {_TAKES} takes the tasks were late: the machine is too busy"
            raise TimeoutError(message)
    panes = [Pane(each.title, each.columns, each.frames, each.keys) for each in shells]
    for theme in THEMES:
        yield f"run-{theme}", film(panes, theme, seconds, still, _TITLE)


def _shows(shell: Shell, text: str) -> bool:
    """Say whether a terminal has shown a text."""
    runs = (run for frame in shell.frames for row in frame.rows for run in row)
    return any(text in run.text for run in runs)


def _record(here: Stage, proxy: str) -> tuple[tuple[Shell, Shell], float, float]:
    surroundings = {**here.surroundings, "http_proxy": proxy, "no_proxy": ""}
    first = Shell("a terminal", _COLUMNS, 15, here.folder, surroundings)
    second = Shell("another terminal", _COLUMNS, 3, here.folder, surroundings)
    try:
        recording = Recording(first, second)
        recording.type(first, "grep -c pausable crawl.py")
        recording.wait(first, "(?m)^0")
        recording.begin()
        recording.pause(0.4)
        recording.type(first, "pausable run crawl.py http://example.org")
        recording.wait(first, "(9|1.) of 32")
        recording.press(first, " ", "space")
        recording.wait(first, r"paused: \d tasks? at rest")
        recording.pause(1.6)
        recording.press(first, "t", "t")
        recording.wait(first, "resting   active")
        recording.pause(1.8)
        recording.type(second, "pausable resume crawl")
        still = recording.seconds()
        recording.wait(second, "resumed")
        recording.wait(first, r"32 of 32.*\n\$")
        recording.pause(2.5)
        return (first, second), still, recording.seconds()
    finally:
        first.end()
        second.end()
