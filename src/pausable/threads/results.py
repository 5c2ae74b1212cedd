"""The result of a task: the stdlib's future, made cheap.

The stdlib gives every future a `Condition`, with its lock and its deque; nearly all futures end
before a second thread waits for them. Here the condition is made when the first waiter comes.

The race this opens, between a worker that ends the task and a waiter that arrives, is closed by
the pool's lock, which both take for an instant:

    1. The waiter W makes the condition under the lock. From then on the final state is written
       under the condition *and* the lock: W, holding the condition, sees the state or is told.
    2. The worker takes the lock first and finds no condition: it writes the final state there and
       then. W, who takes the lock later, finds the task over when it looks.

The order is: condition first, then the pool's lock; never the other way round.
"""

from __future__ import annotations

import logging
import threading
from _thread import RLock
from concurrent.futures import CancelledError, InvalidStateError
from concurrent.futures import Future as StdlibFuture
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.ending import emit_end, forget
from pausable._core.parking import Quiet
from pausable._core.starting import withdraw
from pausable._core.state import act
from pausable._core.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    DONE,
    FINISHED,
    PENDING,
    RUNNING,
)
from pausable._core.tasks import Task
from pausable._core.times import clock
from pausable.errors import TaskStopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures._base import _Waiter

    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable.events import Outcome

__all__ = ["TaskResult"]

T = TypeVar("T")

_stdlib_logger = logging.getLogger("concurrent.futures")
_lone_lock = RLock()  # for futures that no pool owns: protects the same fields as a pool's lock
_NOT_STARTED = frozenset({PENDING})
_NOT_DONE = frozenset({PENDING, RUNNING})


