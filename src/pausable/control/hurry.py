"""The hurry: while a command is answered, threads take turns more often.

Each call that lets the GIL go (`select`, `accept`, `recv`) waits for it afterwards, up to five
milliseconds for each thread that computes. With eight of them a pause takes a tenth of a second.
So the interpreter's switch interval is short from the moment a command is there until it is
answered, and as it was afterwards.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock

__all__ = ["SHORT", "Hurry", "hurry"]

SHORT = 0.0002  # seconds


class Hurry:
    """Entered by any number of threads at once, in any order; the last to leave restores.

    Who sets the interval meanwhile keeps what he has set.
    """

    def __init__(self) -> None:
        """Begin with nobody in it."""
        # Protects the two below. Nothing else is done under it.
        self._lock = RLock()
        self._inside = 0
        self._before = 0.0  # the interval, while somebody is in it; 0 if that was shorter

    def __enter__(self) -> None:
        """Have threads take turns more often."""
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                interval = sys.getswitchinterval()
                self._before = interval if interval > SHORT else 0.0
                if self._before:
                    sys.setswitchinterval(SHORT)

    def __exit__(self, *_: object) -> None:
        """Have it as it was, if this was the last."""
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._restore()

    def _restore(self) -> None:
        before, self._before = self._before, 0.0
        if before and abs(sys.getswitchinterval() - SHORT) < SHORT / 100:
            sys.setswitchinterval(before)

    def forget_all(self) -> None:
        """Start anew in a forked child: whoever was in it is the parent's."""
        self._lock = RLock()
        self._inside = 0
        self._restore()


hurry: Hurry = Hurry()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=hurry.forget_all)
