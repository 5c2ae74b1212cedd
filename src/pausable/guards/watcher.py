"""The watcher: the thread of guards, and what becomes of them in a forked child.

Guards look on the one thread of `watcher`; a probe, which may block for ever, is called on a thread
of its own (`call_aside`). It is not the timer for holds that expire and for time limits: where no
thread can start, a probe is called on it, and those must not wait for that. It lives only while a
guard has something to watch.
"""

from __future__ import annotations

import os
import weakref
from threading import current_thread
from typing import Protocol

from pausable.scopes.timer import Timer

__all__ = ["inherited", "name_of_thread", "watcher"]

watcher: Timer = Timer("pausable-guards")


class Heir(Protocol):
    """What a forked child has inherited."""

    def _begin_anew(self) -> None: ...


inherited: weakref.WeakSet[Heir] = weakref.WeakSet()
"""The sentries and windows of the process: in a forked child, where all pools are empty and open,
no thread looks, and a lock may be held by one that is not there, they begin anew."""


def name_of_thread() -> str:
    """Name the calling thread, for the log."""
    return current_thread().name


def _after_fork() -> None:
    watcher.forget_all()
    for each in list(inherited):
        each._begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
