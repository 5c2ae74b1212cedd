"""The hold: a plain call that stays, or a context manager that waits until everything rests.

Pools, groups and tasks are paused and resumed by the same few functions here.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from pausable._core import times
from pausable._core.barring import node_of, rest_of
from pausable._core.gates import HoldRecord, hold_status
from pausable._core.holding import confirm
from pausable._core.locations import caller
from pausable._core.parking import Quiet, attend, own_task, wait_for_fact
from pausable._core.times import clock, wall_clock
from pausable.errors import NotQuiescent
from pausable.threads import holding
from pausable.threads.holding import check_is_no_callback, place, release
from pausable.threads.seeing import stragglers

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pausable._core.tasks import Task
    from pausable.snapshots import HoldStatus, Location, Running
    from pausable.threads.holding import Holdable

__all__ = ["Hold", "check_reason", "pause", "release_all"]


class Hold:
    """One party's request, with a reason, that a scope be paused.

    Made by `pause()`. Used as it is, it stays until it is released, here or by `resume()`, or until
    its `duration` is over. Used with `with`, it waits until the scope is quiescent, or raises
    `NotQuiescent` after `timeout` seconds, and is released at the end of the block, also when
    entering it failed. A task that pauses its own scope so is not made to rest by its own hold,
    and not waited for; it waits for older holds to end first, so that two tasks that do this one
    after the other do not meet inside.

    All methods may be called from any thread, in any order, any number of times.
    """

    __slots__ = ("_record", "_scope", "_timeout")

    def __init__(self, scope: Holdable, record: HoldRecord, timeout: float | None) -> None:
        """Use `pause()`."""
        self._scope = scope
        self._record = record
        self._timeout = timeout

    @property
    def reason(self) -> str:
        """Why."""
        return self._record.reason

    @property
    def owner(self) -> str:
        """Who: what the caller of `pause()` said, or the thread and task that called it."""
        return self._record.owner

    @property
    def scope(self) -> str:
        """The name of the pool, group or task that is held."""
        return self._scope.name

    @property
    def placed_at(self) -> float:
        """Since when, in seconds since the epoch."""
        return self._record.placed_at

    @property
    def since(self) -> float:
        """Since when, in seconds since the epoch."""
        return self._record.placed_at

    @property
    def duration(self) -> float | None:
        """After how many seconds the hold ends by itself; None for never."""
        return self._record.duration

    @property
    def place(self) -> Location | None:
        """Where in the code it was placed."""
        return self._record.place

    @property
    def is_released(self) -> bool:
        """Say whether it holds no longer."""
        return self._record not in self._scope._own_gate.holds

    def status(self) -> HoldStatus:
        """Take a frozen snapshot."""
        return hold_status(self.scope, self._record, clock())

    def release(self) -> bool:
        """End this hold; the scope opens if nobody else holds it. False if it had ended already."""
        return release(self._scope, self._record)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the scope is quiescent under this hold, *timeout* seconds at most.

        Returns whether it is; when the hold ends meanwhile, whether it is then. A task that waits
        so for its own scope waits for the others only.
        """
        checked = times.optional_seconds("timeout", timeout)
        me = self._caller()
        self._exempt(me)
        try:
            return self._wait(me, checked)
        finally:
            self._unexempt(me)

    def _wait(self, me: Task | None, timeout: float | None) -> bool:
        scope, state, record = self._scope, self._scope._pool_state, self._record
        check_is_no_callback(scope)
        quiescent = False

        def is_decided() -> bool:
            nonlocal quiescent
            active = scope._active()
            quiescent = not active
            if active == 1 and me is not None:  # the caller itself may run
                quiescent = scope._has_within(me) and not me.is_at_rest()
            if quiescent and not self.is_released:
                confirm(state, scope._own_node, record, scope._own_gate)
            stops = me is not None and me.stop_reason is not None
            return quiescent or self.is_released or stops

        if me is not None:
            rest_of(me).is_entering = True
            try:
                attend(me)  # older holds of others go first
            finally:
                rest_of(me).is_entering = False
            wait_for_fact(state, scope._own_node, is_decided, timeout)
            if me.stop_reason is not None:
                attend(me)
        else:
            with Quiet():
                wait_for_fact(state, scope._own_node, is_decided, timeout)
        return quiescent

    def _caller(self) -> Task | None:
        """Return the task that calls this, if it is one of the same pool."""
        me = own_task()
        is_ours = me is not None and node_of(me).state is self._scope._pool_state
        return me if is_ours else None

    def _exempt(self, me: Task | None) -> None:
        if me is not None:
            with self._scope._pool_state.lock:
                rest_of(me).own.append(self._record)
                self._record.holder = me

    def _unexempt(self, me: Task | None) -> None:
        if me is not None:
            with self._scope._pool_state.lock:
                rest_of(me).own.remove(self._record)
                if self._record not in rest_of(me).own:
                    self._record.holder = None

    def __enter__(self) -> Self:
        """Wait until the scope is quiescent.

        Raises:
            NotQuiescent: it was not within `timeout` seconds, or the hold ended before it was; the
                hold is released.
        """
        me = self._caller()
        self._exempt(me)
        began = clock()
        try:
            quiescent = self._wait(me, self._timeout) and not self._has_ended()
            late = () if quiescent else stragglers(self._scope)
        except BaseException:
            self._leave(me)
            raise
        if not quiescent:
            was_held = self._leave(me)
            raise NotQuiescent(self.scope, clock() - began, late, hold_ended=not was_held)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Release the hold."""
        holder = self._record.holder
        self._leave(holder if holder is not None and holder is own_task() else None)

    def _has_ended(self) -> bool:
        """Say whether somebody has ended the hold; what is over holds nobody up, and needs none."""
        with self._scope._pool_state.lock:
            return self._record.placed and self.is_released and not self._scope._is_over()

    def _leave(self, me: Task | None) -> bool:
        self._unexempt(me)
        released = self.release()
        engine = self._scope._pool_state.engine
        if me is not None and engine is not None:  # another's hold may bar it from now on
            engine.wake()
        return released

    def __repr__(self) -> str:
        """Say who holds what and why."""
        state = "released" if self.is_released else "held"
        return f"<Hold on {self.scope!r} {state}: {self.reason!r} by {self.owner}>"


def pause(
    scope: Holdable,
    reason: str,
    running: Running,
    duration: float | None,
    timeout: float | None,
    owner: str | None,
    *,
    kind: str = "pause",
) -> Hold:
    """Place a hold on *scope*: what the methods of that name do."""
    check_reason(reason)
    if running not in ("rest", "finish"):
        msg = f"running must be 'rest' or 'finish', not {running!r}"
        raise ValueError(msg)
    if owner is not None and not isinstance(owner, str):
        msg = f"owner must be text, not {owner!r}"
        raise TypeError(msg)
    duration = times.optional_seconds("duration", duration)
    timeout = times.optional_seconds("timeout", timeout)
    record = HoldRecord(
        reason, owner or _who(), running, kind, clock(), wall_clock(), duration, caller()
    )
    place(scope, record)
    return Hold(scope, record, timeout)


def release_all(
    scope: Holdable, hold: Hold | None, before: Callable[[], object] | None = None
) -> int:
    """Release the holds that `pause` placed on *scope*, or just *hold*; return how many.

    If there is any, *before* is called first, under the lock.
    """
    _check_hold(scope, hold)
    return holding.release_all(scope, None if hold is None else hold._record, before)


def _check_hold(scope: Holdable, hold: Hold | None) -> None:
    if hold is None:
        return
    if not isinstance(hold, Hold):
        msg = f"resume() takes a Hold that pause() returned, not {hold!r}"
        raise TypeError(msg)
    if hold._scope is not scope:
        msg = f"this hold belongs to {hold.scope!r}, not to {scope.name!r}: use hold.release()"
        raise ValueError(msg)


def check_reason(reason: object) -> None:
    """Raise if *reason* is not text."""
    if not isinstance(reason, str):
        msg = f"a reason must be text, not {reason!r}"
        raise TypeError(msg)


def _who() -> str:
    thread = threading.current_thread().name
    task = own_task()
    return thread if task is None else f"{thread} ({task.name})"
