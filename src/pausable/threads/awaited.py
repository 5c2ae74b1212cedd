"""How a future is waited for: by the few that are, and at their cost.

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
import os
import threading
from _thread import RLock
from concurrent.futures import Future as StdlibFuture
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.parker import Parker
from pausable._core.parking import Quiet, check_may_wait, cleans_up, own_task
from pausable._core.states import CANCELLED_AND_NOTIFIED, DONE, FINISHED, PENDING
from pausable._core.tasks import Task
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures._base import _Waiter

__all__ = ["Awaited", "Waiting", "lone_lock"]

T = TypeVar("T")

_MOMENT = 0.0001  # seconds
_let_others_run = getattr(os, "sched_yield", None)  # there is none on Windows

_stdlib_logger = logging.getLogger("concurrent.futures")
lone_lock: RLock = RLock()
"""For futures that no pool owns: protects the same fields as a pool's lock."""


class Awaited(Task, StdlibFuture[T]):
    """A task that others wait for, and want to be called back by."""

    __slots__ = ("_exception", "_result")

    _waiting: Waiting | None  # None while nobody waits, and nobody is to be called back

    # What the stdlib's wait(), as_completed() and asyncio reach for.

    @property
    def _lock(self) -> Any:
        return lone_lock if self.node is None else self.node.state.lock

    def _be_waited_for(self) -> Waiting:
        """Return what the waiters share, made now if this is the first. Under the lock."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = Waiting()
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

    # How they are told.

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

    def _keep(self, result: T | None, exception: BaseException | None) -> None:
        self._result = result
        self._exception = exception

    def _tell(self, new: str) -> None:
        """Tell the stdlib's functions that wait. Under the condition, and not under the lock."""
        waiting = cast("Waiting", self._waiting)
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
            if not self._ends_soon(timeout):
                self._park(Parker(), timeout, None)
            return
        parker = Parker()
        state = None if self.node is None else self.node.state
        with Quiet(parker, slot_of=state) as block:  # leaving it raises Stopped if that is why
            self._park(parker, timeout, None if cleans_up() else block.task)

    def _ends_soon(self, timeout: float | None) -> bool:
        """Let other threads run for a moment; say whether this is over by then.

        To sleep and to be woken takes two switches of threads, and nearly as long as this at most.
        """
        if _let_others_run is None or (timeout is not None and timeout <= _MOMENT):
            return False
        until = clock() + _MOMENT
        while clock() < until:
            _let_others_run()
            if self._state in DONE:
                return True
        return False

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


class Waiting:
    """What those who wait for one future share: made for the first of them."""

    __slots__ = ("callbacks", "condition", "parkers", "waiters")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.parkers: list[Parker] = []
        self.callbacks: list[Callable[[Any], object]] = []
        self.waiters: list[_Waiter] = []
        self.condition: threading.Condition | None = None
