"""The scope of coroutines: what task groups and their parts have in common, and these."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.audience import emit_of
from pausable._core.decision import decide, decide_at_once
from pausable._core.names import plain_text
from pausable._core.run import begin
from pausable._core.slots import set_limit
from pausable._core.turns import call_worker, enqueue, has_room
from pausable.aio.coroutine_future import new_coroutine_future
from pausable.aio.driver import Driver
from pausable.errors import NotSupported
from pausable.events import TaskSubmitted
from pausable.scopes import async_waits
from pausable.scopes.branch import child_of, name_of_group
from pausable.scopes.gated import Gated
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.public import public
from pausable.scopes.terms import Terms, checked_limit, limits_of, shown_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from contextvars import Context

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.aio.carrier import Carrier
    from pausable.scopes.terms import OnFault, ScopeGuard

__all__ = ["CoroutineScope", "Part", "Subgroup", "branch", "checked_terms"]

T = TypeVar("T")
P = TypeVar("P", bound="Part")


class CoroutineScope(Gated):
    """What a task group and its subgroups have in common.

    To make tasks and groups is for the thread of the event loop, as in asyncio; all else may be
    called from any thread, signal handlers and finalizers included.
    """

    _p_node: Node
    _p_carrier: Carrier

    @property
    def limit(self) -> int | None:
        """How many of its tasks run at once at most, those at an await included; None for any.

        May be set at any time. More takes effect at once; less, as tasks end or rest.
        """
        return shown_limit(self._p_node.slots.asked)

    @limit.setter
    def limit(self, value: int | None) -> None:
        decide(self._p_node.pool, set_limit, self._p_node, checked_limit(value))

    def drive(
        self, coro: Coroutine[Any, Any, T], *, name: str | None = None
    ) -> Coroutine[Any, Any, T]:
        """Return *coro* as a coroutine of this scope, for others to run: it counts from now on.

        For what takes coroutines and makes the tasks itself: `asyncio.gather`, a group of anyio's.

        Raises:
            TypeError: *coro* is no coroutine.
            NotSupported: the loop is trio's.
            RuntimeError: the scope takes no more; or no event loop runs here, or another one than
                that of the scope.
        """
        if not asyncio.iscoroutine(coro):
            msg = f"a task of a TaskGroup must be a coroutine, not {coro!r}"
            raise TypeError(msg)
        try:
            self._p_carrier.bind()
            driver: Any = Driver(coro, self._p_carrier, limits_of(self._p_node))
            self._p_admit(driver, name)
        except RuntimeError:
            coro.close()
            raise
        driven: Coroutine[Any, Any, T] = driver
        return driven

    def group(
        self,
        name: str,
        *,
        limit: int | None = None,
        priority: int = 0,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
        on_fault: OnFault = "fail",
    ) -> Subgroup:
        """Return a new group of tasks with a gate and a limit of its own; it needs no ``with``.

        Its tasks are tasks of the task group, too, which waits for them.

        Args:
            name: What it is called.
            limit: How many of its tasks run at once at most.
            priority: Of the groups that wait for their turns, those with the highest come first.
            guards: What holds it while it is tripped; see `pausable.guards`.
            timeout: A task that has run for so many seconds of active time is cancelled, and fails
                with `TaskTimeout`.
            deadline: The same in wall time since it has started.
            on_fault: What becomes of a task that raises: it fails.

        Raises:
            NotSupported: *on_fault* is "hold".
            TypeError: a term is of the wrong kind.
            ValueError: a number is out of range, or there is a group of this name.
            RuntimeError: the scope takes no more.
        """
        return self._p_part(
            Subgroup,
            name,
            limit=limit,
            priority=priority,
            guards=guards,
            timeout=timeout,
            deadline=deadline,
            on_fault=on_fault,
        )

    def _p_admit(self, driver: Any, name: object) -> None:
        """Make a task of this scope of what drives it, or stands for that."""
        node = self._p_node
        label = None if name is None else plain_text(str(name))
        driver.task = new_coroutine_future(node, driver, label)
        decide(node.pool, _admit, node, driver.task)

    def _p_part(self, kind: type[P], name: str, **given: Any) -> P:
        terms = checked_terms(name, **given)
        group = kind(self, branch(self._p_node, name, terms))
        terms.begin(group)
        return group

    async def wait_quiescent(self, timeout: float | None = None) -> bool:  # type: ignore[override]  # noqa: ASYNC109
        """Wait until each started task rests or has ended, *timeout* seconds at most.

        A task at an await rests as soon as the gate is closed, whatever it waits for. When this has
        returned true and the scope is paused, no line of any of its tasks runs until a resume.

        Raises:
            RuntimeError: called in a task of this scope, which would wait for itself.
        """
        return await async_waits.wait_quiescent(self._p_node, optional_seconds("timeout", timeout))


class Part(CoroutineScope):
    """Some of the tasks of a task group, which is kept by who has this."""

    def __init__(self, parent: CoroutineScope, node: Node) -> None:
        """Use `group(name)`."""
        self._p_parent = parent
        self._p_group: Any = parent._p_group if isinstance(parent, Part) else parent
        self._p_node = node
        self._p_carrier = parent._p_carrier

    def _p_reference(self) -> Callable[[], Any]:
        kind, node, find_group = type(self), self._p_node, weakref.ref(self._p_group)

        def find() -> Part | None:
            group = find_group()
            return None if group is None else kind(group, node)

        return find

    def __repr__(self) -> str:
        """Name it."""
        return f"<{type(self).__name__} {self.name!r} of {self._p_parent.name!r}>"


@public
class Subgroup(Part):
    """Some of the tasks of a task group: made by its `group(name)`."""

    def create_task(
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
        **more: Any,
    ) -> asyncio.Task[T]:
        """Make a task of this group, and of the task group; as `TaskGroup.create_task`."""
        task: asyncio.Task[T] = self._p_group._p_create(self, coro, name, context, more)
        return task


def checked_terms(name: str, **given: Any) -> Terms:
    """Check the terms of a scope of this name.

    Raises:
        NotSupported: it is to hold on faults.
        TypeError: a term is of the wrong kind.
        ValueError: a number is out of range.
    """
    terms = Terms.checked(**given)
    if terms.on_fault == "hold":
        wanted = (
            "on_fault='hold': a coroutine that has raised cannot be run again; "
            "catch the error in the coroutine, and try again there"
        )
        raise NotSupported(wanted, name)
    return terms


def branch(parent: Node, name: str, terms: Terms) -> Node:
    """Return a new scope below another one."""
    node, is_new = decide_at_once(parent.pool, child_of, parent, name_of_group(name), terms)
    if not is_new:
        msg = f"there is a group {name!r} in {parent.name!r}: choose another name"
        raise ValueError(msg)
    return node


def _admit(visit: Visit, node: Node, task: Any) -> None:
    """Let a task begin, if it may; else it waits in the queue."""
    pool = visit.pool
    if pool.end.broken:
        visit.error = pool.adapter.broken(pool.end.broken)
    elif not node.queue.is_accepting or pool.end.is_refusing:
        visit.error = RuntimeError(f"cannot make a task: {node.name!r} has shut down")
    if visit.error is not None:
        return
    if pool.demand.is_followed:
        emit_of(task, TaskSubmitted)
    pool.is_plain = False
    lines, seats = pool.lines, pool.seats
    if not (node.gate.closed or lines.ring or lines.back) and has_room(node):
        seat = seats.idle.popleft() if seats.idle else pool.adapter.new_seat()
        seat.is_idle = seat.is_new = False
        seats.add(seat)
        if begin(visit, task, seat):
            return
        seats.discard(seat)
    enqueue(pool, node, task)
    call_worker(visit)
