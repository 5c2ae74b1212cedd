"""How the end of a future is announced: to the few that wait for it, and at their cost.

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

import threading
from _thread import RLock
from concurrent.futures import Future as StdlibFuture
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from pausable._core.attention import own_seat
from pausable._core.conclusion import emit_end
from pausable._core.decision import make, through, visit_to
from pausable._core.duty import note_holds
from pausable._core.grip import under
from pausable._core.interruption import is_interrupted
from pausable._core.log import ERROR, log, stdlib_logger
from pausable._core.states import CANCELLED_AND_NOTIFIED, DONE, FINISHED, PENDING
from pausable._core.task import Task
from pausable.scopes.standpoint import check_may_wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures._base import _Waiter

    from pausable._core.ports import Wakeable
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Outcome

__all__ = ["Announced", "Move", "Waiting", "lone_lock"]

T = TypeVar("T")

lone_lock: RLock = RLock()
"""For futures that no pool owns: protects the same fields as a pool's lock."""


class Announced(Task, StdlibFuture[T]):
    """A task whose end others are told of, and called back at."""

    __slots__ = ("_exception", "_result")

    _p_waiting: Waiting | None  # None while nobody waits, and nobody is to be called back

    # What the stdlib's wait(), as_completed() and asyncio reach for.

    @property
    def _lock(self) -> Any:
        return lone_lock if self._p_node is None else self._p_node.pool.lock

    def _p_be_waited_for(self) -> Waiting:
        """Return what the waiters share, made now if this is the first. Under the lock."""
        waiting = self._p_waiting
        if waiting is None:
            waiting = self._p_waiting = Waiting()
        return waiting

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]  # stdlib: an attribute
        waiting = self._p_waiting
        condition = None if waiting is None else waiting.condition
        if condition is None:
            if self._state not in DONE:
                check_may_wait(self._lock)
            made = threading.Condition()
            condition = under(self._lock, self._p_keep_condition, made)
        return condition

    def _p_keep_condition(self, made: threading.Condition) -> threading.Condition:
        waiting = self._p_be_waited_for()
        if waiting.condition is None:
            waiting.condition = made
        return waiting.condition

    @property
    def _waiters(self) -> list[_Waiter]:  # type: ignore[override]  # stdlib: an attribute
        return under(self._lock, self._p_be_waited_for).waiters

    @property
    def _done_callbacks(self) -> list[Callable[[Any], object]]:
        return under(self._lock, self._p_be_waited_for).callbacks

    # How the state changes, and they are told.

    def _p_conclude(
        self,
        allowed: frozenset[str],
        new: str,
        unqueue: Callable[[Visit], None] | None = None,
        *,
        kept: tuple[T | None, BaseException | None] | None = None,
        outcome: Outcome | None = None,
        reason: str | None = None,
    ) -> bool:
        """Move to a final state and tell everybody; False if the state was not an *allowed* one.

        See `Move` for the rest.
        """
        moved = self._p_visit(Move(allowed, new, unqueue, kept, outcome, reason))
        if moved:
            self._p_wake_and_call_back()
        return moved

    def _p_visit(self, move: Move) -> bool:
        """Move to another state, in a visit to the pool if there is one."""
        if self._p_node is None:
            return self._p_move(None, move)
        visit = visit_to(self._p_node.pool)
        return through(visit, self._p_move, visit, move)

    def _p_move(self, visit: Visit | None, move: Move) -> bool:
        """Move to another state, under the lock, and under the condition if there is one."""
        while True:
            condition = self._p_made_condition()
            if condition is None:
                moved = self._p_move_under_lock(visit, move, None)
                if moved is not None:  # else a condition has been made meanwhile
                    return moved
            else:
                return under(condition, self._p_move_and_tell, visit, move, condition)

    def _p_move_and_tell(
        self, visit: Visit | None, move: Move, condition: threading.Condition
    ) -> bool:
        moved = self._p_move_under_lock(visit, move, condition)
        if moved and move.new in DONE:
            self._p_tell(move.new)
        return bool(moved)

    def _p_move_under_lock(
        self, visit: Visit | None, move: Move, condition: threading.Condition | None
    ) -> bool | None:
        if visit is not None:
            return make(visit, self._p_move_in, move, condition)
        return under(lone_lock, self._p_move_in, None, move, condition)

    def _p_move_in(
        self, visit: Visit | None, move: Move, condition: threading.Condition | None
    ) -> bool | None:
        if self._p_made_condition() is not condition:
            return None
        if self._state not in move.allowed:
            return False
        if move.outcome is not None and self._p_ended_at is not None:
            return False  # a worker has counted it, and is about to publish its outcome
        if move.kept is not None:
            self._p_keep(*move.kept)
        node: Node | None = self._p_node
        is_queued = self._state == PENDING
        if move.reason is not None:
            note_holds(self)
        # Nothing is called in these lines: see `Tally`. What runs on a seat is counted there.
        if move.reason is not None:
            self._p_stop_reason = move.reason
        self._state = move.new
        if move.outcome is not None and node is not None and (is_queued or self._p_seat is None):
            node.tally.done += 1
            node.tally.ends[move.outcome] += 1
            if not is_queued:  # it was taken out by a program
                emit_end(self, move.outcome)
        if move.unqueue is not None and visit is not None and is_queued:
            move.unqueue(visit)
        return True

    def _p_made_condition(self) -> threading.Condition | None:
        waiting = self._p_waiting
        return None if waiting is None else waiting.condition

    def _p_keep(self, result: T | None, exception: BaseException | None) -> None:
        self._result = result
        self._exception = exception

    def _p_tell(self, new: str, *, again: bool = False) -> None:
        """Tell the stdlib's functions that wait. Under the condition, and not under the lock."""
        waiting = cast("Waiting", self._p_waiting)
        for waiter in waiting.waiters:
            if again and self in waiter.finished_futures:
                continue
            if new == CANCELLED_AND_NOTIFIED:
                waiter.add_cancelled(self)
            elif new == FINISHED and self._exception is not None:
                waiter.add_exception(self)
            elif new == FINISHED:
                waiter.add_result(self)
        cast("threading.Condition", waiting.condition).notify_all()

    def _p_has_called_back(self) -> bool:
        """Say whether callbacks have been called, or are being."""
        return self._p_waiting is None or self._p_waiting.has_called

    def _p_tell_again(self, allowed: frozenset[str], new: str) -> None:
        """Move to a final state after all, and tell those that were not told: we were torn away."""
        if self._p_conclude(allowed, new):
            return
        condition = self._p_made_condition()
        if condition is not None:
            under(condition, partial(self._p_tell, self._state, again=True))
        self._p_wake_and_call_back()

    def _p_wake_and_call_back(self) -> None:
        """Let those go on that wait for the task, which is over, and call back."""
        self._p_wake_all()
        waiting = self._p_waiting
        if waiting is None:
            return
        if waiting.callbacks and not self._p_postpones(self._p_call_all_back):
            self._p_call_all_back()

    def _p_wake_all(self) -> None:
        waiting = self._p_waiting
        for parker in () if waiting is None else tuple(waiting.parkers):  # others give up meanwhile
            parker.wake()

    def _p_postpones(self, call: Callable[[], object]) -> bool:
        if self._p_node is None:
            return False
        seat = own_seat()
        if seat is not None and seat.task is self:  # the worker that has run it
            return False
        if not is_interrupted():
            return False
        outbox = self._p_node.pool.outbox
        outbox.append(call)
        outbox.deliver()
        return True

    def _p_call_all_back(self) -> None:
        waiting = self._p_be_waited_for()
        waiting.has_called = True
        for callback in tuple(waiting.callbacks):  # a trial takes its own out when it has told
            self._p_call_back(callback)

    def _p_call_back(self, callback: Callable[[Any], object]) -> None:
        try:
            callback(self)
        except Exception as error:  # noqa: BLE001 - as the stdlib does
            log(ERROR, "exception calling callback for %r", self, error=error, to=stdlib_logger)


class Move(NamedTuple):
    """A move of a future to another state."""

    allowed: frozenset[str]
    new: str
    unqueue: Callable[[Visit], None] | None = None  # a task that has not started, from its pool
    kept: tuple[Any, BaseException | None] | None = None  # its result, unless that is kept already
    outcome: Outcome | None = None  # it is over now, and is counted so; None if it was already
    reason: str | None = None  # why it is stopped, if it is


class Waiting:
    """What those who wait for one future share: made for the first of them."""

    __slots__ = ("callbacks", "condition", "has_called", "parkers", "waiters")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.parkers: list[Wakeable] = []
        self.callbacks: list[Callable[[Any], object]] = []
        self.waiters: list[_Waiter] = []
        self.condition: threading.Condition | None = None
        self.has_called: bool = False  # the callbacks, or is about to
