"""The worker: the loop of a pool's thread, from its first task to its last.

One visit to the pool's lock a task: the one in which a task ends is the one in which the next is
taken, or in which the worker is written down as idle (so that whoever is woken by the outcome and
submits at once finds a worker, and none is started for nothing). A future with callbacks, or with
a condition, takes two: its outcome is published between them, outside the lock.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pausable._core.attention import attention, current
from pausable._core.ending import end, free_slot
from pausable._core.holding import end_holds
from pausable._core.locations import entries
from pausable._core.parking import attend
from pausable._core.starting import dismiss, may_leave, sit_idle, take
from pausable._core.state import act
from pausable._core.states import CANCELLED_AND_NOTIFIED, FINISHED, RUNNING
from pausable._core.succession import follow, take_over
from pausable._core.times import clock
from pausable._core.turns import enter
from pausable.errors import Stopped
from pausable.threads.faulting import is_held, set_aside

if TYPE_CHECKING:
    from types import TracebackType

    from pausable._core.nodes import Node
    from pausable._core.parker import Seat, Wakeable
    from pausable._core.state import PoolState
    from pausable.events import Outcome
    from pausable.threads.awaited import Waiting
    from pausable.threads.crew import Crew
    from pausable.threads.future import Future

__all__ = ["work"]

_stdlib_logger = logging.getLogger("concurrent.futures")
_RUNNING_ONLY = frozenset({RUNNING})
_FINAL = {"result": FINISHED, "exception": FINISHED, "stopped": CANCELLED_AND_NOTIFIED}


def work(crew: Crew, seat: Seat) -> None:
    """Run tasks until there will be no more."""
    seat.sit_down()
    try:
        if _initialize(crew, seat):
            _work(crew.state, seat)
    except BaseException:
        _stdlib_logger.critical("Exception in worker", exc_info=True)
    finally:
        seat.get_up()


def _initialize(crew: Crew, seat: Seat) -> bool:
    if crew.initializer is None:
        return True
    try:
        crew.initializer(*crew.initargs)
    except BaseException:
        _stdlib_logger.critical("Exception in initializer:", exc_info=True)
        crew.initializer_failed(seat)
        return False
    return True


def _work(state: PoolState, seat: Seat) -> None:
    task = _next_task(state, seat)
    while task is not None:
        task = _run(state, seat, task)
        if task is None:  # by now the last one is let go of
            task = _next_task(state, seat)


def _next_task(state: PoolState, seat: Seat) -> Any:
    """Wait for a task to run; None if this worker is to leave."""
    while True:
        if seat.is_idle:
            seat.parker.park()
        if seat.task is not None:  # it was handed over
            seat.is_idle = False
            return seat.task
        wakes: list[Wakeable] = []
        enter(state.lock)
        try:
            task = _look(state, seat)
            leaves = task is None and (seat not in state.seats or may_leave(state))
            if leaves:
                _leave(state, seat, wakes)
            elif task is None:
                sit_idle(state, seat)
        finally:
            state.lock.release()
        if wakes or state.outbox or state.deferred:
            act(state, wakes)
        if task is not None or leaves:
            return task


def _look(state: PoolState, seat: Seat) -> Any:
    """Look for a task, having been called for, or woken for nothing. Under the lock."""
    seat.is_idle = False
    if seat.task is not None or seat not in state.seats:  # or this is a forked child
        return seat.task
    if seat.called:
        seat.called = False
        state.coming -= 1
    elif seat in state.idle:
        state.idle.remove(seat)
    return take(state, seat)


def _leave(state: PoolState, seat: Seat, wakes: list[Wakeable]) -> None:
    """Leave for good; when the pool closes, the others that are idle follow. Under the lock."""
    if seat not in state.seats:  # this is a forked child
        return
    state.seats.discard(seat)
    if state.is_closing:
        wakes.extend(dismiss(state))
        if not (state.seats or state.coming or state.root.unfinished()):
            end_holds(state, state.root)


def _run(state: PoolState, seat: Seat, task: Any) -> Any:
    """Run a task that has started, publish its outcome, and take the next if there is one.

    The traceback of what the task raises begins with its own code, as if that had been called
    directly. That also keeps it from referring to our frames, and so to the future, which will
    refer to it.
    """
    if state.outbox:
        state.deliver()
    result = error = None
    try:
        try:
            result = task.context.run(_call, task)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the future's now
            error = raised.with_traceback(_without_ours(raised.__traceback__))
            if task.node.rule is not None and is_held(state, task, error):
                return set_aside(state, seat, task, error)
        return _end(state, seat, task, result, error)
    finally:
        # The frames of an exception refer to this one: it must not refer to the future.
        result = error = task = None


def _end(
    state: PoolState, seat: Seat, task: Any, result: object, error: BaseException | None
) -> Any:
    """Publish the outcome of a task, and take the next if there is one."""
    node: Node = task.node
    task.forget_call()  # its context refers to the task: a cycle
    now = clock()
    following = None
    wakes: list[Wakeable] = []
    if not state.lock.acquire(False):  # noqa: FBT003 - a keyword costs a dict
        enter(state.lock)
    try:
        waiting = task._waiting
        is_straight = (
            state.is_plain
            and not state.deferred
            and error is None
            and (waiting is None or not (waiting.condition or waiting.callbacks))
            and task.rest is None
            and task.stop_reason is None
            and task.gate is node.gate
            and node.parent is None
            and task._state == RUNNING
        )
        if is_straight:  # all that `_end_with_care` would do, where there is no more to do
            task._exception = None
            task._result = result
            task._state = FINISHED
            task.ended_at = now
            node.done += 1
            if waiting is not None:
                wakes += waiting.parkers
            following = follow(node, seat, now)
            if following is None:
                seat.task = None
                following = take_over(state, node, seat, wakes)
    finally:
        state.lock.release()
    if not is_straight:
        return _end_with_care(state, seat, task, result, error, now)
    if wakes or state.outbox or state.deferred:
        act(state, wakes)
    return following


def _end_with_care(
    state: PoolState,
    seat: Seat,
    task: Any,
    result: object,
    error: BaseException | None,
    now: float,
) -> Any:
    """Publish the outcome of a task that somebody waits for, watches or stops, or that raised."""
    node: Node = task.node
    outcome: Outcome = "result" if error is None else _outcome(task, error)
    wakes: list[Wakeable] = []
    following = None
    enter(state.lock)
    try:
        own: Any = seat.task
        if own is not task:  # this is a child that the task has forked
            return None
        end(state, node, task, outcome, now)
        if node.rule is not None and error is None:
            node.rule.row = 0
        waiting = _write_down(task, outcome, result, error, wakes)
        is_written = task._state != RUNNING
        result = error = None  # whoever waits may let go of them before we get here again
        if waiting is None:
            seat.task = None
            following = take_over(state, node, seat, wakes)
        elif waiting.callbacks:
            node.finishing += 1
        else:
            _come_again(state, node, seat, wakes)
    finally:
        state.lock.release()
    if wakes or state.outbox or state.deferred:
        act(state, wakes)
    if waiting is not None:
        _publish(task, outcome, is_written=is_written)
        if seat.task is task:
            _finish(state, node, seat)
    return following


def _write_down(
    task: Future[Any],
    outcome: Outcome,
    result: object,
    error: BaseException | None,
    wakes: list[Wakeable],
) -> Waiting | None:
    """Keep the outcome; return whom to tell outside the lock, if there is anybody."""
    if task._state != RUNNING:
        return None  # it was concluded by hand, and everybody has been told
    waiting = task._waiting
    task._keep(result, error)
    if waiting is None or waiting.condition is None:
        task._state = _FINAL[outcome]
    if waiting is None:
        return None
    if waiting.condition is None:
        wakes.extend(waiting.parkers)
    return waiting if waiting.condition is not None or waiting.callbacks else None


def _publish(task: Future[Any], outcome: Outcome, *, is_written: bool) -> None:
    """Tell those who wait for a task that it is over, and call back. Outside the lock."""
    try:
        if is_written:
            task._wake_and_call_back()
        else:  # it has a condition, under which its state is to be written
            task._conclude(_RUNNING_ONLY, _FINAL[outcome])
    except BaseException:  # the stdlib's worker would end here, and take its slot along
        _stdlib_logger.critical("Exception in a callback of %r", task, exc_info=True)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Leave `_run` and `_call` out of a traceback."""
    for _ in range(2):
        trace = trace and trace.tb_next
    return trace


