"""Staggered resumes: tasks go one by one, for what has just recovered not to fall again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.pacing import Pace
from pausable._core.resting import grant
from pausable._core.starting import call_workers, drop_pace, rearm
from pausable._core.state import act

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState

__all__ = ["end_pace", "set_pace", "tick"]


def set_pace(node: Node, interval: float, jitter: float) -> None:
    """See to it that the tasks of *node*, which is about to open, go one by one. Under the lock."""
    node.state.is_plain = False
    drop_pace(node.state, node)
    at_rest = sum(each.at_rest for each in node.below())
    room = min(each.limit for each in node.path()) - node.slots
    node.pace = Pace(interval, jitter, int(max(at_rest, room, 1)))


def end_pace(node: Node) -> None:
    """Let those go at once that were to go one by one."""
    state = node.state
    if node.pace is None or state.defers(partial(end_pace, node)):
        return
    with state.lock:
        drop_pace(state, node)
        rearm(state, node)
    state.call_all()


def tick(state: PoolState, node: Node, pace: Pace) -> None:
    """Let the next task of *node* go, unless it was paused again meanwhile."""
    wakes: list[Wakeable] = []
    with state.lock:
        if node.pace is not pace:
            return
        pace.is_ready = True
        rearm(state, node)
        grant(state, wakes)
        seats = call_workers(state)
    act(state, wakes, seats)
