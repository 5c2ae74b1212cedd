"""The sampler: the one thread that looks at what panels show, and never costs the pools anything.

It looks ten times a second while something changes, less and less often down to once a second
while nothing does, and is not there while no panel is open. Who has pressed a button, or opened a
panel, wakes it.
"""

from __future__ import annotations

import threading
from typing import Protocol

from pausable._core.attention import here
from pausable._core.parker import Parker
from pausable.scopes.common_log import ERROR, say

__all__ = ["Sampled", "Sampler", "sampler"]

_OFTEN = 0.1  # seconds between two looks
_SELDOM = 1.0
_SLOWER = 1.25  # times, after each look that has seen nothing new


class Sampled(Protocol):
    """What is to be looked at: a panel."""

    def is_open(self) -> bool:
        """Say whether there is anything to look at for anybody."""

    def look(self) -> bool:
        """Show what is new; say whether anything is."""


class Sampler:
    """Looks at panels, on a thread that is there while any of them is open."""

    def __init__(self) -> None:
        """Begin without a panel, and without a thread."""
        self._lock = threading.Lock()  # over the two below; nothing of others is called under it
        self._panels: dict[Sampled, None] = {}
        self._thread: threading.Thread | None = None
        self._parker = Parker()

    def add(self, panel: Sampled) -> None:
        """Look at a panel from now on, and at once; harmless if it is looked at already."""
        with self._lock:
            self._panels[panel] = None
            if self._thread is None or not self._thread.is_alive():  # nor is it in a forked child
                thread = threading.Thread(target=self._run, name="pausable-notebook", daemon=True)
                thread.start()
                self._thread = thread
        self._parker.wake()

    def _run(self) -> None:
        here.is_needed = True  # nobody is asked here who may be late
        pause = _OFTEN
        while self._goes_on():
            news = [self._look(each) for each in self._list()]
            pause = _OFTEN if any(news) else min(pause * _SLOWER, _SELDOM)
            if self._parker.park(pause):
                pause = _OFTEN

    def _goes_on(self) -> bool:
        """Forget panels that nobody sees any more; say whether any is left."""
        with self._lock:
            for each in [each for each in self._panels if not each.is_open()]:
                del self._panels[each]
            if not self._panels:
                self._thread = None  # who adds one from here on starts another
            return bool(self._panels)

    def _list(self) -> list[Sampled]:
        with self._lock:
            return list(self._panels)

    def _look(self, panel: Sampled) -> bool:
        try:
            return panel.look()
        except Exception as error:  # noqa: BLE001 - the frontend is gone, or its connection
            say(ERROR, "a panel in a notebook cannot be shown any more", error=error)
            with self._lock:
                self._panels.pop(panel, None)
            return False


sampler: Sampler = Sampler()
