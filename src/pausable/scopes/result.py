"""The result of a task: the stdlib's future, with the methods of that, and how it ends."""

from __future__ import annotations

from concurrent.futures import CancelledError, InvalidStateError
from concurrent.futures._base import _STATE_TO_DESCRIPTION_MAP
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.attention import own_seat
from pausable._core.conclusion import emit_end, forget
from pausable._core.decision import decide
from pausable._core.duty import note_holds
from pausable._core.grip import under
from pausable._core.interruption import is_interrupted, is_owned
from pausable._core.log import CRITICAL, log, stdlib_logger
from pausable._core.names import type_name
from pausable._core.postponement import postpone
from pausable._core.queue import clear_tombstones, take_aside, withdraw
from pausable._core.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    DONE,
    FINISHED,
    PENDING,
    RUNNING,
)
from pausable.errors import TaskStopped
from pausable.scopes.announced import Move
from pausable.scopes.awaited import Awaited

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Outcome

__all__ = ["TaskResult"]

T = TypeVar("T")

_NOT_STARTED = frozenset({PENDING})
_NOT_DONE = frozenset({PENDING, RUNNING})


class TaskResult(Awaited[T]):
    """The result of a task to be: what a future is to those who wait for it.

    All methods may be called from any thread, and behave as those of `concurrent.futures.Future`,
    with two additions: `result()` called inside a task lets that task count as at rest while it
    waits, and a task of the same pool gives its slot back meanwhile; and a task that was stopped is
    `cancelled()`, its `result()` raises `TaskStopped` with the reason.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied, as the stdlib's futures do: a copy would never end."""
        msg = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(msg)

    def __repr__(self) -> str:
        """Say what the stdlib says, without its condition."""
        description = _STATE_TO_DESCRIPTION_MAP[self._state]
        said = f"<{type_name(self)} at {id(self):#x} state={description}"
        if self._state == FINISHED and self._exception is not None:
            said += f" raised {type_name(self._exception)}"
        elif self._state == FINISHED:
            said += f" returned {type_name(self._result)}"
        return said + ">"

    # The stdlib's methods.

    def cancel(self) -> bool:
        """Cancel the task if it has not started; say whether it is cancelled now."""
        if self._state == PENDING:  # it never is again
            if self._p_node is None:
                self._p_conclude(_NOT_STARTED, CANCELLED)
            elif self._p_withdraw(None):
                return True
        return self._state in (CANCELLED, CANCELLED_AND_NOTIFIED)

    def cancelled(self) -> bool:
        """Say whether the task was cancelled, or stopped."""
        return self._state in (CANCELLED, CANCELLED_AND_NOTIFIED)

    def running(self) -> bool:
        """Say whether the task has started and not ended; it may be at rest."""
        return self._state == RUNNING

    def done(self) -> bool:
        """Say whether the task is over."""
        return self._state in DONE

    def add_done_callback(self, fn: Callable[[Any], object]) -> None:
        """Have *fn* called with this future when the task is over; at once if it is over."""
        if not under(self._lock, self._p_add_callback, fn):
            self._p_call_back(fn)

    def _p_add_callback(self, fn: Callable[[Any], object]) -> bool:
        if self._state in DONE:
            return False
        self._p_be_waited_for().callbacks.append(fn)
        return True

    def result(self, timeout: float | None = None) -> T:
        """Return what the task returned, or raise what it raised.

        Waits for its end, *timeout* seconds at most.

        Raises:
            TaskStopped: it was stopped.
            CancelledError: it was cancelled.
            TimeoutError: time was up; the task goes on.
        """
        try:
            if self._state not in DONE:
                self._p_wait(timeout)
            if self._state != FINISHED:
                raise self._p_why_not()
            if self._exception is not None:
                raise self._exception
            return self._result  # type: ignore[return-value]  # it is there: the task has returned
        finally:
            # As the stdlib does: breaks a cycle with the exception.
            self = None  # type: ignore[assignment]  # noqa: PLW0642

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what the task raised, or None; waits and raises like `result`."""
        if self._state not in DONE:
            self._p_wait(timeout)
        if self._state != FINISHED:
            raise self._p_why_not()
        return self._exception

    def set_running_or_notify_cancel(self) -> bool:
        """Note that whoever made this future begins; False if it was cancelled. Not for users."""
        if self._p_visit(Move(_NOT_STARTED, RUNNING, self._p_take_out)):
            return True
        if under(self._condition, self._p_notify_cancel):
            return False
        text = "Future %s in unexpected state: %s"
        log(CRITICAL, text, id(self), self._state, to=stdlib_logger)
        msg = "Future in unexpected state"
        raise RuntimeError(msg)

    def _p_notify_cancel(self) -> bool:
        if self._state != CANCELLED:
            return False
        self._state = CANCELLED_AND_NOTIFIED
        for waiter in self._waiters:
            waiter.add_cancelled(self)
        return True

    def set_result(self, result: T) -> None:
        """Set what the task returned, on a future of one's own."""
        self._p_conclude_by_hand(result, None)

    def set_exception(self, exception: BaseException | None) -> None:
        """Set what the task raised, on a future of one's own."""
        self._p_conclude_by_hand(None, exception)

    # How it ends.

    def _p_withdraw(self, reason: str | None) -> bool:
        """Cancel the task if it has not started; with a *reason* it counts as stopped."""
        pool: Pool = cast("Node", self._p_node).pool
        if is_owned(pool.lock):  # a signal handler or a finalizer has interrupted a visit
            postpone(pool, partial(self._p_withdraw_in, reason=reason))
            # It will not start before, unless this is the worker that is about to start it.
            return self._state == PENDING and own_seat() is None
        return self._p_withdraw_now(reason)

    def _p_withdraw_now(self, reason: str | None) -> bool:
        if self._p_ends_later(partial(self._p_withdraw_now, reason)):
            return True
        outcome: Outcome = "cancelled" if reason is None else "stopped"
        done = self._p_conclude(
            _NOT_STARTED,
            CANCELLED_AND_NOTIFIED,
            partial(self._p_unqueue, outcome=outcome),
            outcome=outcome,
            reason=reason,
        )
        if done:
            self._p_forget_call()
        return done

    def _p_unqueue(self, visit: Visit, outcome: Outcome) -> None:
        """Let a task that has not started, and is over, leave its pool."""
        node: Node = cast("Node", self._p_node)
        withdraw(visit, self)
        emit_end(self, outcome)
        forget(visit, node, self)
        clear_tombstones(visit, node.queue)

    def _p_withdraw_in(self, visit: Visit, reason: str | None) -> None:
        """Do as `_p_withdraw_now` in a visit, under the lock: what may not be done there, after it.

        If it has a condition, it is only taken aside: that comes before the lock.
        """
        if self._p_made_condition() is not None:
            take_aside(self)
            visit.chores.append(partial(self._p_withdraw_now, reason))
        elif self._state == PENDING:
            outcome: Outcome = "cancelled"
            if reason is not None:
                note_holds(self)
                outcome = "stopped"
            node: Node = cast("Node", self._p_node)
            # Nothing is called in these lines: see `Tally`.
            if reason is not None:
                self._p_stop_reason = reason
            self._state = CANCELLED_AND_NOTIFIED
            node.tally.done += 1
            node.tally.ends[outcome] += 1
            self._p_unqueue(visit, outcome)
            visit.chores += (self._p_forget_call, self._p_wake_all)
            if self._p_waiting is not None and self._p_waiting.callbacks:
                visit.calls.append(self._p_wake_and_call_back)

    def _p_refuse(self, *, is_queued: bool) -> bool:
        """End a task that its scope does not accept after all; False if it has started already."""

        def unqueue(visit: Visit) -> None:
            if is_queued:
                withdraw(visit, self)
                emit_end(self, "cancelled")  # it was told of before it came into the queue
            forget(visit, cast("Node", self._p_node), self)

        done = self._p_conclude(_NOT_STARTED, CANCELLED_AND_NOTIFIED, unqueue)
        if done:
            self._p_forget_call()
        return done

    def _p_ends_later(self, call: Callable[[], object]) -> bool:
        """Have a task that has not started ended by another thread, if this one must not do it.

        Those of the stdlib's functions that wait for it have locks that are not re-entrant: a
        signal handler or a finalizer may have interrupted one of them.
        """
        if self._state != PENDING or self._p_made_condition() is None or not is_interrupted():
            return False
        pool: Pool = cast("Node", self._p_node).pool
        decide(pool, lambda _: take_aside(self))
        pool.outbox.append(call)
        pool.outbox.hand_over()
        return True

    def _p_settle(self, result: T | None, exception: BaseException | None) -> bool:
        """End a task that has not started with an outcome; false if it has, or is over."""
        if self._p_ends_later(partial(self._p_settle, result, exception)):
            return True
        outcome: Outcome = "result" if exception is None else "exception"
        unqueue = partial(self._p_unqueue, outcome=outcome)
        kept = (result, exception)
        done = self._p_conclude(_NOT_STARTED, FINISHED, unqueue, kept=kept, outcome=outcome)
        if done:
            self._p_forget_call()
        return done

    def _p_orphan(self, reason: str) -> None:
        """Count as cancelled in a forked child, whose threads and locks are not those it had."""
        self._p_waiting = None
        self._p_forget_run(reason if self._state in _NOT_DONE else self._p_stop_reason)
        if self._state in _NOT_DONE:
            self._state = CANCELLED_AND_NOTIFIED

    def _p_conclude_by_hand(self, result: T | None, exception: BaseException | None) -> None:
        outcome: Outcome = "result" if exception is None else "exception"
        unqueue = partial(self._p_unqueue, outcome=outcome)
        kept = (result, exception)
        if not self._p_conclude(_NOT_DONE, FINISHED, unqueue, kept=kept, outcome=outcome):
            raise InvalidStateError(f"{self._state}: {self!r}")

    def _p_take_out(self, visit: Visit) -> None:
        """Take a task that somebody runs by hand out of its pool's queue."""
        node: Node = cast("Node", self._p_node)
        withdraw(visit, self)
        forget(visit, node, self)

    def _p_why_not(self) -> CancelledError:
        if self._p_stop_reason is None:
            return CancelledError()
        held_by = () if self._p_rest is None else self._p_rest.held_by
        return TaskStopped(self._p_name, self._p_stop_reason, held_by)
