"""How a thread waits to be woken: a binary semaphore made of one raw lock.

The locks here are those of threads as they were when this was imported, and so is
`start_new_thread`, by which others can tell whether threads have been replaced since.
"""

from __future__ import annotations

import _thread
from _thread import TIMEOUT_MAX, allocate_lock, start_new_thread

__all__ = ["HAS_DAEMONS", "LONGEST", "Parker", "start_new_thread"]

HAS_DAEMONS: bool = getattr(_thread, "daemon_threads_allowed", lambda: True)()
"""Whether threads may be daemons, which nobody waits for at the end: not in a sub-interpreter."""

LONGEST: float = TIMEOUT_MAX
"""For how many seconds a thread can wait at most, at a time."""


class Parker:
    """One thread parks; any thread wakes it. A wake-up that comes first is not lost.

    Wake-ups do not add up, and a stale one may end a later park: whoever parks does so in a loop
    over the fact that it waits for. A raw lock, because `threading.Condition` would make every
    thread that wakes queue up for one lock.
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        """Make one that is not woken."""
        self._lock = allocate_lock()
        self._lock.acquire()

    def park(self, timeout: float | None = None) -> bool:
        """Wait until woken, or for *timeout* seconds or as long as can be; say whether woken."""
        limit = -1 if timeout is None else min(max(timeout, 0.0), LONGEST)
        return self._lock.acquire(timeout=limit)

    def wake(self) -> None:
        """Let the thread that parks, or the next that does, go on."""
        try:  # noqa: SIM105 - `suppress` takes longer than the rest
            self._lock.release()
        except RuntimeError:  # already woken: the first wake-up counts
            pass
