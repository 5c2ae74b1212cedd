"""How a task gets in: into the queue, to an idle worker, or refused. See `_core.starting`."""

from __future__ import annotations

from concurrent.futures.thread import BrokenThreadPool
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.barring import rest_of
from pausable._core.gil import HAS_GIL
from pausable._core.starting import call_worker, enqueue, take_part
from pausable._core.state import act, uncall
from pausable._core.succession import hand_over
from pausable._core.times import clock, wall_clock
from pausable.events import TaskSubmitted
from pausable.threads.future import new_future

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.nodes import Node
    from pausable._core.parker import Seat
    from pausable._core.state import PoolState
    from pausable.threads.future import Future

__all__ = ["submit"]

T = TypeVar("T")


def submit(
    node: Node,
    name: str | None,
    fn: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    is_preemptive: bool | None = None,
) -> Future[T]:
    """Submit a call to a scope, under a *name* or the function's."""
    if not callable(fn):
        msg = f"a task must be callable, not {fn!r}"
        raise TypeError(msg)
    state, root = node.state, node.state.root
    if not node.is_accepting or state.is_refusing:
        raise _refusal(state)
    task: Future[T] = new_future(node, fn, args, kwargs or None)
    if name is None:
        task.number = next(state.numbers)
    else:
        task.label = name
    if is_preemptive is not None:
        rest_of(task).is_preemptive = is_preemptive
    in_queue = HAS_GIL and not state.observed and not (state.idle and state.is_plain)
    if in_queue:
        # First into the queue, then a look at who takes it out: see `starting`.
        node.queue.append(task)
        if (
            (node.in_ring and state.coming + root.slots >= root.limit) or node.gate.closed
        ) and not (state.is_refusing or not node.is_accepting):
            return task
    if (state.deferred or state.lock._is_owned()) and state.defers(  # type: ignore[attr-defined]
        partial(_admit_later, node, task, in_queue=in_queue)
    ):
        return task
    _admit(node, task, in_queue=in_queue)
    return task


def _admit(node: Node, task: Future[Any], *, in_queue: bool) -> None:
    """Queue a task, if it is not yet, and call for a worker if one more could do something."""
    state = node.state
    refusal = None
    called: list[Seat] = []
    try:
        with state.lock:
            if not node.is_accepting or state.is_refusing:
                refusal = _refusal(state)
            elif not in_queue and node.parent is None and (seat := hand_over(state, task, clock())):
                called.append(seat)
            else:
                if state.observed:
                    state.emit(node, TaskSubmitted(node.name, wall_clock(), task.name))
                if in_queue:
                    take_part(state, node)
                else:
                    enqueue(state, node, task)
                seat = call_worker(state)
                if seat is not None:
                    called.append(seat)
        act(state, [], called)
    except BaseException:  # no thread to run it, or Ctrl-C: take it back, it is not lost silently
        uncall(state, called)
        task.cancel()
        with suppress(RuntimeError):  # others may have relied on the worker that does not come
            state.call_all()
        raise
    # Else it was in time: it has started, or it was cancelled with the others.
    if refusal is not None and task._refuse(is_queued=in_queue):
        raise refusal


def _admit_later(node: Node, task: Future[Any], *, in_queue: bool) -> None:
    """Queue what a signal handler has submitted; what comes too late by now is cancelled."""
    with suppress(RuntimeError):
        _admit(node, task, in_queue=in_queue)


def _refusal(state: PoolState) -> RuntimeError:
    if state.broken:
        return BrokenThreadPool(state.broken)
    when = "interpreter shutdown" if state.is_exiting else "shutdown"
    return RuntimeError(f"cannot schedule new futures after {when}")
