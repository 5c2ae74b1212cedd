"""The result of a task: the stdlib's future, made cheap.

The stdlib gives every future a `Condition`, with its lock and its deque; nearly all futures end
before a second thread waits for them, and those that do wait mostly call `result()`. Here a record
is made for the first that waits or wants to be called back, and a condition for the first stdlib
function that reaches for it: `wait`, `as_completed`. `result()` parks on a raw lock of its own.

The race this opens, between a worker that ends the task and a waiter that arrives, is closed by
the pool's lock, which both take for an instant:

    1. The waiter W enters its parker, or makes the condition, under the lock. From then on it is
       told; and with a condition the final state is written under that *and* the lock: W, holding
       the condition, sees the state or is told.
    2. The worker takes the lock first and finds neither: it writes the final state there and then.
       W, who takes the lock later, finds the task over when it looks.

The order is: condition first, then the pool's lock; never the other way round.
"""

from __future__ import annotations

import logging
import threading
from _thread import RLock
from concurrent.futures import CancelledError, InvalidStateError
from concurrent.futures import Future as StdlibFuture
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.attention import here
from pausable._core.ending import emit_end, forget
from pausable._core.parker import Parker
from pausable._core.parking import Quiet, check_may_wait, cleans_up, own_task
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

    __slots__ = ("_exception", "_result")

    _waiting: _Waiting | None  # None while nobody waits, and nobody is to be called back

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied, as the stdlib's futures do: a copy would never end."""
        msg = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(msg)

    # What the stdlib's wait(), as_completed() and asyncio reach for.

    @property
    def _lock(self) -> Any:
        return _lone_lock if self.node is None else self.node.state.lock

    def _be_waited_for(self) -> _Waiting:
        """Return what the waiters share, made now if this is the first. Under the lock."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = _Waiting()
        return waiting

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]  # stdlib: an attribute
        waiting = self._waiting
        condition = None if waiting is None else waiting.condition
        if condition is None:
            if self._state not in DONE:
                check_may_wait(self._lock)
            made = threading.Condition()
            with self._lock:
                waiting = self._be_waited_for()
                condition = waiting.condition
                if condition is None:
                    condition = waiting.condition = made
        return condition

    @property
    def _waiters(self) -> list[_Waiter]:  # type: ignore[override]  # stdlib: an attribute
        with self._lock:
            return self._be_waited_for().waiters

    @property
    def _done_callbacks(self) -> list[Callable[[Any], object]]:
        with self._lock:
            return self._be_waited_for().callbacks

    # The stdlib's methods.

    def cancel(self) -> bool:
        """Cancel the task if it has not started; say whether it is cancelled now."""
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
            return self._state == PENDING and here.seat is None
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
        node = cast("Node", self.node)
        wakes: list[Wakeable] = []

        def count() -> None:
            self._keep(None, exception)
            withdraw(node.state, self, wakes)
            node.done += 1
            self._forget("exception")

        if self._conclude(_NOT_STARTED, FINISHED, count):
            self.forget_call()
        act(node.state, wakes)

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
            condition = self._made_condition()
            if condition is not None:
                with condition:
                    with lock:
                        moved = self._move(allowed, new, also)
                    if moved:
                        self._tell(new)
                break
            with lock:
                if self._made_condition() is None:
                    moved = self._move(allowed, new, also)
                    break
        if moved:
            self._wake_and_call_back()
        return moved

    def _made_condition(self) -> threading.Condition | None:
        waiting = self._waiting
        return None if waiting is None else waiting.condition

    def _move(self, allowed: frozenset[str], new: str, also: Callable[[], None] | None) -> bool:
        if self._state not in allowed:
            return False
        if also is not None:
            also()
        self._state = new
        return True

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

    def _keep(self, result: T | None, exception: BaseException | None) -> None:
        self._result = result
        self._exception = exception

    def _tell(self, new: str) -> None:
        """Tell the stdlib's functions that wait. Under the condition, and not under the lock."""
        waiting = cast("_Waiting", self._waiting)
        for waiter in waiting.waiters:
            if new == CANCELLED_AND_NOTIFIED:
                waiter.add_cancelled(self)
            elif new == FINISHED and self._exception is not None:
                waiter.add_exception(self)
            elif new == FINISHED:
                waiter.add_result(self)
        cast("threading.Condition", waiting.condition).notify_all()

    def _wake_and_call_back(self) -> None:
        """Let those go on that wait for the task, which is over, and call back."""
        waiting = self._waiting
        if waiting is None:
            return
        for parker in tuple(waiting.parkers):  # others give up waiting meanwhile
            parker.wake()
        if waiting.callbacks and not self._postpones(self._call_all_back):
            self._call_all_back()

    def _postpones(self, call: Callable[[], object]) -> bool:
        return self.node is not None and self.node.state.postpones(call)

    def _call_all_back(self) -> None:
        for callback in self._be_waited_for().callbacks:
            self._call_back(callback)

    def _call_back(self, callback: Callable[[Any], object]) -> None:
        try:
            callback(self)
        except Exception:
            _stdlib_logger.exception("exception calling callback for %r", self)

    # How it is waited for.

    def _wait(self, timeout: float | None) -> None:
        """Wait for the end; raise TimeoutError if it does not come in time."""
        if own_task() is None:
            self._park(Parker(), timeout, None)
            return
        parker = Parker()
        state = None if self.node is None else self.node.state
        with Quiet(parker, slot_of=state) as block:  # leaving it raises Stopped if that is why
            self._park(parker, timeout, None if cleans_up() else block.task)

    def _park(self, parker: Parker, timeout: float | None, me: Task | None) -> None:
        deadline = None if timeout is None else clock() + timeout
        lock = self._lock
        check_may_wait(lock)
        self._see_to_workers()
        with lock:
            if self._state in DONE:
                return
            parkers = self._be_waited_for().parkers
            parkers.append(parker)
        try:
            while self._state not in DONE and (me is None or me.stop_reason is None):
                left = None if deadline is None else deadline - clock()
                if left is not None and left <= 0:
                    raise TimeoutError
                parker.park(left)
        finally:
            if self._state not in DONE:
                with lock:
                    parkers.remove(parker)

    def _see_to_workers(self) -> None:
        """Try again to start a thread, if none could be when the task was submitted.

        Raises:
            RuntimeError: none can be started now.
        """
        node = self.node
        if node is not None and not node.state.seats and self._state == PENDING:
            node.state.call_all()

    def _why_not(self) -> CancelledError:
        if self.stop_reason is None:
            return CancelledError()
        return TaskStopped(self.name, self.stop_reason)


class _Waiting:
    """What those who wait for one future share: made for the first of them."""

    __slots__ = ("callbacks", "condition", "parkers", "waiters")

    def __init__(self) -> None:
        self.parkers: list[Parker] = []
        self.callbacks: list[Callable[[Any], object]] = []
        self.waiters: list[_Waiter] = []
        self.condition: threading.Condition | None = None
