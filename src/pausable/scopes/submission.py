"""How a task gets in: into the queue, to an idle worker, or refused. See `_core.queue`."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.audience import emit_of
from pausable._core.decision import decide, look
from pausable._core.gil import HAS_GIL
from pausable._core.interruption import is_owned
from pausable._core.parker import Parker
from pausable._core.postponement import let_all_go, postpone
from pausable._core.retries import retries
from pausable._core.run import hand_over
from pausable._core.seats import NEEDS_SPARE, wants_spare
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable._core.turns import call_spare, call_worker, enqueue, take_part
from pausable.events import TaskStarted, TaskSubmitted
from pausable.scopes.adoption import adoption_of
from pausable.scopes.future import new_future
from pausable.scopes.patience import for_end
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_is_outside
from pausable.scopes.surroundings import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.room import Room
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future

__all__ = ["submit"]

T = TypeVar("T")


def submit(  # noqa: C901 - in one piece, because calls would take longer than the rest
    node: Node,
    name: str | None,
    fn: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    is_preemptive: bool | None = None,
    travels: bool | None = None,
) -> Future[T]:
    """Submit a call to a scope, under a *name* or the function's."""
    pool, queue = node.pool, node.queue
    if not callable(fn) or not queue.is_accepting or pool.end.is_refusing:
        _check_callable(fn)
        raise _refusal(pool)
    context = None
    if node.rules.is_prepared or travels:
        fn, context = prepared(node, fn, travels)
    task: Future[T] = new_future(node, fn, args, kwargs or None, context)
    if name is None and is_preemptive is None:
        task._p_number = next(pool.numbers.tasks)
    else:
        _apply(pool, task, name, is_preemptive)
    if pool.room is not None:
        _submit_to_room(pool, node, task)
        return task
    seats = pool.seats
    in_queue = HAS_GIL and not (seats.idle and pool.is_plain)
    try:
        if in_queue:
            is_followed = pool.demand.is_followed
            if is_followed:
                emit_of(task, TaskSubmitted)  # first: as soon as it is in the queue it may start
            # First into the queue, then a look at who takes it out: see `_core.queue`.
            queue.append(task)
            slots = pool.root.slots
            if (
                (node.turn.in_ring and len(seats.called) + slots.taken >= slots.limit)
                or (node.gate.closed and not (NEEDS_SPARE and wants_spare(pool, node)))
            ) and not (pool.end.is_refusing or not queue.is_accepting or retries):
                return _delivered(pool, task) if is_followed else task
        if is_owned(pool.lock):  # a signal handler or a finalizer has interrupted a visit
            postpone(pool, partial(_admit_later, node, task, in_queue=in_queue))
        elif refusal := decide(pool, _take_in, node, task, in_queue):
            _refuse(task, refusal, in_queue=in_queue)
    except BaseException:  # no thread to run it, or Ctrl-C
        _take_back(node, task)
        raise
    return task


def _apply(pool: Pool, task: Future[Any], name: str | None, is_preemptive: bool | None) -> None:
    """Apply the options of a call."""
    if name is None:
        task._p_number = next(pool.numbers.tasks)
    else:
        task._p_label = name
        task._p_number = -next(pool.numbers.marks)
    if is_preemptive is not None:
        rest_of(task).is_preemptive = is_preemptive


def _delivered(pool: Pool, task: Future[T]) -> Future[T]:
    """Deliver what was told of a task."""
    pool.outbox.deliver(is_patient=True)
    return task


def _check_callable(fn: object) -> None:
    if not callable(fn):
        msg = f"a task must be callable, not {fn!r}"
        raise TypeError(msg)


def _submit_to_room(pool: Pool, node: Node, task: Future[Any]) -> None:
    """Submit a task when there is room for it; whatever comes between, the room is not lost."""
    room: Room = pool.room
    in_queue = False
    try:
        _find_room(pool, room, task)
        if is_owned(pool.lock):
            postpone(pool, partial(_admit_later, node, task, in_queue=in_queue))
        elif refusal := decide(pool, _take_in, node, task, in_queue):
            _refuse(task, refusal, in_queue=in_queue)
    except BaseException:
        _take_back(node, task)
        decide(pool, room.settle, task)
        raise


def _find_room(pool: Pool, room: Room, task: Future[Any]) -> None:
    """Wait until there is room in the queue for a task. A task that waits so counts as at rest.

    A signal handler or finalizer that has interrupted the pool cannot wait: it exceeds the bound.
    """
    if is_owned(pool.lock):
        return
    parker = Parker()
    if decide(pool, room.take, task, parker):
        return
    has_room: bool | None = False
    check_is_outside(pool, "wait for room in the queue")
    patience = for_end("submit() to the full queue", pool.root)
    with Quiet(parker, slot_of=pool) as block:  # leaving it raises Stopped if that is why
        try:
            while not has_room and (block.task is None or block.task._p_stop_reason is None):
                parker.park(patience.until(None) - clock())
                patience.speak()
                has_room = decide(pool, room.take, task, parker)
        finally:
            decide(pool, room.leave, parker)


def _refuse(task: Future[Any], refusal: Exception, *, in_queue: bool) -> None:
    """Raise why a task was not taken in; not if it was in time, and has started, or is over."""
    if task._p_refuse(is_queued=in_queue):
        raise refusal


def _take_back(node: Node, task: Future[Any]) -> None:
    """Cancel a task whose submit fails, if it has not started: it is not lost silently."""
    pool = node.pool
    if look(pool, _is_queued, node, task):
        task.cancel()
    else:
        task._p_refuse(is_queued=False)
    with suppress(RuntimeError):  # others may have relied on the worker that does not come
        decide(pool, let_all_go)


def _is_queued(node: Node, task: Future[Any]) -> bool:
    return task in node.queue or task in node.queue.aside


def _take_in(visit: Visit, node: Node, task: Future[Any], in_queue: bool) -> Exception | None:
    """Queue a task, if it is not yet, and call for a worker if one more could do something."""
    pool = visit.pool
    refusal = None
    visit.is_patient = pool.demand.is_followed
    if not node.queue.is_accepting or pool.end.is_refusing:
        refusal = _refusal(pool)
    elif not in_queue and node.parent is None and (seat := hand_over(pool, task, clock())):
        visit.wakes.append(seat)
        if pool.demand.is_followed:
            emit_of(task, TaskSubmitted)
            emit_of(task, TaskStarted)
    else:
        if pool.demand.is_followed and not in_queue:
            emit_of(task, TaskSubmitted)
        if in_queue:
            take_part(pool, node)
        else:
            enqueue(pool, node, task)
        if not call_worker(visit):
            call_spare(visit, node)
    if pool.room is not None:
        pool.room.settle(visit, task)
    return refusal


def _admit_later(node: Node, task: Future[Any], visit: Visit, *, in_queue: bool) -> None:
    """Queue what a signal handler has submitted; what comes too late by now is cancelled."""
    if _take_in(visit, node, task, in_queue) is not None:
        visit.chores.append(partial(task._p_refuse, is_queued=in_queue))


def _refusal(pool: Pool) -> Exception:
    if pool.end.broken:
        return pool.adapter.broken(pool.end.refusal or pool.end.broken)
    if adoption_of(pool.root) is not None:
        return RuntimeError(f"{pool.root.name!r} was adopted: submit to its own executor")
    when = "interpreter shutdown" if pool.end.is_exiting else "shutdown"
    return RuntimeError(f"cannot schedule new futures after {when}")
