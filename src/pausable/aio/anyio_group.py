"""Coroutines on trio, or on asyncio through anyio, that can be paused where they say so themselves.

For code that is to run on both. What `pausable.aio.TaskGroup` does on asyncio, to let unmodified
coroutines rest at any await, cannot be done on trio. There a task rests at `await aio.checkpoint()`
and in `aio.sleep()`, and nowhere else. Needs anyio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import anyio

from pausable._core.pool import Pool
from pausable.aio.anyio_scope import AnyioScope, AnyioSubgroup
from pausable.aio.carrier import Carrier
from pausable.aio.coroutine_scope import CoroutineScope
from pausable.errors import NotSupported
from pausable.scopes.annex import Annex
from pausable.scopes.branch import name_of_group
from pausable.scopes.gated import Gated
from pausable.scopes.inheritance import welcome
from pausable.scopes.public import public
from pausable.scopes.shutdown import close, let_go
from pausable.scopes.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from pausable.scopes.terms import ScopeGuard

__all__ = ["AnyioGroup", "AnyioSubgroup"]


@public
class AnyioGroup(AnyioScope):
    """A task group of anyio, on asyncio or trio, whose tasks rest at `await aio.checkpoint()`.

    ``async with AnyioGroup("crawler") as tasks:``, then `tasks.start_soon(function, *args)`. When
    `pause()` has returned, no task of it starts, and each rests at its next `aio.checkpoint()`, or
    where it is in `aio.sleep()`. A stop cancels the task, at rest, too, at once; so do anyio's
    scopes around it, whose time runs on at rest. The block waits for all tasks, as anyio's does.

    Limits: at other awaits a task does not rest, and a pause waits for it. All verbs may be called
    from any thread; tasks and groups are made on the thread of the loop.
    """

    def __init__(
        self,
        name: str = "tasks",
        *,
        below: Gated | None = None,
        limit: int | None = None,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> None:
        """Make one that has no tasks.

        Args:
            name: What it is called.
            below: The pool of threads, or the group of one, below which it hangs: who pauses that,
                pauses this, and waits for this, too. By default only the process is above it.
            limit: How many of its tasks run at once at most; by default any number.
            guards: What holds it while it is tripped; see `pausable.guards`.
            timeout: A task that has run for so many seconds of active time is cancelled, and fails
                with `TaskTimeout`, as by what it raises.
            deadline: The same in wall time since it has started.

        Raises:
            NotSupported: *below* is a group of coroutines.
            TypeError: a term is of the wrong kind.
            ValueError: a number is out of range.
        """
        terms = Terms.checked(limit=limit, guards=guards, timeout=timeout, deadline=deadline)
        if below is not None and not isinstance(below, Gated):
            msg = f"below must be a pool, or a group of one, not {below!r}"
            raise TypeError(msg)
        if isinstance(below, CoroutineScope):
            wanted = "groups of anyio below it: hang both below a pool of threads"
            raise NotSupported(wanted, below.name)
        pool = Pool(name_of_group(name), terms.limit)
        terms.apply(pool.root)
        self._p_carrier, self._p_node = Carrier(pool), pool.root
        self._p_host = None if below is None else below._p_node
        self._p_annex: Annex | None = None
        self._p_tasks: Any = None  # anyio's group, once it is entered
        welcome(pool)
        terms.begin(self)

    @property
    def cancel_scope(self) -> anyio.CancelScope:
        """The scope that cancels all of it: anyio's own, from the beginning of the block on."""
        scope: anyio.CancelScope = self._p_tasks.cancel_scope
        return scope

    def _p_runner(self) -> Any:
        return self._p_tasks

    async def __aenter__(self) -> Self:
        """Begin to take tasks."""
        self._p_carrier.bind(drives=False)
        self._p_tasks = anyio.create_task_group()
        await self._p_tasks.__aenter__()
        if self._p_host is not None:
            self._p_annex = Annex(self._p_host, self._p_node)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> bool | None:
        """Wait for all tasks, as anyio does; from then on it takes no more."""
        try:
            swallowed: bool | None = await self._p_tasks.__aexit__(exc_type, exc, tb)
            return swallowed
        finally:
            close(self._p_node, cancel_futures=False)
            let_go(self._p_node)
            if self._p_annex is not None:
                self._p_annex.end()
            self._p_carrier.unbind()