class TaskResult(Task, StdlibFuture[T]):
    """The result of a task to be: what a future is to those who wait for it.

    All methods may be called from any thread, and behave as those of `concurrent.futures.Future`,
    with two additions: `result()` called inside a task lets that task count as at rest while it
    waits, and a task of the same pool gives its slot back meanwhile; and a task that was stopped is
    `cancelled()`, its `result()` raises `TaskStopped` with the reason.
    """

    __slots__ = ("_exception", "_result", "_waiting")

    def __init__(self) -> None:
        """Make a pending future that belongs to no pool; pools make their own."""
        Task.__init__(self)
        self._state = PENDING
        self._waiting: _Waiting | None = None  # nobody waits, nobody is to be called back

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied, as the stdlib's futures do: a copy would never end."""
        msg = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(msg)

    # What the stdlib's wait(), as_completed() and asyncio reach for.

    @property
    def _lock(self) -> Any:
        return _lone_lock if self.node is None else self.node.state.lock

    def _be_waited_for(self) -> _Waiting:
        """Return what the waiters share, made now if this is the first."""
        waiting = self._waiting
        if waiting is None:
            made = _Waiting()
            with self._lock:
                waiting = self._waiting
                if waiting is None:
                    waiting = self._waiting = made
        return waiting

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]  # stdlib: an attribute
        return self._be_waited_for().condition

    @property
    def _waiters(self) -> list[_Waiter]:  # type: ignore[override]  # stdlib: an attribute
        return self._be_waited_for().waiters

    @property
    def _done_callbacks(self) -> list[Callable[[Any], object]]:
        return self._be_waited_for().callbacks

    # The stdlib's methods.

    def cancel(self) -> bool:
        """Cancel the task if it has not started; say whether it is cancelled now."""
        if self.node is None:
            self._conclude(_NOT_STARTED, CANCELLED)
        else:
            self._withdraw(None)
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
                self._done_callbacks.append(fn)
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
            return cast("T", self._result)
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
        with self._condition:
            if self._state == CANCELLED:
                self._state = CANCELLED_AND_NOTIFIED
                for waiter in self._waiters:
                    waiter.add_cancelled(self)
                return False
            if self._state == PENDING:
                with self._lock:
                    self._take_out()
                    self._state = RUNNING
                return True
        _stdlib_logger.critical("Future %s in unexpected state: %s", id(self), self._state)
        msg = "Future in unexpected state"
        raise RuntimeError(msg)

    def set_result(self, result: T) -> None:
        """Set what the task returned, on a future of one's own."""
        if not self._conclude(_NOT_DONE, FINISHED, lambda: self._set(result, None)):
            raise InvalidStateError(f"{self._state}: {self!r}")

    def set_exception(self, exception: BaseException | None) -> None:
        """Set what the task raised, on a future of one's own."""
        if not self._conclude(_NOT_DONE, FINISHED, lambda: self._set(None, exception)):
            raise InvalidStateError(f"{self._state}: {self!r}")

    # How it ends.

    def _withdraw(self, reason: str | None) -> bool:
        """Cancel the task if it has not started; with a *reason* it counts as stopped."""
        state, node = cast("Node", self.node).state, cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            self.stop_reason = reason
            withdraw(state, self, wakes)
            node.done += 1
            outcome: Outcome = "cancelled" if reason is None else "stopped"
            self._forget_call(outcome)

        done = self._conclude(_NOT_STARTED, CANCELLED_AND_NOTIFIED, count)
        act(state, wakes)
        return done

    def _fail(self, exception: BaseException) -> None:
        """End a task that has not started with an exception: its pool is broken."""
        node = cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            self._keep(None, exception)
            withdraw(node.state, self, wakes)
            node.done += 1
            self._forget_call("exception")

        self._conclude(_NOT_STARTED, FINISHED, count)
        act(node.state, wakes)

    def _orphan(self, reason: str) -> None:
        """Count as cancelled in a forked child, whose threads and locks are not those it had."""
        self._waiting = None
        self.forget_run(reason if self._state in _NOT_DONE else self.stop_reason)
        if self._state in _NOT_DONE:
            self._state = CANCELLED_AND_NOTIFIED

    def _forget_call(self, outcome: Outcome) -> None:
        node = cast("Node", self.node)
        if node.state.observed:
            emit_end(node.state, node, self, outcome)
        forget(node, self)
        self.forget_call()

    def _conclude(
        self,
        allowed: frozenset[str],
        new: str,
        also: Callable[[], None] | None = None,
    ) -> bool:
        """Move to a final state and tell everybody; False if the state was not an *allowed* one.

        What is done *also*, is done under the lock before the state is moved.
        """
        lock = self._lock
        while True:
            waiting = self._waiting
            if waiting is not None:
                with waiting.condition:
                    with lock:
                        moved = self._move(allowed, new, also)
                    if moved:
                        self._tell(waiting, new)
                break
            with lock:
                if self._waiting is None:
                    moved = self._move(allowed, new, also)
                    break
        if moved and waiting is not None:
            for callback in waiting.callbacks:
                self._call_back(callback)
        return moved

    def _move(self, allowed: frozenset[str], new: str, also: Callable[[], None] | None) -> bool:
        if self._state not in allowed:
            return False
        if also is not None:
            also()
        self._state = new
        return True

    def _set(self, result: T | None, exception: BaseException | None) -> None:
        """Keep an outcome that somebody has set by hand. Under the lock."""
        if self._state == PENDING:
            self._take_out()
        self._keep(result, exception)

    def _take_out(self) -> None:
        """Take a task that somebody concludes by hand out of its pool's queue. Under the lock."""
        if self.node is not None:
            withdraw(self.node.state, self, [])
            self.node.done += 1
            forget(self.node, self)

    def _keep(self, result: T | None, exception: BaseException | None) -> None:
        self._result = result
        self._exception = exception

    def _tell(self, waiting: _Waiting, new: str) -> None:
        """Tell all who wait. Under the condition."""
        for waiter in waiting.waiters:
            if new == CANCELLED_AND_NOTIFIED:
                waiter.add_cancelled(self)
            elif new == FINISHED and self._exception is not None:
                waiter.add_exception(self)
            elif new == FINISHED:
                waiter.add_result(self)
        waiting.condition.notify_all()

    def _call_back(self, callback: Callable[[Any], object]) -> None:
        try:
            callback(self)
        except Exception:
            _stdlib_logger.exception("exception calling callback for %r", self)

    # How it is waited for.

    def _wait(self, timeout: float | None) -> None:
        cond = self._condition
        state = None if self.node is None else self.node.state
        with Quiet(_Notifier(cond), slot_of=state) as block:
            deadline = None if timeout is None else clock() + timeout
            with cond:
                while self._state not in DONE:
                    if block.task is not None and block.task.stop_reason is not None:
                        break  # leaving the block raises Stopped
                    left = None if deadline is None else deadline - clock()
                    if left is not None and left <= 0:
                        break
                    cond.wait(left)
        if self._state not in DONE:
            raise TimeoutError

    def _why_not(self) -> CancelledError:
        if self.stop_reason is None:
            return CancelledError()
        return TaskStopped(self.name, self.stop_reason)


class _Waiting:
    """What those who wait for one future share: made for the first of them."""

    __slots__ = ("callbacks", "condition", "waiters")

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.waiters: list[_Waiter] = []
        self.callbacks: list[Callable[[Any], object]] = []


class _Notifier:
    """Wakes a task that waits for another one's future."""

    __slots__ = ("_cond",)

    def __init__(self, cond: threading.Condition) -> None:
        self._cond = cond

    def wake(self) -> None:
        with self._cond:
            self._cond.notify_all()
