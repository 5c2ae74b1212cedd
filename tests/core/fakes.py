"""Stand-ins for what the core is given by its adapters: tasks, seats and wake-ups, no threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.gates import HoldRecord
from pausable._core.parker import Seat
from pausable._core.states import PENDING
from pausable._core.tasks import Task

if TYPE_CHECKING:
    from pausable._core.nodes import Node

__all__ = ["Bell", "hold", "new_seat", "new_task"]


class Bell:
    """A parker for nobody: remembers that it was woken."""

    def __init__(self) -> None:
        """Begin silent."""
        self.rung = False

    def wake(self) -> None:
        """Remember it."""
        self.rung = True

    def park(self, timeout: float | None = None) -> bool:
        """Take the wake-up, which must have come already."""
        assert self.rung, "this thread would park for ever"
        self.rung = False
        return True


def new_seat(*, called: bool = False) -> Seat:
    """Make the seat of a worker that is there, and has no thread."""
    seat = Seat()
    seat.parker = Bell()
    seat.is_new = False
    seat.called = called
    return seat


def new_task(node: Node, number: int = 1) -> Task:
    """Make a pending task of a scope."""
    task = Task()
    task._state = PENDING
    task.node = node
    task.gate = node.gate
    task.fn = new_task
    task.args = ()
    task.kwargs = task.context = task.label = None
    task.number = number
    task.seat = task.started_at = task.ended_at = task.rest = task.stop_reason = None
    return task


def hold(running: str = "rest", *, since: float = 0.0, duration: float | None = None) -> HoldRecord:
    """Make a hold of somebody's."""
    return HoldRecord("a reason", "somebody", running, "pause", since, since, duration, None)
