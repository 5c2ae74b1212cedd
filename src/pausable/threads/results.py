"""The result of a task: the stdlib's future, with the methods of that, and how it ends."""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError, InvalidStateError
from concurrent.futures._base import _STATE_TO_DESCRIPTION_MAP
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.attention import own_seat
from pausable._core.ending import emit_end, forget
from pausable._core.starting import clear_tombstones, withdraw
from pausable._core.state import act
from pausable._core.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    DONE,
    FINISHED,
    PENDING,
    RUNNING,
)
from pausable.errors import TaskStopped
from pausable.threads.awaited import Awaited

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable.events import Outcome

__all__ = ["TaskResult"]

T = TypeVar("T")

_stdlib_logger = logging.getLogger("concurrent.futures")
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
        said = f"<{type(self).__name__} at {id(self):#x} state={description}"
        if self._state == FINISHED and self._exception is not None:
            said += f" raised {type(self._exception).__name__}"
        elif self._state == FINISHED:
            said += f" returned {type(self._result).__name__}"
        return said + ">"

    # The stdlib's methods.

    def cancel(self) -> bool:
        """Cancel the task if it has not started; say whether it is cancelled now."""
        if self._state == PENDING:  # it never is again
            if self.node is None:
                self._conclude(_NOT_STARTED, CANCELLED)
            elif self._withdraw(None):
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
        with self._lock:
            if self._state not in DONE:
                self._be_waited_for().callbacks.append(fn)
                return
        self._call_back(fn)

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
                self._wait(timeout)
            if self._state != FINISHED:
                raise self._why_not()
            if self._exception is not None:
                raise self._exception
            return self._result  # type: ignore[return-value]  # it is there: the task has returned
        finally:
            # As the stdlib does: breaks a cycle with the exception.
            self = None  # type: ignore[assignment]  # noqa: PLW0642

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what the task raised, or None; waits and raises like `result`."""
        if self._state not in DONE:
            self._wait(timeout)
        if self._state != FINISHED:
            raise self._why_not()
        return self._exception

    def set_running_or_notify_cancel(self) -> bool:
        """Note that whoever made this future begins; False if it was cancelled. Not for users."""
        wakes: list[Wakeable] = []
        with self._condition:
            if self._state == CANCELLED:
                self._state = CANCELLED_AND_NOTIFIED
                for waiter in self._waiters:
                    waiter.add_cancelled(self)
                return False
            begins = False
            with self._lock:
                if self._state == PENDING:
                    begins = True
                    self._take_out(wakes)
                    self._state = RUNNING
        if begins:
            self._act(wakes)
            return True
        _stdlib_logger.critical("Future %s in unexpected state: %s", id(self), self._state)
        msg = "Future in unexpected state"
        raise RuntimeError(msg)

    def set_result(self, result: T) -> None:
        """Set what the task returned, on a future of one's own."""
        self._conclude_by_hand(result, None)

    def set_exception(self, exception: BaseException | None) -> None:
        """Set what the task raised, on a future of one's own."""
        self._conclude_by_hand(None, exception)

    # How it ends.

    def _withdraw(self, reason: str | None) -> bool:
        """Cancel the task if it has not started; with a *reason* it counts as stopped."""
        node = cast("Node", self.node)
        if node.state.defers(partial(self._withdraw_now, reason)):
            # It will not start before, unless this is the worker that is about to start it.
            return self._state == PENDING and own_seat() is None
        return self._withdraw_now(reason)

    def _withdraw_now(self, reason: str | None) -> bool:
        state, node = cast("Node", self.node).state, cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            self.stop_reason = reason
            withdraw(state, self, wakes)
            node.done += 1
            outcome: Outcome = "cancelled" if reason is None else "stopped"
            self._forget(outcome)

        done = self._conclude(_NOT_STARTED, CANCELLED_AND_NOTIFIED, count)
        if done:
            self.forget_call()
            with state.lock:
                clear_tombstones(node)
        act(state, wakes)
        return done

    def _refuse(self, *, is_queued: bool) -> bool:
        """End a task that its scope does not accept after all; False if it has started already."""
        node = cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            if is_queued:
                withdraw(node.state, self, wakes)
            forget(node, self)

        done = self._conclude(_NOT_STARTED, CANCELLED_AND_NOTIFIED, count)
        act(node.state, wakes)
        return done

    def _fail(self, exception: BaseException) -> None:
        """End a task that has not started with an exception: its pool is broken."""
        self._settle(None, exception)

    def _settle(self, result: T | None, exception: BaseException | None) -> bool:
        """End a task that has not started with an outcome; false if it has, or is over."""
        node = cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            self._keep(result, exception)
            withdraw(node.state, self, wakes)
            node.done += 1
            self._forget("result" if exception is None else "exception")

        done = self._conclude(_NOT_STARTED, FINISHED, count)
        if done:
            self.forget_call()
        act(node.state, wakes)
        return done

    def _orphan(self, reason: str) -> None:
        """Count as cancelled in a forked child, whose threads and locks are not those it had."""
        self._waiting = None
        self.forget_run(reason if self._state in _NOT_DONE else self.stop_reason)
        if self._state in _NOT_DONE:
            self._state = CANCELLED_AND_NOTIFIED

    def _forget(self, outcome: Outcome) -> None:
        node = cast("Node", self.node)
        if node.state.observed:
            emit_end(node.state, node, self, outcome)
        forget(node, self)

    def _conclude_by_hand(self, result: T | None, exception: BaseException | None) -> None:
        wakes: list[Wakeable] = []

        def set_it() -> None:
            if self._state == PENDING:
                self._take_out(wakes)
            self._keep(result, exception)

        if not self._conclude(_NOT_DONE, FINISHED, set_it):
            raise InvalidStateError(f"{self._state}: {self!r}")
        self._act(wakes)

    def _take_out(self, wakes: list[Wakeable]) -> None:
        """Take a task that somebody concludes by hand out of its pool's queue. Under the lock."""
        if self.node is not None:
            withdraw(self.node.state, self, wakes)
            self.node.done += 1
            forget(self.node, self)

    def _act(self, wakes: list[Wakeable]) -> None:
        if self.node is not None:
            act(self.node.state, wakes)

    def _why_not(self) -> CancelledError:
        if self.stop_reason is None:
            return CancelledError()
        return TaskStopped(self.name, self.stop_reason)
