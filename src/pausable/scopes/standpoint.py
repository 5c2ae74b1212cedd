"""The standpoint: from where a wait would never end, since what is waited for waits for the caller.

A task cannot wait for itself, nor can its done callbacks, which are part of it; an observer cannot
wait for its pool, whose events wait for the observer; and what runs on one of our timers cannot
wait for ever, since holds that expire and guards that recover wait for that thread. All these get a
RuntimeError that says so, at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import here, own_seat
from pausable._core.held import active_in, has_within, name_of
from pausable._core.interruption import is_owned
from pausable._core.task import rest_of
from pausable._core.tree import Node

if TYPE_CHECKING:
    from _thread import RLock

    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.task import Task

__all__ = [
    "check_is_no_callback",
    "check_is_no_circle",
    "check_is_no_part",
    "check_is_not_carried",
    "check_is_outside",
    "check_may_wait",
    "check_may_wait_for",
    "check_timer",
    "here",
]

_DEEP = 1000  # so many tasks that wait for each other are looked through for a circle


def check_may_wait(lock: RLock) -> None:
    """Raise if this is a signal handler or a finalizer inside a critical section of its thread."""
    if is_owned(lock):
        msg = (
            "cannot wait here: this signal handler or finalizer has interrupted a call on the same "
            "pool, which cannot go on meanwhile; let it start a thread, or set an event, instead"
        )
        raise RuntimeError(msg)


def check_may_wait_for(held: Held, timeout: float | None) -> None:
    """Raise if what waits until *held* is quiescent would wait for itself."""
    pool: Pool = held.pool if isinstance(held, Node) else held._p_node.pool
    seat, starting = own_seat(), pool.seats.initializing
    if seat is None and not pool.outbox.is_delivered_here() and not _is_awaited():
        return  # nothing waits for this thread
    if starting and held is pool.root and seat in starting:
        name = name_of(held)
        _refuse(f"an initializer of {name!r} cannot wait until {name!r} is quiescent")
    if active_in(held):
        wanted = f"wait until {name_of(held)!r} is quiescent"
        check_is_no_callback(held, wanted)
        check_is_outside(pool, wanted)
        check_timer(timeout, wanted)


def check_is_no_part(node: Node, wanted: str) -> None:
    """Raise if the caller is a part of a scope whose end it is about to wait for."""
    seat = own_seat()
    task = None if seat is None else seat.task
    if task is not None and task._p_node is not None and task._p_node.is_within(node):
        what = "a task" if task._p_ended_at is None else "a done callback of a task"
        _refuse(f"{what} of {node.name!r} cannot {wanted}")
    if seat is not None and task is None and seat in node.pool.seats:
        _refuse(f"what a worker of {node.pool.root.name!r} does for itself cannot {wanted}")
    if node.unfinished():
        check_is_outside(node.pool, wanted)


def check_is_no_callback(held: Held, wanted: str) -> None:
    """Raise if this is a done callback of one of the tasks whose rest it is about to wait for."""
    seat = own_seat()
    task = None if seat is None else seat.task
    if task is not None and task._p_ended_at is not None and has_within(held, task):
        _refuse(
            f"a done callback of {task._p_name} cannot {wanted}: the callbacks of a task are part "
            "of it; let it start a thread, or submit a task, that does"
        )


def check_is_outside(pool: Pool, wanted: str) -> None:
    """Raise if the caller is an observer that a pool's events wait for."""
    if pool.outbox.is_delivered_here():
        _refuse(
            f"an observer of {pool.root.name!r} cannot {wanted}: events, and the thread that "
            "delivers them, wait for it; let it start a thread, or set an event, instead"
        )


def check_is_not_carried(pool: Pool, wanted: str) -> None:
    """Raise if the tasks of a pool run on an event loop of the calling thread, which would wait."""
    carried = getattr(here, "carried", None)
    if not carried:
        return
    for root in (pool.root, *pool.root.annexed()):
        if root.pool not in carried:
            continue
        _refuse(
            f"cannot {wanted} here: that would block the event loop on which the tasks of "
            f"{root.name!r} run, so that it would never end; await it, or ask on another "
            "thread"
        )


def check_timer(timeout: float | None, wanted: str) -> None:
    """Raise if this is a probe, or whatever else runs on one of our timers, and would not end."""
    if timeout is None and _is_awaited():
        _refuse(
            f"a probe, or what else runs on a thread of pausable's timers, cannot {wanted} without "
            "a timeout: guards that recover and holds that expire wait for that thread"
        )


def _is_awaited() -> bool:
    """Say whether the calling thread is a timer's, or one that asks a probe."""
    return getattr(here, "is_timer", False) or getattr(here, "is_asked", False)


def check_is_no_circle(me: Task, task: Task) -> None:
    """Note that *me* waits for *task*; raise if that waits for *me*, directly or through others.

    Of two that begin to wait for each other at once, both note it before they look: at least one
    sees the circle.
    """
    rest_of(me).waits_for = task
    each: Task | None = task
    for _ in range(_DEEP):
        if each is None:
            return
        if each is me:
            rest_of(me).waits_for = None
            itself = "itself" if task is me else f"{task._p_name}, which waits for it"
            _refuse(f"{me._p_name} cannot wait for {itself}: neither would ever end")
        each = None if each._p_rest is None else each._p_rest.waits_for


def _refuse(msg: str) -> None:
    raise RuntimeError(msg)