def _call(task: Any) -> Any:
    """Call the task's function, in the task's context."""
    current.set(task)
    fn, args, kwargs = task.fn, task.args, task.kwargs
    if attention and (task.gate.closed_to_running or task.stop_reason is not None):
        attend(task)  # paused or stopped between being taken and here: not a line of it runs
    task = None
    return fn(*args, **kwargs) if kwargs else fn(*args)


entries.append(_call.__code__)


def _outcome(task: Future[Any], error: BaseException) -> Outcome:
    if isinstance(
        error, BaseExceptionGroup
    ):  # of an asyncio.TaskGroup, of which a part was stopped
        is_stop = task.stop_reason is not None and error.split(Stopped)[1] is None
        return "stopped" if is_stop else "exception"
    if not isinstance(error, Stopped):
        return "exception"
    if task.stop_reason is None:  # the task has stopped itself
        task.stop_reason = error.reason
    return "stopped"


def _come_again(state: PoolState, node: Node, seat: Seat, wakes: list[Wakeable]) -> None:
    """Free the slot before the outcome is published, and count as coming. Under the lock."""
    seat.task = None
    seat.called = True
    state.coming += 1
    free_slot(state, node, wakes)


def _finish(state: PoolState, node: Node, seat: Seat) -> None:
    """Free the slot after the callbacks have run."""
    wakes: list[Wakeable] = []
    enter(state.lock)
    try:
        node.finishing -= 1
        seat.task = None
        free_slot(state, node, wakes)
    finally:
        state.lock.release()
    act(state, wakes)
