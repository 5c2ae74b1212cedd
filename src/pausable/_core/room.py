"""The room in a pool's queue: who submits to one that is full waits until a task has left it.

Invariant, whenever the pool's lock is free: if there is room for n more tasks, the first n of those
who wait have been woken since it was made. A waiter stays written down until it has looked under
the lock and found room, or has given up; then those behind it are looked at again.

    1. The worker W takes a task out of the queue, and wakes the first waiter A. 2. The submitter S
    comes by, finds room, and takes it. 3. A looks, finds none, and parks; it is still the first,
    and whoever makes room next wakes it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.ports import Wakeable
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["Room"]


class Room:
    """How many tasks of a pool may be queued. Its fields are written under the pool's lock."""

    __slots__ = ("_coming", "_waiters", "size")

    def __init__(self, size: float) -> None:
        """Let *size* tasks be queued at most."""
        self.size: float = size
        # Have found room, and are about to be queued. Weak, in case a Ctrl-C kept one from that.
        self._coming: WeakSet[Task] = WeakSet()
        self._waiters: dict[Wakeable, None] = {}

    def take(self, visit: Visit, task: Task, waker: Wakeable) -> bool:
        """Reserve room for *task* if there is any; else write *waker* down as one that waits.

        Where the pool has been shut down there is room: the submit is refused. Under the lock.
        """
        pool = visit.pool
        if self._left(pool) > 0 or not pool.root.queue.is_accepting or pool.end.is_refusing:
            self._coming.add(task)
            return True
        self._waiters[waker] = None
        return False

    def retire(self, visit: Visit) -> None:
        """Let all in: another bound is in force, or none. Under the lock."""
        self.size = math.inf
        visit.wakes.extend(self._waiters)

    def forget_all(self) -> None:
        """Start anew in a forked child, where nobody waits and nobody comes."""
        self._coming.clear()
        self._waiters.clear()

    def leave(self, visit: Visit, waker: Wakeable) -> None:
        """Note that the owner of *waker* waits no longer. Under the lock."""
        self._waiters.pop(waker, None)
        self.rouse(visit)

    def _left(self, pool: Pool) -> float:
        return self.size - pool.unstarted - len(self._coming)

    def settle(self, visit: Visit, task: Task) -> None:
        """Note that *task* is about to be queued, or will not be. Under the lock."""
        self._coming.discard(task)
        self.rouse(visit)

    def rouse(self, visit: Visit) -> None:
        """Wake as many of those who wait as there is room for; all after the end. Locked."""
        pool = visit.pool
        if not self._waiters:
            return
        if not pool.root.queue.is_accepting or pool.end.is_refusing:
            visit.wakes.extend(self._waiters)
            return
        left = self._left(pool)
        visit.wakes.extend(each for number, each in enumerate(self._waiters) if number < left)
