"""The joint waiver: one task of all that a joint hold holds goes on in spite of it.

To be made and ended within a decision of the joint hold (`JointHold.decide`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pausable._core.grip import under
from pausable._core.states import DONE, PENDING
from pausable._core.task import rest_of
from pausable._core.waiver import fitness_at_rest, fitnesses, unwaive, waive_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.gate import HoldRecord
    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future
    from pausable.scopes.joint_hold import JointHold

__all__ = ["JointWaiver", "candidates"]


@dataclass(eq=False)
class JointWaiver:
    """One task that is let go; what is held later holds it, too."""

    hold: JointHold
    task: Future[Any]
    records: list[HoldRecord]  #: that are waived, of those of the hold
    told: Callable[[Future[Any]], object] | None = None  #: called at its end, or never

    def begin(self) -> bool:
        """Let the task go; False if it is over, or if it is to be told of and does not wait."""
        return self.hold.visit(self.task._p_node.pool, self._begin)

    def _begin(self, visit: Visit) -> bool:
        task = self.task
        if not waive_if(visit, task, self.records, waits=self.told is not None):
            return False
        if self.told is not None:
            task._p_be_waited_for().callbacks.append(self.told)
        return True

    def end(self) -> None:
        """Let the task rest with the others again, from its next checkpoint on; tell nobody."""
        self.hold.visit(self.task._p_node.pool, self._end)

    def _end(self, visit: Visit) -> None:
        task, waiting = self.task, self.task._p_waiting
        if waiting is not None and self.told in waiting.callbacks:
            waiting.callbacks.remove(self.told)
        unwaive(visit, task._p_node, task, self.records)

    def wants_slot(self) -> bool:
        """Say whether the task waits for nothing but a slot, or a thread."""
        task = self.task
        if task._state == PENDING:
            return True
        return task._p_is_at_rest() and rest_of(task).quiet is None

    def is_stuck(self) -> bool:
        """Say whether the task will come to no end for now: somebody else keeps it waiting.

        It is held by somebody else, or waits for another task of its pool, which may be held.
        """
        return under(self.task._p_node.pool.lock, _is_stuck, self.task)


def candidates(hold: JointHold, records: list[HoldRecord]) -> list[tuple[int, Future[Any]]]:
    """List who could go on in spite of *records*, which are those of the hold.

    With each the number that says how fit it is: the less, the fitter.
    """
    found: list[tuple[int, Task]] = []
    for task in hold.tasks_alone():
        found += under(task._p_node.pool.lock, fitness_at_rest, task, records)
    for scope in hold.living():
        found += under(scope._p_node.pool.lock, fitnesses, scope._p_node, records)
    return cast("list[tuple[int, Future[Any]]]", found)


def _is_stuck(task: Task) -> bool:
    if task._state == PENDING:
        return task._p_gate.closed
    if task._state in DONE:  # and whoever was to be told of it was not
        return True
    quiet = rest_of(task).quiet
    is_waiting = task._p_gate.closed or (quiet is not None and quiet.waits_for_own)
    return task._p_is_at_rest() and is_waiting
