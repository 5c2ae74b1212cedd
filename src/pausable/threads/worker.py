"""The worker: the loop of a pool's thread, from its first task to its last.

One visit to the pool's lock a task: the one in which a task ends is the one in which the next is
taken, or in which the worker is written down as idle (so that whoever is woken by the outcome and
submits at once finds a worker, and none is started for nothing). A future with callbacks, or with
a condition, takes two: its outcome is published between them, outside the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.attention import current
from pausable._core.audience import emit_of
from pausable._core.conclusion import finish
from pausable._core.decision import decide, give_way, leave, visit_to
from pausable._core.frames import entries
from pausable._core.run import follow, look_for_task, take_over
from pausable._core.states import FINISHED, RUNNING
from pausable._core.times import clock
from pausable.events import TaskEnded, TaskStarted
from pausable.scopes import attendance
from pausable.scopes.common_log import CRITICAL, leave_word
from pausable.scopes.foreign import traceback_of
from pausable.scopes.outcome import come_out, outcome_of, publish, tell_outcome
from pausable.threads.initializer import get_ready

if TYPE_CHECKING:
    from types import TracebackType

    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable.events import Outcome
    from pausable.scopes.pools import Runner
    from pausable.threads.seat import ThreadSeat

__all__ = ["work"]

_NOTHING = object()


def work(crew: Runner, seat: ThreadSeat) -> None:
    """Run tasks until there will be no more."""
    try:
        _serve(crew, seat)
    except BaseException:  # noqa: BLE001 - it was hit outside of all that is covered
        _serve(crew, seat)


def _serve(crew: Runner, seat: ThreadSeat) -> None:
    while not _work_safely(crew, seat):
        pass
    seat.get_up()


def _work_safely(crew: Runner, seat: ThreadSeat) -> bool:
    """Run tasks; say whether there will be no more: not if an exception was sent to this thread.

    The loop is not here: that may be hit where it jumps back, which `try` does not cover.
    """
    try:
        _work(crew, seat)
    except BaseException as escaped:  # noqa: BLE001 - a worker is there for all tasks that come
        leave_word(CRITICAL, "an exception has hit a worker outside its task", error=escaped)
        _put_right(crew.pool, seat)
        return seat not in crew.pool.seats
    return True


def _work(crew: Runner, seat: ThreadSeat) -> None:
    pool = crew.pool
    if seat.visit is None:
        seat.sit_down()
        seat.visit = visit_to(pool)
        seat.visit.is_patient = True
    if crew.initializer is None:
        seat.is_ready = True
    elif not seat.is_ready and not get_ready(crew, seat):
        return
    task = _next_task(pool, seat)
    while task is not None:
        task = _run(pool, seat, task)
        if task is None:  # by now the last one is let go of
            task = _next_task(pool, seat)


def _next_task(pool: Pool, seat: ThreadSeat) -> Any:
    """Wait for a task to run; None if this worker is to leave."""
    current.set(None)  # the context of an idle worker keeps no task alive
    while True:
        if seat.is_idle:
            seat.park()
        if seat.task is not None:  # it was handed over
            seat.is_idle = False
            return seat.task
        give_way(pool.lock)
        task, leaves = decide(pool, look_for_task, seat)  # type: ignore[misc]  # this is in no visit
        if task is not None or leaves:
            return task


def _run(pool: Pool, seat: ThreadSeat, task: Any) -> Any:
    """Run a task that has started, publish its outcome, and take the next if there is one.

    The traceback of what the task raises begins with its own code, as if that had been called
    directly. That also keeps it from referring to our frames, and so to the future, which will
    refer to it.
    """
    if pool.outbox:
        pool.outbox.hand_over()
    result: object = _NOTHING
    error = context = None
    try:
        try:
            context = task._p_context
            result = _call(task) if context is None else context.run(_call, task)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the future's now
            error = raised
            BaseException.with_traceback(error, _without_ours(traceback_of(raised)))
        if error is not None:
            return come_out(pool, seat, task, result, error)
        return _end(pool, seat, task, result)
    except BaseException as escaped:  # noqa: BLE001 - see `_recover`
        return _recover(pool, seat, task, result, error, escaped)
    finally:
        # The frames of an exception refer to this one: it must not refer to the future.
        result = error = task = context = None


def _put_right(pool: Pool, seat: ThreadSeat) -> None:
    """Put right what was torn, wherever that was, and look again: a wake-up may have been lost."""
    visit = visit_to(pool) if seat.visit is None else seat.visit
    visit.is_made, visit.again = False, None
    leave(visit)
    seat.is_idle = False


def _recover(
    pool: Pool,
    seat: ThreadSeat,
    task: Any,
    result: object,
    error: BaseException | None,
    escaped: BaseException,
) -> Any:
    """Conclude a task from which we were torn away by an exception that another thread has sent.

    With what it has returned or raised, if that is known. Wherever that was, the seat is free then.
    """
    leave_word(CRITICAL, "an exception has hit a worker outside its task", error=escaped)
    _put_right(pool, seat)
    if error is None and result is _NOTHING:
        error = escaped
    outcome: Outcome = "result" if error is None else outcome_of(task, error)
    if task._p_ended_at is None and seat.task is task:
        return tell_outcome(pool, seat, task, result, error, clock(), task._p_context)
    if task._state == RUNNING and task._p_ended_at is not None:
        task._p_keep(result, None if outcome == "stopped" else error)
        publish(task, outcome, is_written=False)
    task._p_wake_all()
    if seat.task is task:
        decide(pool, finish, seat, task._p_node)
    return seat.task


def _end(pool: Pool, seat: ThreadSeat, task: Any, result: object) -> Any:
    """Do as `come_out` for a task that has returned: at once, where there is no more to do."""
    node: Node = task._p_node
    context = task._p_context  # if it has one of its own; that refers to the task: a cycle
    task._p_forget_call()
    now = clock()
    following = None
    visit = seat.visit
    lock = pool.lock
    if not lock.acquire(False):  # noqa: FBT003 - a keyword costs a dict
        give_way(lock)
        lock.acquire()
    try:
        waiting = task._p_waiting
        is_straight = (
            pool.is_plain
            and pool.visitor is None
            and not pool.postponed
            and (waiting is None or not (waiting.condition or waiting.callbacks))
            and task._p_rest is None
            and task._p_stop_reason is None
            and task._p_gate is node.gate
            and node.parent is None
            and task._state == RUNNING
        )
        if is_straight:  # all that `tell_outcome` would do, where there is no more to do
            pool.visitor = visit
            task._exception = None
            task._result = result
            task._p_ended_at = now
            task._state = FINISHED
            node.tally.done += 1
            if waiting is not None:
                visit.wakes += waiting.parkers
            is_followed = pool.demand.is_followed
            if is_followed:
                emit_of(task, TaskEnded, "result", now - task._p_started_at, 0.0)
            following = follow(visit, node, seat, now)
            if following is None:
                seat.task = None
                following = take_over(visit, node, seat)
            elif is_followed:
                emit_of(following, TaskStarted)
            pool.visitor = None
    finally:
        lock.release()
    if not is_straight:
        return tell_outcome(pool, seat, task, result, None, now, context)
    if visit.wakes or visit.seats or visit.chores or pool.outbox or pool.postponed:
        leave(visit)
    return following


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Leave `_run`, and what calls the task's function for us, out of a traceback.

    A frame of these stays all the same, as the `f_back` of the next: without what was called.
    """
    trace = trace and trace.tb_next
    while trace is not None and trace.tb_frame.f_code in entries:
        trace.tb_frame.clear()
        trace = trace.tb_next
    return trace


def _call(task: Any) -> Any:
    """Call the task's function, in the worker's context, or in the task's own if it has one."""
    current.set(task)
    fn, args, kwargs = task._p_fn, task._p_args, task._p_kwargs
    if attendance.flag and (task._p_gate.closed_to_running or task._p_stop_reason is not None):
        attendance.attend(
            task
        )  # paused or stopped between being taken and here: not a line of it runs
    task = None
    return fn(*args, **kwargs) if kwargs else fn(*args)


entries.append(_call.__code__)
