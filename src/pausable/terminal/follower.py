"""The follower: what comes of a request, said until the facts have followed. Pure.

A pause or a stop is a request; that the tasks rest, or are over, is the fact. The one is said with
the other: how many still run, and where, at growing intervals; then, once, that it is so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.terminal.phrases import (
    held,
    is_held_by_others,
    straggler_lines,
    tasks,
    unfinished_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable.snapshots import ProcessStatus, Straggler

__all__ = ["Follower"]

_FIRST_LOOK = 0.01  # seconds
_FIRST_WORD = 0.1
_LONGEST = 1.0  # between two looks


class Follower:
    """Follows one request of the keys until nothing runs any more that is to rest, or to stop."""

    def __init__(self, now: float, stopped: int | None = None) -> None:
        """Follow a pause, or a stop of so many tasks, *now* in seconds that only grow."""
        self._stopped = stopped
        self._look_again = _FIRST_LOOK
        self._word = now + _FIRST_WORD
        self._interval = 1.0
        self.next: float = now  # when to look
        self.is_over: bool = False

    def look(
        self, status: ProcessStatus, found: Sequence[Straggler], owner: str, now: float
    ) -> list[str]:
        """Return what is to be said now, if anything is; *found* are those that still run."""
        if self._stopped is not None:
            found = _of_stopping(status, found)
        if not found:
            self.is_over = True
            return [self._said(status, owner)]
        self.next = now + self._look_again
        self._look_again = min(2 * self._look_again, _LONGEST)
        if now < self._word:
            self.next = min(self.next, self._word)
            return []
        self._word = now + self._interval
        self._interval *= 2
        number = status.running + status.resting
        what = "pausing" if self._stopped is None else "stopping"
        return [f"{what}: {len(found)} of {max(number, len(found))} still run", *_indented(found)]

    def _said(self, status: ProcessStatus, owner: str) -> str:
        if self._stopped is None:
            return _paused(status, owner)
        return f"stopped: {tasks(self._stopped)}"


def _of_stopping(status: ProcessStatus, found: Sequence[Straggler]) -> list[Straggler]:
    stopping = {task.id for pool in status.pools for task in pool.tasks if task.state == "stopping"}
    return [each for each in found if each.id in stopping]


def _indented(found: Sequence[Straggler]) -> list[str]:
    return [f"  {line}" for line in straggler_lines(found)]


def _paused(status: ProcessStatus, owner: str) -> str:
    others = "".join(f"; also held by {held(hold)}" for hold in is_held_by_others(status, owner))
    if not status.pools:
        return "nothing to pause: no pool yet; one that is made now starts paused" + others
    if not unfinished_in(status):
        where = "no pool has a task" if len(status.pools) > 1 else "the pool has no task"
        return f"nothing to pause: {where}; what is submitted now waits{others}"
    waits = f", {status.queued} queued" if status.queued else ""
    rest = f"{tasks(status.resting)} at rest" if status.resting else "no task runs"
    return f"paused: {rest}{waits}; space resumes{others}"
