"""The group: a named part of a pool, with a gate and a limit of its own; an executor, too."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from pausable._core.decision import decide, decide_at_once
from pausable._core.slots import set_limit
from pausable.scopes import async_ends as loop_ends
from pausable.scopes.branch import child_of, name_of_group
from pausable.scopes.endings import leave
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.public import public
from pausable.scopes.scope import Scope
from pausable.scopes.shutdown import close, is_over, wait_ended
from pausable.scopes.submission import submit
from pausable.scopes.surroundings import check_travels
from pausable.scopes.terms import (
    Terms,
    Unset,
    check_same,
    checked_limit,
    limits_of,
    shown_limit,
)
from pausable.scopes.time_limits import limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.contexts import Contexts
    from pausable.scopes.future import Future
    from pausable.scopes.pools import Runner
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.surroundings import Around
    from pausable.scopes.terms import Faults, OnFault, ScopeGuard

__all__ = ["Group", "GroupedScope"]

P = ParamSpec("P")
T = TypeVar("T")


class GroupedScope(Scope):
    """A scope that may have groups below it: every pool, and every group."""

    # Without callbacks: a Ctrl-C that comes in one is swallowed by the interpreter.
    _p_groups: dict[str, weakref.ref[Group]]

    def _p_set_up(self, node: Node) -> None:
        self._p_node = node
        self._p_groups = {}

    def group(
        self,
        name: str,
        *,
        limit: int | Unset | None = Unset.UNSET,
        priority: int | Unset = Unset.UNSET,
        preemptive: Preemptive | Unset | None = Unset.UNSET,
        guards: Iterable[ScopeGuard] | Unset = Unset.UNSET,
        timeout: float | Unset | None = Unset.UNSET,
        deadline: float | Unset | None = Unset.UNSET,
        on_fault: OnFault | Unset = Unset.UNSET,
        faults: Faults | Unset = Unset.UNSET,
        after: int | Unset = Unset.UNSET,
        context: Contexts | Unset | None = Unset.UNSET,
        around: Around | Unset | None = Unset.UNSET,
    ) -> Group:
        """Return the group of this name, made now if there is none: an executor, too.

        Terms are for a group that is made; of one that is there, those that are given must be as
        it has them, and `group(name)` returns it whatever they are.

        Its tasks run in this scope's slots, *limit* of them at most at once, and are paused,
        resumed and stopped with this scope and on their own. They rest and stop at safe points if
        it is *preemptive*, by default as this scope's do.

        Args:
            name: What it is called.
            limit: How many of its tasks run at once at most; by default as many as there are slots.
            priority: Of the groups that want a slot, those with the highest come first; by default
                0, as the scope's own tasks. There is no promise that the others ever come.
            guards: What holds the group while it is tripped; see `pausable.guards`.
            timeout: A task that has run for so many seconds of active time is stopped; its
                `result()` raises `TaskTimeout`.
            deadline: The same in wall time since the task has started.
            on_fault: What becomes of a task that raises one of *faults*: it fails, the default, or
                with "hold" it waits for a decision in `faults()`, and the group is held meanwhile.
            faults: The exceptions that are faults; by default `Exception`.
            after: With "hold", only so many faults in a row hold, by default one; those before
                fail.
            context: Whose `contextvars` its tasks see: their "worker"'s, or their "submitter"'s;
                by default as this scope's do.
            around: Called with the future of each task where that runs; what it returns is entered
                before the task and left after it. By default as this scope has it.

        Raises:
            NotSupported: *context* is "submitter", in a pool of processes.
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            TypeError: a term is of the wrong kind.
            ValueError: a number is out of range, or the group exists with other terms.
            RuntimeError: the scope has shut down.
        """
        name = name_of_group(name)
        terms: dict[str, Any] = {
            "limit": limit,
            "priority": priority,
            "preemptive": preemptive,
            "guards": guards,
            "timeout": timeout,
            "deadline": deadline,
            "on_fault": on_fault,
            "faults": faults,
            "after": after,
            "context": context,
            "around": around,
        }
        given = {term: value for term, value in terms.items() if value is not Unset.UNSET}
        asked, node = Terms.checked(**given), self._p_node
        check_travels(node, asked.travels)
        group, is_new = decide_at_once(node.pool, self._p_group, name, asked)
        if is_new:
            asked.begin(group)
        else:
            check_same(group._p_node, asked, given)
        return group

    def _p_group(self, visit: Visit, name: str, terms: Terms) -> tuple[Group, bool]:
        """Return the group of this name, and whether it was made just now."""
        child, is_new = child_of(visit, self._p_node, name, terms)
        find = self._p_groups.get(name)
        group = None if find is None else find()
        if group is None or group._p_node is not child:
            group = Group(self, child)
            self._p_groups[name] = weakref.ref(group)
        return group, is_new

    async def shutdown_async(
        self,
        *,
        cancel_futures: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as `shutdown`
    ) -> bool:
        """Do as `shutdown`, in a coroutine, and without blocking its event loop.

        The scope takes no more tasks from the call on, also if the coroutine is cancelled.
        """
        limit = optional_seconds("timeout", timeout)
        self.shutdown(wait=False, cancel_futures=cancel_futures)
        return await loop_ends.wait_ended(self._p_node, _crew_of(self), limit)

    def _p_state(self) -> str:
        """Say in a word or two, for whoever looks at it, what state it is in."""
        node = self._p_node
        if not node.queue.is_accepting:
            return "shut down"
        return "paused" if node.gate.closed else "open"

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Shut down and wait; after Ctrl-C end the tasks first, paused or not."""
        leave(self, exc)

    async def __aenter__(self) -> Self:
        """Do as `with`."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Shut down and wait; after a cancellation or Ctrl-C end the tasks first, paused or not."""
        await loop_ends.leave(self, _crew_of(self), exc)


