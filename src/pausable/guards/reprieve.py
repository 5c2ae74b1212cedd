"""The reprieve: a task whose time is up goes on, in spite of its guard's holds.

It is to raise the error that it has met, through its own `except` and `finally` blocks, also where
it is preemptive: until it stands back again, or the guard releases all. All of it is part of the
decisions of the joint hold.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pausable.scopes.joint_waiver import JointWaiver
from pausable.scopes.timer import clock

if TYPE_CHECKING:
    from pausable.scopes.future import Future
    from pausable.scopes.joint_hold import JointHold

__all__ = ["Reprieves"]


class Reprieves:
    """The tasks that one guard lets go on, and those that it will."""

    def __init__(self, holds: JointHold) -> None:
        """Begin with none."""
        self._holds = holds
        # The rests that have an end: for which attempts, whose, and when. A task may be here more
        # than once: the threads that it has started rest for it, too. Weak, since attempts may be
        # left by a `break`.
        self.limits: WeakKeyDictionary[object, tuple[Future[Any], float]] = WeakKeyDictionary()
        # The tasks whose time was up.
        self.spared: dict[Future[Any], JointWaiver] = {}

    def follow(self, trying: Future[Any] | None, *, holds: bool) -> None:
        """Spare the tasks whose time is up, but not the one *trying*; none if nothing is held."""
        now = clock()
        for attempts, (task, until) in tuple(self.limits.items()):
            if task.done():
                self.limits.pop(attempts, None)
            elif until <= now and holds and task is not trying:
                self.spare(task)
        for task in tuple(self.spared):
            if task.done():
                del self.spared[task]
            elif not holds:
                self.spared.pop(task).end()

    def next_end(self) -> float:
        """Return when the time of the next one is up; infinity if there is none."""
        now = clock()
        ends = [until for _, until in tuple(self.limits.values()) if until > now]
        return min(ends, default=math.inf)

    def spare(self, task: Future[Any]) -> None:
        """Let *task* go on."""
        if task in self.spared:
            return
        waiver = JointWaiver(self._holds, task, self._holds.records())
        if waiver.begin():
            self.spared[task] = waiver

    def end(self, task: Future[Any], until: float, trying: Future[Any] | None) -> bool:
        """Let *task* rest again if it may till *until*; False if its time is up for good."""
        if task in self.spared and until <= clock():
            return False
        waiver = self.spared.pop(task, None)
        if waiver is not None and task is not trying:
            waiver.end()
        return True
