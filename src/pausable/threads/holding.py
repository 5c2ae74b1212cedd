"""Placing and releasing holds: what pools, groups and tasks have in common.

What differs between them is in the half-dozen methods of `Holdable`.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from pausable._core.attention import own_seat
from pausable._core.barring import rest_of
from pausable._core.gates import hold_status
from pausable._core.holding import confirm
from pausable._core.parking import Quiet, cleans_up, own_task, wait_for_fact
from pausable._core.starting import call_workers
from pausable._core.state import act
from pausable._core.times import clock, wall_clock
from pausable.errors import ScopeEnded
from pausable.events import HoldPlaced, HoldReleased
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable._core.gates import Gate, HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = [
    "Holdable",
    "check_is_no_callback",
    "lift",
    "place",
    "put",
    "release",
    "release_all",
    "wait_quiescent",
]

logger: logging.Logger = logging.getLogger("pausable")


class Holdable(Protocol):
    """What a pool, a group and a task must answer to be held. Those with `wakes` under the lock."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def _pool_state(self) -> PoolState: ...
    @property
    def _own_node(self) -> Node: ...
    @property
    def _own_gate(self) -> Gate: ...
    def _may_be_held(self) -> bool: ...
    def _place(self, hold: HoldRecord, wakes: list[Wakeable]) -> None: ...
    def _release(self, hold: HoldRecord, wakes: list[Wakeable]) -> None: ...
    def _own_holds(self) -> Iterable[HoldRecord]: ...
    def _has_within(self, task: Task) -> bool: ...
    def _active(self) -> int: ...
    def _is_over(self) -> bool: ...
    def _stragglers(self) -> list[Task]: ...


def place(scope: Holdable, record: HoldRecord) -> None:
    """Put a hold in force on *scope*, unless that is a task that is over.

    Raises:
        ScopeEnded: *scope* is a pool or a group that has shut down, with nothing left of it.
    """
    if not scope._pool_state.defers(partial(_place_later, scope, record)):
        _place_now(scope, record)


def _place_later(scope: Holdable, record: HoldRecord) -> None:
    """Put a deferred hold in force, unless there is nothing left to hold."""
    with suppress(ScopeEnded):
        _place_now(scope, record)


def _place_now(scope: Holdable, record: HoldRecord) -> None:
    put(scope, record)()


def put(scope: Holdable, record: HoldRecord) -> Callable[[], None]:
    """Put a hold in force; return what is to be done next, outside all locks.

    For those who decide under a lock of their own. Raises as `place`.
    """
    state, node = scope._pool_state, scope._own_node
    wakes: list[Wakeable] = []
    with state.lock:
        record.placed = scope._may_be_held()
        if record.placed and state.observed:
            status = hold_status(scope.name, record, clock())
            state.emit(node, HoldPlaced(node.name, wall_clock(), status))
        if record.placed:
            scope._place(record, wakes)
        seats = call_workers(state)

    def do() -> None:
        act(state, wakes, seats)
        if record.placed:
            _announce(scope, record)

    return do


def _announce(scope: Holdable, record: HoldRecord) -> None:
    logger.info("%r is paused: %s (by %s)", scope.name, record.reason, record.owner)
    for node in scope._own_node.path():
        if node.shutdowns:
            logger.warning(
                "the shutdown of %r waits for a resume of %r; held: %s",
                node.name,
                scope.name,
                hold_status(scope.name, record, clock()),
            )
    if record.expires is not None:
        alarm = timer.call_at(record.expires, lambda: release(scope, record, expired=True))
        record.alarm = alarm
        if record not in scope._own_holds():  # it ended before it had its alarm
            alarm.cancel()


def release(scope: Holdable, record: HoldRecord, *, expired: bool = False) -> bool:
    """End a hold; False if it had ended already."""
    if scope._pool_state.defers(partial(_release_now, scope, record, expired=expired)):
        return not record.placed or record in scope._own_holds()
    return _release_now(scope, record, expired=expired)


def release_all(
    scope: Holdable, hold: HoldRecord | None, before: Callable[[], object] | None
) -> int:
    """End *hold*, or all that `pause` has placed on *scope*; return how many.

    If there is any, *before* is called first, under the lock.
    """

    def release_them() -> int:
        with scope._pool_state.lock:
            records = _to_release(scope, hold)
            if records and before is not None:
                before()
        return sum(_release_now(scope, record) for record in records)

    if scope._pool_state.defers(release_them):
        return len(_to_release(scope, hold))
    return release_them()


def _to_release(scope: Holdable, hold: HoldRecord | None) -> list[HoldRecord]:
    if hold is None:
        return [each for each in scope._own_holds() if each.kind == "pause"]
    return [each for each in scope._own_holds() if each is hold]


def _release_now(scope: Holdable, record: HoldRecord, *, expired: bool = False) -> bool:
    released, do = lift(scope, record, expired=expired)
    do()
    return released


def lift(
    scope: Holdable,
    record: HoldRecord,
    before: Callable[[], object] | None = None,
    *,
    expired: bool = False,
) -> tuple[bool, Callable[[], None]]:
    """End a hold; return false if it had ended, and what is to be done next, outside all locks.

    What is to happen *before* it ends, happens under the pool's lock.
    """
    state, node = scope._pool_state, scope._own_node
    wakes: list[Wakeable] = []
    with state.lock:
        released = record in scope._own_holds()
        if released and before is not None:
            before()
        if released and state.observed:
            status = hold_status(scope.name, record, clock())
            state.emit(node, HoldReleased(node.name, wall_clock(), status, expired))
        if released:
            scope._release(record, wakes)
        seats = call_workers(state)

    def do() -> None:
        act(state, wakes, seats)
        if record.alarm is not None:
            record.alarm.cancel()
        if released:
            held = clock() - record.since
            what = "hold has expired" if expired else "hold was released"
            logger.info("%r: %s after %.3f s: %s", scope.name, what, held, record.reason)

    return released, do


def check_is_no_callback(scope: Holdable) -> None:
    """Raise if this is a done callback of a task of *scope*: it would wait for its own end."""
    seat = own_seat()
    task = None if seat is None else seat.task
    if task is None or task.ended_at is None:
        return
    if scope._has_within(task) and scope._active():
        msg = (
            f"a done callback of {task.name} cannot wait until {scope.name!r} is quiescent: the "
            "callbacks of a task are part of it; let it start a thread, or submit a task, that does"
        )
        raise RuntimeError(msg)


def wait_quiescent(scope: Holdable, timeout: float | None) -> bool:
    """Wait until *scope* is quiescent. A task that waits so counts as at rest meanwhile."""
    state, node = scope._pool_state, scope._own_node
    check_is_no_callback(scope)
    me = own_task()
    if me is not None and (cleans_up() or rest_of(me).shields):
        me = None  # a stop does not end this wait

    def is_quiescent() -> bool:
        if me is not None and me.stop_reason is not None:
            return True  # leaving the block raises Stopped
        if scope._active():
            return False
        for hold in scope._own_gate.holds:
            confirm(state, node, hold, scope._own_gate)
        for each in node.path():
            for hold in each.gate.holds:
                # One above that lets tasks finish still does, elsewhere.
                if each is node or hold.running == "rest":
                    confirm(state, each, hold, each.gate)
        return True

    with Quiet():
        return wait_for_fact(state, node, is_quiescent, timeout)
