"""The turnstile: it stands before the work items of adopted pools, and lets them pass or wait.

While nothing is held an item passes at the cost of a look at one set. When its pool is held, a task
of ours stands for the item and is queued, and the worker that has brought it waits for a task to
run, idle on a seat of ours: its own, or another one's, for all are of the same pool. So the order,
`resume(stagger=)` and the rest are what they are in pools of our own. The item has not started:
its future is pending, and can be cancelled.

    1. The pauser P closes the gate, and then has the items looked at (`AdoptedCrew.wake`).
    2. The worker W has passed before that: P finds its item on its stack (`stock`), as one that
       runs. It rests, as all that ran, or it is a straggler.
    3. Whoever finds the gate open and nobody in the queue looks no more, under the pool's lock: if
       P closes it later, P is the one who has the items looked at again.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import foreign, here
from pausable._core.audience import emit_of
from pausable._core.decision import decide
from pausable._core.run import find_task, sit_idle
from pausable._core.seats import give_up
from pausable._core.turns import enqueue
from pausable.adopted.crew import AdoptedCrew, by_queue, watched
from pausable.adopted.witness import Witness
from pausable.adopted.work_item import RUN, cancel, queue_below
from pausable.adopted.worker import Brought, seat_of
from pausable.errors import Stopped
from pausable.events import TaskSubmitted
from pausable.scopes import attendance
from pausable.scopes.common_log import CRITICAL, leave_word

if TYPE_CHECKING:
    from concurrent.futures import Future as StdlibFuture

    from pausable._core.visit import Visit
    from pausable.scopes.future import Future
    from pausable.threads.seat import ThreadSeat

__all__ = ["run"]


def run(self: Any, *context: Any) -> None:
    """Run a work item of the stdlib, as its own `run`, when its pool is not held."""
    if watched and _is_kept(self, context):
        return
    RUN(self, *context)


def _is_kept(item: Any, context: tuple[Any, ...]) -> bool:
    """Say whether an item was not simply let pass: it has been run here, or another worker does."""
    crew = by_queue.get(id(queue_below(sys._getframe(2))))
    if crew is None or crew not in watched or item.future.cancelled():
        return False
    future = item.future  # from when it is queued on another worker may run the item
    crew.end_earlier(get_ident(), item)
    brought, seat = crew.bring(item), seat_of(get_ident())
    task = cast("Future[Any]", brought.task)
    if not decide(crew.pool, _come, crew, seat, task):
        return False
    here.seat = foreign[seat.ident] = seat
    # When it ends without having started, be it by us or by the program.
    task.add_done_callback(partial(_drop, crew, brought))
    future.add_done_callback(partial(_withdraw, brought))
    del task, item, future
    taken = _await_task(crew, seat)
    if taken is None:
        crew.left(seat)
    else:
        _run(taken, seat, context)
    return True


def _come(visit: Visit, crew: AdoptedCrew, seat: ThreadSeat, task: Future[Any]) -> bool:
    """Queue the task of an item; False if the item may pass, and no more are to be looked at."""
    pool, root = visit.pool, visit.pool.root
    if crew.is_given_back or not (
        root.gate.closed or root.queue or root.queue.aside or root.slots.pace
    ):
        watched.discard(crew)
        return False
    pool.seats.add(seat)
    pool.seats.called[seat] = None
    if pool.demand.is_followed:
        emit_of(task, TaskSubmitted)
    enqueue(pool, root, task)
    return True


def _await_task(crew: AdoptedCrew, seat: ThreadSeat) -> Future[Any] | None:
    """Wait until a task may start, and begin it; None if there is none left for this worker."""
    while True:
        try:
            task, leaves = cast("Any", decide(crew.pool, _look, seat))
            if task is not None or leaves:
                return cast("Future[Any] | None", task)
            seat.park()  # a stale wake-up only has it look once more
        except BaseException as escaped:  # noqa: BLE001 - it would cost a worker, and what it brought
            text = "an exception has hit a worker outside its task"
            leave_word(CRITICAL, text, error=escaped)
            seat.is_idle = False


def _look(visit: Visit, seat: ThreadSeat) -> tuple[Future[Any] | None, bool]:
    """Begin a task, sit idle, or leave if for each one that is queued there is another worker."""
    pool = visit.pool
    task = cast("Future[Any] | None", find_task(visit, seat))
    seats, queue = pool.seats, pool.root.queue
    leaves = task is None and len(seats.idle) + len(seats.called) >= queue.pending
    if leaves:
        give_up(visit, seat)
    elif task is None:
        sit_idle(pool, seat)
    return task, leaves


def _run(task: Future[Any], seat: ThreadSeat, context: tuple[Any, ...]) -> None:
    item: Any = task._p_args[0].take()
    item.future = Witness(item.future, task, seat)
    if attendance.flag:
        try:
            seat.attend(task)  # paused again, or stopped, before its first line
        except Stopped:
            item.future.future.cancel()
        except BaseException as escaped:  # noqa: BLE001 - sent to this thread: it is the call's now
            item.future.set_exception(escaped)
            return
    del task
    RUN(item, *context)


def _withdraw(brought: Brought, future: StdlibFuture[Any]) -> None:
    """Have a task not start, since the program has cancelled its future."""
    task = brought.task
    if task is not None and future.cancelled():
        task._p_withdraw(None)


def _drop(crew: AdoptedCrew, brought: Brought, task: Future[Any]) -> None:
    """Cancel an item that will not start; one of the workers that wait goes for another one."""
    if task._p_started_at is None:
        cancel(brought.take())
        for seat in tuple(crew.pool.seats):
            seat.wake()
