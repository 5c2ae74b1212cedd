"""The hold, on a pool, a group or a task: it stays after a plain call; `with` waits for rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pausable._core.attention import own_seat, own_task
from pausable._core.closure import release
from pausable._core.decision import decide, look
from pausable._core.exemption import exempt, unexempt
from pausable._core.held import gate_of, hold_status, is_over, name_of
from pausable._core.interruption import is_owned
from pausable._core.locations import location_at
from pausable._core.rest import node_of
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.errors import NotQuiescent
from pausable.scopes import async_waits
from pausable.scopes.attendance import attend
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.patience import for_quiescence
from pausable.scopes.quiescence import QuiescenceUnderHold
from pausable.scopes.quiet import Quiet
from pausable.scopes.release import is_expected
from pausable.scopes.standpoint import check_may_wait_for
from pausable.scopes.status import stragglers
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable.snapshots import HoldStatus, Location, Straggler

__all__ = ["Hold"]


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

    __slots__ = ("_held", "_node", "_record", "_scope", "_timeout")

    def __init__(
        self, scope: object, node: Node, held: Held, record: HoldRecord, timeout: float | None
    ) -> None:
        """Use `pause()`."""
        self._scope = scope  # kept: whoever can release a hold keeps what it holds
        self._node = node  # the scope itself, or the one of the task
        self._held = held
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
        return name_of(self._held)

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
        return location_at(self._record.spot)

    def is_released(self) -> bool:
        """Say whether it holds no longer."""
        return self._record not in gate_of(self._held).holds

    def status(self) -> HoldStatus:
        """Take a frozen snapshot."""
        return hold_status(self._held, self._record, clock())

    def release(self) -> bool:
        """End this hold; the scope opens if nobody else holds it. False if it had ended already."""
        held, record, pool = self._held, self._record, self._node.pool
        is_to_end = is_owned(pool.lock) and is_expected(held, record)
        released = decide(pool, release, held, record)
        return is_to_end if released is None else released

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the scope is quiescent under this hold, *timeout* seconds at most.

        Returns whether it is; when the hold ends meanwhile, whether it is then. A task that waits
        so for its own scope waits for the others only.
        """
        me = self._caller()
        checked = optional_seconds("timeout", timeout)
        if me is None:
            return self._wait(None, checked)
        self._decide(exempt, me)
        try:
            return self._wait(me, checked)
        finally:
            self._decide(unexempt, me)

    def _wait(self, me: Task | None, timeout: float | None) -> bool:
        held, pool = self._held, self._node.pool
        fact = QuiescenceUnderHold(held, self._record, me)
        is_busy = held is self._node and self._node.slots.active > 0
        if me is None and not is_busy and not is_owned(pool.lock):
            decide(pool, fact)
            if fact.quiescent:
                return True  # nobody is to be waited for
        check_may_wait_for(held, timeout)
        patience = for_quiescence(f"the pause {self._record.reason!r}", held)
        if me is not None:
            rest_of(me).is_entering = True
            try:
                attend(me)  # older holds of others go first
            finally:
                rest_of(me).is_entering = False
            wait_for_fact(pool, self._node, fact, timeout, patience)
            if me._p_stop_reason is not None:
                attend(me)
        elif own_task() is None:
            wait_for_fact(pool, self._node, fact, timeout, patience)
        else:  # a task of another pool
            with Quiet():
                wait_for_fact(pool, self._node, fact, timeout, patience)
        return fact.quiescent

    async def wait_async(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as `wait`
        """Do as `wait`, in a coroutine, and without blocking its event loop.

        Raises:
            RuntimeError: called in a task of the scope, which would wait for itself.
        """
        checked = optional_seconds("timeout", timeout)
        fact = QuiescenceUnderHold(self._held, self._record, None)
        wanted = f"the pause {self._record.reason!r}"
        await async_waits.wait_quiescent(self._held, checked, fact, wanted)
        return fact.quiescent

    def _caller(self) -> Task | None:
        """Return the task that calls this, if it is one of the same pool."""
        me = None if own_seat() is None else own_task()
        return me if me is not None and node_of(me).pool is self._node.pool else None

    def _decide(self, decision: Callable[..., None], me: Task | None) -> None:
        if me is not None:
            decide(self._node.pool, decision, me, self._record)

    def __enter__(self) -> Self:
        """Wait until the scope is quiescent.

        Raises:
            NotQuiescent: it was not within `timeout` seconds, or the hold ended before it was; the
                hold is released.
        """
        me = self._caller()
        self._decide(exempt, me)
        began = clock()
        try:
            quiescent = self._wait(me, self._timeout) and not self._has_ended()
            late = () if quiescent else self._late()
        except BaseException:
            self._leave(me)
            raise
        if not quiescent:
            was_held = self._leave(me)
            me = None  # the exception refers to this frame, and the task may come to keep it
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

    async def __aenter__(self) -> Self:
        """Wait until the scope is quiescent, as `with`, and without blocking the event loop.

        Raises:
            NotQuiescent: it was not within `timeout` seconds, or the hold ended before it was; the
                hold is released.
            RuntimeError: called in a task of the scope, which would wait for itself.
        """
        began = clock()
        try:
            quiescent = await self.wait_async(self._timeout) and not self._has_ended()
            late = () if quiescent else self._late()
        except BaseException:
            self.release()
            raise
        if not quiescent:
            was_held = self.release()
            raise NotQuiescent(self.scope, clock() - began, late, hold_ended=not was_held)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Release the hold."""
        self.release()

    def _late(self) -> list[Straggler]:
        return stragglers(self._held)

    def _has_ended(self) -> bool:
        """Say whether somebody has ended the hold; what is over holds nobody up, and needs none."""
        held = self._held
        return (
            self._record.placed and self.is_released() and not look(self._node.pool, is_over, held)
        )

    def _leave(self, me: Task | None) -> bool:
        self._decide(unexempt, me)
        released = self.release()
        for chaser in self._node.pool.others.chasers if me is not None else ():
            chaser.wake()  # another's hold may bar it from now on
        return released

    def __repr__(self) -> str:
        """Say who holds what and why."""
        state = "released" if self.is_released() else "held"
        return f"<Hold on {self.scope!r} {state}: {self._record.reason!r} by {self.owner}>"
