"""The end of holds, because what they hold is over: a task, or a scope with all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.audience import emit
from pausable._core.held import hold_status
from pausable._core.pace import drop_pace
from pausable._core.times import clock
from pausable._core.waiters import rouse_others
from pausable.events import HoldReleased

if TYPE_CHECKING:
    from pausable._core.gate import Gate
    from pausable._core.held import Held
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["end_holds", "note_ends"]


def note_ends(visit: Visit, node: Node, held: Held, gate: Gate) -> None:
    """Tell of the holds of a gate that end because what they hold is over."""
    now = clock()
    for hold in gate.holds:
        if hold.alarm is not None:
            visit.chores.append(hold.alarm.cancel)
        if visit.pool.demand.observed:
            emit(node, HoldReleased, hold_status(held, hold, now))


def end_holds(visit: Visit, node: Node) -> None:
    """Let go of all holds and paces of a scope of which nothing is left."""
    for each in node.below():
        drop_pace(visit, each)
        note_ends(visit, each, each, each.gate)
        for hold in tuple(each.gate.holds):
            each.gate.release(hold)
        attention.discard(each.gate)
        visit.chores.extend(guard.look_around for guard in each.rules.guards)
    rouse_others(visit)
