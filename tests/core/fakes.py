"""Stand-ins for what the core is given by its adapters: tasks, seats and wake-ups, no threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.gate import HoldRecord
from pausable._core.states import PENDING
from pausable._core.task import Task
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node

__all__ = ["Bell", "QuietSeat", "hold", "new_task"]


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


class QuietSeat(ThreadSeat):
    """The seat of a worker that is there, and has no thread: it remembers that it was woken."""

    __slots__ = ("rung", "steps")

    def __init__(self) -> None:
        """Begin silent."""
        super().__init__()
        self.is_new = False
        self.rung = False
        self.steps: list[Callable[[], object] | None] | None = None  # one for each park

    def wake(self) -> None:
        """Remember it."""
        self.rung = True

    def park(self, timeout: float | None = None) -> bool:
        """Take the wake-up, which must have come already; or let others come in, as scripted."""
        if self.steps is None:
            assert self.rung, "this thread would park for ever"
            self.rung = False
            return True
        assert self.steps, "it parked more often than the script says"
        step = self.steps.pop(0)
        if step is not None:
            step()
        return True


def new_task(node: Node, number: int = 1) -> Task:
    """Make a pending task of a scope."""
    task = Task()
    task._state = PENDING
    task._p_node = node
    task._p_gate = node.gate
    task._p_fn = new_task
    task._p_args = ()
    task._p_kwargs = task._p_context = task._p_label = None
    task._p_number = number
    task._p_id = 0
    task._p_seat = task._p_started_at = task._p_ended_at = task._p_rest = task._p_stop_reason = None
    return task


def hold(running: str = "rest", *, since: float = 0.0, duration: float | None = None) -> HoldRecord:
    """Make a hold of somebody's."""
    return HoldRecord("a reason", "somebody", running, "pause", since, since, duration, None)
