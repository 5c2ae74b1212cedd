"""The witness: how the end of a call of the stdlib is seen, where one of our tasks stands for it.

It takes the place of the future in the stdlib's work item, which tells it what has come of the
call, on the thread that has made it, and does nothing more. So the end is seen where it happens,
after the done callbacks. One who looks at the stack finds out, too, but later: for calls that had
begun to tell before the witness was there, or have not begun and may be cancelled.
"""

from __future__ import annotations

from concurrent.futures._base import CANCELLED_AND_NOTIFIED, FINISHED, RUNNING
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide
from pausable._core.entrance import depart
from pausable.adopted.work_item import cancel_running
from pausable.scopes.outcome import outcome_of

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.visit import Visit
    from pausable.events import Outcome
    from pausable.scopes.future import Future
    from pausable.threads.seat import ThreadSeat

__all__ = ["Witness"]

_RUNNING_ONLY = frozenset({RUNNING})


class Witness:
    """Stands for the future of an item, and has the task end that stands for the call."""

    __slots__ = ("future", "seat", "task")

    def __init__(self, future: Any, task: Future[Any], seat: ThreadSeat) -> None:
        """Stand for the *future* of a call that *task* stands for, on the thread of *seat*."""
        self.future: Any = future
        self.task: Future[Any] = task
        self.seat: ThreadSeat = seat

    def set_running_or_notify_cancel(self) -> bool:
        """Do as the future; one that was cancelled is over."""
        if self.future.set_running_or_notify_cancel():
            return True
        self.conclude()
        return False

    def set_result(self, result: object) -> None:
        """Do as the future, and be over."""
        try:
            self.future.set_result(result)
        finally:
            self.conclude()

    def set_exception(self, error: BaseException) -> None:
        """Do as the future, and be over. What was stopped is cancelled: nobody knows `Stopped`."""
        try:
            if outcome_of(self.task, error) == "stopped":
                cancel_running(self.future)
            else:
                self.future.set_exception(error)
        finally:
            self.conclude()

    def conclude(self) -> None:
        """Write down that the task is over, with what the future says. Any number of times."""
        task, future = self.task, self.future
        pool: Pool = cast("Any", task)._p_node.pool
        outcome = self._outcome()
        if not decide(pool, _conclude, self.seat, task, outcome):
            return
        task._p_forget_call()
        is_over = outcome in ("result", "exception")
        task._p_keep(future._result if is_over else None, future._exception if is_over else None)
        task._p_conclude(_RUNNING_ONLY, FINISHED if is_over else CANCELLED_AND_NOTIFIED)

    def _outcome(self) -> Outcome:
        if self.future._state != FINISHED:
            return "cancelled" if self.task._p_stop_reason is None else "stopped"
        return "result" if self.future._exception is None else "exception"


def _conclude(visit: Visit, seat: ThreadSeat, task: Future[Any], outcome: Outcome) -> bool:
    # If it rests, its thread does in its next call, which has been taken for this one.
    return not task._p_is_at_rest() and depart(visit, seat, task, outcome)
