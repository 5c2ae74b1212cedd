"""The watcher: the one thread of the process on which guards probe.

A timer of its own, and not the one for holds that expire and for time limits: a probe may take
seconds, and those must not wait for it. It lives only while a guard has something to watch.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from pausable.threads.timer import Timer

if TYPE_CHECKING:
    from pausable.guards.keeper import Keeper

__all__ = ["keepers", "watcher"]

watcher: Timer = Timer("pausable-guards")

keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()
"""All guards of the process."""


def _after_fork() -> None:
    """Begin anew in a forked child, where all pools are empty and open."""
    watcher.forget_all()
    for keeper in list(keepers):
        keeper._begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
