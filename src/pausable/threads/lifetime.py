"""The lifetime of a `Thread`: it arrives with a seat of its own, runs as a task, and departs.

    1. The starter S writes down, in one visit, that the task has begun, or that it waits since its
    gate is closed. Then it starts the thread. 2. The thread T sits down, and looks: if the task has
    begun it calls the function; else it parks, and whoever opens the gate wakes it.

So nothing starts under a hold, and what has been started counts when `start()` returns.
"""

from __future__ import annotations

import threading
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pausable._core.attention import Maker, current
from pausable._core.decision import decide, look
from pausable._core.entrance import arrive, depart, enter
from pausable._core.frames import entries, is_ours
from pausable._core.names import plain_text, wrappers
from pausable._core.quiet_rest import leave_quiet
from pausable._core.rest import force_back
from pausable._core.states import RUNNING
from pausable._core.task import rest_of
from pausable.scopes import attendance
from pausable.scopes.foreign import traceback_of
from pausable.scopes.future import new_future
from pausable.scopes.outcome import is_silent, publish, take_leave
from pausable.scopes.preemption import enlist
from pausable.scopes.surroundings import prepared
from pausable.scopes.terms import limits_of
from pausable.scopes.time_limits import limited
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future

__all__ = ["abandon", "begin", "forget", "has_started", "new_task"]


class OwnSeat(ThreadSeat):
    """The seat of a thread that its user has started: it has one task, its own."""

    __slots__ = ()

    brings_slot = True


class Body:
    """Stands for the function of a thread that has not begun, and does not keep the thread."""

    __slots__ = ("function",)

    def __init__(self, function: object) -> None:
        """Have a task named, and placed, as one that calls *function*."""
        self.function: object = function


wrappers[Body] = attrgetter("function")


def new_task(node: Node, thread: Any, is_preemptive: bool | None) -> Future[Any]:
    """Make the task of a thread, which has not arrived."""
    body = Body(getattr(thread, "_target", None) or type(thread).run)
    task: Future[Any] = new_future(node, body, (), None, None)  # type: ignore[arg-type]
    task._p_label, task._p_number = plain_text(thread.name), -next(node.pool.numbers.marks)
    if is_preemptive is not None:
        rest_of(task).is_preemptive = is_preemptive
        if is_preemptive:
            enlist(node.pool)
    look(node.pool, node.queue.outside.__setitem__, task, None)  # so that it can be withdrawn
    return task


def forget(task: Future[Any]) -> None:
    """Let go of a task whose thread is gone without having been started."""
    node: Node = task._p_node
    if task._p_gate is node.gate:
        look(node.pool, node.queue.outside.pop, task, None)
    else:
        task.cancel()  # what holds it ends


def has_started(thread: Any) -> bool:
    """Say whether a thread was started, at whatever time, or is just being started."""
    return thread._started.is_set() or thread in threading._limbo  # type: ignore[attr-defined]


def begin(thread: Any, task: Future[Any], start: Callable[[], object]) -> None:
    """Let the task of a thread arrive, and start that, which then lives.

    Raises:
        RuntimeError: its scope has shut down; or no thread can be started.
    """
    seat, own, node = OwnSeat(), vars(thread).get("run"), task._p_node
    function, args, kwargs, clear = _call_of(thread)
    function, task._p_context = prepared(node, limited(function, limits_of(node)), None)
    restore = partial(_restore, thread, own)
    try:
        thread.run = partial(live, task, seat, restore, function, args, kwargs, clear)
        decide(node.pool, arrive, task, seat)
        start()
    except BaseException:
        if not has_started(thread):
            restore()
            abandon(task)
        raise


def _call_of(thread: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any], Callable[[], object]]:
    """Return what a thread calls, with what, and what is to be done in the end."""
    run = thread.run
    if getattr(run, "__func__", None) is not threading.Thread.run:
        return run, (), {}, _nothing
    if not hasattr(thread, "_target"):  # it was called already: it raises, in its thread
        return run, (), {}, _nothing
    # As the stdlib's does, but without a frame of the stdlib's: in that no task rests.
    if thread._target is None:
        return _nothing, (), {}, partial(_clear, thread)
    return thread._target, thread._args, thread._kwargs, partial(_clear, thread)


def _nothing() -> None:
    """Stand for what is not there."""


def _clear(thread: Any) -> None:
    """Let go of what may refer to the thread, as the stdlib's does."""
    del thread._target, thread._args, thread._kwargs


def _restore(thread: Any, own: object) -> None:
    """Let a thread have the `run` that it had."""
    vars(thread).pop("run", None)
    if own is not None:
        thread.run = own


def abandon(task: Future[Any]) -> None:
    """Count a task as cancelled, wherever its thread is, if there is one: nobody waits for it."""
    if not task.cancel():
        decide(task._p_node.pool, _abandon, task)
        if task._state == RUNNING and task._p_ended_at is not None:
            publish(task, "cancelled", is_written=False)


def _abandon(visit: Visit, task: Future[Any]) -> bool:
    seat: Any = task._p_seat
    if task._state != RUNNING or seat is None or seat.task is not task:
        return False
    if task._p_rest is not None and task._p_rest.quiet is not None:
        leave_quiet(visit, task._p_node, task, force=True)
    force_back(visit, task)
    return depart(visit, seat, task, "cancelled")


# On its own thread.


def live(
    task: Future[Any],
    seat: OwnSeat,
    restore: Callable[[], object],
    function: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    clear: Callable[[], object],
) -> None:
    """Call *function* as a task, when it may begin; a stop ends it silently.

    The traceback of what it raises begins with its own code, as if that had been called directly.
    """
    error: BaseException | None = None
    call: Callable[..., object] = _call
    maker: Maker | None = None
    try:
        maker = Maker(task)
        restore()
        seat.sit_down()
        if _has_turn(task, seat):
            if task._p_context is not None:
                call = partial(task._p_context.run, call)
            call(maker, function, args, kwargs)
    except BaseException as raised:
        error = raised
        BaseException.with_traceback(error, _without_ours(traceback_of(raised)))
        if not is_silent(task, error):
            raise
    finally:
        try:
            take_leave(task, seat, error)
        finally:  # once more: an exception that was sent here may have kept us from it
            take_leave(task, seat, error)
            if maker is not None:
                maker.task = None  # copies of its context may be kept for long
            current.set(None)
            seat.get_up()
            clear()
            # The frames of an exception refer to this one: it must not refer to what keeps that.
            error = task = function = args = kwargs = call = restore = clear = None  # type: ignore[assignment]


def _has_turn(task: Future[Any], seat: OwnSeat) -> bool:
    """Wait until the task has begun; false if it never will."""
    if seat.task is task:
        return True
    while True:
        begins = decide(task._p_node.pool, enter, task, seat)
        if begins is not None or task._p_seat is None:
            return bool(begins)
        seat.park()


def _call(
    maker: Any, function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    current.set(maker)
    task = maker.task
    if attendance.flag and (task._p_gate.closed_to_running or task._p_stop_reason is not None):
        attendance.attend(task)  # paused or stopped since it began: not a line of it runs
    maker = task = None
    function(*args, **kwargs)


entries.append(_call.__code__)


def _without_ours(trace: Any) -> Any:
    while trace is not None and is_ours(trace.tb_frame):
        trace = trace.tb_next
    return trace
