"""Where tasks rest: the one file of the core in which threads wait.

A task comes here when it has seen that its gate is closed or that it is to stop. It decides again
under the lock, since things may have changed on the way; writes down that it rests; lets the lock
go; and parks. From the moment in which the lock was let go nothing but our own lines run in its
thread, which is why "at rest" is true although the thread may not have parked yet.

Whoever opens the gate writes down that the task runs, slot and all, and then wakes it. The task
wakes up running: it only looks, without the lock, whether it has been paused or stopped again.

    1. The pauser P closes the gate; the task T rests and parks.
    2. R opens the gate and gives T its slot: T counts as running.
    3. P closes the gate again, before T's thread has got to run.
    4. T wakes, sees the closed gate and rests again: no line of the task has run.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Self

from pausable._core.attention import attention, own_seat, shields
from pausable._core.barring import is_barred, node_of, rest_of
from pausable._core.locations import caller
from pausable._core.parker import Parker
from pausable._core.resting import deepen_quiet, enter_quiet, force_back, leave_quiet, rest
from pausable._core.starting import call_workers
from pausable._core.state import act, is_owned
from pausable._core.times import clock, plain_sleep
from pausable._core.watching import Waiter
from pausable.errors import Stopped

if TYPE_CHECKING:
    from _thread import RLock
    from collections.abc import Callable
    from types import TracebackType

    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Rest, Task

__all__ = [
    "Quiet",
    "attend",
    "check_may_wait",
    "cleans_up",
    "own_task",
    "rest_at_safe_point",
    "sleep_in_task",
    "wait_for_fact",
]

AT_EXIT = "the interpreter is exiting"


def own_task() -> Task | None:
    """Return the task that this very thread runs; None elsewhere, also in threads of its making."""
    seat = own_seat()
    task = None if seat is None else seat.task
    return task if task is not None and task.ended_at is None else None


def check_may_wait(lock: RLock) -> None:
    """Raise if this is a signal handler or a finalizer inside a critical section of its thread."""
    if is_owned(lock):
        msg = (
            "cannot wait here: this signal handler or finalizer has interrupted a call on the same "
            "pool, which cannot go on meanwhile; let it start a thread, or set an event, instead"
        )
        raise RuntimeError(msg)


def attend(task: Task) -> None:
    """Rest while the task's gate is closed; raise `Stopped` if it is to stop.

    The slow path of `checkpoint()`. Does nothing in a `shield()` block, and nothing in the
    `finally` and `except` blocks that a `Stopped` runs through on its way out of the task.
    """
    node = task.node
    is_own = own_task() is task
    if node is None or _is_shielded(task, is_own=is_own) or cleans_up():
        return
    if not is_own:
        if own_seat() is None:  # else the task has ended, and this is one of its callbacks
            _attend_as_guest(node.state, task)
    elif task.rest is None or task.rest.since is None:
        while _rest_once(node.state, node, task):
            pass
    elif task.stop_reason is not None:
        # In a block that counts as rest: its gate is on the way out, but a stop is seen here.
        raise Stopped(task.stop_reason)


def rest_at_safe_point(task: Task) -> None:
    """Rest while the task's gate is closed: as `attend`, but that a stop is left to the caller.

    For the preemptive engine, on the task's own thread: not everywhere where a task may rest may an
    exception be raised into it.
    """
    node = task.node
    if node is not None and own_task() is task and not task.is_at_rest():
        while _rest_once(node.state, node, task, raises=False):
            pass


def _rest_once(state: PoolState, node: Node, task: Task, *, raises: bool = True) -> bool:
    """Rest if the gate is closed, until it opens; say whether to look at it again."""
    wakes: list[Wakeable] = []
    with state.lock:
        reason = _reason_to_stop(state, task)
        if reason is None:
            if not is_barred(task):
                if task.rest is not None:
                    task.rest.is_stepping = False
                return False
            place = caller() if state.observed else None
            record = rest(state, node, task, place, wakes)
            called = call_workers(state) if state.ring else []
    if reason is not None:
        if raises:
            raise Stopped(reason)
        return False
    record.frame = sys._getframe()  # where() reads it while the task rests
    if wakes or called or state.outbox or state.deferred:
        act(state, wakes, called)
    _park(state, task, record)
    if record.is_stepping and state.engine is not None:
        state.engine.follow(sys._getframe())
    return task.stop_reason is not None or (task.gate.closed and not record.is_stepping)


def _is_shielded(task: Task, *, is_own: bool) -> bool:
    """Say whether the task is in a `shield()` block, or the thread that it has started is."""
    if task.rest is not None and task.rest.shields:
        return True
    return not is_own and shields.get() > 0


def _reason_to_stop(state: PoolState, task: Task) -> str | None:
    """Return why the task is to stop; it is, too, if it would rest where nobody resumes it."""
    if task.stop_reason is None and state.is_exiting and is_barred(task):
        task.stop_reason = AT_EXIT
    elif task.stop_reason is None and state.orphaned and node_of(task).gate.closed_to_running:
        task.stop_reason = state.orphaned
    return task.stop_reason


def cleans_up() -> bool:
    """Say whether the caller is in a block that a `Stopped` runs through."""
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, Stopped):
            return True
        error = error.__context__
    return False


def _park(state: PoolState, task: Task, record: Rest) -> None:
    """Park until somebody has written down that the task runs again."""
    parker = record.parker
    try:
        while record.since is not None and parker is not None:
            parker.park()  # type: ignore[attr-defined]  # a Parker: the task is not quiet
    except BaseException:
        # An exception that another thread sent here: the task runs, whatever its gate says.
        with state.lock:
            if record.since is not None:
                force_back(state, task)
        if state.engine is not None:  # it is to rest still, and may not ask
            state.engine.wake()
        raise
    finally:
        record.frame = None


def _attend_as_guest(state: PoolState, task: Task) -> None:
    """Do as `attend`, on a thread that the task has started with its own context."""
    parker = Parker()
    while True:
        with state.lock:
            if task.ended_at is not None:
                return
            if _reason_to_stop(state, task) is not None:
                raise Stopped(task.stop_reason or AT_EXIT)
            if not is_barred(task):
                return
            _be_guest(state, parker, task)
        _park_as_guest(state, parker, None)


def _be_guest(state: PoolState, parker: Parker, task: Task) -> None:
    state.is_plain = False
    state.guests[parker] = task


def _park_as_guest(state: PoolState, parker: Parker, timeout: float | None) -> None:
    try:
        parker.park(timeout)
    finally:
        with state.lock:
            state.guests.pop(parker, None)


def sleep_in_task(task: Task, duration: float) -> None:
    """Sleep for *duration* seconds in which the task does not rest; a stop ends it at once."""
    node = task.node
    is_own = own_task() is task
    if node is None or _is_shielded(task, is_own=is_own) or cleans_up():
        plain_sleep(duration)
        return
    state = node.state
    parker = task.seat.parker if is_own and task.seat is not None else Parker()
    deadline = clock() + duration
    while True:
        with state.lock:
            at_rest = is_own and task.is_at_rest()
            is_over = task.ended_at is not None  # then this is a thread that it has started
            wait = is_over or (task.stop_reason is None and (at_rest or not is_barred(task)))
            if wait and is_own:
                node.sleepers[task] = parker
            elif wait:
                _be_guest(state, parker, task)
        left = deadline - clock()
        if wait and left > 0:
            _doze(state, node, task, parker, min(left, threading.TIMEOUT_MAX))
            continue
        with state.lock:
            node.sleepers.pop(task, None)
            state.guests.pop(parker, None)
        if wait:
            return
        attend(task)
        deadline = clock() + max(left, 0.0)


def _doze(state: PoolState, node: Node, task: Task, parker: Parker, timeout: float) -> None:
    try:
        parker.park(timeout)
    finally:
        with state.lock:
            node.sleepers.pop(task, None)
            state.guests.pop(parker, None)


class Quiet:
    """A block in which the current task counts as at rest, though its thread is not parked by us.

    On the way out the task passes its gate: it rests if the gate is closed, and it stops if it was
    asked to. Nothing happens outside a task, in a shield, or inside another such block.
    """

    __slots__ = ("_outer", "_slot_of", "_task", "_waker")

    def __init__(self, waker: Wakeable | None = None, slot_of: PoolState | None = None) -> None:
        """Let *waker* end the block on a stop; give the slot back if it is one of *slot_of*."""
        self._waker = waker
        self._slot_of = slot_of
        self._task: Task | None = None
        self._outer: tuple[Wakeable | None, bool] | None = (
            None  # if it is inside another such block
        )

    @property
    def task(self) -> Task | None:
        """The task that counts as at rest in this block, if there is one."""
        return self._task

    def __enter__(self) -> Self:
        """Count as at rest from here on."""
        task = own_task()
        if task is None or task.node is None or rest_of(task).shields:
            return self
        node, state, record = task.node, task.node.state, rest_of(task)
        wakes: list[Wakeable] = []
        check_may_wait(state.lock)
        with state.lock:
            slotless = self._slot_of is state
            if record.quiet:
                self._outer = (record.parker, record.waits_for_own)
                deepen_quiet(state, node, task, self._waker, wakes, slotless=slotless)
            else:
                place = caller() if state.observed else None
                enter_quiet(state, node, task, self._waker, place, wakes, slotless=slotless)
            self._task = task
            called = call_workers(state)
        if self._outer is None:
            record.frame = sys._getframe(1)  # for where()
        act(state, wakes, called)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Pass the gate."""
        task = self._task
        if task is None or task.node is None:
            return
        self._task = None
        state, record = task.node.state, rest_of(task)
        if self._outer is not None:
            with state.lock:
                record.parker, record.waits_for_own = self._outer
        else:
            self._leave(state, task, record, force=isinstance(exc, Stopped))
        if attention:
            attend(task)

    def _leave(self, state: PoolState, task: Task, record: Rest, *, force: bool) -> None:
        wakes: list[Wakeable] = []
        with state.lock:
            force = force or task.stop_reason is not None or state.is_exiting
            runs = leave_quiet(state, node_of(task), task, wakes, force=force)
        act(state, wakes)
        if runs:
            record.frame = None
        else:
            _park(state, task, record)


def wait_for_fact(
    state: PoolState, node: Node, is_true: Callable[[], bool], timeout: float | None
) -> bool:
    """Wait until *is_true*, asked whenever a task of *node* rests or ends; False when time is up.

    Blocks the calling thread. It returns true if the fact was true at any moment during the call.
    """
    check_may_wait(state.lock)
    waiter = Waiter(is_true)
    deadline = None if timeout is None else clock() + timeout
    with state.lock:
        waiter.was_true = is_true()
        if not waiter.was_true:
            node.waiters.append(waiter)
            state.waiting += 1
            state.is_plain = False
    act(state, [])  # to confirm a hold may have given others a chance
    if waiter.was_true:
        return True
    try:
        while not waiter.was_true:
            left = None if deadline is None else deadline - clock()
            if left is not None and left <= 0:
                break
            waiter.parker.park(left)
    finally:
        with state.lock:
            node.waiters.remove(waiter)
            state.waiting -= 1
            waiter.was_true = waiter.was_true or is_true()
        act(state, [])
    return waiter.was_true
