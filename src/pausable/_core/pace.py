"""The pace: after a staggered resume, tasks of a scope go one by one, so many seconds apart.

So that what has just recovered does not fall again. It ends when as many have gone as rested or fit
into the slots, whichever is more: from then on a task only goes when another has ended.
"""

from __future__ import annotations

import math
from _random import Random  # `random` takes long to import
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.turns import rearm

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.ports import Adapter, Cancellable

__all__ = ["Pace", "drop_pace", "end_pace", "keep_pace", "set_pace"]


class Pace:
    """One staggered resume of one scope. Pure: whoever lets a task go asks when the next may."""

    __slots__ = ("alarm", "draw", "interval", "is_of_process", "is_ready", "jitter", "left")

    def __init__(self, interval: float, jitter: float, tasks: int) -> None:
        """Let *tasks* tasks go, *interval* seconds apart, and up to *jitter* more at random."""
        self.interval: float = interval
        self.jitter: float = jitter
        self.left: int = tasks
        self.draw: Callable[[], float] = Random().random  # not the program's, which may be seeded
        self.is_ready: bool = True
        self.is_of_process: bool = False  # else a resume of this very scope has set it
        self.alarm: Cancellable | None = None  # what will make it ready again

    def let_one_go(self) -> float | None:
        """Note that a task has gone; return in how many seconds the next may, None for at once."""
        self.left -= 1
        if self.left <= 0:
            return None
        self.is_ready = False
        return self.interval + self.draw() * self.jitter


def set_pace(visit: Any, node: Any, interval: float, jitter: float) -> None:
    """See to it that the tasks of *node*, which is about to open, go one by one."""
    visit.pool.is_plain = False
    drop_pace(visit, node)
    at_rest = sum(each.resters.count for each in node.below())
    room = min(each.slots.limit for each in node.path()) - node.slots.taken
    if math.isinf(room):
        room = sum(each.queue.pending for each in node.below())
    node.slots.pace = Pace(interval, jitter, int(max(at_rest, room, 1)))


def keep_pace(visit: Any, node: Any) -> None:
    """Note that a task goes from a scope that has a pace."""
    pace: Pace = node.slots.pace
    delay = pace.let_one_go()
    if delay is None:
        end_pace(visit, node)
    else:
        visit.chores.append(partial(_schedule, visit.pool.adapter, node, pace, delay))


def end_pace(visit: Any, node: Any) -> None:
    """Let those go at once that were to go one by one."""
    if node.slots.pace is not None:
        drop_pace(visit, node)
        rearm(visit, node)  # its scopes may have left the lines while the pace was not ready


def drop_pace(visit: Any, node: Any) -> None:
    """Let the tasks of *node* no longer go one by one."""
    if node.slots.pace is not None and node.slots.pace.alarm is not None:
        visit.chores.append(node.slots.pace.alarm.cancel)
    node.slots.pace = None


def _schedule(adapter: Adapter, node: Any, pace: Pace, delay: float) -> None:
    """Have the next task go in *delay* seconds. Outside the lock."""
    alarm = adapter.decide_later(delay, _tick, node, pace)
    earlier, pace.alarm = pace.alarm, alarm  # that of a task that did not wait its turn
    if earlier is not None:
        earlier.cancel()
    if node.slots.pace is not pace:  # it has ended meanwhile
        alarm.cancel()


def _tick(visit: Any, node: Any, pace: Pace) -> None:
    """Let the next task of *node* go, unless it was paused again meanwhile."""
    if node.slots.pace is pace:
        pace.is_ready = True
        rearm(visit, node)
