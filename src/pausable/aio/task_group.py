"""The task group: asyncio's, and a scope. Its tasks are coroutines that rest at any await."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pausable._core.pool import Pool
from pausable._core.times import clock
from pausable.aio.carrier import Carrier
from pausable.aio.coroutine_scope import CoroutineScope, branch, checked_terms
from pausable.aio.errands import Errands
from pausable.aio.offspring import Offspring
from pausable.errors import NotSupported
from pausable.scopes.annex import Annex
from pausable.scopes.branch import name_of_group
from pausable.scopes.gated import Gated
from pausable.scopes.inheritance import welcome
from pausable.scopes.patience import for_end
from pausable.scopes.public import public
from pausable.scopes.scope import Scope
from pausable.scopes.shutdown import close, let_go

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterable
    from contextvars import Context
    from types import TracebackType

    from pausable._core.tree import Node
    from pausable.scopes.terms import OnFault, ScopeGuard

__all__ = ["TaskGroup"]

T = TypeVar("T")


@public
class TaskGroup(CoroutineScope, asyncio.TaskGroup):
    """An `asyncio.TaskGroup` whose tasks can be paused, resumed and stopped, unmodified.

    ``async with TaskGroup("crawler") as tasks:``, then `tasks.create_task(...)`. When `pause()` has
    returned, no task of it starts, and each rests at its next await, where it has the value that
    it has awaited, or the exception, only after the resume. A stop is a cancellation: at rest it
    passes at once. The block waits for all tasks, as asyncio's does, also while they rest.
    """

    def __init__(
        self,
        name: str = "tasks",
        *,
        below: Gated | None = None,
        limit: int | None = None,
        priority: int = 0,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
        on_fault: OnFault = "fail",
        offspring: bool = False,
        threads: Scope | None = None,
    ) -> None:
        """Make one that has no tasks.

        Args:
            name: What it is called.
            below: The scope below which it hangs: who pauses that, pauses this, and waits for this,
                too. A task group, or a group of one, on the same event loop; or a pool of threads,
                or a group of one, whose slots it does not take. By default only the process is
                above it.
            limit: How many of its tasks run at once at most; by default any number.
            priority: As that of a group.
            guards: What holds it while it is tripped; see `pausable.guards`.
            timeout: For how many seconds of active time each of its tasks may run.
            deadline: The same in wall time.
            on_fault: What becomes of a task that raises: it fails, as in asyncio.
            offspring: Whether tasks that its tasks make, by `asyncio.create_task` in whatever
                library, are tasks of this scope, too, and count in its limit. It sets a task
                factory meanwhile.
            threads: A pool of threads of ours, which runs what its tasks hand to
                `asyncio.to_thread` and to the loop's default executor, in whatever library: these
                calls are tasks, too. The pool hangs below the group meanwhile, and is held with it;
                it sets a default executor, and that of others is used by others.

        Raises:
            NotSupported: *on_fault* is "hold": a coroutine that has raised cannot be run again; or
                *threads* is a pool of processes.
            TypeError: a term is of the wrong kind.
            ValueError: a number is out of range, or there is a group of this name.
        """
        super().__init__()
        terms = checked_terms(
            name,
            limit=limit,
            priority=priority,
            guards=guards,
            timeout=timeout,
            deadline=deadline,
            on_fault=on_fault,
        )
        if below is not None and not isinstance(below, Gated):
            msg = f"below must be a pool, a TaskGroup, or a group of one, not {below!r}"
            raise TypeError(msg)
        if threads is not None:
            _check_threads(threads)
        self._p_annexes: list[Annex] = []
        self._p_host: Node | None = None
        if isinstance(below, CoroutineScope):
            self._p_carrier, self._p_node = below._p_carrier, branch(below._p_node, name, terms)
        else:
            pool = Pool(name_of_group(name), terms.limit)
            terms.apply(pool.root)
            self._p_carrier, self._p_node = Carrier(pool), pool.root
            welcome(pool)
            self._p_host = None if below is None else below._p_node
        self._p_offspring = Offspring(self) if offspring else None
        self._p_threads = None if threads is None else threads._p_node
        self._p_errands = None if threads is None else Errands(self._p_node, threads)
        terms.begin(self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
        **more: Any,
    ) -> asyncio.Task[T]:
        """Make a task, as asyncio's `TaskGroup.create_task`; *name* is its name for us, too.

        It begins when its gate is open and the limit has room: until then it is queued.

        Raises:
            TypeError: *coro* is no coroutine.
            RuntimeError: the group is not entered, or takes no more tasks.
        """
        return self._p_create(self, coro, name, context, more)

    def _p_create(
        self,
        scope: CoroutineScope,
        coro: Any,
        name: str | None,
        context: Context | None,
        more: dict[str, Any],
    ) -> asyncio.Task[T]:
        driver: Any = scope.drive(coro, name=name)
        try:
            return super().create_task(driver, name=name, context=context, **more)
        except BaseException:
            driver.close()
            raise

    async def __aenter__(self) -> Self:
        """Begin to take tasks.

        Raises:
            NotSupported: the loop is trio's.
        """
        self._p_carrier.bind()
        await super().__aenter__()
        if self._p_host is not None:
            self._p_annexes.append(Annex(self._p_host, self._p_node))
        if self._p_offspring is not None:
            self._p_offspring.begin()
        if self._p_threads is not None and self._p_errands is not None:
            self._p_annexes.append(Annex(self._p_node, self._p_threads))
            self._p_errands.begin()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Wait for all tasks, as asyncio does; from then on it takes no more."""
        saying = _Saying(self._p_node)
        try:
            await super().__aexit__(exc_type, exc, tb)
        finally:
            saying.end()
            if self._p_offspring is not None:
                self._p_offspring.end()
            if self._p_errands is not None:
                self._p_errands.end()
            close(self._p_node, cancel_futures=False)
            let_go(self._p_node)
            for annex in self._p_annexes:
                annex.end()
            if self._p_node.parent is None:
                self._p_carrier.unbind()


def _check_threads(threads: object) -> None:
    if not isinstance(threads, Scope) or threads._p_node.parent is not None:
        msg = f"threads must be a pool of threads of pausable, not {threads!r}"
        raise TypeError(msg)
    if threads._p_node.pool.warden is not None:
        wanted = "threads, to run what coroutines hand to them: its tasks run in other processes"
        raise NotSupported(wanted, threads.name)


class _Saying:
    """Says in the log what the end of a group waits for, if it takes long."""

    def __init__(self, node: Node) -> None:
        self._loop = asyncio.get_running_loop()
        self._patience = for_end("the end", node)
        self._again()

    def _again(self) -> None:
        left = self._patience.until(None) - clock()
        self._handle = self._loop.call_later(max(left, 0.0), self._speak)

    def _speak(self) -> None:
        self._patience.speak()
        self._again()

    def end(self) -> None:
        self._handle.cancel()
