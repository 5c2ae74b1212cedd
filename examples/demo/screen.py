"""What the demo prints: lines of at most 79 characters, and in a terminal one that is alive."""

import os
import sys
import textwrap
import time
from collections.abc import Callable

import pausable

_WIDTH = 79
_LABEL = 11
_TICK = 0.05  # seconds between two looks


class Screen:
    """Standard output; a line of it moves while something is waited for, if it is a terminal."""

    def __init__(self) -> None:
        """Print to standard output."""
        self._is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._scene = 0
        self.is_true: dict[str, bool] = {}  # what was checked on the way

    def line(self, text: str = "") -> None:
        """Print a line."""
        self.clear()
        print(text, flush=True)

    def scene(self, title: str) -> None:
        """Begin a scene."""
        self._scene += 1
        begin, end = ("\x1b[1m", "\x1b[0m") if self._is_terminal else ("", "")
        self.line(f"{begin}{self._scene} {title}{end}")

    def say(self, label: str, text: str) -> None:
        """Print what has come about, wrapped beside its label."""
        lines = textwrap.wrap(text, _WIDTH - _LABEL - 2, break_on_hyphens=False)
        for index, each in enumerate(lines):
            self.line(f"  {label if index == 0 else '':{_LABEL}}{each}")

    def check(self, fact: str, is_true: bool) -> None:
        """Note whether something is as it should be."""
        self.is_true[fact] = bool(is_true)

    def until(self, predicate: Callable[[], object], text: Callable[[], str] | None = None) -> None:
        """Wait for a fact, and show meanwhile how far it is."""
        while not predicate():
            self.show(text() if text else _all_pools())
            time.sleep(_TICK)
        self.clear()

    def rest(self, seconds: float) -> None:
        """Let the user look for so long."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end)

    def clear(self) -> None:
        """Take away the line that is alive."""
        if self._is_terminal:
            print("\r\x1b[K", end="", flush=True)

    def show(self, text: str) -> None:
        """Show how far something is, until the next line or look."""
        if self._is_terminal:
            print(f"\r\x1b[K  {text[: _WIDTH - 2]}", end="", flush=True)


def _all_pools() -> str:
    now = pausable.status()
    holds = [*now.holds, *(hold for pool in now.pools for hold in pool.holds)]
    for pool in now.pools:
        holds += [hold for group in pool.groups.values() for hold in group.holds]
    total = now.running + now.resting + now.queued + now.done
    text = f"{bar(now.done, total)} {now.running} run, {now.resting} rest, {now.queued} queued"
    return text + "".join(f"; held: {hold.reason}" for hold in holds)


def bar(done: float, total: float) -> str:
    """Draw how much of the whole is done."""
    width = 20
    full = int(width * done / total) if total else 0
    return "[" + "#" * full + "." * (width - full) + "]"
