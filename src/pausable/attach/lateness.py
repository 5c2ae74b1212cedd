"""Lateness: whether a program has come so far in its end that nothing in it could be paused.

Its main thread has ended, and the interpreter waits for the other threads: first for those of the
pools of the stdlib, which finish what they have, then for all others. From the second on there is
no pool any more, nor can there be: whatever makes one is refused, in Python itself.
"""

from __future__ import annotations

import sys
import threading

__all__ = ["why_too_late"]

_INSIDE = "pausable.attach.inside"
_TOO_LATE = (
    "its main thread has ended, and no pool of it works any more: the threads that run on are of "
    "its own making, and only all of the process can be paused, by `kill -STOP` with its pid (and "
    "`kill -CONT`)"
)


def why_too_late() -> str:
    """Say why it is too late to attach to this process; "" if it is not."""
    if not threading._SHUTTING_DOWN or _INSIDE in sys.modules:  # type: ignore[attr-defined]
        return ""  # or it was attached to in time: it may be left, too
    pools = sys.modules.get("concurrent.futures.thread")
    workers = () if pools is None else tuple(pools._threads_queues)
    return "" if any(each.is_alive() for each in workers) else _TOO_LATE