def _crew_of(scope: GroupedScope) -> Runner | None:
    """Return the threads that end with a scope: only a pool has any."""
    return getattr(scope, "_p_crew", None)


@public
class Group(GroupedScope):
    """Some of a pool's tasks: made by `pool.group(name)`, used like a pool.

    It keeps its pool alive. Shutting it down ends it alone; the pool goes on.
    """

    def __init__(self, parent: GroupedScope, node: Node) -> None:
        """Use `pool.group(name)`."""
        self._p_parent = parent
        self._p_limits = limits_of(node)
        self._p_set_up(node)

    @property
    def limit(self) -> int | None:
        """How many tasks of the group run at once at most; None for as many as the pool lets.

        May be set at any time, also while paused. More takes effect at once; less, as running tasks
        end or rest.
        """
        return shown_limit(self._p_node.slots.asked)

    @limit.setter
    def limit(self, value: int | None) -> None:
        limit = checked_limit(value)
        decide(self._p_node.pool, set_limit, self._p_node, limit)

    @property
    def priority(self) -> int:
        """Of the groups that want a slot, those with the highest come first."""
        return self._p_node.turn.priority

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call, as `submit` of the pool, within the time limits of the group."""
        return submit(self._p_node, None, limited(fn, self._p_limits), args, kwargs)

    def shutdown(  # type: ignore[override]  # the stdlib returns None, and has no timeout
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are, *timeout* seconds at most.

        Returns whether nothing is left. While paused it waits for the resume, and says so in the
        log. Idempotent.
        """
        limit = optional_seconds("timeout", timeout)
        close(self._p_node, cancel_futures=cancel_futures)
        return wait_ended(self._p_node, None, limit) if wait else is_over(self._p_node)

    def _p_reference(self) -> Callable[[], Scope | None]:
        # Groups keep their pool alive, nodes do not: what finds the group holds the pool weakly.
        pool: Scope = self
        while isinstance(pool, Group):
            pool = pool._p_parent
        pool_reference, node = weakref.ref(pool), self._p_node

        def find() -> Scope | None:
            found = pool_reference()
            return Group(found, node) if isinstance(found, GroupedScope) else None

        return find

    def __repr__(self) -> str:
        """Name it, and its pool, and say what state it is in."""
        name, parent = self._p_node.name, self._p_parent._p_node.name
        return f"<Group {name!r} of {parent!r} {self._p_state()}>"
